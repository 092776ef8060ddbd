"""The census: what is counted, and of whom."""

from msgspec.structs import replace
from tests.ports.store_samples import (
    CONTEXT,
    NOW,
    OTHER,
    agreement,
    asset,
    definition,
    later,
    negotiation,
    promise,
    transfer,
)

from xinfu.dsp.negotiation import State
from xinfu.ports.census import Census
from xinfu.ports.records import AGREEMENTS, ASSETS, DEFINITIONS, NEGOTIATIONS, TRANSFERS
from xinfu.ports.store import Store


async def test_a_census_counts_what_goes_on_in_one_context(store: Store) -> None:
    async with store.step(CONTEXT) as step:
        for place, state in enumerate((None, State.REQUESTED, State.REQUESTED, State.FINALIZED)):
            await step.of(NEGOTIATIONS).add(replace(negotiation(f"n{place}"), state=state))
        await step.of(TRANSFERS).add(transfer())
        await step.of(AGREEMENTS).add(agreement())
        await step.of(ASSETS).add(asset())
        await step.of(DEFINITIONS).add(definition())
        await promise(step, "n1", due=later(2))
        row = await promise(step, "n2", due=NOW)
        await step.outbox.retry(row, due=later(1), error="peer.timeout")
    async with store.step(OTHER) as step:
        await step.of(NEGOTIATIONS).add(negotiation("n", OTHER))
        await promise(step, "n", due=NOW)
    async with store.view(CONTEXT) as view:
        counted = await view.census()
    role = str(negotiation().role)
    assert counted.negotiations == {(role, "OPENING"): 1, (role, "REQUESTED"): 2}
    assert counted.transfers == {(str(transfer().role), str(transfer().state)): 1}
    assert counted.agreements == {str(agreement().state): 1}
    assert (counted.assets, counted.definitions) == (1, 1)
    assert (counted.waiting, counted.retrying, counted.oldest_due) == (2, 1, later(1))


async def test_a_census_of_nothing_counts_nothing(store: Store) -> None:
    async with store.view(CONTEXT) as view:
        assert await view.census() == Census(negotiations={}, transfers={}, agreements={})
