"""Credentials that were good when a token was handed out, and are not any more; and what a person goes by."""

from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.nodes import World, rule

pytestmark = pytest.mark.asyncio(loop_scope="module")

MEMBERS = rule("membership", "eq", "active")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def credential(world: World) -> str:
    """Id of the consumer's membership credential."""
    return await world.admit(world.consumer)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agreement(world: World, credential: str) -> dict[str, Any]:
    """The consumer's agreement on data for members."""
    await world.provider.publish("terms", MEMBERS)
    return await world.agree("terms")


async def _read(world: World, transfer: str) -> tuple[int, str]:
    said = await world.consumer.api("GET", f"/transfers/{transfer}/content")
    return said.status, "" if said.status == 200 else said.code


async def test_a_held_transfer_starts_on_what_the_consumer_had_shown(
    world: World, agreement: dict[str, Any]
) -> None:
    await world.provider.put("/answers/wait", {"on": "transfer-requested", "do": ["hold"], "priority": 9})
    try:
        moved = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
        shown = await world.consumer.reaches("transfers", moved["id"], "REQUESTED")
    finally:
        await world.provider.api("DELETE", "/answers/wait")
    await world.provider.post(f"/transfers/{shown['provider_pid']}/resume")
    await world.consumer.reaches("transfers", moved["id"], "STARTED")
    assert await _read(world, moved["id"]) == (200, "")


async def test_a_token_opens_nothing_once_the_credential_behind_it_is_revoked(
    world: World, agreement: dict[str, Any], credential: str
) -> None:
    """J4, usage-control section 9: within the minute that a status list may be old."""
    moved = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    shown = await world.consumer.reaches("transfers", moved["id"], "STARTED")
    assert await _read(world, moved["id"]) == (200, "")
    await world.issuer.post(f"/issuer/credentials/{credential}/revoke", {"reason": "left"})
    for site in (world.provider, world.consumer):
        site.clock.moved += timedelta(seconds=61)
    assert await _read(world, moved["id"]) == (403, "credential.missing")
    await world.provider.post(f"/transfers/{shown['provider_pid']}/suspend")
    await world.consumer.reaches("transfers", moved["id"], "SUSPENDED")
    await world.provider.post(f"/transfers/{shown['provider_pid']}/resume")
    ended = await world.consumer.reaches("transfers", moved["id"], "TERMINATED")
    assert ended["reason"][0]["code"] == "credential.missing"


async def test_a_released_negotiation_is_judged_by_what_the_consumer_had_shown(world: World) -> None:
    await world.admit(world.consumer)
    await world.provider.publish("held", MEMBERS)
    await world.provider.put("/answers/ask-me", {"on": "requested", "do": ["hold"], "dataset": "held"})
    opened = await world.negotiate("held")
    shown = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    assert (await world.provider.api("DELETE", "/answers/ask-me")).status == 204
    await world.provider.post(f"/negotiations/{shown['provider_pid']}/release")
    await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")
