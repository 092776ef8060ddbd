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
