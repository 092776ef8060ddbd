"""A live EDC asks, xinfu answers: EDC reads our catalog, agrees with us and pulls from our data listener.

A push of EDC's is not here: our data plane offers pulls only.
"""

import asyncio
from typing import Any

import pytest
import pytest_asyncio
from tests.conformance.edc_live import EDC, ENDED, PULL, PUSH, REACH_S, Edc, many
from tests.dataplanes.api import Api, telling
from tests.nodes import OPEN, Said, Site, rule

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("edc"), pytest.mark.slow]

CONTENT = b"station,value\n" + b"songjia,1\n" * 100
WITH_EVERYTHING: dict[str, Any] = {
    "@type": "Set",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2099-01-01T00:00:00Z"},
                {"leftOperand": "count", "operator": "lteq", "rightOperand": "5"},
                {"leftOperand": "spatial", "operator": "isAnyOf", "rightOperand": ["CN", "DE"]},
                {
                    "or": [
                        {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"},
                        {"leftOperand": "purpose", "operator": "eq", "rightOperand": "teaching"},
                    ]
                },
            ],
            "duty": [{"action": "inform"}],
        },
        {"action": "distribute"},
    ],
    "prohibition": [{"action": "commercialize"}],
    "obligation": [{"action": "delete"}],
}


class Pull:
    """A pull of EDC's: its own id, and ours."""

    def __init__(self, ours: Site, edc: Edc, theirs: str, transfer: str) -> None:
        self._ours = ours
        self._edc = edc
        self.theirs = theirs
        self.transfer = transfer

    async def both(self, state: str) -> dict[str, Any]:
        """What EDC shows once both sides have reached the state."""
        await self._ours.reaches("transfers", self.transfer, state)
        return await self._edc.reaches("transferprocesses", self.theirs, state)

    async def address(self, before: dict[str, Any] | None = None) -> dict[str, Any]:
        """Where to fetch, as EDC hands it to its operator; another one than `before`."""
        old = before and before["authorization"]
        async with asyncio.timeout(REACH_S):
            while True:
                said = await self._edc.call("GET", f"edrs/{self.theirs}/dataaddress")
                if said.status == 200 and said.json["authorization"] != old:
                    return dict(said.json)
                await asyncio.sleep(0.02)  # it keeps the address a moment after it has started

    async def read(self, address: dict[str, Any], scheme: str = "", **headers: str) -> Said:
        """What our data listener gives for the token that EDC was given."""
        shown = {"Authorization": scheme + address["authorization"], **headers}
        return await self._ours.send("GET", address["endpoint"], headers=shown)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def offer(ours: Site) -> str:
    """The id of our offer of a dataset for everyone."""
    return await ours.publish("water", OPEN, content=CONTENT)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agreement(ours: Site, edc: Edc, offer: str) -> str:
    """An agreement of EDC's about it."""
    return await edc.agree(ours, "water", offer)


async def pulled(ours: Site, edc: Edc, agreement: str) -> Pull:
    """A pull of EDC's that runs."""
    theirs = await edc.transfer(ours, agreement)
    shown = await edc.reaches("transferprocesses", theirs, "STARTED")
    pull = Pull(ours, edc, theirs, shown["correlationId"])
    await pull.both("STARTED")
    return pull


async def ended(ours: Site, edc: Edc, negotiation: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """A negotiation that did not come about: as we show it, and as EDC does."""
    theirs = await edc.reaches("contractnegotiations", negotiation, "TERMINATED")
    return await ours.reaches("negotiations", theirs["correlationId"], "TERMINATED"), theirs


async def test_edc_reads_our_catalog(ours: Site, edc: Edc, offer: str) -> None:
    catalog = await edc.catalog(ours)
    assert catalog["participantId"] == ours.did
    found = {each["@id"]: each for each in many(catalog["dataset"])}["water"]
    assert [each["@id"] for each in many(found["hasPolicy"])] == [offer]
    assert {each["format"] for each in many(found["distribution"])} == {PULL, PUSH}


async def test_edc_reads_only_what_it_asks_our_catalog_for(ours: Site, edc: Edc, offer: str) -> None:
    await ours.publish("soil")
    assert len(many((await edc.catalog(ours, limit=1))["dataset"])) == 1
    named = {"operandLeft": f"{EDC}id", "operator": "=", "operandRight": "soil"}
    found = await edc.catalog(ours, filterExpression=[named])
    assert [each["@id"] for each in many(found["dataset"])] == ["soil"]


async def test_edc_reads_one_dataset_and_is_told_when_there_is_none(ours: Site, edc: Edc, offer: str) -> None:
    assert (await edc.dataset(ours, "water"))["@id"] == "water"
    said = await edc.ask_dataset(ours, "nothing")
    assert said.status == 502
    assert b"dataset.not-found" in said.body


async def test_both_sides_keep_the_same_agreement(ours: Site, edc: Edc, agreement: str) -> None:
    theirs = await edc.get(f"contractagreements/{agreement}")
    assert (theirs["consumerId"], theirs["providerId"], theirs["assetId"]) == (edc.id, ours.did, "water")
    found = await ours.get("/agreements", role="provider", dataset="water")
    kept = found["items"][0]
    assert (kept["wire_id"], kept["peer"], kept["state"]) == (theirs["@id"], edc.id, "ACTIVE")
    assert (await ours.get(f"/negotiations/{kept['negotiation']}"))["state"] == "FINALIZED"


async def test_rules_of_every_form_pass_through_edc_and_back_unchanged(ours: Site, edc: Edc) -> None:
    await ours.publish("everything", WITH_EVERYTHING)
    read = many((await edc.dataset(ours, "everything"))["hasPolicy"])[0]
    rules = {key: read[key] for key in ("permission", "prohibition", "obligation")}
    await edc.agree(ours, "everything", read["@id"], rules)
    found = await ours.get("/agreements", role="provider", dataset="everything")
    kept = found["items"][0]["policy"]["odrl"]
    assert kept["permission"] == WITH_EVERYTHING["permission"]
    assert kept["prohibition"] == [{"action": "cc:CommercialUse"}]
    assert kept["obligation"] == WITH_EVERYTHING["obligation"]


async def test_a_party_that_our_policy_denies_is_refused_with_the_reason(ours: Site, edc: Edc) -> None:
    await ours.publish("members", rule("membership", "eq", "active"))
    offer = many((await edc.dataset(ours, "members"))["hasPolicy"])[0]
    id_ = await edc.negotiate(ours, "members", offer["@id"], {"permission": offer["permission"]})
    shown, theirs = await ended(ours, edc, id_)
    assert shown["code"] == "credential.missing"
    assert "membership" in shown["reason"][0]["help"]
    assert "contractAgreementId" not in theirs
    entries = await ours.get("/evidence/entries", process=shown["id"], kind="message.sent")
    assert [each["entry"]["facts"]["type"] for each in entries] == ["TERMINATE"]


@pytest.mark.parametrize(
    ("dataset", "offer"), [("water", "d:water:p"), ("nothing", "d:nothing:p"), ("water", "no offer of ours")]
)
async def test_an_offer_that_we_do_not_have_opens_nothing_on_either_side(
    ours: Site, edc: Edc, dataset: str, offer: str
) -> None:
    """EDC 0.14 overwrites what it was told: it cannot send the termination that it owes nobody."""
    before = ours.counts()["negotiations"]
    id_ = await edc.negotiate(ours, dataset, offer)
    theirs = await edc.reaches("contractnegotiations", id_, "TERMINATED")
    assert "correlationId" not in theirs
    assert ours.counts()["negotiations"] == before


async def test_other_terms_than_ours_wait_for_a_person_who_ends_it(ours: Site, edc: Edc, offer: str) -> None:
    rules = {"permission": [{"action": "use"}, {"action": "distribute"}]}
    id_ = await edc.negotiate(ours, "water", offer, rules)
    waiting = await edc.reaches("contractnegotiations", id_, "REQUESTED")
    negotiation = waiting["correlationId"]
    assert (await ours.get(f"/negotiations/{negotiation}"))["held"]
    await ours.post(f"/negotiations/{negotiation}/terminate", {"reason": "no resale"})
    await ended(ours, edc, id_)


async def test_edc_ends_a_negotiation_and_says_why(ours: Site, edc: Edc, offer: str) -> None:
    rules = {"permission": [{"action": "distribute"}]}
    id_ = await edc.negotiate(ours, "water", offer, rules)
    await edc.reaches("contractnegotiations", id_, "REQUESTED")
    await edc.act("contractnegotiations", id_, "terminate", reason="changed our minds")
    shown, _ = await ended(ours, edc, id_)
    assert shown["reason"] == ["changed our minds"]


@pytest.mark.parametrize("scheme", ["", "Bearer "], ids=["as it is", "as bearer"])
async def test_edc_pulls_with_the_token_that_it_was_given(
    ours: Site, edc: Edc, agreement: str, scheme: str
) -> None:
    pull = await pulled(ours, edc, agreement)
    address = await pull.address()
    said = await pull.read(address, scheme)
    assert (said.status, said.body) == (200, CONTENT)
    part = await pull.read(address, scheme, Range="bytes=0-6")
    assert (part.status, part.body) == (206, b"station")
    stranger = await pull.read({**address, "authorization": "x" * 43}, scheme)
    assert stranger.status == 401


async def test_edc_suspends_and_resumes_its_pull(ours: Site, edc: Edc, agreement: str) -> None:
    pull = await pulled(ours, edc, agreement)
    before = await pull.address()
    await edc.act("transferprocesses", pull.theirs, "suspend", reason="pause")
    await pull.both("SUSPENDED")
    assert (await ours.get(f"/transfers/{pull.transfer}"))["reason"] == ["pause"]
    assert (await pull.read(before)).status == 403
    await edc.act("transferprocesses", pull.theirs, "resume")
    await pull.both("STARTED")
    assert (await pull.read(before)).status == 403
    assert (await pull.read(await pull.address(before))).body == CONTENT


async def test_we_suspend_and_resume_edcs_pull(ours: Site, edc: Edc, agreement: str) -> None:
    pull = await pulled(ours, edc, agreement)
    before = await pull.address()
    await ours.post(f"/transfers/{pull.transfer}/suspend", {"reason": "maintenance"})
    await pull.both("SUSPENDED")
    assert (await pull.read(before)).status == 403
    await ours.post(f"/transfers/{pull.transfer}/resume")
    await pull.both("STARTED")
    assert (await pull.read(before)).status == 403
    assert (await pull.read(await pull.address(before))).body == CONTENT


async def test_a_pull_that_we_have_suspended_gets_its_token_from_us_alone(
    ours: Site, edc: Edc, agreement: str
) -> None:
    pull = await pulled(ours, edc, agreement)
    before = await pull.address()
    await ours.post(f"/transfers/{pull.transfer}/suspend")
    await pull.both("SUSPENDED")
    await edc.act("transferprocesses", pull.theirs, "resume")
    await edc.reaches("transferprocesses", pull.theirs, "RESUMED")
    assert (await ours.reaches("transfers", pull.transfer, "STARTED"))["held"]
    assert (await pull.read(before)).status == 403
    await ours.post(f"/transfers/{pull.transfer}/resume")
    await pull.both("STARTED")
    assert (await pull.read(await pull.address(before))).body == CONTENT


async def test_edc_ends_its_pull_and_says_why(ours: Site, edc: Edc, agreement: str) -> None:
    pull = await pulled(ours, edc, agreement)
    address = await pull.address()
    await edc.act("transferprocesses", pull.theirs, "terminate", reason="enough")
    shown = await ours.reaches("transfers", pull.transfer, "TERMINATED")
    assert shown["reason"] == ["enough"]
    assert (await pull.read(address)).status == 403


async def test_we_end_edcs_pull(ours: Site, edc: Edc, agreement: str) -> None:
    pull = await pulled(ours, edc, agreement)
    address = await pull.address()
    await ours.post(f"/transfers/{pull.transfer}/terminate", {"reason": "no more"})
    await ours.reaches("transfers", pull.transfer, "TERMINATED")
    await edc.reaches("transferprocesses", pull.theirs, *ENDED)
    assert (await pull.read(address)).status == 403


async def test_we_complete_edcs_pull(ours: Site, edc: Edc, agreement: str) -> None:
    pull = await pulled(ours, edc, agreement)
    await ours.post(f"/transfers/{pull.transfer}/complete")
    await pull.both("COMPLETED")


async def test_we_push_to_where_edc_says(ours: Site, edc: Edc, agreement: str) -> None:
    async with Api(telling("200 OK", b"")).open() as sink:
        theirs = await edc.transfer(ours, agreement, PUSH, to=sink.url)
        shown = await edc.reaches("transferprocesses", theirs, "COMPLETED")
        await ours.reaches("transfers", shown["correlationId"], "COMPLETED")
    assert [said.body for said in sink.said] == [CONTENT]


async def test_a_transfer_of_another_form_is_refused_and_edc_reads_why(
    ours: Site, edc: Edc, agreement: str
) -> None:
    theirs = await edc.transfer(ours, agreement, "Carrier-PULL")
    shown = await edc.reaches("transferprocesses", theirs, *ENDED)
    assert "transfer.format-unsupported" in shown["errorDetail"]


async def test_an_agreement_that_we_have_ended_gives_nothing_more(ours: Site, edc: Edc) -> None:
    offer = await ours.publish("short")
    agreement = await edc.agree(ours, "short", offer)
    pull = await pulled(ours, edc, agreement)
    address = await pull.address()
    kept = (await ours.get("/agreements", role="provider", dataset="short"))["items"][0]
    await ours.post(f"/agreements/{kept['id']}/terminate", {"reason": "breach"})
    assert (await pull.read(address)).status == 403
    theirs = await edc.transfer(ours, agreement)
    shown = await edc.reaches("transferprocesses", theirs, *ENDED)
    assert "agreement.terminated" in shown["errorDetail"]
