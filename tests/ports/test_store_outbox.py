"""The outbox: order within a process, leases, and when the next row is due."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from tests.ports.store_samples import CONTEXT, NOW, OTHER, PEER, PROMISES, later, promise

from xinfu.ports.records import Event, Order, OutboxRow, outbox
from xinfu.ports.store import Store


async def add(store: Store, *processes: str, due: float = 0, context: str = CONTEXT) -> list[int]:
    """One promise a process, in one step."""
    async with store.step(context) as step:
        return [await promise(step, each, due=later(due)) for each in processes]


async def claim(
    store: Store, owner: str = "me", at: float = 0, lease: float = 60, limit: int = 64
) -> list[int]:
    """Ids of what `owner` can take up."""
    rows = await store.claim(owner, now=later(at), lease_until=later(at + lease), limit=limit)
    return [row.id for row in rows]


async def finish(store: Store, *ids: int) -> None:
    """Say that these are done."""
    async with store.step(CONTEXT) as step:
        for each in ids:
            await step.outbox.done(each)


@pytest.mark.parametrize("promised", PROMISES, ids=lambda each: each.queue)
async def test_a_promise_comes_back_as_it_was_made(store: Store, promised: outbox.Promise) -> None:
    async with store.step(CONTEXT) as step:
        given = await step.outbox.add(promised, due=later(1.5))
    async with store.view(CONTEXT) as view:
        assert await view.outbox.of(promised.queue) == [
            OutboxRow(
                id=given,
                context=CONTEXT,
                promise=promised,
                attempts=0,
                due=later(1.5),
                created=later(1.5),
            )
        ]


class Newer(msgspec.Struct, frozen=True, tag_field="delivery", tag="newer"):
    """A promise that only a newer program knows."""

    queue: str
    kind: str = "x"
    family: str = "x"


async def test_a_promise_of_a_newer_program_holds_up_its_own_queue_and_no_other(store: Store) -> None:
    newer: Any = Newer(queue="a")
    async with store.step(CONTEXT) as step:
        unknown = await step.outbox.add(newer, due=NOW)
    behind, other = await add(store, "a", "b")
    first, last = await store.claim("me", now=NOW, lease_until=later(60))
    assert (first.id, last.id) == (unknown, other)
    assert first.promise == outbox.UnreadablePromise(
        queue="a", reason="Invalid value 'newer' - at `$.delivery`"
    )
    async with store.step(CONTEXT) as step:
        await step.outbox.retry(unknown, due=later(1), error="outbox.unreadable")
        assert [row.id for row in await step.outbox.of("a")] == [unknown, behind]
        assert await step.outbox.drop("a") == 1
    assert await claim(store, at=1) == [unknown]
    await finish(store, unknown, other)
    assert await claim(store, at=99) == []


async def test_of_each_process_only_the_first_row_is_claimed(store: Store) -> None:
    first, second, other = await add(store, "a", "a", "b")
    assert await claim(store) == [first, other]
    assert await claim(store) == []
    await finish(store, first)
    assert await claim(store) == [second]


async def test_a_row_never_overtakes_one_before_it_that_is_not_due(store: Store) -> None:
    (late,) = await add(store, "a", due=10)
    (soon,) = await add(store, "a")
    assert await claim(store, at=5) == []
    assert await claim(store, at=10) == [late]
    await finish(store, late)
    assert await claim(store, at=10) == [soon]


async def test_processes_of_the_same_name_in_two_contexts_do_not_wait_for_each_other(store: Store) -> None:
    (ours,) = await add(store, "a")
    (theirs,) = await add(store, "a", context=OTHER)
    assert await claim(store) == [ours, theirs]


async def test_a_row_that_is_not_due_is_not_claimed(store: Store) -> None:
    (given,) = await add(store, "a", due=0.2)
    assert await claim(store, at=0.199999) == []
    assert await claim(store, at=0.2) == [given]


async def test_those_that_are_due_longest_are_claimed_first_up_to_the_limit(store: Store) -> None:
    (b,) = await add(store, "b", due=2)
    (a,) = await add(store, "a", due=1)
    c, d = await add(store, "c", "d", due=3)
    assert await claim(store, at=9, limit=3) == [a, b, c]
    assert await claim(store, at=9, limit=3) == [d]


async def test_a_lease_keeps_others_away_until_it_ends(store: Store) -> None:
    (given,) = await add(store, "a")
    assert await claim(store, "one", lease=30) == [given]
    assert await claim(store, "two", at=29.9) == []
    assert await claim(store, "one", at=29.9) == []
    assert await claim(store, "two", at=30) == [given]


async def test_claims_at_the_same_moment_never_give_a_row_twice(store: Store) -> None:
    ids = await add(store, *(f"p{number}" for number in range(40)))
    claimed = await asyncio.gather(*(claim(store, f"w{number}", limit=7) for number in range(10)))
    assert sorted(each for some in claimed for each in some) == ids


async def test_a_lease_that_is_held_on_keeps_others_away_for_longer(store: Store) -> None:
    (given,) = await add(store, "a")
    assert await claim(store, "one", lease=30) == [given]
    async with store.step(CONTEXT) as step:
        assert await step.outbox.hold(given, until=later(90))
    assert await claim(store, "two", at=60) == []
    assert await claim(store, "two", at=91) == [given]
    await finish(store, given)
    async with store.step(CONTEXT) as step:
        assert not await step.outbox.hold(given, until=later(90))


async def test_a_retry_counts_ends_the_lease_and_keeps_the_order(store: Store) -> None:
    first, second = await add(store, "a", "a")
    assert await claim(store) == [first]
    async with store.step(CONTEXT) as step:
        await step.outbox.retry(first, due=later(5), error="connection refused")
        row = await step.outbox.get(first)
    assert row is not None
    assert (row.attempts, row.due, row.last_error) == (1, later(5), "connection refused")
    assert await claim(store, at=4) == []
    assert await claim(store, at=5) == [first]
    await finish(store, first)
    assert await claim(store, at=5) == [second]


async def test_a_row_that_is_gone_can_be_done_and_retried_without_effect(store: Store) -> None:
    (given,) = await add(store, "a")
    await finish(store, given, given)
    async with store.step(CONTEXT) as step:
        await step.outbox.retry(given, due=NOW, error="late")
        assert await step.outbox.get(given) is None
        assert await step.outbox.of("a") == []
    assert await store.next_due() is None


async def test_ids_are_never_given_twice(store: Store) -> None:
    (first,) = await add(store, "a")
    await finish(store, first)
    (second,) = await add(store, "a")
    assert second > first


async def test_another_context_touches_no_row(store: Store) -> None:
    (given,) = await add(store, "a")
    async with store.step(OTHER) as step:
        assert await step.outbox.get(given) is None
        assert await step.outbox.of("a") == []
        assert await step.outbox.drop("a") == 0
        await step.outbox.done(given)
        await step.outbox.retry(given, due=later(99), error="no")
    assert await claim(store) == [given]


async def test_drop_takes_the_waiting_messages_of_one_process_and_kind(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        offer = await promise(step, "a", kind="OFFER")
        agree = await promise(step, "a", kind="AGREE")
        event = outbox.ProcessEvent(
            family="negotiation", process="a", kind=Event.AGREED, peer=PEER, order=Order()
        )
        order = await step.outbox.add(event, due=NOW)
        other = await promise(step, "b", kind="AGREE")
        assert await step.outbox.drop("a", kind="AGREE") == 1
        assert [row.id for row in await step.outbox.of("a")] == [offer, order]
        assert await step.outbox.get(agree) is None
        assert await step.outbox.drop("a") == 1
        assert [row.id for row in await step.outbox.of("a")] == [order]
        assert [row.id for row in await step.outbox.of("b")] == [other]


async def test_a_dropped_row_is_gone_for_the_one_who_holds_its_lease(store: Store) -> None:
    first, second = await add(store, "a", "a")
    assert await claim(store) == [first]
    async with store.step(CONTEXT) as step:
        assert await step.outbox.drop("a") == 2
        end = await promise(step, "a", kind="TERMINATE")
    async with store.step(CONTEXT) as step:
        assert await step.outbox.get(first) is None
        await step.outbox.retry(first, due=NOW, error="late")
    assert await claim(store) == [end]
    assert second


async def test_release_makes_rows_due_now(store: Store) -> None:
    first, second = await add(store, "a", "b", due=30)
    await store.release([second, 999], now=later(1))
    assert await claim(store, at=1) == [second]
    async with store.view(CONTEXT) as view:
        row = await view.outbox.get(second)
        assert row is not None
        assert row.due == later(1)
    assert await claim(store, at=30) == [first]


async def test_release_does_not_end_a_lease(store: Store) -> None:
    (given,) = await add(store, "a")
    assert await claim(store, lease=60) == [given]
    await store.release([given], now=later(1))
    assert await claim(store, "two", at=1) == []
    assert await claim(store, "two", at=60) == [given]


def entrusted(store: Store, owner: str = "me", lease: float = 60) -> list[OutboxRow]:
    """What is handed over from now on."""
    handed: list[OutboxRow] = []
    store.entrust(owner, lease=timedelta(seconds=lease), take=handed.extend)
    return handed


async def test_what_a_step_promises_is_handed_over_as_it_lies_in_the_outbox(store: Store) -> None:
    handed = entrusted(store)
    async with store.step(CONTEXT) as step:
        given = await promise(step, "a", due=later(2))
        assert handed == []
    async with store.view(CONTEXT) as view:
        assert handed == [await view.outbox.get(given)]


async def test_what_is_handed_over_is_leased_from_its_time_on(store: Store) -> None:
    entrusted(store, lease=60)
    (given,) = await add(store, "a", due=2)
    assert await claim(store, "two", at=61) == []
    assert await store.next_due() == later(62)
    assert await claim(store, "two", at=62) == [given]


async def test_a_lease_from_birth_ends_with_its_owner(store: Store) -> None:
    entrusted(store, "one")
    (given,) = await add(store, "a", due=2)
    await store.free("one")
    assert await store.next_due() == later(2)
    assert await claim(store, "two", at=2) == [given]


async def test_what_stands_behind_another_is_not_handed_over(store: Store) -> None:
    handed = entrusted(store)
    first, second = await add(store, "a", "a")
    assert [row.id for row in handed] == [first]
    assert await claim(store, "two") == []
    await finish(store, first)
    assert await claim(store, "two") == [second]
    assert [row.id for row in handed] == [first]


async def test_what_takes_the_place_of_a_dropped_row_is_handed_over(store: Store) -> None:
    handed = entrusted(store)
    await add(store, "a")
    async with store.step(CONTEXT) as step:
        await step.outbox.drop("a")
        given = await promise(step, "a", kind="TERMINATE")
    assert handed[-1].id == given


async def test_nothing_of_an_undone_step_is_handed_over(store: Store) -> None:
    handed = entrusted(store)
    with pytest.raises(ZeroDivisionError):
        async with store.step(CONTEXT) as step:
            await promise(step, "a")
            raise ZeroDivisionError
    assert handed == []


async def test_a_handed_row_is_told_to_nobody_else(store: Store) -> None:
    told: list[frozenset[str]] = []
    entrusted(store)
    store.watch(told.append)
    await add(store, "a")
    assert told == []
    await add(store, "a")
    assert told == [frozenset({"outbox"})]


async def test_another_one_can_take_over(store: Store) -> None:
    before, handed = entrusted(store, "one"), entrusted(store, "two")
    (given,) = await add(store, "a")
    assert before == []
    assert [row.id for row in handed] == [given]
    await store.free("one")
    assert await claim(store) == []


async def test_free_ends_the_leases_of_one_owner(store: Store) -> None:
    first, second = await add(store, "a", "b")
    assert await claim(store, "one", limit=1) == [first]
    assert await claim(store, "two") == [second]
    await store.free("one")
    assert await claim(store, "three") == [first]


async def test_a_freed_row_is_due_when_it_was(store: Store) -> None:
    (given,) = await add(store, "a", due=3)
    assert await claim(store, "one", at=5) == [given]
    await store.free("one")
    assert await store.next_due() == later(3)


async def test_the_next_moment_is_that_of_a_row_that_can_be_claimed_then(store: Store) -> None:
    assert await store.next_due() is None
    (late,) = await add(store, "a", due=50)
    await add(store, "a", due=0)
    assert await store.next_due() == later(50)
    (soon,) = await add(store, "b", due=20)
    assert await store.next_due() == later(20)
    assert await claim(store, at=20, lease=15) == [soon]
    assert await store.next_due() == later(35)
    await finish(store, soon)
    assert await store.next_due() == later(50)
    await finish(store, late)
    assert await store.next_due() == later(0)


async def test_those_who_watch_are_told_whenever_a_row_may_have_become_claimable(store: Store) -> None:
    told: list[frozenset[str]] = []
    first, second = await add(store, "a", "a")
    store.watch(told.append)

    def heard() -> list[frozenset[str]]:
        now, told[:] = list(told), []
        return now

    await store.release([first], now=NOW)
    assert heard() == [frozenset({"outbox"})]
    assert await claim(store) == [first]
    assert heard() == []
    async with store.step(CONTEXT) as step:
        await step.outbox.retry(first, due=later(1), error="no")
    assert heard() == [frozenset({"outbox"})]
    await finish(store, first)
    assert heard() == [frozenset({"outbox"})], "the second row stands first now"
    await finish(store, second)
    assert heard() == [], "nothing waits behind it"
    await store.release([second], now=NOW)
    await store.free("nobody")
    assert heard() == []
