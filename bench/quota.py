"""Quotas: uses a second that are set aside and committed, each durable before its caller goes on, never too many.

64 callers, each under an agreement of its own, take one use after another: half of all calls are reservations, half
their settling. On SQLite they share one process, on PostgreSQL they are spread over four worker processes on one
database. Then all compete for the last uses of one counter: what was granted is counted, and one too many ends the
bench.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import uvloop

from bench.figures import Figure
from xinfu.node.clock import SystemClock
from xinfu.ports.store import Store
from xinfu.stores import postgres, sqlite

CONTEXT = "bench"
CALLERS = 64
SECONDS = 4.0
WORKERS = 4
SHARED = "last"
"""The counter for which all compete at the end."""
LIMIT = 500


async def measure() -> list[Figure]:
    """Measure both stores; PostgreSQL only if it is installed."""
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as folder:
        store = await sqlite.open_sqlite(Path(folder) / "store.sqlite")
        pairs, granted = await _load(store, range(CALLERS))
        await _never_more(store, granted)
        await store.close()
    figures = [Figure(name="quota.sqlite", value=pairs, unit="/s", budget=5000, at_most=False)]
    shared = await _on_postgres()
    if shared is not None:
        figures.append(Figure(name="quota.postgres", value=shared, unit="/s", budget=2000, at_most=False))
    return figures


async def _load(store: Store, callers: range) -> tuple[float, int]:
    """The uses a second, and how many of the last uses were granted."""
    clock, until, quotas = SystemClock(), time.monotonic() + SECONDS, store.quotas(CONTEXT)
    expires = datetime.now(UTC) + timedelta(hours=1)

    async def take(counter: str, limit: int) -> bool:
        reservation = clock.new_id()
        if not await quotas.reserve(counter, 1, limit=limit, reservation=reservation, expires=expires):
            return False
        await quotas.commit(reservation, amount=1)
        return True

    async def caller(number: int) -> int:
        taken = 0
        while time.monotonic() < until:
            taken += await take(f"agreement-{number}", 2**60)
        return taken

    async def latecomer() -> int:
        granted = 0
        while await take(SHARED, LIMIT):
            granted += 1
        return granted

    begun = time.monotonic()
    taken = sum(await asyncio.gather(*(caller(number) for number in callers)))
    pairs = taken / (time.monotonic() - begun)
    return pairs, sum(await asyncio.gather(*(latecomer() for _ in callers)))


async def _never_more(store: Store, granted: int) -> None:
    async with store.view(CONTEXT) as view:
        used, held = await view.quotas.used(SHARED)
    if (used, held) != (LIMIT, 0) or granted != LIMIT:
        raise AssertionError(f"{granted} were granted and {used} counted of {LIMIT}, {held} are held")


async def _on_postgres() -> float | None:
    """The uses a second over all workers."""
    from tests.stores.postgres_server import binaries, serving

    if binaries() is None:
        return None
    with contextlib.ExitStack() as stack:
        server = await asyncio.to_thread(stack.enter_context, serving(fsync=True))
        url = await asyncio.to_thread(server.database)
        async with _workers(url) as told:
            pairs, granted = sum(each[0] for each in told), sum(int(each[1]) for each in told)
        store = await postgres.open_postgres(url)
        await _never_more(store, granted)
        await store.close()
        return pairs


@contextlib.asynccontextmanager
async def _workers(url: str) -> AsyncIterator[list[tuple[float, float]]]:
    """Run the worker processes, and yield the results of each."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.quota", url, str(number), stdout=asyncio.subprocess.PIPE
        )
        for number in range(WORKERS)
    ]
    said = [(await each.communicate())[0].split() for each in started]
    yield [(float(pairs), float(granted)) for pairs, granted in said]


async def _work(url: str, number: int) -> None:
    store = await postgres.open_postgres(url)
    each = CALLERS // WORKERS
    pairs, granted = await _load(store, range(number * each, (number + 1) * each))
    print(pairs, granted)
    await store.close()


if __name__ == "__main__":
    uvloop.run(_work(sys.argv[1], int(sys.argv[2])))
