"""Duties that somebody else than the consumer owes: the provider, or a third party; both sides see whose it is."""

from datetime import timedelta

import pytest
from tests.nodes import World
from tests.services.agreements.test_duties import DIGEST, duty, forward, read, under, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

THIRD = "did:web:auditor.example"
PAID = {"receipt": "bank-7", "amount": "5.00", "currency": "CNY"}


@pytest.fixture(autouse=True)
def _clocks_go_back(world: World) -> object:
    yield
    for site in (world.issuer, world.provider, world.consumer):
        site.clock.moved = timedelta(0)


async def test_the_provider_owes_proves_and_is_said_yes_to(world: World) -> None:
    ours, theirs = await under(world, {"action": "compensate", "assignee": world.provider.did})
    owed = await duty(world.consumer, ours["id"], "due", "compensate")
    owes = await duty(world.provider, theirs, "due", "compensate")
    assert (owes["owes"], owed["owes"], owed["watches"]) == (True, False, False)
    assert (
        (owed["debtor"], owed["creditor"]) == (owes["debtor"], owes["creditor"]) == ("provider", "consumer")
    )
    said = await world.provider.api("POST", f"/duties/{owes['id']}/waive", {})
    assert (said.status, said.code) == (409, "duty.not-owed")
    await world.provider.post(f"/duties/{owes['id']}/fulfil", PAID)
    await duty(world.consumer, ours["id"], "claimed", "compensate")
    await world.consumer.post(f"/duties/{owed['id']}/refuse", {"reason": "Nothing has come in."})
    owes = await duty(world.provider, theirs, "due", "compensate")
    assert owes["reason"] == "Nothing has come in."
    await world.provider.post(f"/duties/{owes['id']}/fulfil", PAID)
    await duty(world.consumer, ours["id"], "claimed", "compensate")
    await world.consumer.post(f"/duties/{owed['id']}/fulfil")
    done = await duty(world.provider, theirs, "fulfilled", "compensate")
    assert done["proof"]["receipt"] == "bank-7"


async def test_what_the_provider_is_late_with_costs_the_provider_and_not_the_use(world: World) -> None:
    late = {"action": "inform", "assignee": world.provider.did, "consequence": [{"action": "compensate"}]}
    ours, theirs = await under(world, late)
    assert (await read(world, ours["id"]))[1] == ""
    await duty(world.consumer, ours["id"], "due", "inform")
    await forward(world, timedelta(hours=25))
    owes = await duty(world.provider, theirs, "overdue", "inform")
    owed = await duty(world.consumer, ours["id"], "overdue", "inform")
    assert (await read(world, ours["id"]))[1] == ""
    added = await duty(world.provider, theirs, "due", "compensate")
    assert (added["owes"], added["parent"]) == (True, owes["id"])
    await world.provider.post(f"/duties/{owes['id']}/fulfil", {"digests": [DIGEST]})
    await until(world.consumer, f"/duties/{owed['id']}", lambda shown: shown["proof"])
    await world.provider.post(f"/duties/{added['id']}/fulfil", PAID)
    asked = await duty(world.consumer, ours["id"], "claimed", "compensate")
    await world.consumer.post(f"/duties/{asked['id']}/fulfil")
    await duty(world.consumer, ours["id"], "remedied", "inform")
    await duty(world.provider, theirs, "remedied", "inform")


async def test_a_breach_of_the_provider_is_declared_by_the_consumer(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform", "assignee": world.provider.did})
    assert (await read(world, ours["id"]))[1] == ""
    await duty(world.consumer, ours["id"], "due", "inform")
    await forward(world, timedelta(hours=25))
    owed = await duty(world.consumer, ours["id"], "overdue", "inform")
    await duty(world.provider, theirs, "overdue", "inform")
    await world.consumer.post(f"/duties/{owed['id']}/breach", {"reason": "We were never told."})
    owes = await duty(world.provider, theirs, "breached", "inform")
    assert owes["reason"] == "We were never told."


async def test_what_a_third_party_owes_the_provider_says_and_the_consumer_sees(world: World) -> None:
    late = {"action": "inform", "assignee": THIRD}
    ours, theirs = await under(world, late)
    assert (await read(world, ours["id"]))[1] == ""
    seen = await duty(world.consumer, ours["id"], "due", "inform")
    owed = await duty(world.provider, theirs, "due", "inform")
    assert (seen["owes"], seen["watches"], seen["debtor"]) == (False, True, THIRD)
    assert (owed["owes"], owed["watches"], owed["debtor"], owed["creditor"]) == (
        False,
        False,
        THIRD,
        "provider",
    )
    for act in ("fulfil", "waive"):
        body = {"digests": [DIGEST]} if act == "fulfil" else {}
        said = await world.consumer.api("POST", f"/duties/{seen['id']}/{act}", body)
        assert (said.status, said.code) == (409, "duty.not-owed")
    await forward(world, timedelta(hours=25))
    await duty(world.provider, theirs, "overdue", "inform")
    await duty(world.consumer, ours["id"], "overdue", "inform")
    assert (await read(world, ours["id"]))[1] == "duty.overdue"
    await world.provider.post(f"/duties/{owed['id']}/fulfil", {"digests": [DIGEST]})
    await duty(world.provider, theirs, "remedied", "inform")
    await duty(world.consumer, ours["id"], "remedied", "inform")
    assert (await read(world, ours["id"]))[1] == ""


async def test_an_obligation_to_a_third_party_is_followed_by_the_side_that_does_not_owe(world: World) -> None:
    told = {"action": "inform", "assigner": THIRD, "assignee": world.provider.did}
    ours, theirs = await under(world, {"action": "delete"}, obligation=[told])
    assert (await read(world, ours["id"]))[1] == ""
    owes = await duty(world.provider, theirs, "due", "inform")
    owed = await duty(world.consumer, ours["id"], "due", "inform")
    assert (owes["owes"], owed["watches"], owed["creditor"]) == (True, False, THIRD)
    await world.consumer.post(f"/duties/{owed['id']}/waive", {"reason": "The auditor has seen it."})
    await duty(world.provider, theirs, "waived", "inform")
