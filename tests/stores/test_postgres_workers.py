"""Four workers on one database: one is killed, the others go on, and nothing is lost or done twice."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT, NOW, negotiation, promise
from tests.stores.conftest import Opener
from tests.stores.postgres_server import Server

from xinfu.evidence import Frontier, leaf_hash
from xinfu.ports.records import NEGOTIATIONS
from xinfu.ports.store import Store

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 40
EACH = 12

Running = asyncio.subprocess.Process


@asynccontextmanager
async def workers(url: str, count: int) -> AsyncIterator[list[Running]]:
    """Worker processes that listen."""
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("postgres_worker.py")),
            url,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
        )
        for _ in range(count)
    ]
    try:
        for each in started:
            assert each.stdout is not None
            assert await each.stdout.readline() == b"ready\n"
        yield started
    finally:
        for each in started:
            if each.returncode is None:
                each.kill()
            await each.wait()


async def fill(store: Store) -> None:
    """PROCESSES with EACH promises that wait."""
    for number in range(PROCESSES):
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(f"{number:03}"))
            for _ in range(EACH):
                await promise(step, f"{number:03}", due=NOW)


async def left(store: Store) -> int:
    """How many promises wait."""
    async with store.view(CONTEXT) as view:
        return sum([len(await view.outbox.of(f"{number:03}")) for number in range(PROCESSES)])


async def until_left(store: Store, count: int, within_s: float) -> None:
    """Until at most `count` promises wait."""
    async with asyncio.timeout(within_s):
        while await left(store) > count:
            await asyncio.sleep(0.05)


async def until_numbered(store: Store, within_s: float) -> None:
    """Until every entry has its index."""
    async with asyncio.timeout(within_s):
        while True:
            async with store.view(CONTEXT) as view:
                if not await view.log.pending():
                    return
            await asyncio.sleep(0.05)


async def check(store: Store) -> None:
    """Each promise was kept once, in one log without gaps, whose head is that of its entries."""
    total = PROCESSES * EACH
    async with store.view(CONTEXT) as view:
        records = await view.of(NEGOTIATIONS).find(limit=1000)
        assert [record.version for record in records] == [EACH] * PROCESSES
        entries = await view.log.entries(0, 1000)
        assert [each.index for each in entries] == list(range(total))
        assert len({each.id for each in entries}) == total
        head = await view.log.head()
        assert head is not None
        frontier = Frontier().extend([leaf_hash(each.canonical) for each in entries])
        assert Frontier.from_bytes(head.frontier).root() == frontier.root()
        for process in records:
            mine = [each for each in entries if each.process == process.id]
            assert [each.id for each in mine] == sorted(each.id for each in mine)
    assert await store.next_due() is None


@pytest.mark.slow
async def test_when_one_of_four_workers_is_killed_the_others_do_its_work(
    server: Server, opened: Opener
) -> None:
    url = await asyncio.to_thread(server.database)
    store = await opened(url)
    async with workers(url, 4) as started:
        await fill(store)
        await until_left(store, PROCESSES * EACH * 2 // 3, 10)
        started[0].kill()
        await until_left(store, 0, 15)
        await until_numbered(store, 5)
        assert [each.returncode for each in started[1:]] == [None] * 3
        await check(store)


@pytest.mark.slow
async def test_when_the_server_crashes_the_workers_go_on_with_it(own_server: Server, opened: Opener) -> None:
    url = await asyncio.to_thread(own_server.database)
    store = await opened(url)
    async with workers(url, 2) as started:
        await fill(store)
        await until_left(store, PROCESSES * EACH * 2 // 3, 10)
        await asyncio.to_thread(own_server.stop, "immediate")
        await asyncio.to_thread(own_server.start)
        await until_left(store, 0, 15)
        await until_numbered(store, 5)
        assert [each.returncode for each in started] == [None] * 2
        await check(store)
