"""One agreement a wire id and role, and one a negotiation, whatever the program above believes."""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from msgspec.structs import replace
from tests.ports.store_samples import CONTEXT, OTHER, agreement

from xinfu.errors import ConflictError
from xinfu.ports.records import AGREEMENTS
from xinfu.ports.store import Store

FIRST: Final = agreement("1")
DOUBLES: Final[Mapping[str, dict[str, Any]]] = {
    "wire id": {"wire_id": FIRST.wire_id},
    "negotiation": {"negotiation": FIRST.negotiation},
    "both": {"wire_id": FIRST.wire_id, "negotiation": FIRST.negotiation},
}
OTHERS: Final[Mapping[str, dict[str, Any]]] = {
    "the other role": {"wire_id": FIRST.wire_id, "role": "consumer"},
    "no negotiation": {"negotiation": ""},
}


@pytest.mark.parametrize("same", DOUBLES.values(), ids=DOUBLES)
async def test_a_second_agreement_of_a_wire_id_or_a_negotiation_is_a_conflict(
    store: Store, same: dict[str, Any]
) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(AGREEMENTS).add(FIRST)
    async with store.step(CONTEXT) as step:
        with pytest.raises(ConflictError) as raised:
            await step.of(AGREEMENTS).add(replace(agreement("2"), **same))
    assert raised.value.code == "agreement.exists"
    async with store.view(CONTEXT) as view:
        assert [each.id for each in await view.of(AGREEMENTS).find()] == ["1"]


@pytest.mark.parametrize("unlike", OTHERS.values(), ids=OTHERS)
async def test_another_role_and_agreements_without_a_negotiation_are_no_conflict(
    store: Store, unlike: dict[str, Any]
) -> None:
    async with store.step(CONTEXT) as step:
        await step.of(AGREEMENTS).add(replace(FIRST, **{key: "" for key in unlike if key == "negotiation"}))
        await step.of(AGREEMENTS).add(replace(agreement("2"), **unlike))
    async with store.step(OTHER) as step:
        await step.of(AGREEMENTS).add(agreement("1", OTHER))
    async with store.view(CONTEXT) as view:
        assert await view.of(AGREEMENTS).count() == 2
