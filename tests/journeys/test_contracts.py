"""The digital contract of an agreement: a draft at both sides, and what comes of it (issue item 6)."""

import pytest
from tests.nodes import OPEN, World, rule
from tests.stranger import urn

from xinfu.contracts import digest_of, read_text

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_agreement_leaves_a_draft_at_both_sides(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, rule("count", "lteq", "3"))
    agreement = await world.agree(id_, purpose="maintenance")
    for site in (world.provider, world.consumer):
        (draft,) = (await site.get("/contracts", agreement=agreement["wire_id"]))["items"]
        assert (draft["status"], draft["draft"], draft["side"]) == ("01", True, "party")
        assert draft["number"].startswith("urn:")
        parties = {party["type"]: party["participant"] for party in draft["parties"]}
        assert parties == {"01": world.provider.did, "02": world.consumer.did}
        assert draft["policy"]["odrl"] == agreement["policy"]["odrl"]
        assert draft["policy"]["rules"]["levels"]
        assert all(party["signed"] is None for party in draft["parties"])
        assert draft["filing"] is None


async def test_a_draft_costs_no_row_and_holds_what_is_known_when_it_is_looked_at(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, rule("count", "lteq", "3"))
    before = world.provider.counts()["contracts"]
    agreement = await world.agree(id_)
    where = {"agreement": agreement["wire_id"]}
    (draft,) = (await world.provider.get("/contracts", **where))["items"]
    assert draft["parties"][1]["entity"] == ""
    form = {"did": world.consumer.did, "entity": "91430200MA0000002E", "name": "长沙运维"}
    await world.provider.put("/participants/fixer", form)
    again = await world.provider.get(f"/contracts/{draft['id']}")
    assert (again["parties"][1]["entity"], again["parties"][1]["name"]) == ("91430200MA0000002E", "长沙运维")
    assert (await world.provider.get(f"/contracts/{agreement['wire_id']}"))["id"] == draft["id"]
    for more, total in (({"status": "01"}, 1), ({"status": "02"}, 0), ({"side": "platform"}, 0)):
        assert (await world.provider.get("/contracts", **where, **more))["total"] == total
    assert world.provider.counts()["contracts"] == before
    await world.provider.api("DELETE", "/participants/fixer")


async def test_the_text_of_a_draft_says_what_is_shown(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, rule("dateTime", "lteq", "2030-01-01T00:00:00+08:00"))
    agreement = await world.agree(id_)
    (draft,) = (await world.provider.get("/contracts", agreement=agreement["wire_id"]))["items"]
    contract = read_text((await world.provider.api("GET", f"/contracts/{draft['id']}/text")).body)
    assert digest_of(contract) == draft["digest"]
    assert contract.ends is not None
    assert contract.ends.isoformat() == "2030-01-01T00:00:00+08:00"


async def test_an_agreement_that_is_taken_over_leaves_one_too(world: World) -> None:
    form = {"wire_id": urn(), "peer": world.consumer.did, "dataset": "d", "role": "provider", "policy": OPEN}
    made = await world.provider.post("/agreements", form)
    found = (await world.provider.get("/contracts", agreement=made["wire_id"]))["items"]
    assert [each["status"] for each in found] == ["01"]


async def test_a_contract_that_is_not_there_is_not_found(world: World) -> None:
    said = await world.provider.api("GET", f"/contracts/{urn()}")
    assert (said.status, said.code) == (404, "contract.not-found")
