"""A consumer that asks for other terms than the offer's, where an answer agrees unseen."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.dialog import Dialog, asked
from tests.nodes import World, rule
from tests.stranger import Stranger, offer

pytestmark = pytest.mark.asyncio(loop_scope="module")

STRICT = rule("purpose", "eq", "emergency")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def agreeable(world: World) -> AsyncIterator[None]:
    """The provider agrees unseen to whatever is asked of `strict`."""
    for on in ("requested", "countered"):
        form = {"on": on, "do": ["agree"], "dataset": "strict", "priority": 5}
        await world.provider.put(f"/answers/agree-{on}", form)
    yield


async def _settled(talk: Dialog) -> dict[str, Any]:
    shown = await talk.shown()
    assert shown["agreement"] is None, shown
    return shown


async def test_an_answer_that_agrees_agrees_to_the_offer_as_it_stands(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("strict", STRICT)
    talk = await asked(peer, world.provider, offer_id, "strict", offer=offer(offer_id, "strict", STRICT))
    told = await talk.hears("ContractAgreementMessage")
    assert "emergency" in str(told.json["agreement"]["permission"])


async def test_an_answer_that_agrees_leaves_other_terms_to_a_person(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("strict", STRICT)
    talk = await asked(peer, world.provider, offer_id, "strict")  # the same offer without its rules
    shown = await _settled(talk)
    assert (shown["state"], shown["held"], shown["sending"]) == ("REQUESTED", True, None)


async def test_an_answer_that_agrees_to_no_offer_at_all_ends_it(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("strict", STRICT)
    await world.provider.put(
        "/answers/first", {"on": "requested", "do": ["offer"], "dataset": "strict", "priority": 9}
    )
    try:
        talk = await asked(peer, world.provider, offer_id, "strict", offer=offer(offer_id, "strict", STRICT))
        await talk.hears("ContractOfferMessage")
    finally:
        await world.provider.api("DELETE", "/answers/first")
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    assert (await world.provider.api("DELETE", "/contract-definitions/strict")).status == 204
    said = await talk.say("ContractRequestMessage", offer=offer(offer_id, "strict", STRICT))
    assert said.status == 200, said.body.decode()
    assert "offer.withdrawn" in str((await talk.hears("ContractNegotiationTerminationMessage")).json)
