"""Moments at which records have to be looked at."""

from tests.ports.store_samples import CONTEXT, OTHER, later

from xinfu.ports.records import Deadline, DeadlineKind
from xinfu.ports.store import Store


async def put(store: Store, id_: str, due: float, context: str = CONTEXT) -> None:
    async with store.step(context) as step:
        await step.deadlines.put(DeadlineKind.DUTY, id_, later(due))


async def test_the_earliest_come_first_over_all_contexts(store: Store) -> None:
    assert await store.deadlines() == []
    await put(store, "b", 20)
    await put(store, "a", 30)
    await put(store, "c", 10, OTHER)
    found = await store.deadlines()
    assert [(each.context, each.id) for each in found] == [(OTHER, "c"), (CONTEXT, "b"), (CONTEXT, "a")]
    assert await store.deadlines(limit=1) == [
        Deadline(context=OTHER, kind=DeadlineKind.DUTY, id="c", due=later(10))
    ]


async def test_a_record_has_one_moment_and_the_last_one_set_counts(store: Store) -> None:
    await put(store, "a", 10)
    await put(store, "a", 99)
    async with store.step(CONTEXT) as step:
        await step.deadlines.put(DeadlineKind.AGREEMENT, "a", later(50))
    found = await store.deadlines()
    assert [(each.kind, each.due) for each in found] == [
        (DeadlineKind.AGREEMENT, later(50)),
        (DeadlineKind.DUTY, later(99)),
    ]


async def test_what_is_dropped_is_gone_and_only_in_its_own_context(store: Store) -> None:
    await put(store, "a", 10)
    async with store.step(OTHER) as step:
        await step.deadlines.drop(DeadlineKind.DUTY, "a")
    assert len(await store.deadlines()) == 1
    async with store.step(CONTEXT) as step:
        await step.deadlines.drop(DeadlineKind.DUTY, "a")
        await step.deadlines.drop(DeadlineKind.DUTY, "a")
    assert await store.deadlines() == []


async def test_who_watches_is_told_of_a_moment_that_was_set_and_not_of_one_that_was_undone(
    store: Store,
) -> None:
    told: list[str] = []
    end = store.watch(lambda topics: told.extend(topics))
    try:
        async with store.step(CONTEXT) as step:
            await step.deadlines.put(DeadlineKind.DUTY, "a", later(1))
            raise KeyError
    except KeyError:
        pass
    assert "deadlines" not in told
    assert await store.deadlines() == []
    await put(store, "a", 1)
    assert "deadlines" in told
    end()
