"""A consumer that goes on where its provider has said stop, and a provider's person who lets it go on."""

import pytest
import pytest_asyncio
from tests.dialog import Dialog, agreed, endpoint, transfer
from tests.nodes import World
from tests.stranger import Heard, Stranger

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def contract(world: World, peer: Stranger) -> str:
    """Wire id of an agreement of the stranger."""
    return await agreed(peer, world.provider, await world.provider.publish("air"), "air")


async def _started(world: World, peer: Stranger, contract: str) -> Dialog:
    talk = await transfer(peer, world.provider, contract)
    await talk.hears("TransferStartMessage")
    await world.provider.reaches("transfers", talk.pid, "STARTED")
    return talk


async def _pull(world: World, start: Heard) -> int:
    address, token = endpoint(start)
    said = await world.provider.send("GET", address, headers={"Authorization": f"Bearer {token}"})
    return said.status


async def test_a_consumer_gets_no_token_for_what_the_provider_has_suspended(
    world: World, peer: Stranger, contract: str
) -> None:
    talk = await _started(world, peer, contract)
    await talk.act("suspend", reason="maintenance")
    await world.provider.reaches("transfers", talk.pid, "SUSPENDED")
    assert (await talk.say("TransferStartMessage")).status == 200  # T-11: it may say so
    shown = await talk.shown()
    assert (shown["held"], shown["sending"], shown["waiting"]["waits_for"]) == (True, None, "a person here")
    await talk.act("resume")
    assert await _pull(world, await talk.hears("TransferStartMessage", count=2)) == 200


async def test_a_consumer_starts_again_what_it_has_suspended_itself(
    world: World, peer: Stranger, contract: str
) -> None:
    talk = await _started(world, peer, contract)
    assert (await talk.say("TransferSuspensionMessage")).status == 200
    assert (await talk.say("TransferStartMessage")).status == 200
    assert await _pull(world, await talk.hears("TransferStartMessage", count=2)) == 200
