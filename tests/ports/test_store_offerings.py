"""Offerings: which definition offers which asset, page by page."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ports import store_samples
from tests.ports.store_samples import CONTEXT, NOW, OTHER, asset

from xinfu.errors import InputError, NotFoundError
from xinfu.odrl import PolicyKind
from xinfu.ports.query import Compare, Condition, Member, Query
from xinfu.ports.records import ASSETS, DEFINITIONS, POLICIES, Asset, ContractDefinition, PolicyDefinition
from xinfu.ports.store import Audience, OfferDefinition, OfferedAsset, Step, Store


def definition(name: str = "d", assets: tuple[str, ...] | None = None) -> ContractDefinition:
    """A definition whose access policy has its own name, so that each is an audience of its own."""
    made = store_samples.definition(name, assets=assets)
    return msgspec.structs.replace(made, access_policy=name)


def shown(page: Sequence[OfferedAsset]) -> list[tuple[str, tuple[str, ...]]]:
    """What a page shows, as ids."""
    return [(each.asset.id, tuple(under.definition for under in each.under)) for each in page]


async def pairs(step: Step, *access: str, after: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """The page that these access policies show, as ids."""
    return shown(await step.offerings.page(access, after=after))


async def of(step: Step, asset: str) -> list[str]:
    """Ids of the definitions that offer an asset."""
    return [under.definition for under in await step.offerings.of(asset)]


async def test_a_definition_offers_the_assets_it_names_once_they_are_there(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(DEFINITIONS).add(definition("d", assets=("a", "b")))
        assert await pairs(step, "d") == []
        assert await of(step, "a") == []
        await step.of(ASSETS).add(asset("b"))
        await step.of(ASSETS).add(asset("c"))
        assert await pairs(step, "d") == [("b", ("d",))]
        assert await of(step, "b") == ["d"]
        assert await of(step, "c") == []


async def test_a_definition_without_a_list_offers_every_asset_also_later_ones(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(ASSETS).add(asset("a"))
        await step.of(DEFINITIONS).add(definition("all"))
        await step.of(DEFINITIONS).add(definition("some", assets=("b",)))
        await step.of(ASSETS).add(asset("b"))
        assert await pairs(step, "all", "some") == [("a", ("all",)), ("b", ("all", "some"))]
        assert await pairs(step, "some") == [("b", ("some",))]
        assert await of(step, "b") == ["all", "some"]


async def test_what_is_saved_or_removed_changes_what_is_offered(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for each in "abc":
            await step.of(ASSETS).add(asset(each))
        await step.of(DEFINITIONS).add(definition("d", assets=("a", "b")))
        await step.of(DEFINITIONS).save(definition("d", assets=("b", "c")))
        assert await pairs(step, "d") == [("b", ("d",)), ("c", ("d",))]
        await step.of(ASSETS).remove("b")
        assert await pairs(step, "d") == [("c", ("d",))]
        await step.of(DEFINITIONS).save(definition("d", assets=None))
        assert await pairs(step, "d") == [("a", ("d",)), ("c", ("d",))]
        await step.of(DEFINITIONS).save(definition("d", assets=()))
        assert await pairs(step, "d") == []
        await step.of(DEFINITIONS).save(definition("d", assets=("a",)))
        await step.of(DEFINITIONS).remove("d")
        assert await pairs(step, "d") == []
        await step.of(DEFINITIONS).add(definition("d", assets=()))
        assert await pairs(step, "d") == []


async def test_only_the_definitions_asked_for_are_named(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(ASSETS).add(asset("a"))
        for each in ("x", "y", "z"):
            await step.of(DEFINITIONS).add(definition(each, assets=("a",)))
        assert await pairs(step, "z", "x", "z", "unknown") == [("a", ("x", "z"))]
        assert await pairs(step) == []


async def test_an_asset_comes_as_it_was_saved_last(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(ASSETS).add(asset("a"))
        await step.of(DEFINITIONS).add(definition("d"))
        changed = msgspec.structs.replace(asset("a"), title={"zh": "新"})
        await step.of(ASSETS).save(changed)
        under = OfferDefinition(definition="d", access="d", contract="p2")
        assert await step.offerings.page(["d"]) == [OfferedAsset(asset=changed, under=(under,))]


async def test_another_context_offers_nothing_of_ours(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(ASSETS).add(asset("a"))
        await step.of(DEFINITIONS).add(definition("all"))
        await step.of(DEFINITIONS).add(definition("d", assets=("a",)))
    async with store.step(OTHER) as step:
        assert await pairs(step, "all", "d") == []
        assert await of(step, "a") == []
        await step.of(ASSETS).add(asset("a", OTHER))
        assert await pairs(step, "all", "d") == []


@pytest.mark.parametrize("everything", [True, False], ids=["every asset", "named assets"])
async def test_pages_lead_through_all_offers_and_back(store: Store, everything: bool) -> None:
    ids = [f"a{number:03}" for number in range(23)]
    async with store.step(CONTEXT) as step:
        for each in ids:
            await step.of(ASSETS).add(asset(each))
        await step.of(DEFINITIONS).add(definition("even", assets=tuple(ids[::2])))
        await step.of(DEFINITIONS).add(definition("odd", assets=None if everything else tuple(ids[1::2])))
    async with store.view(CONTEXT) as view:
        there: list[str] = []
        while page := await view.offerings.page(["even", "odd"], after=there[-1] if there else None, limit=5):
            there += [each.asset.id for each in page]
        assert there == ids
        back: list[str] = []
        while page := await view.offerings.page(["even", "odd"], before=back[0] if back else "~", limit=5):
            back = [each.asset.id for each in page] + back
        assert back == ids
        between = await view.offerings.page(["even", "odd"], after="a003", before="a008")
        assert [each.asset.id for each in between] == ids[4:8]


@pytest.mark.parametrize("limit", [0, 1001])
async def test_a_page_of_offers_has_1_to_1000_assets(store: Store, limit: int) -> None:
    async with store.view(CONTEXT) as view:
        with pytest.raises(InputError):
            await view.offerings.page(["d"], limit=limit)


NAMES = st.lists(st.sampled_from("abcdefgh"), unique=True)


@given(
    there=NAMES,
    named=st.lists(st.none() | NAMES, max_size=200),
    asked=st.sets(st.integers(0, 210)),
    limit=st.integers(1, 9),
    after=st.none() | st.sampled_from("abch"),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_page_is_what_a_walk_over_everything_would_give(
    store: Store,
    there: list[str],
    named: list[list[str] | None],
    asked: set[int],
    limit: int,
    after: str | None,
) -> None:
    offers = {f"d{number:03}": names for number, names in enumerate(named) if number in asked}
    expected = [
        (each, tuple(sorted(name for name, names in offers.items() if names is None or each in names)))
        for each in sorted(there)
        if after is None or each > after
    ]
    with pytest.raises(_Undo):
        await _compare(store, there, named, asked, limit, after, expected)


async def _compare(
    store: Store,
    there: list[str],
    named: list[list[str] | None],
    asked: set[int],
    limit: int,
    after: str | None,
    expected: list[tuple[str, tuple[str, ...]]],
) -> None:
    async with store.step(CONTEXT) as step:
        for each in there:
            await step.of(ASSETS).add(asset(each))
        for number, names in enumerate(named):
            listed = None if names is None else tuple(names)
            await step.of(DEFINITIONS).add(definition(f"d{number:03}", assets=listed))
        asked_for = [f"d{number:03}" for number in asked]
        page = await step.offerings.page(asked_for, after=after, limit=limit)
        assert shown(page) == [pair for pair in expected if pair[1]][:limit]
        raise _Undo


class _Undo(Exception):  # noqa: N818 - leaves nothing for the next example
    pass


async def test_each_access_policy_in_use_is_an_audience_once(store: Store) -> None:
    def named(name: str, kind: PolicyKind) -> PolicyDefinition:
        rules = store_samples.policy(kind)
        return PolicyDefinition(id=name, context=CONTEXT, policy=rules, created=NOW, updated=NOW)

    async with store.step(CONTEXT) as step:
        assert await step.offerings.audiences() == []
        for number, access in enumerate(("x", "y", "x", "gone", "z")):
            made = definition(f"d{number}")
            await step.of(DEFINITIONS).add(msgspec.structs.replace(made, access_policy=access))
        for name, kind in (
            ("x", PolicyKind.SET),
            ("y", PolicyKind.SET),
            ("z", PolicyKind.OFFER),
            ("u", PolicyKind.SET),
        ):
            await step.of(POLICIES).add(named(name, kind))
        x, y, z = await step.offerings.audiences()
        assert [x.policy, y.policy, z.policy] == ["x", "y", "z"]
        assert x.digest == y.digest != z.digest
        await step.of(POLICIES).save(named("y", PolicyKind.OFFER))
        assert await step.offerings.audiences() == [x, Audience(policy="y", digest=z.digest), z]


async def test_a_definition_of_another_access_policy_is_shown_to_others(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(ASSETS).add(asset("a"))
        await step.of(DEFINITIONS).add(definition("d", assets=("a",)))
        await step.of(DEFINITIONS).save(
            msgspec.structs.replace(definition("d", assets=("a",)), access_policy="x")
        )
        assert await pairs(step, "d") == []
        assert await pairs(step, "x") == [("a", ("d",))]


async def test_pages_of_many_policies_lead_through_all_offers_and_back(store: Store) -> None:
    ids = [f"a{number:03}" for number in range(150)]
    access = [f"p{number:03}" for number in range(150)]
    async with store.step(CONTEXT) as step:
        for number, each in enumerate(ids):
            await step.of(ASSETS).add(asset(each))
            await step.of(DEFINITIONS).add(definition(access[-number], assets=(each,)))
    async with store.view(CONTEXT) as view:
        there: list[str] = []
        while page := await view.offerings.page(access, after=there[-1] if there else None, limit=40):
            there += [each.asset.id for each in page]
        assert there == ids
        back: list[str] = []
        while page := await view.offerings.page(access, before=back[0] if back else "~", limit=40):
            back = [each.asset.id for each in page] + back
        assert back == ids


def fits(member: str, value: str | float, test: Compare = Compare.EQUAL) -> Condition[Asset]:
    return Condition(
        fields=(Member(("public", member)), Member(("private", member))), test=test, values=(value,)
    )


async def selection(step: Step, name: str, *conditions: Condition[Asset]) -> None:
    """A definition that selects by these conditions."""
    made = msgspec.structs.replace(definition(name, assets=()), selects=True)
    await step.of(DEFINITIONS).add(made)
    await step.offerings.select(name, conditions)


@pytest.fixture
async def coloured(store: Store) -> Store:
    """Assets that say their colour and number."""
    async with store.step(CONTEXT) as step:
        for number in range(30):
            said = {"colour": ["red", "blue", "green"][number % 3], "number": number, "tags": ["t", number]}
            await step.of(ASSETS).add(msgspec.structs.replace(asset(f"a{number:02}"), public=said))
    return store


async def test_a_selection_offers_what_fits_now(coloured: Store) -> None:
    async with coloured.step(CONTEXT) as step:
        await selection(step, "red", fits("colour", "red"))
        await selection(step, "red 9", fits("colour", "red"), fits("number", 9.0))
        await selection(step, "tagged", fits("tags", 4))
        await selection(step, "late", fits("number", 27, Compare.AT_LEAST))
        await selection(step, "all")
        for name, expected in {
            "red": [f"a{number:02}" for number in range(0, 30, 3)],
            "red 9": ["a09"],
            "tagged": ["a04"],
            "late": ["a27", "a28", "a29"],
        }.items():
            assert [id_ for id_, _ in await pairs(step, name)] == expected
        assert len(await pairs(step, "all")) == 30
        await step.offerings.select("red", (fits("colour", "blue"),))
        assert [id_ for id_, _ in await pairs(step, "red")][:2] == ["a01", "a04"]


async def test_an_asset_is_looked_at_by_the_selections_that_may_speak_of_it(coloured: Store) -> None:
    async with coloured.step(CONTEXT) as step:
        await selection(step, "red", fits("colour", "red"))
        await selection(step, "blue", fits("colour", "blue"))
        await selection(step, "late", fits("number", 27, Compare.AT_LEAST))
        painted = msgspec.structs.replace(asset("a00"), public={"colour": "blue"})
        await step.of(ASSETS).save(painted)
        assert await step.offerings.candidates(painted) == ["blue", "late", "red"]
        await step.offerings.drop("red", "a00")
        assert await step.offerings.candidates(painted) == ["blue", "late"]
        talkative = msgspec.structs.replace(painted, public={f"k{number}": number for number in range(300)})
        assert await step.offerings.candidates(talkative) == ["blue", "late", "red"]
        await step.of(DEFINITIONS).remove("blue")
        assert await step.offerings.candidates(painted) == ["late"]


async def test_an_asset_that_says_much_or_deep_is_found_all_the_same(store: Store) -> None:
    deep: dict[str, object] = {"colour": "red"}
    for _ in range(40):
        deep = {"in": deep}
    async with store.step(CONTEXT) as step:
        said = {f"k{number:03}": number for number in range(400)}
        await step.of(ASSETS).add(msgspec.structs.replace(asset("much"), public=said | {"colour": "red"}))
        await step.of(ASSETS).add(
            msgspec.structs.replace(asset("deep"), public={"deep": deep, "colour": "red"})
        )
        await step.of(ASSETS).add(msgspec.structs.replace(asset("blue"), public={"colour": "blue"}))
        await selection(step, "red", fits("colour", "red"))
        assert await pairs(step, "red") == [("deep", ("red",)), ("much", ("red",))]


ORDERS = {
    "by id": Query(limit=4),
    "by id, downwards": Query(limit=4, descending=True),
    "by colour": Query(limit=4, sort=Member(("public", "colour"))),
    "by number, downwards": Query(limit=4, sort=Member(("public", "number")), descending=True),
    "by what only some have": Query(limit=4, sort=Member(("public", "grade"))),
    "by a column": Query(limit=4, sort=ASSETS.created),
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@pytest.mark.parametrize("conditions", [(), (fits("colour", "red"),), (fits("number", 8, Compare.MORE),)])
async def test_pages_behind_an_asset_lead_through_every_order(
    coloured: Store, order: Query[Asset], conditions: tuple[Condition[Asset], ...]
) -> None:
    async with coloured.step(CONTEXT) as step:
        for id_ in ("a03", "a12", "a10"):
            graded = await step.of(ASSETS).lock(id_)
            await step.of(ASSETS).save(
                msgspec.structs.replace(graded, public={**graded.public, "grade": id_[-1]})
            )
        await step.of(DEFINITIONS).add(
            definition("most", assets=tuple(f"a{number:02}" for number in range(28)))
        )
        whole = msgspec.structs.replace(order, conditions=conditions, limit=1000)
        expected = shown(await step.offerings.query(["most"], whole))
        assert len(expected) in {28, 10, 19}
        found: list[tuple[str, tuple[str, ...]]] = []
        after: str | None = None
        while page := await step.offerings.query(
            ["most"], msgspec.structs.replace(order, conditions=conditions, after=after)
        ):
            found += shown(page)
            after = page[-1].asset.id
        assert found == expected


async def test_a_page_behind_an_asset_that_is_gone_has_no_place_in_an_order(coloured: Store) -> None:
    query = Query[Asset](sort=Member(("public", "colour")), after="gone")
    async with coloured.view(CONTEXT) as view:
        with pytest.raises(NotFoundError):
            await view.offerings.query(["d"], query)
