"""Each kind of duty whole: its deadline, its states, what proves it, that it is overdue, and what follows from that."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.nodes import Site, World
from tests.services.agreements.test_duties import DELETED, DIGEST, duty, forward, read, under, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOUR = {"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": "PT1H"}


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """A duty, what proves it and what does not.

    Attributes:
        before: nothing is used until it is done. both: it counts once who is owed says yes.
        more: what becomes due in addition when it is late.
    """

    action: str
    proof: dict[str, Any]
    lacking: dict[str, Any]
    before: bool = False
    both: bool = False
    more: str = "inform"


CASES = [
    Case(action="delete", proof=DELETED, lacking={"method": "overwritten"}),
    Case(action="inform", proof={"digests": [DIGEST]}, lacking={"statement": "done"}, more="delete"),
    Case(action="logRecordSend", proof={"digests": [DIGEST]}, lacking={"statement": "sent"}),
    Case(
        action="attribute",
        proof={"link": "https://example.org/paper", "digests": [DIGEST]},
        lacking={"link": "https://example.org/paper"},
    ),
    Case(
        action="compensate",
        proof={"receipt": "bank-7", "amount": "5.00", "currency": "CNY"},
        lacking={"receipt": "bank-7", "amount": "5.00"},
        before=True,
        both=True,
    ),
]
PROOFS = {"inform": {"digests": [DIGEST]}, "delete": DELETED}


@pytest.fixture(autouse=True)
def _clocks_go_back(world: World) -> Any:
    yield
    for site in (world.issuer, world.provider, world.consumer):
        site.clock.moved = timedelta(0)


async def moves(site: Site, id_: str) -> list[tuple[str, str]]:
    """What the evidence says became of a duty, and who did it."""
    await site.numbered()
    rows = await site.get("/evidence/entries", process=id_, kind="duty.state")
    return [(row["entry"]["facts"]["to"], row["entry"]["facts"]["by"]) for row in rows]


@pytest.mark.parametrize("case", CASES, ids=[each.action for each in CASES])
async def test_a_duty_is_due_proven_late_and_made_good(world: World, case: Case) -> None:
    asked = {"action": case.action, "constraint": [HOUR], "consequence": [{"action": case.more}]}
    ours, theirs = await under(world, asked)
    assert ((await read(world, ours["id"]))[1] == "") is not case.before
    mine = await duty(world.consumer, ours["id"], "due", case.action)
    owed = await duty(world.provider, theirs, "due", case.action)
    ends = [datetime.fromisoformat(each["deadline"]) for each in (mine, owed)]
    assert abs(ends[0] - ends[1]) < timedelta(seconds=30)
    said = await world.consumer.api("POST", f"/duties/{mine['id']}/fulfil", case.lacking)
    assert (said.status, said.code) == (400, "duty.proof-incomplete")

    await forward(world, timedelta(minutes=62))
    for site, agreement, each in ((world.consumer, ours["id"], mine), (world.provider, theirs, owed)):
        await duty(site, agreement, "overdue", case.action)
        assert (await moves(site, each["id"]))[-1] == ("overdue", "time")
    assert (await read(world, ours["id"]))[1] == "duty.overdue"

    added = await duty(world.consumer, ours["id"], "due", case.more)
    assert added["parent"] == mine["id"]
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", case.proof)
    await until(world.provider, f"/duties/{owed['id']}", lambda shown: shown["proof"])
    if case.both:
        await world.provider.post(f"/duties/{owed['id']}/fulfil")
    await world.consumer.post(f"/duties/{added['id']}/fulfil", PROOFS[case.more])
    done = await duty(world.provider, theirs, "remedied", case.action)
    assert done["proof"]["assurance"] == ("counter-signed" if case.both else "self-declared")
    await duty(world.consumer, ours["id"], "remedied", case.action)
    assert (await read(world, ours["id"]))[1] == ""


@pytest.mark.parametrize("case", CASES, ids=[each.action for each in CASES])
async def test_a_duty_that_is_done_in_time_is_fulfilled_at_both_sides(world: World, case: Case) -> None:
    ours, theirs = await under(world, {"action": case.action, "constraint": [HOUR]})
    await read(world, ours["id"])
    mine = await duty(world.consumer, ours["id"], "due", case.action)
    await world.consumer.post(f"/duties/{mine['id']}/fulfil", case.proof)
    if case.both:
        owed = await duty(world.provider, theirs, "claimed", case.action)
        await world.provider.post(f"/duties/{owed['id']}/fulfil")
    await duty(world.provider, theirs, "fulfilled", case.action)
    await duty(world.consumer, ours["id"], "fulfilled", case.action)
    assert (await read(world, ours["id"]))[1] == ""


async def test_a_duty_with_a_delay_is_due_only_after_it_and_late_a_day_later(world: World) -> None:
    delay = {"leftOperand": "delayPeriod", "operator": "eq", "rightOperand": "P30D"}
    ours, theirs = await under(world, {"action": "delete", "constraint": [delay]})
    before = world.provider.clock.now()
    assert (await read(world, ours["id"]))[1] == ""
    found = await until(
        world.consumer,
        "/duties",
        lambda page: page["items"] and page["items"][0]["opens"],
        agreement=ours["id"],
    )
    opens = datetime.fromisoformat(found["items"][0]["opens"])
    assert found["items"][0]["state"] == "pending"
    assert timedelta(0) <= opens - before - timedelta(days=30) < timedelta(minutes=1)
    await forward(world, timedelta(days=29))
    assert (await read(world, ours["id"]))[1] == ""
    await forward(world, timedelta(days=1, minutes=2))
    mine = await duty(world.consumer, ours["id"], "due")
    owed = await duty(world.provider, theirs, "due")
    assert datetime.fromisoformat(mine["deadline"]) - opens == timedelta(hours=24)
    assert (await moves(world.provider, owed["id"])) == [("due", "time")]
    await forward(world, timedelta(hours=24))
    await duty(world.provider, theirs, "overdue")
    await duty(world.consumer, ours["id"], "overdue")


async def test_who_consents_and_who_has_read_names_the_policy(world: World) -> None:
    ours, theirs = await under(world, {"action": "obtainConsent"}, {"action": "reviewPolicy"})
    await world.consumer.numbered()
    rows = await world.consumer.get("/evidence/entries", kind="agreement.concluded", limit=1000)
    (policy,) = [
        row["entry"]["facts"]["policy_digest"] for row in rows if row["entry"]["agreement"] == ours["wire_id"]
    ]
    refused = {"obtainConsent": [[DIGEST], [policy]], "reviewPolicy": [[DIGEST]]}
    proof = {"obtainConsent": [DIGEST, policy], "reviewPolicy": [policy]}
    for action, lacking in refused.items():
        assert (await read(world, ours["id"]))[1] == "duty.unmet"
        mine = await duty(world.consumer, ours["id"], "due", action)
        for digests in lacking:
            said = await world.consumer.api("POST", f"/duties/{mine['id']}/fulfil", {"digests": digests})
            assert (said.status, said.code) == (400, "duty.proof-incomplete")
        await world.consumer.post(f"/duties/{mine['id']}/fulfil", {"digests": proof[action]})
    owed = await duty(world.provider, theirs, "claimed", "obtainConsent")
    assert (await read(world, ours["id"]))[1] == "duty.unmet"
    await world.provider.post(f"/duties/{owed['id']}/fulfil")
    await duty(world.provider, theirs, "fulfilled", "reviewPolicy")
    assert (await read(world, ours["id"]))[1] == ""


async def test_a_waiver_is_a_signed_message_that_both_sides_keep(world: World) -> None:
    ours, theirs = await under(world, {"action": "inform"})
    await read(world, ours["id"])
    mine = await duty(world.consumer, ours["id"], "due", "inform")
    owed = await duty(world.provider, theirs, "due", "inform")
    await world.provider.post(f"/duties/{owed['id']}/waive", {"reason": "We saw it."})
    await duty(world.consumer, ours["id"], "waived", "inform")
    async with world.consumer.node.parts.store.view(world.consumer.context.id) as view:
        rows = await view.log.find(process=mine["id"], kind="message.received", limit=1000)
        kept = await view.log.attachments(rows[-1].id)
    told = msgspec.json.decode(kept["body"])
    assert (told["state"], told["reason"]) == ("waived", "We saw it.")
    assert kept["token"].count(b".") == 2
