"""Records of a step: what is kept, found, and kept apart."""

import msgspec
import pytest
from tests.ports.store_samples import (
    CONTEXT,
    KINDS,
    OTHER,
    PEER,
    column_named,
    entry,
    grant,
    negotiation,
    new_id,
    policy_definition,
    promise,
)

from xinfu.dsp.negotiation import ContractNegotiation, State
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.ports.column import Match
from xinfu.ports.records import AGREEMENTS, ASSETS, GRANTS, NEGOTIATIONS, POLICIES
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
        assert await step.of(NEGOTIATIONS).find(NEGOTIATIONS.state.equals(State.AGREED)) == []
        assert await step.of(NEGOTIATIONS).find(NEGOTIATIONS.state.equals(State.VERIFIED)) == [
            negotiation("1", state=State.VERIFIED)
        ]


async def test_records_are_found_by_columns_in_the_order_of_their_ids(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for number, state in enumerate([State.AGREED, State.OFFERED, State.AGREED, None]):
            await step.of(NEGOTIATIONS).add(negotiation(str(number), state=state))
    async with store.view(CONTEXT) as view:
        found = view.of(NEGOTIATIONS)
        assert [each.id for each in await found.find(NEGOTIATIONS.state.equals(State.AGREED))] == ["0", "2"]
        assert [
            each.id for each in await found.find(NEGOTIATIONS.state.among([State.AGREED, State.OFFERED]))
        ] == ["0", "1", "2"]
        assert [
            each.id
            for each in await found.find(
                NEGOTIATIONS.peer.equals(PEER), NEGOTIATIONS.state.equals(State.OFFERED)
            )
        ] == ["1"]
        assert [each.id for each in await found.find(NEGOTIATIONS.state.among([]))] == []
        assert [each.id for each in await found.find(NEGOTIATIONS.held.equals(False))] == ["0", "1", "2", "3"]
        assert await found.count(NEGOTIATIONS.state.among([State.AGREED, State.OFFERED])) == 3
        assert await found.count(NEGOTIATIONS.state.among([])) == 0
        assert await found.count() == 4


async def test_a_flag_is_found_by_0_and_1(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(GRANTS).add(grant("open"))
        await step.of(GRANTS).add(msgspec.structs.replace(grant("closed"), closed=True))
        assert [each.id for each in await step.of(GRANTS).find(GRANTS.closed.equals(True))] == ["closed"]
        assert [each.id for each in await step.of(GRANTS).find(GRANTS.closed.equals(False))] == ["open"]


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
        strange = column_named(column).equals("x")
        for work in (view.of(NEGOTIATIONS).find(strange), view.of(NEGOTIATIONS).count(strange)):
            with pytest.raises(InputError) as raised:
                await work
            assert raised.value.code == "query.column-unknown"


@pytest.mark.parametrize("value", [*INJECTIONS, "'; DELETE FROM negotiations; --", "a\x00b", "\\", "_"])
async def test_a_value_is_only_ever_a_value(store: Store, value: str) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("kept"))
        assert await step.of(NEGOTIATIONS).find(NEGOTIATIONS.peer.equals(value)) == []
        assert await step.of(NEGOTIATIONS).find(NEGOTIATIONS.peer.among((value, value + "2"))) == []
        assert await step.of(NEGOTIATIONS).get(value) is None
        assert not await step.of(NEGOTIATIONS).remove(value)
        await step.of(NEGOTIATIONS).add(negotiation(value or "empty", peer=value))
        assert [each.peer for each in await step.of(NEGOTIATIONS).find(NEGOTIATIONS.peer.equals(value))] == [
            value
        ]
    async with store.view(CONTEXT) as view:
        assert await view.of(NEGOTIATIONS).count() == 2


PEERS, HELD = NEGOTIATIONS.peer, NEGOTIATIONS.held
UNSTORABLE = {
    "surrogate": PEERS.equals("\ud800"),
    "huge": HELD.equals(2**63),  # type: ignore[arg-type]  # the mistake itself
    "listed": PEERS.among(["ok", "\udfff"]),
}
UNUSABLE = {
    "too many": PEERS.among(["a"] * 1001),
    "numbers": PEERS.among([1, 2]),  # type: ignore[list-item]  # the mistake itself
    "bytes": PEERS.equals(b"bytes"),  # type: ignore[arg-type]  # the mistake itself
    "text": HELD.equals("1"),  # type: ignore[arg-type]  # the mistake itself
}


@pytest.mark.parametrize("where", UNSTORABLE.values(), ids=UNSTORABLE)
async def test_a_value_that_no_column_can_hold_is_the_callers_mistake(
    store: Store, where: Match[ContractNegotiation]
) -> None:
    async with store.step(CONTEXT) as step:
        with pytest.raises(InputError) as raised:
            await step.of(NEGOTIATIONS).find(where)
        assert raised.value.code == "store.text-unusable"
        await step.of(NEGOTIATIONS).add(negotiation("the step goes on"))


@pytest.mark.parametrize("where", UNUSABLE.values(), ids=UNUSABLE)
async def test_a_column_is_compared_with_up_to_1000_values_of_its_own_sort(
    store: Store, where: Match[ContractNegotiation]
) -> None:
    async with store.view(CONTEXT) as view:
        with pytest.raises(InputError) as raised:
            await view.of(NEGOTIATIONS).find(where)
        assert raised.value.code == "query.value-unusable"


async def test_a_column_of_another_kind_is_refused_by_the_type_checker_and_by_the_store(store: Store) -> None:
    async with store.view(CONTEXT) as view:
        with pytest.raises(InputError) as raised:
            await view.of(NEGOTIATIONS).find(AGREEMENTS.peer.equals(PEER))  # type: ignore[arg-type]  # the mistake itself
        assert raised.value.code == "query.column-unknown"


async def test_two_conditions_on_one_column_hold_together(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for number, state in enumerate([State.AGREED, State.OFFERED, State.VERIFIED]):
            await step.of(NEGOTIATIONS).add(negotiation(str(number), state=state))
        both = (
            NEGOTIATIONS.state.among([State.AGREED, State.OFFERED]),
            NEGOTIATIONS.state.among([State.OFFERED, State.VERIFIED]),
        )
        assert [each.id for each in await step.of(NEGOTIATIONS).find(*both)] == ["1"]
        assert await step.of(NEGOTIATIONS).count(*both) == 1


async def test_a_text_that_is_no_value_of_a_column_finds_nothing(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", state=State.AGREED))
        for text, found in (("AGREED", 1), ("agreed", 0), ("nonsense", 0), ("", 0)):
            assert await step.of(NEGOTIATIONS).count(NEGOTIATIONS.state.equals_text(text)) == found


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
        assert await view.of(NEGOTIATIONS).find(NEGOTIATIONS.state.equals(State.REQUESTED)) == [before]
        assert await view.of(NEGOTIATIONS).find(NEGOTIATIONS.state.equals(State.AGREED)) == []


async def test_what_was_locked_and_removed_can_be_added_anew(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", state=State.REQUESTED))
        locked = await step.of(NEGOTIATIONS).lock("n")
        await step.of(NEGOTIATIONS).remove("n")
        with pytest.raises(NotFoundError):
            await step.of(NEGOTIATIONS).save(locked)
        await step.of(NEGOTIATIONS).add(msgspec.structs.replace(locked, state=State.AGREED))
        await step.of(NEGOTIATIONS).save(locked)
        assert await step.of(NEGOTIATIONS).find(NEGOTIATIONS.state.equals(State.REQUESTED)) == [locked]
