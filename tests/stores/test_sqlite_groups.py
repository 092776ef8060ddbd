"""Groups of steps on SQLite: one COMMIT for many, and one failure for all of them."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT, NOW, entry, gather, later, negotiation, promise

from xinfu.errors import InputError, StoreError
from xinfu.ports.records import NEGOTIATIONS
from xinfu.ports.store import Step
from xinfu.stores.sql.step import SqlStep
from xinfu.stores.sqlite import SqliteStore, open_sqlite
from xinfu.stores.sqlite_file import connect_writer
from xinfu.stores.sqlite_writer import GROUP_STEPS, SqliteTurn, Writer


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A store's file, ready and closed."""
    made = tmp_path / "store.db"
    await (await open_sqlite(made)).close()
    return made


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_sqlite(path)
    yield opened
    await opened.close()


async def fill(step: Step, name: str) -> None:
    """A state, a promise and an entry that belong together."""
    await step.of(NEGOTIATIONS).add(negotiation(name))
    await promise(step, name)
    await step.record(entry(process=name), {"body": b"x" * 4096})


async def work(store: SqliteStore, name: str) -> None:
    async with store.step(CONTEXT) as step:
        await fill(step, name)


async def whole(store: SqliteStore) -> set[str]:
    """Names of what is there; a state without its promise and its entry fails."""
    async with store.view(CONTEXT) as view:
        names = {each.id for each in await view.of(NEGOTIATIONS).find(limit=1000)}
        assert {each.process for each in await view.log.find(limit=1000)} == names
        for name in names:
            assert len(await view.outbox.of(name)) == 1
        return names


async def test_steps_that_wait_are_committed_together(store: SqliteStore) -> None:
    await asyncio.gather(*(work(store, str(number)) for number in range(40)))
    assert len(await whole(store)) == 40
    assert store.commits < 20


async def test_a_group_has_a_bound(store: SqliteStore) -> None:
    steps = 3 * GROUP_STEPS
    await asyncio.gather(*(work(store, str(number)) for number in range(steps)))
    assert len(await whole(store)) == steps
    assert store.commits >= 3


async def test_each_lonely_step_is_committed_by_itself(store: SqliteStore) -> None:
    for number in range(5):
        await work(store, str(number))
    assert store.commits == 5


async def test_what_changes_nothing_is_not_committed(store: SqliteStore) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).find()
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).remove("nothing")
    await store.claim("me", now=NOW, lease_until=later(1))
    assert store.commits == 0


async def test_a_step_that_fails_does_not_take_its_group_along(store: SqliteStore) -> None:
    async def fail(name: str) -> None:
        async with store.step(CONTEXT) as step:
            await fill(step, name)
            raise InputError("test.stop", "Stop.", "停。")

    results = await gather(
        *(fail(str(number)) if number % 3 == 0 else work(store, str(number)) for number in range(30))
    )
    assert [isinstance(each, InputError) for each in results] == [number % 3 == 0 for number in range(30)]
    assert await whole(store) == {str(number) for number in range(30) if number % 3}


async def test_nobody_watching_hears_of_a_step_before_its_group_is_durable(store: SqliteStore) -> None:
    seen: list[int] = []
    store.watch(lambda topics: seen.append(store.commits))
    await asyncio.gather(*(work(store, str(number)) for number in range(10)))
    assert seen == list(range(1, store.commits + 1))


@contextmanager
def files_may_grow_by(path: Path, size_bytes: int) -> Iterator[None]:
    """Every write beyond that fails, as on a disk that is full or broken."""
    log = path.with_name(path.name + "-wal")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_when_the_commit_fails_nothing_of_any_step_is_there(store: SqliteStore, path: Path) -> None:
    told: list[frozenset[str]] = []
    await work(store, "before")
    store.watch(told.append)
    with files_may_grow_by(path, 2048):
        results = await gather(*(work(store, str(number)) for number in range(8)))
    assert [type(each) for each in results] == [StoreError] * 8
    assert {each.code for each in results} == {"store.broken"}
    assert told == []
    assert await whole(store) == {"before"}
    await asyncio.gather(*(work(store, str(number)) for number in range(8)))
    assert len(await whole(store)) == 9


async def test_a_store_that_failed_to_commit_opens_again_without_it(path: Path) -> None:
    store = await open_sqlite(path)
    await work(store, "before")
    with files_may_grow_by(path, 2048):
        await gather(work(store, "lost"))
    await store.close()
    store = await open_sqlite(path)
    assert await whole(store) == {"before"}
    await store.close()


async def test_a_full_disk_ends_the_step_with_nothing_half_made(path: Path) -> None:
    connection = connect_writer(path, durable=True)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 8}")
    writer = Writer(
        connection, durable=True, busy_timeout_s=1, notify=lambda topics: None, hand_over=lambda rows: None
    )

    async def one(name: str) -> str:
        async with SqliteTurn(writer, partial(SqlStep, context=CONTEXT)) as step:
            await fill(step, name)
        return name

    results = await gather(*(one(str(number)) for number in range(20)))
    kept = {each for each in results if isinstance(each, str)}
    errors = [each for each in results if not isinstance(each, str)]
    assert kept
    assert errors
    assert {type(each) for each in errors} == {StoreError}
    assert {each.code for each in errors} == {"store.full"}
    await writer.close()
    store = await open_sqlite(path)
    assert await whole(store) == kept
    await store.close()


async def test_a_step_cannot_go_on_after_the_disk_was_full(path: Path) -> None:
    connection = connect_writer(path, durable=True)
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count={pages + 1}")
    writer = Writer(
        connection, durable=True, busy_timeout_s=1, notify=lambda topics: None, hand_over=lambda rows: None
    )

    async def stubborn() -> None:
        async with SqliteTurn(writer, partial(SqlStep, context=CONTEXT)) as step:
            await step.of(NEGOTIATIONS).add(negotiation("first"))
            for _ in range(2):
                with pytest.raises(StoreError):
                    await step.record(entry(), {"body": b"x" * 100_000})
            with pytest.raises(StoreError):
                await step.of(NEGOTIATIONS).add(negotiation("second"))

    with pytest.raises(StoreError) as raised:
        await stubborn()
    assert raised.value.code == "store.full"
    await writer.close()
    store = await open_sqlite(path)
    assert await whole(store) == set()
    await store.close()


async def test_a_refusal_is_not_told_before_what_it_rests_on_is_durable(
    store: SqliteStore, path: Path
) -> None:
    async def refuse() -> None:
        async with store.step(CONTEXT) as step:
            if await step.of(NEGOTIATIONS).get("ghost") is not None:
                raise InputError("test.there", "It is there.", "它已存在。")

    async def let_them_queue() -> None:
        async with store.step(CONTEXT):
            await asyncio.sleep(0)

    await work(store, "before")
    with files_may_grow_by(path, 2048):
        _, first, second = await gather(let_them_queue(), work(store, "ghost"), refuse())
    assert isinstance(first, StoreError)
    assert isinstance(second, StoreError), "it would have been refused for what never was"
    assert await whole(store) == {"before"}


async def test_a_closed_store_says_so(path: Path) -> None:
    store = await open_sqlite(path)
    await store.close()
    await store.close()
    for turn in (store.step(CONTEXT), store.view(CONTEXT)):
        with pytest.raises(StoreError) as raised:
            await turn.__aenter__()
        assert raised.value.code == "store.closed"


async def test_an_idle_store_has_nothing_under_way(store: SqliteStore, path: Path) -> None:
    await asyncio.gather(*(work(store, str(number)) for number in range(5)))
    await store.claim("me", now=NOW, lease_until=later(60))
    assert asyncio.all_tasks() == {asyncio.current_task()}
    written = path.with_name("store.db-wal").stat().st_mtime_ns
    await asyncio.sleep(0.2)
    assert path.with_name("store.db-wal").stat().st_mtime_ns == written
    assert asyncio.all_tasks() == {asyncio.current_task()}
