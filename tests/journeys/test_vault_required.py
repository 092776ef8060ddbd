"""A provider that gives data to vaults only: what the consumer declares, and what its own node then keeps to."""

from typing import Any, Final

import pytest
from tests.journeys.landing import again, entries, exported, land, landed, read, transferred
from tests.nodes import OPEN, World, rule

pytestmark = pytest.mark.asyncio(loop_scope="module")

VAULT_ONLY: Final = rule("executionEnv", "eq", "01")
READ_ONLY: Final[dict[str, Any]] = {"@type": "Set", "permission": [{"action": "read"}]}


async def refused(world: World, dataset: str, policy: dict[str, Any]) -> dict[str, Any]:
    """An agreement under which an ordinary transfer is refused; the transfer as it ended."""
    await world.provider.publish(dataset, policy)
    return await again(world, await world.agree(dataset), "TERMINATED")


async def test_nothing_is_given_to_who_does_not_declare_a_vault(world: World) -> None:
    ended = await refused(world, "vault-only", VAULT_ONLY)
    assert ended["code"] == "fact.missing"
    assert ended["environment"] is None


async def test_who_declares_it_gets_it_and_keeps_to_it(world: World) -> None:
    transfer = await transferred(world, "kept-in", VAULT_ONLY, vault=True)
    assert transfer["environment"] == "01"
    theirs = await world.provider.get(f"/transfers/{transfer['provider_pid']}")
    assert theirs["environment"] == "01"
    said = await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")
    assert (said.status, said.code) == (403, "vault.only")
    url = f"{world.consumer.urls['management']}/management/v3/edrs/{transfer['id']}/dataaddress"
    address = await world.consumer.send("GET", url, headers={"X-Api-Key": world.consumer.api_key})
    assert (address.status, b"authorization" in address.body) == (403, False)
    object_ = await land(world, transfer)
    assert (await read(world, object_)).status == 200
    out = await exported(world, object_)
    assert (out.status, out.code) == (403, "trait.other")
    assert (await entries(world, object_, "refusal"))[0]["action"] == "reproduce"


async def test_what_may_only_be_read_goes_to_a_vault_and_nowhere_else(world: World) -> None:
    ended = await refused(world, "read-only", READ_ONLY)
    assert ended["code"] == "policy.no-permission"
    object_ = await land(world, await again(world, ended["under"], vault=True))
    assert (await read(world, object_)).status == 200
    out = await exported(world, object_)
    assert (out.status, out.code) == (403, "policy.no-permission")


async def test_the_declaration_is_signed_with_the_request(world: World) -> None:
    transfer = await transferred(world, "signed", VAULT_ONLY, vault=True)
    await world.provider.numbered()
    receipts = await world.provider.get("/evidence/receipts", process=transfer["provider_pid"])
    bodies = [each["attachments"]["body"] for each in receipts if "body" in each.get("attachments", {})]
    assert any('"xinfu:executionEnv":"01"' in body.replace(" ", "") for body in bodies)


async def test_what_nobody_requires_can_be_declared_too(world: World) -> None:
    object_ = await landed(world, "anyway", OPEN, vault=True)
    assert (await read(world, object_)).status == 200
    assert (await exported(world, object_)).status == 200


async def test_what_is_pushed_elsewhere_lands_in_no_vault(world: World) -> None:
    await world.provider.publish("pushed-away")
    agreement = await world.agree("pushed-away")
    form = {"agreement": agreement["id"], "vault": True, "push_to": {"url": "http://127.0.0.1:9/x"}}
    said = await world.consumer.api("POST", "/transfers", form)
    assert (said.status, said.code) == (400, "transfer.vault-push")
