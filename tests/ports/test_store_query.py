"""Queries of a step: filtered, ordered and cut by the store, and nothing of what is asked becomes SQL."""

from typing import Any

import msgspec
import pytest
from tests.ports.store_samples import CONTEXT, KINDS, OTHER, column_named

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.errors import InputError
from xinfu.ports.query import (
    AnyCondition,
    Compare,
    Condition,
    Constant,
    Field,
    First,
    Member,
    Moment,
    Query,
    Quotient,
    RelatedField,
    Value,
)
from xinfu.ports.records import AGREEMENTS, ASSETS, DEFINITIONS, NEGOTIATIONS, Asset, ContractDefinition
from xinfu.ports.store import Step, Store

NAME = "https://w3id.org/edc/v0.0.1/ns/name"
HOSTILE = "x' OR 1=1; DROP TABLE assets; --"
STOCK: dict[str, dict[str, Any]] = {
    "a": {NAME: "pump", "n": 3, "on": True, "tags": ["red", "blue"], "type": {"@id": "urn:pump"}},
    "b": {NAME: "Pump 2", "n": 10.5, "on": False, "tags": ["red"]},
    "c": {NAME: "水泵", "n": "3", "deep": {"er": {"x": 1}}},
    "d": {NAME: "p*mp_", 'q"q': "quoted"},
}


def asset(id_: str, public: dict[str, Any], context: str = CONTEXT) -> Asset:
    made = KINDS["asset"][1](id_, context)
    assert isinstance(made, Asset)
    return msgspec.structs.replace(made, public=public)


@pytest.fixture
async def stocked(store: Store) -> Store:
    async with store.step(CONTEXT) as step:
        for id_, public in STOCK.items():
            await step.of(ASSETS).add(asset(id_, public))
    async with store.step(OTHER) as step:
        await step.of(ASSETS).add(asset("a", STOCK["a"], OTHER))
    return store


def where(field: Field[Any] | str, test: Compare, *values: Value) -> Condition[Any]:
    named = Member(("public", field)) if isinstance(field, str) else field
    return Condition(fields=(named,), test=test, values=values)


async def ids(store: Store, *conditions: AnyCondition[Asset], **more: Any) -> str:
    async with store.view(CONTEXT) as view:
        found = await view.of(ASSETS).query(Query(conditions=conditions, **more))
        if not more:
            assert await view.of(ASSETS).matching(conditions) == len(found)
        return "".join(record.id for record in found)


CASES: list[tuple[AnyCondition[Asset], str]] = [
    (where(NAME, Compare.EQUAL, "pump"), "a"),
    (where(NAME, Compare.NOT_EQUAL, "pump"), "bcd"),
    (where("n", Compare.EQUAL, 3), "a"),
    (where("n", Compare.EQUAL, 3.0), "a"),
    (where("n", Compare.EQUAL, "3"), "c"),
    (where("n", Compare.NOT_EQUAL, 3), "bc"),
    (where("n", Compare.LESS, 10), "a"),
    (where("n", Compare.AT_LEAST, 3), "ab"),
    (where("n", Compare.MORE, "2"), "c"),
    (where(NAME, Compare.AT_MOST, "Pump 2"), "b"),
    (where("on", Compare.EQUAL, True), "a"),
    (where("on", Compare.EQUAL, "false"), "b"),
    (where("on", Compare.NOT_EQUAL, True), "b"),
    (where("tags", Compare.EQUAL, "blue"), "a"),
    (where("tags", Compare.CONTAINS, "red"), "ab"),
    (where("tags", Compare.NOT_EQUAL, "blue"), "b"),
    (where(NAME, Compare.IN, "pump", "水泵"), "ac"),
    (where(NAME, Compare.NOT_IN, "pump", "水泵"), "bd"),
    (where(NAME, Compare.IN), ""),
    (where(NAME, Compare.NOT_IN), "abcd"),
    (where(NAME, Compare.LIKE, "p%"), "ad"),
    (where(NAME, Compare.LIKE, "p_mp"), "a"),
    (where(NAME, Compare.LIKE, "p*mp%"), "d"),
    (where(NAME, Compare.LIKE, "水_"), "c"),
    (where(NAME, Compare.ILIKE, "PUMP%"), "ab"),
    (where(NAME, Compare.LIKE, 3), ""),
    (where(Member(("public", "type", "@id")), Compare.EQUAL, "urn:pump"), "a"),
    (where(Member(("public", "deep", "er", "x")), Compare.EQUAL, 1), "c"),
    (where(Member(("public", "tags", 1)), Compare.EQUAL, "blue"), "a"),
    (where("deep", Compare.EQUAL, 1), ""),
    (where("deep", Compare.NOT_EQUAL, 1), ""),
    (where("missing", Compare.NOT_EQUAL, "x"), ""),
    (where('q"q', Compare.EQUAL, "quoted"), ""),
    (where(NAME, Compare.EQUAL, HOSTILE), ""),
    (where(NAME, Compare.LIKE, HOSTILE), ""),
    (where(HOSTILE, Compare.EQUAL, "pump"), ""),
    (where(ASSETS.id, Compare.IN, "a", "d"), "ad"),
    (where(ASSETS.id, Compare.MORE, "b"), "cd"),
    (where(ASSETS.created, Compare.EQUAL, "x"), ""),
    (ASSETS.id.equals("a"), "a"),
    (ASSETS.id.among(["a", "b", "d"]), "abd"),
    (ASSETS.id.among([]), ""),
    (ASSETS.id.equals(HOSTILE), ""),
    (ASSETS.generated.equals(False), "abcd"),
    (where(Constant("us"), Compare.EQUAL, "us"), "abcd"),
    (where(Constant("us"), Compare.NOT_EQUAL, "us"), ""),
    (where(First((Member(("public", "missing")), ASSETS.id)), Compare.EQUAL, "c"), "c"),
    (
        Condition(fields=(Member(("public", NAME)), ASSETS.id), test=Compare.EQUAL, values=("b",)),
        "b",
    ),
]


@pytest.mark.parametrize(("condition", "expected"), CASES, ids=[f"{i}" for i in range(len(CASES))])
async def test_a_condition_finds_exactly_what_fits(
    stocked: Store, condition: AnyCondition[Asset], expected: str
) -> None:
    assert await ids(stocked, condition) == expected


async def test_conditions_hold_together_and_another_context_sees_its_own(stocked: Store) -> None:
    both = (where("tags", Compare.EQUAL, "red"), where("n", Compare.MORE, 5))
    assert await ids(stocked, *both) == "b"
    async with stocked.view(OTHER) as view:
        assert [each.id for each in await view.of(ASSETS).query(Query())] == ["a"]


async def test_records_come_in_the_asked_order_with_those_that_lack_the_field_last(stocked: Store) -> None:
    name, n = Member(("public", NAME)), Member(("public", "n"))
    assert await ids(stocked, sort=name, limit=9) == "bdac"
    assert await ids(stocked, sort=name, descending=True, limit=9) == "cadb"
    assert (await ids(stocked, sort=n, limit=9))[-1] == "d"
    assert await ids(stocked, sort=ASSETS.id, descending=True, limit=2, offset=1) == "cb"


async def test_a_page_starts_where_the_offset_says(stocked: Store) -> None:
    assert [await ids(stocked, offset=at, limit=2) for at in (0, 2, 4)] == ["ab", "cd", ""]


async def test_a_moment_is_compared_in_milliseconds(stocked: Store) -> None:
    async with stocked.view(CONTEXT) as view:
        record = await view.of(ASSETS).get("a")
    assert record is not None
    millis = int(record.updated.timestamp() * 1000)
    moment = Moment(("updated",))
    assert await ids(stocked, where(moment, Compare.EQUAL, millis)) == "abcd"
    assert await ids(stocked, where(moment, Compare.LESS, millis)) == ""
    assert await ids(stocked, where(Quotient(ASSETS.created, 1000), Compare.AT_MOST, millis)) == "abcd"


@pytest.mark.parametrize("name", ["nothing", "record", 'id" = id OR "id', ""])
async def test_a_column_that_is_none_is_refused(stocked: Store, name: str) -> None:
    with pytest.raises(InputError) as raised:
        await ids(stocked, where(column_named(name), Compare.EQUAL, "x"))
    assert raised.value.code == "query.column-unknown"
    with pytest.raises(InputError) as raised:
        await ids(stocked, column_named(name).equals("x"))
    assert raised.value.code == "query.column-unknown"


@pytest.mark.parametrize("page", [{"limit": 0}, {"limit": 1001}, {"offset": -1}, {"offset": 2**40}])
async def test_a_page_that_is_none_is_refused(stocked: Store, page: dict[str, int]) -> None:
    with pytest.raises(InputError) as raised:
        await ids(stocked, **page)
    assert raised.value.code == "query.limit"


async def test_a_process_is_found_by_its_agreement(store: Store) -> None:
    agreement, negotiation = KINDS["agreement"][1]("ours", CONTEXT), KINDS["negotiation"][1]("n", CONTEXT)
    async with store.step(CONTEXT) as step:
        await step.of(AGREEMENTS).add(msgspec.structs.replace(agreement, negotiation="n"))
        await step.of(NEGOTIATIONS).add(negotiation)
    field = RelatedField("negotiation-agreement", AGREEMENTS.id)
    for value, expected in (("ours", ["n"]), ("other", [])):
        async with store.view(CONTEXT) as view:
            query = Query[ContractNegotiation](conditions=(where(field, Compare.EQUAL, value),))
            assert [each.id for each in await view.of(NEGOTIATIONS).query(query)] == expected


async def test_offered_assets_are_filtered_within_what_the_definitions_offer(stocked: Store) -> None:
    everything = KINDS["definition"][1]("all", CONTEXT)
    assert isinstance(everything, ContractDefinition)
    everything = msgspec.structs.replace(everything, access_policy="all")
    some = msgspec.structs.replace(everything, id="some", access_policy="some", assets=(), selects=True)
    async with stocked.step(CONTEXT) as step:
        await step.of(DEFINITIONS).add(msgspec.structs.replace(everything, assets=None))
        await step.of(DEFINITIONS).add(some)
        for id_ in ("a", "b", "nowhere"):
            await step.offerings.put("some", id_)
        await step.of(DEFINITIONS).save(some)
    red = Query[Asset](conditions=(where("tags", Compare.EQUAL, "red"),))

    async def found(step: Step, access: list[str], query: Query[Asset]) -> list[tuple[str, list[str]]]:
        page = await step.offerings.query(access, query)
        return [(each.asset.id, [under.definition for under in each.under]) for each in page]

    async with stocked.view(CONTEXT) as view:
        assert await found(view, ["some"], red) == [("a", ["some"]), ("b", ["some"])]
        both = await found(view, ["some", "all"], Query(offset=1, limit=2))
        assert [of for _, of in both] == [["all", "some"], ["all"]]
        assert await found(view, [], red) == []
    async with stocked.step(CONTEXT) as step:
        await step.offerings.drop("some", "a")
        assert await found(step, ["some"], red) == [("b", ["some"])]
        await step.offerings.drop("some")
        assert await found(step, ["some"], red) == []
