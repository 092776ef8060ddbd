"""Payments between two running nodes: recorded by the provider, known to both, and what they open."""

from typing import Any

import pytest
from tests.nodes import Site, World
from tests.services.agreements.test_duties import duty, provided, read, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


def amount(text: str, operator: str = "gteq") -> dict[str, Any]:
    return {"leftOperand": "payAmount", "operator": operator, "rightOperand": text, "unit": "CNY"}


def permitting(**rule: Any) -> dict[str, Any]:
    return {"@type": "Set", "permission": [{"action": "use", **rule}]}


async def agreed(world: World, name: str, policy: dict[str, Any]) -> tuple[str, str]:
    """The consumer's and the provider's ids of an agreement under the policy."""
    await world.provider.publish(name, policy)
    ours = await world.agree(name)
    return str(ours["id"]), await provided(world, ours)


async def pay(site: Site, agreement: str, amount_: str, receipt: str) -> dict[str, Any]:
    form = {"agreement": agreement, "receipt": receipt, "amount": amount_, "currency": "CNY"}
    paid: dict[str, Any] = await site.post("/payments", form)
    return paid


async def known(site: Site, agreement: str, count: int) -> list[dict[str, Any]]:
    """The payments under an agreement as soon as there are so many."""
    found = await until(site, "/payments", lambda page: page["total"] == count, agreement=agreement)
    listed: list[dict[str, Any]] = found["items"]
    return listed


async def test_a_payment_is_known_to_both_sides_and_is_evidence_there(world: World) -> None:
    ours, theirs = await agreed(world, "paid-both", permitting(constraint=[amount("100.00")]))
    assert (await read(world, ours))[1] == "payment.other"
    made = await pay(world.provider, theirs, "40.00", "both-1")
    assert (made["amount"], made["currency"], made["receipt"]) == ("40.00", "CNY", "both-1")
    assert (await read(world, ours))[1] == "payment.other"
    await pay(world.provider, theirs, "60.00", "both-2")
    await pay(world.provider, theirs, "60.00", "both-2")
    assert (await read(world, ours))[1] == ""
    for site, agreement in ((world.provider, theirs), (world.consumer, ours)):
        listed = await known(site, agreement, 2)
        assert [(each["receipt"], each["amount"]) for each in listed] == [
            ("both-1", "40.00"),
            ("both-2", "60.00"),
        ]
        await site.numbered()
        entries = [row["entry"] for row in await site.get("/evidence/entries", process=agreement)]
        settled = [each["facts"]["receipt"] for each in entries if each["kind"] == "payment.settled"]
        assert settled == ["both-1", "both-2"]


async def test_what_was_paid_proves_the_duty_to_compensate_at_both_sides(world: World) -> None:
    owing = {"action": "compensate", "constraint": [amount("100.00", "eq")]}
    ours, theirs = await agreed(world, "paid-duty", permitting(duty=[owing]))
    assert (await read(world, ours))[1] == "duty.unmet"
    await pay(world.provider, theirs, "40.00", "duty-1")
    assert (await duty(world.provider, theirs, "due", "compensate"))["proof"] is None
    assert (await read(world, ours))[1] == "duty.unmet"
    await pay(world.provider, theirs, "60.00", "duty-2")
    for site, agreement in ((world.provider, theirs), (world.consumer, ours)):
        done = await duty(site, agreement, "fulfilled", "compensate")
        assert done["state"] == "fulfilled"
    proof = (await duty(world.provider, theirs, "fulfilled", "compensate"))["proof"]
    assert (proof["method"], proof["amount"], proof["receipt"]) == ("payment", "100.00", "duty-2")
    assert proof["assurance"] == "counter-signed"
    assert (await read(world, ours))[1] == ""


async def test_only_who_is_paid_says_so(world: World) -> None:
    ours, _ = await agreed(world, "paid-self", permitting(constraint=[amount("1")]))
    form = {"agreement": ours, "receipt": "self-1", "amount": "1", "currency": "CNY"}
    said = await world.consumer.api("POST", "/payments", form)
    assert (said.status, said.code) == (409, "payment.not-ours")
    assert (await read(world, ours))[1] == "payment.other"
    said = await world.provider.api("POST", "/payments", form | {"agreement": "urn:nobody"})
    assert said.status == 404


async def test_what_proved_a_duty_is_not_there_for_uses(world: World) -> None:
    price = {"leftOperand": "unitOfCount", "operator": "eq", "rightOperand": "use"}
    owing = {"action": "compensate", "constraint": [amount("10.00", "eq")]}
    ours, theirs = await agreed(
        world, "paid-fee", permitting(constraint=[amount("2.00"), price], duty=[owing])
    )
    await pay(world.provider, theirs, "10.00", "fee-1")
    assert (await read(world, ours))[1] == "payment.exhausted"
    await pay(world.provider, theirs, "4.00", "fee-2")
    assert [(await read(world, ours))[1] for _ in range(3)] == ["", "", "payment.exhausted"]
