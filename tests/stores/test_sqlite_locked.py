"""Another process holds the database: we wait for it, and give up after the limit."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT, NOW, later, negotiation

from xinfu.errors import ConflictError
from xinfu.ports.records import NEGOTIATIONS
from xinfu.stores.sqlite import open_sqlite

HOLD = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
print("released", flush=True)
sys.stdin.readline()
"""


class Holder:
    """A process that holds the database until it is told to let go."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def let_go(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"\n")
        assert await self._process.stdout.readline() == b"released\n"


@asynccontextmanager
async def held(path: Path) -> AsyncIterator[Holder]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        HOLD,
        str(path),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    try:
        yield Holder(process)
    finally:
        process.kill()
        await process.wait()


async def test_a_step_waits_for_a_process_that_holds_the_database_and_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path)

    async def work(name: str) -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(name))

    async with held(path) as holder:
        steps = [asyncio.create_task(work(str(number))) for number in range(3)]
        claim = asyncio.create_task(store.claim("me", now=NOW, lease_until=later(1)))
        done, _ = await asyncio.wait([*steps, claim], timeout=0.2)
        assert not done
        async with store.view(CONTEXT) as view:
            assert await view.of(NEGOTIATIONS).count() == 0, "reading goes on meanwhile"
        await holder.let_go()
        await asyncio.gather(*steps, claim)
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 3
    await store.close()


async def test_a_step_gives_up_after_the_limit_and_the_next_can_go_on(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path, busy_timeout_s=0.1)
    async with held(path) as holder:
        for _ in range(2):
            with pytest.raises(ConflictError) as raised:
                async with store.step(CONTEXT):
                    pass
            assert raised.value.code == "store.busy"
        await holder.let_go()
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation("n"))
    await store.close()


async def test_a_step_that_is_cancelled_while_the_database_is_held_leaves_the_way_free(
    tmp_path: Path,
) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path)

    async def work(name: str) -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(name))

    async with held(path) as holder:
        first, second = asyncio.create_task(work("1")), asyncio.create_task(work("2"))
        await asyncio.wait([first], timeout=0.05)
        first.cancel()
        await holder.let_go()
        await second
    assert first.cancelled()
    async with store.view(CONTEXT) as view:
        assert [each.id for each in await view.of(NEGOTIATIONS).find()] == ["2"]
    await store.close()


async def test_a_fresh_store_that_is_held_cannot_be_opened_within_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    async with held(path):
        with pytest.raises(ConflictError) as raised:
            await open_sqlite(path, busy_timeout_s=0.1)
    assert raised.value.code == "store.busy"


async def test_two_stores_on_one_file_share_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    stores = await asyncio.gather(open_sqlite(path), open_sqlite(path))

    async def work(number: int) -> None:
        async with stores[number % 2].step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(str(number)))

    await asyncio.gather(*(work(number) for number in range(40)))
    async with stores[0].view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 40
    for store in stores:
        await store.close()
