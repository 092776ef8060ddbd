"""Offerings: which definition offers which asset, page by page."""

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.ports.store_samples import CONTEXT, OTHER, asset, definition

from xinfu.errors import InputError
from xinfu.ports.store import Step, Store


async def pairs(step: Step, *definitions: str, after: str | None = None) -> list[tuple[str, tuple[str, ...]]]:
    """What a page shows, as ids."""
    page = await step.offerings.page(definitions, after=after)
    return [(each.id, named) for each, named in page]


async def test_a_definition_offers_the_assets_it_names_once_they_are_there(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.definitions.add(definition("d", assets=("a", "b")))
        assert await pairs(step, "d") == []
        assert await step.offerings.of("a") == []
        await step.assets.add(asset("b"))
        await step.assets.add(asset("c"))
        assert await pairs(step, "d") == [("b", ("d",))]
        assert await step.offerings.of("b") == ["d"]
        assert await step.offerings.of("c") == []


async def test_a_definition_without_a_list_offers_every_asset_also_later_ones(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.assets.add(asset("a"))
        await step.definitions.add(definition("all"))
        await step.definitions.add(definition("some", assets=("b",)))
        await step.assets.add(asset("b"))
        assert await pairs(step, "all", "some") == [("a", ("all",)), ("b", ("all", "some"))]
        assert await pairs(step, "some") == [("b", ("some",))]
        assert await step.offerings.of("b") == ["all", "some"]


async def test_what_is_saved_or_removed_changes_what_is_offered(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for each in "abc":
            await step.assets.add(asset(each))
        await step.definitions.add(definition("d", assets=("a", "b")))
        await step.definitions.save(definition("d", assets=("b", "c")))
        assert await pairs(step, "d") == [("b", ("d",)), ("c", ("d",))]
        await step.assets.remove("b")
        assert await pairs(step, "d") == [("c", ("d",))]
        await step.definitions.save(definition("d", assets=None))
        assert await pairs(step, "d") == [("a", ("d",)), ("c", ("d",))]
        await step.definitions.save(definition("d", assets=()))
        assert await pairs(step, "d") == []
        await step.definitions.save(definition("d", assets=("a",)))
        await step.definitions.remove("d")
        assert await pairs(step, "d") == []
        await step.definitions.add(definition("d", assets=()))
        assert await pairs(step, "d") == []


async def test_only_the_definitions_asked_for_are_named(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.assets.add(asset("a"))
        for each in ("x", "y", "z"):
            await step.definitions.add(definition(each, assets=("a",)))
        assert await pairs(step, "z", "x", "z", "unknown") == [("a", ("x", "z"))]
        assert await pairs(step) == []


async def test_an_asset_comes_as_it_was_saved_last(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.assets.add(asset("a"))
        await step.definitions.add(definition("d"))
        changed = msgspec.structs.replace(asset("a"), title={"zh": "新"})
        await step.assets.save(changed)
        assert await step.offerings.page(["d"]) == [(changed, ("d",))]


async def test_another_context_offers_nothing_of_ours(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        await step.assets.add(asset("a"))
        await step.definitions.add(definition("all"))
        await step.definitions.add(definition("d", assets=("a",)))
    async with store.step(OTHER) as step:
        assert await pairs(step, "all", "d") == []
        assert await step.offerings.of("a") == []
        await step.assets.add(asset("a", OTHER))
        assert await pairs(step, "all", "d") == []


@pytest.mark.parametrize("everything", [True, False], ids=["every asset", "named assets"])
async def test_pages_lead_through_all_offers_and_back(store: Store, everything: bool) -> None:
    ids = [f"a{number:03}" for number in range(23)]
    async with store.step(CONTEXT) as step:
        for each in ids:
            await step.assets.add(asset(each))
        await step.definitions.add(definition("even", assets=tuple(ids[::2])))
        await step.definitions.add(definition("odd", assets=None if everything else tuple(ids[1::2])))
    async with store.view(CONTEXT) as view:
        there: list[str] = []
        while page := await view.offerings.page(["even", "odd"], after=there[-1] if there else None, limit=5):
            there += [each.id for each, _ in page]
        assert there == ids
        back: list[str] = []
        while page := await view.offerings.page(["even", "odd"], before=back[0] if back else "~", limit=5):
            back = [each.id for each, _ in page] + back
        assert back == ids
        between = await view.offerings.page(["even", "odd"], after="a003", before="a008")
        assert [each.id for each, _ in between] == ids[4:8]


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
            await step.assets.add(asset(each))
        for number, names in enumerate(named):
            listed = None if names is None else tuple(names)
            await step.definitions.add(definition(f"d{number:03}", assets=listed))
        asked_for = [f"d{number:03}" for number in asked]
        page = await step.offerings.page(asked_for, after=after, limit=limit)
        assert [(each.id, by) for each, by in page] == [pair for pair in expected if pair[1]][:limit]
        raise _Undo


class _Undo(Exception):  # noqa: N818 - leaves nothing for the next example
    pass
