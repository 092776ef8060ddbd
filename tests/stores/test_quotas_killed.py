"""Processes that take uses of one counter: four at once get just what there is, and a kill gives nothing away."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT
from tests.stores.conftest import Opener
from tests.stores.postgres_server import Server
from tests.stores.taker import COUNTER

from xinfu.ports.store import Store
from xinfu.stores.sqlite import open_sqlite

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 600
TRIES = 5
"""How often four processes begin anew because none could be killed in time."""

Running = asyncio.subprocess.Process


WAYS = ("alone", "together")
"""Each call in a step of its own, or many in one transaction."""


async def taker(place: str, way: str, limit: int = LIMIT) -> Running:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("taker.py")),
        place,
        str(limit),
        way,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    return process


async def delivered(process: Running) -> int:
    """What it delivered until its end."""
    assert process.stdout is not None
    told = await process.stdout.read()
    await process.wait()
    return sum(int(line) for line in told.splitlines(keepends=True) if line.endswith(b"\n"))


async def killed_after(process: Running, lines: int) -> int:
    """What it delivered until it was killed."""
    assert process.stdout is not None
    first = [int(await process.stdout.readline()) for _ in range(lines)]
    process.kill()
    return sum(first) + await delivered(process)


async def one_killed(takers: Sequence[Running], lines: int) -> int | None:
    """What all delivered, of whom the first that tells of so many is killed; the others may find little left.

    None: all had ended before one could be killed.
    """
    killed: list[Running] = []

    async def told(process: Running) -> int:
        assert process.stdout is not None
        first = [line for _ in range(lines) if (line := await process.stdout.readline())]
        if len(first) == lines and not killed and process.returncode is None:
            killed.append(process)
            process.kill()
        return sum(map(int, first)) + await delivered(process)

    amounts = await asyncio.gather(*map(told, takers))
    return sum(amounts) if killed else None


async def counted(store: Store) -> tuple[int, int]:
    async with store.view(CONTEXT) as view:
        return await view.quotas.used(COUNTER)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_four_processes_on_one_database_take_just_what_there_is(
    server: Server, opened: Opener, way: str
) -> None:
    url = await asyncio.to_thread(server.database)
    takers = await asyncio.gather(*(taker(url, way) for _ in range(4)))
    total = sum(await asyncio.gather(*map(delivered, takers)))
    assert total == LIMIT
    assert await counted(await opened(url)) == (LIMIT, 0)


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_a_killed_process_among_four_gives_nothing_away(
    server: Server, opened: Opener, way: str
) -> None:
    for _ in range(TRIES):
        url = await asyncio.to_thread(server.database)
        store = await opened(url)
        takers = await asyncio.gather(*(taker(url, way) for _ in range(4)))
        total = await one_killed(takers, 20)
        if total is not None:
            break
    assert total is not None, "each time all had ended before one was killed"
    await check(store, total)


async def check(store: Store, total: int) -> None:
    """What was delivered is counted, and with what a dead process held the limit is not exceeded."""
    used, held = await counted(store)
    assert total <= used + held <= LIMIT
    async with store.step(CONTEXT) as step:
        await step.quotas.expire(datetime.now(UTC) + timedelta(hours=2))
    used, held = await counted(store)
    assert total <= used <= LIMIT
    assert held == 0


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
async def test_after_each_kill_the_next_process_goes_on_with_what_is_left(tmp_path: Path, way: str) -> None:
    path, total = tmp_path / "store.db", 0
    for lines in (7, 41, 90):
        total += await killed_after(await taker(str(path), way), lines)
        store = await open_sqlite(path)
        used, held = await counted(store)
        assert total <= used + held <= LIMIT
        await store.close()
    total += await delivered(await taker(str(path), way))
    store = await open_sqlite(path)
    used, held = await counted(store)
    assert used + held == LIMIT
    await check(store, total)
    await store.close()
