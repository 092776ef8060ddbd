"""Steps: all or nothing, one after another, durable when they return, and what those who watch are told."""

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
import pytest
from tests.ports.store_samples import CONTEXT, NOW, OTHER, entry, later, negotiation, promise

from xinfu.dsp.negotiation import ContractNegotiation, State
from xinfu.ports.log import Head
from xinfu.ports.records import NEGOTIATIONS
from xinfu.ports.store import Step, Store


def _counted(record: ContractNegotiation) -> ContractNegotiation:
    return msgspec.structs.replace(record, version=record.version + 1)


class Stop(Exception):  # noqa: N818 - raised on purpose
    """What goes wrong in the middle of a step."""


async def everything(step: Step) -> None:
    """One of each thing that a step can change."""
    await step.of(NEGOTIATIONS).add(negotiation("n"))
    await promise(step)
    await step.record(entry(), {"token": b"t"})
    await step.nonces.claim("issuer", "nonce", expires=later(60))
    await step.quotas.reserve("reads", 1, limit=10, reservation="r", expires=later(60))
    await step.log.save_head(Head(size=1, frontier=b"f"))
    step.publish("n")


async def break_off(store: Store) -> None:
    """A step that goes wrong at its end."""
    async with store.step(CONTEXT) as step:
        await everything(step)
        raise Stop


async def traces(store: Store) -> list[object]:
    """What `everything` would leave."""
    async with store.view(CONTEXT) as view:
        return [
            each
            for each in (
                await view.of(NEGOTIATIONS).get("n"),
                await view.outbox.of("n"),
                await view.log.find(),
                await view.log.head(),
                (await view.quotas.used("reads"))[1],
            )
            if each
        ]


async def test_state_outbox_and_evidence_commit_together(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await everything(step)
    assert len(await traces(store)) == 5


async def test_an_exception_rolls_everything_back(store: Store) -> None:
    with pytest.raises(Stop):
        await break_off(store)
    assert await traces(store) == []
    async with store.step(CONTEXT) as step:
        assert await step.nonces.claim("issuer", "nonce", expires=later(60))


async def test_a_cancelled_step_rolls_back_and_leaves_the_way_free(store: Store) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with store.step(CONTEXT) as step:
            await everything(step)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await traces(store) == []
    async with store.step(CONTEXT) as step:
        await everything(step)
    assert len(await traces(store)) == 5


async def test_a_step_that_is_cancelled_while_it_waits_changes_nothing_for_the_others(store: Store) -> None:
    free = asyncio.Event()
    done: list[int] = []

    async def work(number: int) -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(str(number)))
            if number == 0:
                await free.wait()
        done.append(number)

    tasks = [asyncio.create_task(work(number)) for number in range(6)]
    await asyncio.sleep(0)
    for number in (1, 2, 4):
        tasks[number].cancel()
    await asyncio.sleep(0)
    tasks[5].cancel()
    free.set()
    await asyncio.wait(tasks)
    assert sorted(done) == [0, 3]
    async with store.view(CONTEXT) as view:
        assert [each.id for each in await view.of(NEGOTIATIONS).find()] == ["0", "3"]


async def test_cancelling_at_any_moment_never_stops_the_steps_of_others(store: Store) -> None:
    async def work(number: int) -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(f"{number:03}"))
            await asyncio.sleep(0)
            await promise(step, f"{number:03}")

    for turns in range(12):
        tasks = [asyncio.create_task(work(turns * 10 + number)) for number in range(8)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        await asyncio.wait(tasks)
        assert all(not task.cancelled() for task in tasks[1::2])
    async with store.view(CONTEXT) as view:
        kept = {each.id for each in await view.of(NEGOTIATIONS).find(limit=1000)}
        assert len(kept) >= 12 * 4
        assert all([len(await view.outbox.of(each)) == 1 for each in kept])


async def test_two_steps_on_one_record_come_one_after_the_other(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", state=State.REQUESTED))
    order: list[str] = []

    async def move(name: str, state: State) -> None:
        async with store.step(CONTEXT) as step:
            record = await step.of(NEGOTIATIONS).lock("n")
            order.append(f"{name} saw {record.state}")
            await asyncio.sleep(0.001)
            await step.of(NEGOTIATIONS).save(negotiation("n", state=state))
            order.append(f"{name} left")

    await asyncio.gather(move("one", State.OFFERED), move("two", State.ACCEPTED))
    assert order in (
        ["one saw REQUESTED", "one left", "two saw OFFERED", "two left"],
        ["two saw REQUESTED", "two left", "one saw ACCEPTED", "one left"],
    )


async def test_a_hundred_steps_that_read_and_write_lose_nothing(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))

    async def one() -> None:
        async with store.step(CONTEXT) as step:
            record = await step.of(NEGOTIATIONS).lock("n")
            await asyncio.sleep(0)
            await step.of(NEGOTIATIONS).save(_counted(record))

    await asyncio.gather(*(one() for _ in range(100)))
    async with store.view(CONTEXT) as view:
        record = await view.of(NEGOTIATIONS).get("n")
        assert record is not None
        assert record.version == 100


async def test_a_step_inside_a_step_of_the_same_task_says_so(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
        with pytest.raises(RuntimeError, match="a step inside a step"):
            async with store.step(OTHER):
                pass
        with pytest.raises(RuntimeError, match="a step inside a step"):
            await store.claim("me", now=NOW, lease_until=later(60))
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).get("n") is not None


async def test_a_step_that_has_ended_can_do_nothing(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    async with store.view(CONTEXT) as view:
        pass
    with pytest.raises(RuntimeError, match="has ended"):
        await view.of(NEGOTIATIONS).get("n")


async def test_a_step_sees_what_it_wrote_and_a_view_only_what_was_committed(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
        assert await step.of(NEGOTIATIONS).get("n") is not None
        async with store.view(CONTEXT) as view:
            assert await view.of(NEGOTIATIONS).get("n") is None
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).get("n") is not None


async def test_a_view_shows_one_moment(store: Store) -> None:
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 0
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation("n"))
        assert await view.of(NEGOTIATIONS).count() == 0
        assert await view.log.find() == []


WRITES: dict[str, Callable[[Step], Awaitable[object]]] = {
    "add": lambda view: view.of(NEGOTIATIONS).add(negotiation("2")),
    "save": lambda view: view.of(NEGOTIATIONS).save(negotiation("n")),
    "remove": lambda view: view.of(NEGOTIATIONS).remove("n"),
    "lock": lambda view: view.of(NEGOTIATIONS).lock("n"),
    "outbox": promise,
    "drop": lambda view: view.outbox.drop("n"),
    "nonce": lambda view: view.nonces.claim("i", "n", expires=NOW),
    "quota": lambda view: view.quotas.reserve("c", 1, limit=1, reservation="r", expires=NOW),
    "record": lambda view: view.record(entry()),
    "head": lambda view: view.log.save_head(Head(size=1, frontier=b"")),
}


@pytest.mark.parametrize("write", WRITES)
async def test_a_view_cannot_write(store: Store, write: str) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    async with store.view(CONTEXT) as view:
        with pytest.raises(RuntimeError, match="a view cannot write"):
            await WRITES[write](view)
        assert await view.of(NEGOTIATIONS).get("n") == negotiation("n")


async def test_many_views_are_open_at_once(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))

    async def look(depth: int) -> int:
        async with store.view(CONTEXT) as view:
            seen = await view.of(NEGOTIATIONS).count()
            return seen + (await look(depth - 1) if depth else 0)

    assert await asyncio.gather(*(look(8) for _ in range(8))) == [9] * 8


async def test_those_who_watch_are_told_the_topics_after_the_commit(store: Store) -> None:
    told: list[frozenset[str]] = []
    end = store.watch(told.append)
    async with store.step(CONTEXT) as step:
        await everything(step)
        assert told == []
    assert told == [frozenset({"n", "outbox", "log"})]
    end()
    end()
    async with store.step(CONTEXT) as step:
        step.publish("n")
    assert len(told) == 1


async def test_nobody_is_told_of_what_was_rolled_back_or_of_nothing(store: Store) -> None:
    told: list[frozenset[str]] = []
    store.watch(told.append)
    with pytest.raises(Stop):
        await break_off(store)
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).find()
    assert told == []


async def test_one_who_watches_and_fails_does_not_take_it_from_the_others(store: Store) -> None:
    told: list[frozenset[str]] = []

    def fail(topics: frozenset[str]) -> None:
        raise Stop

    store.watch(fail)
    store.watch(told.append)
    async with store.step(CONTEXT) as step:
        step.publish("n")
    assert told == [frozenset({"n"})]


async def test_closing_waits_for_the_steps_that_run(store: Store) -> None:
    inside = asyncio.Event()

    async def work(number: int) -> None:
        async with store.step(CONTEXT) as step:
            await step.of(NEGOTIATIONS).add(negotiation(str(number)))
            inside.set()
            await asyncio.sleep(0.001)

    tasks = [asyncio.create_task(work(number)) for number in range(5)]
    await inside.wait()
    await store.close()
    assert await asyncio.gather(*tasks) == [None] * 5


async def test_what_is_looked_for_and_added_alone_is_added_once_however_many_try(store: Store) -> None:
    async def one(number: int) -> bool:
        async with store.step(CONTEXT) as step:
            await step.alone("the negotiation")
            if await step.of(NEGOTIATIONS).find(NEGOTIATIONS.peer.equals("did:web:peer.example"), limit=1):
                return False
            await asyncio.sleep(0)
            await step.of(NEGOTIATIONS).add(negotiation(str(number)))
            return True

    assert sorted(await asyncio.gather(*(one(number) for number in range(20)))) == [False] * 19 + [True]


async def test_other_names_and_other_contexts_are_not_waited_for(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.alone("a")
        await step.alone("a")
        await step.alone("b")
    async with store.view(CONTEXT) as view:
        await view.alone("a")
