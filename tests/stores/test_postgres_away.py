"""A database that goes away and comes back: what ran is told so, what comes waits, and all goes on by itself."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT, NOW, later, negotiation, promise
from tests.stores.conftest import Opener
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_news import Heard

from xinfu.errors import ConflictError, StoreError
from xinfu.ports.records import NEGOTIATIONS
from xinfu.ports.store import Store
from xinfu.stores.postgres import PostgresStore

pytestmark = pytest.mark.slow


async def add(store: Store, name: str) -> None:
    """One durable step."""
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation(name))


async def names(store: Store) -> list[str]:
    """What is there."""
    found: list[str] = []
    async with store.view(CONTEXT) as view:
        while page := await view.of(NEGOTIATIONS).find(after=found[-1] if found else None, limit=1000):
            found += [each.id for each in page]
    return found


async def test_steps_go_on_after_a_restart_and_nothing_acknowledged_is_lost(
    own_server: Server, opened: Opener
) -> None:
    store = await opened(await asyncio.to_thread(own_server.database))
    heard = Heard(store)
    acknowledged: list[str] = []
    failed: set[str] = set()
    over = asyncio.Event()

    async def worker(number: int) -> None:
        count = 0
        while not over.is_set():
            name = f"{number}-{count:05}"
            count += 1
            try:
                await add(store, name)
                acknowledged.append(name)
            except StoreError as error:
                failed.add(error.code)

    working = [asyncio.create_task(worker(number)) for number in range(6)]
    await asyncio.sleep(0.3)
    await asyncio.to_thread(own_server.stop, "immediate")
    before = len(acknowledged)
    await asyncio.to_thread(own_server.start)
    await heard.until("missed")
    await asyncio.sleep(0.3)
    over.set()
    await asyncio.gather(*working)
    assert len(acknowledged) > before > 0
    assert failed <= {"store.away", "store.unsure"}
    assert set(acknowledged) <= set(await names(store))


async def test_a_step_that_is_cut_is_not_kept_and_says_so(own_server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(own_server.database))
    for at_its_end in (False, True):
        with pytest.raises(StoreError) as raised:
            async with store.step(CONTEXT) as step:
                await step.of(NEGOTIATIONS).add(negotiation("lost"))
                await asyncio.to_thread(own_server.kill_sessions)
                if not at_its_end:
                    await step.of(NEGOTIATIONS).add(negotiation("too"))
        assert raised.value.code in {"store.away", "store.unsure" if at_its_end else ""}
    await add(store, "kept")
    assert await names(store) == ["kept"]


async def test_a_view_that_is_cut_says_so(own_server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(own_server.database))
    with pytest.raises(StoreError) as raised:
        async with store.view(CONTEXT) as view:
            await view.of(NEGOTIATIONS).count()
            await asyncio.to_thread(own_server.kill_sessions)
            await view.of(NEGOTIATIONS).count()
    assert raised.value.code == "store.away"
    assert await names(store) == []


async def test_a_server_that_stays_away_is_waited_for_up_to_the_limit(
    own_server: Server, opened: Opener
) -> None:
    store = await opened(await asyncio.to_thread(own_server.database), busy_timeout_s=0.5)
    heard = Heard(store)
    await asyncio.to_thread(own_server.stop)
    try:
        for work in (names(store), store.next_due(), store.claim("n", now=NOW, lease_until=later(1))):
            with pytest.raises(StoreError) as raised:
                await work
            assert raised.value.code == "store.away"
        await heard.until("deaf")
    finally:
        await asyncio.to_thread(own_server.start)
    await heard.until("missed")
    await add(store, "after")
    assert await names(store) == ["after"]


async def test_what_could_not_be_told_is_told_when_the_server_is_back(
    own_server: Server, opened: Opener
) -> None:
    url = await asyncio.to_thread(own_server.database)
    one, two = await opened(url), await opened(url)
    heard = Heard(two)
    async with one.step(CONTEXT) as step:
        step.publish("told late")
    await asyncio.to_thread(own_server.kill_sessions)
    await heard.until("missed")
    async with one.step(CONTEXT) as step:
        step.publish("told then")
    await heard.until("told then")


async def test_a_step_waits_for_a_row_up_to_the_limit(own_server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(own_server.database), busy_timeout_s=0.3)
    await add(store, "n")

    async def second() -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).lock("n")

    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).lock("n")
        with pytest.raises(StoreError) as raised:
            await asyncio.create_task(second())
    assert raised.value.code == "store.locked"


async def test_steps_that_wait_in_a_circle_do_not_wait_for_ever(own_server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(own_server.database))
    await add(store, "a")
    await add(store, "b")
    both = asyncio.Barrier(2)

    async def work(*order: str) -> str:
        try:
            async with store.step(CONTEXT) as step:
                await step.of(NEGOTIATIONS).lock(order[0])
                await both.wait()
                await step.of(NEGOTIATIONS).lock(order[1])
                return "done"
        except StoreError as error:
            return error.code

    assert sorted(await asyncio.gather(work("a", "b"), work("b", "a"))) == ["done", "store.locked"]


async def test_a_connection_is_waited_for_up_to_the_limit(own_server: Server, opened: Opener) -> None:
    store = await opened(await asyncio.to_thread(own_server.database), busy_timeout_s=0.3, connections=1)
    async with store.step(CONTEXT):
        with pytest.raises(ConflictError) as raised:
            await asyncio.create_task(names(store))
        assert raised.value.code == "store.busy"
    assert await names(store) == []


@asynccontextmanager
async def cutting(folder: Path, to: Path, *, before: bool) -> AsyncIterator[Path]:
    """A socket in between that breaks the connection at a COMMIT: before it reaches the server, or its answer us."""
    there = folder / ".s.PGSQL.5432"
    armed = folder / "armed"
    pipes: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, out = await asyncio.open_unix_connection(to / ".s.PGSQL.5432")
        answers = asyncio.create_task(_pipe(back, writer))
        pipes.add(answers)
        while data := await reader.read(65536):
            cut = b"COMMIT" in data and armed.exists()
            if not cut or not before:
                out.write(data)
            if cut:
                answers.cancel()
                if not before:
                    await back.read(65536)  # it has been done
                break
        for each in (out, writer):
            each.close()

    listening = await asyncio.start_unix_server(serve, there)
    try:
        yield folder
    finally:
        listening.close()
        for each in pipes:
            each.cancel()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


@pytest.mark.parametrize("before", [True, False], ids=["before it", "after it"])
async def test_a_connection_that_breaks_at_the_commit_leaves_all_or_nothing(
    server: Server, opened: Opener, tmp_path: Path, before: bool
) -> None:
    url = await asyncio.to_thread(server.database)
    name = url.partition("?")[0].rpartition("/")[2]
    async with cutting(tmp_path, server.folder, before=before) as folder:
        store = await opened(f"postgresql://xinfu@/{name}?host={folder}")
        (folder / "armed").touch()
        with pytest.raises(StoreError) as raised:
            async with store.step(CONTEXT) as step:
                await step.of(NEGOTIATIONS).add(negotiation("n"))
                await promise(step)
        assert raised.value.code == "store.unsure"
        (folder / "armed").unlink()
        async with store.view(CONTEXT) as view:
            kept = [await view.of(NEGOTIATIONS).count(), len(await view.outbox.of("n"))]
        assert kept == ([0, 0] if before else [1, 1])
        await store.close()


async def test_waiting_for_a_server_costs_hardly_anything(own_server: Server, opened: Opener) -> None:
    store: PostgresStore = await opened(await asyncio.to_thread(own_server.database))
    heard = Heard(store)
    await asyncio.to_thread(own_server.stop)
    try:
        waiting = [asyncio.create_task(names(store)) for _ in range(50)]
        used = os.times()
        await asyncio.sleep(1)
        spent = os.times()
        assert (spent.user - used.user) + (spent.system - used.system) < 0.2
    finally:
        await asyncio.to_thread(own_server.start)
    assert await asyncio.gather(*waiting) == [[]] * 50
    await heard.until("missed")
