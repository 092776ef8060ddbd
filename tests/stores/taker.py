"""A process that takes uses of one counter until none is left, eight callers at a time.

Run: python taker.py STORE LIMIT [together], where STORE is the address of a database or the path of a file; `together`
its callers share transactions, else each has steps of its own. It prints a line for
each use that it delivers, after it was set aside and before it is counted; what was granted is counted in portions of
1 to 3, of which one less than granted is used each third time.
"""

import asyncio
import itertools
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.ports.store_samples import CONTEXT

from xinfu.node.clock import SystemClock
from xinfu.ports.store import Counters, Store
from xinfu.stores import postgres, sqlite

COUNTER = "reads"
EXPIRES = timedelta(hours=1)


class Steps:
    """Each call in a step of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def reserve(
        self, counter: str, amount: int, *, limit: int, reservation: str, expires: datetime
    ) -> bool:
        async with self._store.step(CONTEXT) as step:
            return await step.quotas.reserve(
                counter, amount, limit=limit, reservation=reservation, expires=expires
            )

    async def commit(self, reservation: str, *, amount: int) -> None:
        async with self._store.step(CONTEXT) as step:
            await step.quotas.commit(reservation, amount=amount)

    async def used(self, counter: str) -> tuple[int, int]:
        async with self._store.step(CONTEXT) as step:
            return await step.quotas.used(counter)


async def take(quotas: Counters | Steps, limit: int, numbers: "itertools.count[int]") -> None:
    """One caller."""
    clock = SystemClock()
    while True:
        number = next(numbers)
        amount, reservation, expires = 1 + number % 3, clock.new_id(), datetime.now(UTC) + EXPIRES
        if not await quotas.reserve(COUNTER, amount, limit=limit, reservation=reservation, expires=expires):
            if sum(await quotas.used(COUNTER)) >= limit:
                return
            continue
        used = amount - (amount == 3)
        print(used, flush=True)
        await quotas.commit(reservation, amount=used)


async def main() -> None:
    """Eight callers on the store of the first argument, up to the limit of the second."""
    place, limit = sys.argv[1], int(sys.argv[2])
    is_file = not place.startswith("postgresql:")
    store: Store = await (sqlite.open_sqlite(Path(place)) if is_file else postgres.open_postgres(place))
    print("ready", flush=True)
    numbers = itertools.count()
    quotas = store.quotas(CONTEXT) if sys.argv[3:] == ["together"] else Steps(store)
    await asyncio.gather(*(take(quotas, limit, numbers) for _ in range(8)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main())
