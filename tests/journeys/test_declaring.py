"""What a consumer declares of its use, between two running nodes: signed, kept by both, and refused where it does not fit."""

from typing import Any

import pytest
from tests.journeys.landing import read as read_inside
from tests.nodes import World, rule

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLANNER = "urn:example:planner"
CONTENT = b"day,level\n1,3\n"


async def agreed(world: World, dataset: str, policy: dict[str, Any]) -> str:
    await world.provider.publish(dataset, policy, content=CONTENT)
    return str((await world.agree(dataset))["id"])


async def asked(world: World, agreement: str, **form: object) -> dict[str, Any]:
    """A transfer, once it has started or was refused."""
    made = await world.consumer.post("/transfers", {"agreement": agreement, **form})
    return await world.consumer.reaches("transfers", made["id"], "STARTED", "TERMINATED")


async def test_a_program_has_to_be_the_declared_one(world: World) -> None:
    agreement = await agreed(world, "planned", rule("application", "eq", PLANNER))
    silent = await asked(world, agreement)
    assert (silent["state"], silent["code"]) == ("TERMINATED", "fact.missing")
    other = await asked(world, agreement, declared={"application": "urn:example:other"})
    assert (other["state"], other["code"]) == ("TERMINATED", "trait.other")
    fitting = await asked(world, agreement, declared={"application": PLANNER})
    assert (fitting["state"], fitting["declared"]) == ("STARTED", {"application": PLANNER})
    theirs = await world.provider.get(f"/transfers/{fitting['provider_pid']}")
    assert theirs["declared"] == {"application": PLANNER}
    said = await world.consumer.api("GET", f"/transfers/{fitting['id']}/content")
    assert (said.status, said.body) == (200, CONTENT)


async def test_the_refusal_says_what_to_declare(world: World) -> None:
    agreement = await agreed(world, "advised", rule("machineLearningModels", "eq", "urn:example:model"))
    silent = await asked(world, agreement)
    [reason] = silent["reason"]
    assert "urn:example:model" in str(reason)
    assert "declare" in str(reason)


async def test_a_region_goes_by_the_names_of_the_standard_too(world: World) -> None:
    agreement = await agreed(world, "placed", rule("region", "isPartOf", "CN-HN"))
    assert (await asked(world, agreement, declared={"region": "430200"}))["state"] == "STARTED"
    assert (await asked(world, agreement, declared={"spatial": "US"}))["code"] == "spatial.outside"


@pytest.mark.parametrize(
    "declared",
    [{"mood": "good"}, {"spatial": "nowhere at all"}, {"application": "x" * 1025}, {"purpose": "a"}],
)
async def test_what_nobody_can_ask_for_is_not_declared(world: World, declared: dict[str, str]) -> None:
    agreement = await agreed(world, f"odd-{next(iter(declared))}", rule("purpose", "neq", "x"))
    said = await world.consumer.api("POST", "/transfers", {"agreement": agreement, "declared": declared})
    assert (said.status // 100, said.code) == (4, "transfer.declaration")


async def test_in_a_vault_it_is_used_as_it_was_declared(world: World) -> None:
    agreement = await agreed(world, "kept", rule("algorithm", "eq", "urn:example:mean"))
    transfer = await asked(world, agreement, declared={"algorithm": "urn:example:mean"}, vault=True)
    made = await world.consumer.post("/vault", {"transfer": transfer["id"]})
    object_ = await world.consumer.reaches("vault", made["id"], "LANDED")
    assert (await read_inside(world, object_)).body == CONTENT


@pytest.mark.parametrize(("network", "status"), [("127.0.0.0/8", 200), ("192.0.2.0/24", 403)])
async def test_the_address_is_the_one_that_the_provider_sees(world: World, network: str, status: int) -> None:
    policy = rule("networkAddress", "isPartOf", network)
    transfer = await asked(world, await agreed(world, f"from-{network[:3]}", policy))
    assert transfer["state"] == "STARTED", "nobody has read yet"
    said = await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")
    assert said.status == status
    if status == 403:
        assert said.code == "trait.other"


async def test_without_tls_nothing_leaves_that_has_to_be_encrypted(world: World) -> None:
    sealed = await asked(world, await agreed(world, "sealed", rule("encryptMode", "eq", "02")))
    assert (sealed["state"], sealed["code"]) == ("TERMINATED", "trait.other")
    plain = await asked(world, await agreed(world, "plain", rule("encryptMode", "eq", "01")))
    assert (await world.consumer.api("GET", f"/transfers/{plain['id']}/content")).status == 200


async def test_a_sandbox_is_declared_by_its_code_and_no_vault_is_one(world: World) -> None:
    agreement = await agreed(world, "boxed", rule("executionEnv", "isAnyOf", ["02", "05"]))
    boxed = await asked(world, agreement, declared={"executionEnv": "02"})
    assert (boxed["state"], boxed["environment"]) == ("STARTED", "02")
    assert (await world.consumer.api("GET", f"/transfers/{boxed['id']}/content")).body == CONTENT
    assert (await asked(world, agreement, vault=True))["code"] == "trait.other"
    both = {"agreement": agreement, "vault": True, "declared": {"executionEnv": "02"}}
    assert (await world.consumer.api("POST", "/transfers", both)).code == "transfer.declaration"
