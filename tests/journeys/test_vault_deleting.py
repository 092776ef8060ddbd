"""A duty to delete is done by the vault, in time, and proven to the provider; what left the vault is not claimed."""

from datetime import timedelta
from typing import Any

import pytest
from tests.journeys.landing import entries, exported, land, landed, read, transferred
from tests.nodes import World
from tests.services.agreements.test_duties import duty, owing, provided

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT = b"hour,pm25\n0,35\n" * 1000


def delete(*limits: tuple[str, str, str]) -> dict[str, Any]:
    """A duty to delete, within these limits of time."""
    parts = [dict(zip(("leftOperand", "operator", "rightOperand"), each, strict=True)) for each in limits]
    return {"action": "delete", **({"constraint": parts} if parts else {})}


async def test_at_the_end_of_an_agreement_what_landed_goes_and_the_provider_has_the_proof(
    world: World,
) -> None:
    object_ = await landed(world, "to-be-deleted", owing(delete()), content=CONTENT, vault=True)
    assert (await read(world, object_)).status == 200
    theirs = await provided(world, object_["under"])
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "enough"})
    shown = await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert shown["code"] == "vault.agreement-over"
    done = await duty(world.provider, theirs, "fulfilled")
    proof = done["proof"]
    assert (proof["assurance"], proof["method"]) == ("observed", "cryptographic-erase")
    assert object_["contents"] in proof["digests"]
    [recorded] = await entries(world, object_, "vault.destroyed")
    assert set(recorded["roots"]) <= set(proof["digests"])
    assert proof["receipt"] == shown["proof"]
    assert (await duty(world.consumer, object_["under"]["id"], "fulfilled"))["proof"] == proof


async def test_a_time_to_delete_by_is_kept_without_anybody_asking(world: World) -> None:
    by = world.consumer.clock.now() + timedelta(seconds=8)
    limit = ("dateTime", "lt", by.isoformat())
    object_ = await landed(world, "short-lived", owing(delete(limit)), content=CONTENT, vault=True)
    shown = await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert shown["code"] == "vault.due"
    theirs = await provided(world, object_["under"])
    done = await duty(world.provider, theirs, "fulfilled")
    assert object_["contents"] in done["proof"]["digests"]
    assert done["updated"] < done["deadline"]


async def test_a_time_to_delete_within_is_kept_without_anybody_asking(world: World) -> None:
    limit = ("elapsedTime", "lteq", "PT8S")
    object_ = await landed(world, "kept-for-seconds", owing(delete(limit)), content=CONTENT, vault=True)
    assert (await read(world, object_)).status == 200
    shown = await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert shown["code"] == "vault.due"
    assert (await read(world, object_)).status != 200


async def test_after_the_delay_of_a_duty_it_is_done_at_once(world: World) -> None:
    limit = ("delayPeriod", "gteq", "PT3S")
    object_ = await landed(world, "delayed", owing(delete(limit)), content=CONTENT, vault=True)
    assert (await read(world, object_)).status == 200
    await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    theirs = await provided(world, object_["under"])
    done = await duty(world.provider, theirs, "fulfilled")
    assert done["updated"] >= done["opens"]


async def test_what_was_destroyed_by_hand_is_proven_when_the_duty_is_due(world: World) -> None:
    object_ = await landed(world, "by-hand", owing(delete()), content=CONTENT, vault=True)
    await world.consumer.post(f"/vault/{object_['id']}/destroy")
    theirs = await provided(world, object_["under"])
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "enough"})
    done = await duty(world.provider, theirs, "fulfilled")
    assert object_["contents"] in done["proof"]["digests"]


async def test_what_left_the_vault_in_the_clear_is_for_a_person_to_prove(world: World) -> None:
    object_ = await landed(world, "taken-out", owing(delete()), content=CONTENT, vault=True)
    assert (await exported(world, object_)).status == 200
    theirs = await provided(world, object_["under"])
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "enough"})
    await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert (await duty(world.consumer, object_["under"]["id"], "due"))["proof"] is None


async def test_what_was_fetched_past_the_vault_is_for_a_person_to_prove(world: World) -> None:
    transfer = await transferred(world, "fetched-too", owing(delete()), content=CONTENT)
    assert (await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")).status == 200
    object_ = await land(world, transfer)
    theirs = await provided(world, transfer["under"])
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "enough"})
    await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert (await duty(world.consumer, transfer["under"]["id"], "due"))["proof"] is None
