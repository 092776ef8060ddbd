"""Records of a step: what is kept, found, and kept apart."""

import msgspec
import pytest
from tests.ports.store_samples import (
    CONTEXT,
    KINDS,
    OTHER,
    PEER,
    entry,
    grant,
    negotiation,
    new_id,
    policy_definition,
    promise,
)

from xinfu.dsp.negotiation import State
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.ports.records import ASSETS, GRANTS, NEGOTIATIONS, POLICIES
from xinfu.ports.store import Store

every_kind = pytest.mark.parametrize("kind", KINDS)


@every_kind
async def test_a_record_comes_back_as_it_was_added(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
    async with store.view(CONTEXT) as view:
        assert await part(view).get("1") == make("1", CONTEXT)


@every_kind
async def test_an_id_that_is_taken_is_a_conflict_and_the_step_goes_on(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        with pytest.raises(ConflictError) as raised:
            await part(step).add(make("1", CONTEXT))
        assert raised.value.code == f"{kind}.exists"
        await part(step).add(make("2", CONTEXT))
    async with store.view(CONTEXT) as view:
        assert [record.id for record in await part(view).find()] == ["1", "2"]


@every_kind
async def test_what_is_not_there_is_not_found(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        assert await part(step).get("1") is None
        assert not await part(step).remove("1")
        for work in (part(step).lock("1"), part(step).save(make("1", CONTEXT))):
            with pytest.raises(NotFoundError) as raised:
                await work
            assert raised.value.code == f"{kind}.not-found"


@every_kind
async def test_a_removed_record_is_gone(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        assert await part(step).remove("1")
        assert await part(step).get("1") is None
        assert await part(step).count() == 0


@every_kind
async def test_another_context_sees_and_touches_nothing(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
    async with store.step(OTHER) as step:
        assert await part(step).get("1") is None
        assert await part(step).find() == []
        assert await part(step).count() == 0
        assert not await part(step).remove("1")
        with pytest.raises(NotFoundError):
            await part(step).lock("1")
        with pytest.raises(NotFoundError):
            await part(step).save(make("1", OTHER))
        await part(step).add(make("1", OTHER))
    async with store.view(CONTEXT) as view:
        assert await part(view).get("1") == make("1", CONTEXT)


@every_kind
async def test_a_record_of_another_context_cannot_be_kept(store: Store, kind: str) -> None:
    part, make = KINDS[kind]
    async with store.step(CONTEXT) as step:
        await part(step).add(make("1", CONTEXT))
        for work in (part(step).add(make("2", OTHER)), part(step).save(make("1", OTHER))):
            with pytest.raises(InputError) as raised:
                await work
            assert raised.value.code == "context.foreign"


async def test_saving_replaces_the_record_and_how_it_is_found(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("1", state=State.AGREED))
        await step.of(NEGOTIATIONS).save(negotiation("1", state=State.VERIFIED))
        assert await step.of(NEGOTIATIONS).find({"state": State.AGREED}) == []
        assert await step.of(NEGOTIATIONS).find({"state": State.VERIFIED}) == [
            negotiation("1", state=State.VERIFIED)
        ]


async def test_records_are_found_by_columns_in_the_order_of_their_ids(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for number, state in enumerate([State.AGREED, State.OFFERED, State.AGREED, None]):
            await step.of(NEGOTIATIONS).add(negotiation(str(number), state=state))
    async with store.view(CONTEXT) as view:
        found = view.of(NEGOTIATIONS)
        assert [each.id for each in await found.find({"state": "AGREED"})] == ["0", "2"]
        assert [each.id for each in await found.find({"state": ["AGREED", State.OFFERED]})] == ["0", "1", "2"]
        assert [each.id for each in await found.find({"peer": PEER, "state": "OFFERED"})] == ["1"]
        assert [each.id for each in await found.find({"state": []})] == []
        assert [each.id for each in await found.find({"held": 0})] == ["0", "1", "2", "3"]
        assert await found.count({"state": ["AGREED", "OFFERED"]}) == 3
        assert await found.count({"state": []}) == 0
        assert await found.count() == 4


async def test_a_flag_is_found_by_0_and_1(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(GRANTS).add(grant("open"))
        await step.of(GRANTS).add(msgspec.structs.replace(grant("closed"), closed=True))
        assert [each.id for each in await step.of(GRANTS).find({"closed": 1})] == ["closed"]
        assert [each.id for each in await step.of(GRANTS).find({"closed": False})] == ["open"]


async def test_pages_hold_every_record_once_in_both_directions(store: Store) -> None:
    ids = [new_id() for _ in range(25)]
    async with store.step(CONTEXT) as step:
        for each in ids:
            await step.of(POLICIES).add(policy_definition(each))
    async with store.view(CONTEXT) as view:
        for newest_first in (False, True):
            seen: list[str] = []
            while page := await view.of(POLICIES).find(
                after=seen[-1] if seen else None, limit=7, newest_first=newest_first
            ):
                seen += [record.id for record in page]
            assert seen == sorted(ids, reverse=newest_first)


async def test_ids_are_ordered_by_code_point(store: Store) -> None:
    ids = ["Z", "a", "é", "中", "ｚ", "𐍈", "_"]
    async with store.step(CONTEXT) as step:
        for each in ids:
            await step.of(POLICIES).add(policy_definition(each))
        assert [record.id for record in await step.of(POLICIES).find()] == sorted(ids)


@pytest.mark.parametrize("limit", [0, -1, 1001])
async def test_a_page_has_1_to_1000_records(store: Store, limit: int) -> None:
    async with store.view(CONTEXT) as view:
        with pytest.raises(InputError) as raised:
            await view.of(ASSETS).find(limit=limit)
        assert raised.value.code == "query.limit"


INJECTIONS = [
    "id' OR '1'='1",
    "state; DROP TABLE negotiations; --",
    'state" = "AGREED',
    "record",
    "context) OR (1=1",
    "",
    "rowid",
    "CONTEXT",
    "%",
]


@pytest.mark.parametrize("column", INJECTIONS)
async def test_a_column_that_the_kind_does_not_have_is_refused(store: Store, column: str) -> None:
    async with store.view(CONTEXT) as view:
        for work in (view.of(NEGOTIATIONS).find({column: "x"}), view.of(NEGOTIATIONS).count({column: "x"})):
            with pytest.raises(InputError) as raised:
                await work
            assert raised.value.code == "query.column-unknown"


@pytest.mark.parametrize("value", [*INJECTIONS, "'; DELETE FROM negotiations; --", "a\x00b", "\\", "_"])
async def test_a_value_is_only_ever_a_value(store: Store, value: str) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("kept"))
        assert await step.of(NEGOTIATIONS).find({"peer": value}) == []
        assert await step.of(NEGOTIATIONS).find({"peer": [value, value + "2"]}) == []
        assert await step.of(NEGOTIATIONS).get(value) is None
        assert not await step.of(NEGOTIATIONS).remove(value)
        await step.of(NEGOTIATIONS).add(negotiation(value or "empty", peer=value))
        assert [each.peer for each in await step.of(NEGOTIATIONS).find({"peer": value})] == [value]
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 2


@pytest.mark.parametrize("value", ["\ud800", 2**63, ["ok", "\udfff"]], ids=["surrogate", "huge", "listed"])
async def test_a_value_that_no_column_can_hold_is_the_callers_mistake(store: Store, value: object) -> None:
    async with store.step(CONTEXT) as step:
        with pytest.raises(InputError) as raised:
            await step.of(NEGOTIATIONS).find({"peer": value})  # type: ignore[dict-item]  # the mistake itself
        assert raised.value.code == "store.text-unusable"
        await step.of(NEGOTIATIONS).add(negotiation("the step goes on"))


@pytest.mark.parametrize("value", [["a"] * 1001, [1, 2], b"bytes"], ids=["too many", "numbers", "bytes"])
async def test_a_list_to_compare_with_has_up_to_1000_texts(store: Store, value: object) -> None:
    async with store.view(CONTEXT) as view:
        with pytest.raises(InputError) as raised:
            await view.of(NEGOTIATIONS).find({"peer": value})  # type: ignore[dict-item]  # the mistake itself
        assert raised.value.code == "query.value-unusable"


async def test_contexts_are_those_that_have_records(store: Store) -> None:
    assert await store.contexts() == []
    async with store.step(OTHER) as step:
        await step.of(POLICIES).add(policy_definition("1", OTHER))
    async with store.step(CONTEXT) as step:
        await step.record(entry())
    async with store.step("did:web:third.example") as step:
        await promise(step)
    assert await store.contexts() == sorted([CONTEXT, OTHER, "did:web:third.example"])


async def test_saving_a_record_as_it_was_locked_changes_nothing(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n"))
    async with store.step(CONTEXT) as step:
        before = await step.of(NEGOTIATIONS).lock("n")
        await step.of(NEGOTIATIONS).save(before)
        assert await step.of(NEGOTIATIONS).get("n") == before


async def test_each_save_after_a_lock_counts_also_back_again(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", state=State.REQUESTED))
    async with store.step(CONTEXT) as step:
        before = await step.of(NEGOTIATIONS).lock("n")
        await step.of(NEGOTIATIONS).save(msgspec.structs.replace(before, state=State.AGREED))
        await step.of(NEGOTIATIONS).save(before)
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).find({"state": "REQUESTED"}) == [before]
        assert await view.of(NEGOTIATIONS).find({"state": "AGREED"}) == []


async def test_what_was_locked_and_removed_can_be_added_anew(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", state=State.REQUESTED))
        locked = await step.of(NEGOTIATIONS).lock("n")
        await step.of(NEGOTIATIONS).remove("n")
        with pytest.raises(NotFoundError):
            await step.of(NEGOTIATIONS).save(locked)
        await step.of(NEGOTIATIONS).add(msgspec.structs.replace(locked, state=State.AGREED))
        await step.of(NEGOTIATIONS).save(locked)
        assert await step.of(NEGOTIATIONS).find({"state": "REQUESTED"}) == [locked]
