"""What workers on one database tell each other."""

import asyncio

import asyncpg
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.ports.store_samples import CONTEXT, NOW, later, negotiation, promise
from tests.stores.conftest import Opener
from tests.stores.postgres_server import Server

from xinfu.ports.records import NEGOTIATIONS
from xinfu.ports.store import Store
from xinfu.stores.postgres_news import LOOK_S, payloads


class Heard:
    """Collects topics, and waits for one."""

    def __init__(self, store: Store) -> None:
        self.topics: list[str] = []
        self._more = asyncio.Event()
        store.watch(self._told)

    def _told(self, topics: frozenset[str]) -> None:
        self.topics += sorted(topics)
        self._more.set()

    async def until(self, topic: str, within_s: float = 10.0) -> None:
        async with asyncio.timeout(within_s):
            while topic not in self.topics:
                self._more.clear()
                await self._more.wait()


async def test_a_commit_is_told_to_the_other_workers_and_to_oneself_once(
    server: Server, opened: Opener
) -> None:
    url = await asyncio.to_thread(server.database)
    one, two, three = [await opened(url) for _ in range(3)]
    ours, theirs, others = Heard(one), Heard(two), Heard(three)
    async with one.step(CONTEXT) as step:
        step.publish("process")
        step.publish("another")
    for heard in (theirs, others):
        await heard.until("process", 1)
    async with two.step(CONTEXT) as step:
        step.publish("answer")
    await ours.until("answer", 1)
    assert [topic for topic in ours.topics if topic not in ("outbox", "log")] == [
        "another",
        "process",
        "answer",
    ]
    assert theirs.topics.count("process") == 1


async def test_a_promise_wakes_the_others_too(server: Server, opened: Opener) -> None:
    url = await asyncio.to_thread(server.database)
    one, two = await opened(url), await opened(url)
    heard = Heard(two)
    async with one.step(CONTEXT) as step:
        given_id = await promise(step)
    await heard.until("outbox", 1)
    rows = await two.claim("node", now=NOW, lease_until=later(60))
    assert [row.id for row in rows] == [given_id]


async def test_a_step_that_is_undone_tells_nobody(server: Server, opened: Opener) -> None:
    url = await asyncio.to_thread(server.database)
    one, two = await opened(url), await opened(url)
    heard = Heard(two)
    with pytest.raises(ZeroDivisionError):
        async with one.step(CONTEXT) as step:
            step.publish("lost")
            raise ZeroDivisionError
    async with one.step(CONTEXT) as step:
        step.publish("kept")
    await heard.until("kept")
    assert "lost" not in heard.topics


async def test_workers_of_one_name_hold_leases_of_their_own(server: Server, opened: Opener) -> None:
    url = await asyncio.to_thread(server.database)
    one, two = await opened(url), await opened(url)
    async with one.step(CONTEXT) as step:
        for name in ("a", "b"):
            await promise(step, name)
    (mine,) = await one.claim("node", now=NOW, lease_until=later(60), limit=1)
    (theirs,) = await two.claim("node", now=NOW, lease_until=later(60))
    await one.free("node")
    assert await two.claim("node", now=NOW, lease_until=later(60)) == [mine]
    assert await one.claim("node", now=NOW, lease_until=later(60)) == []
    assert mine.id != theirs.id


async def test_leases_of_a_worker_that_left_without_a_word_are_free_for_the_next_of_its_name(
    server: Server, opened: Opener
) -> None:
    url = await asyncio.to_thread(server.database)
    one, two = await opened(url), await opened(url)
    async with one.step(CONTEXT) as step:
        await promise(step)
    claimed = await one.claim("node", now=NOW, lease_until=later(60))
    await one.close()
    assert await two.claim("node", now=NOW, lease_until=later(60)) == []
    await two.free("node")
    assert await two.claim("node", now=NOW, lease_until=later(60)) == claimed


@pytest.mark.slow
async def test_an_idle_store_asks_the_database_nothing(server: Server, opened: Opener) -> None:
    url = await asyncio.to_thread(server.database)
    one, two = await opened(url), await opened(url)
    heard = Heard(two)
    async with one.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
        step.publish("n")
    await heard.until("n")
    await asyncio.sleep(LOOK_S + 0.5)  # the one last look after something was heard
    before = await _transactions(server, url)
    await asyncio.sleep(1.5)
    assert await _transactions(server, url) == before


async def _transactions(server: Server, url: str) -> list[tuple[object, ...]]:
    """When each session of a database last began or ended something, and how many there are."""
    name = url.partition("?")[0].rpartition("/")[2]
    connection = await asyncpg.connect(server.url("postgres"))
    asked = "SELECT pid, query_start, state_change FROM pg_stat_activity WHERE datname = $1 ORDER BY pid"
    rows = await connection.fetch(asked, name)
    await connection.close()
    assert len(rows) >= 2
    return [tuple(row) for row in rows]


@given(st.frozensets(st.text(max_size=50) | st.text("\x00中\U0001d11e", min_size=1000, max_size=3000)))
@settings(max_examples=50, deadline=None)
def test_topics_fit_into_notifications_and_none_is_lost(topics: frozenset[str]) -> None:
    told = list(payloads(7, topics))
    assert all(len(each.encode()) < 8000 for each in told)
    heard = [msgspec.json.decode(each) for each in told]
    assert all(life == 7 for life, *_ in heard)
    names = {topic for _, *some in heard for topic in some}
    assert names - {"missed"} <= topics
    assert topics <= names or "missed" in names


def test_without_topics_only_who_is_there_is_said() -> None:
    assert list(payloads(7, [])) == []
    assert list(payloads(7, [], empty=True)) == ["[7]"]
    assert list(payloads(7, ["b", "a"])) == ['[7,"a","b"]']
