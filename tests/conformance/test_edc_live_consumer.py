"""xinfu asks, a live EDC answers: catalog, agreement and pull, whoever stops it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.conformance.edc_live import ENDED, PULL, Edc, Source, offer_id
from tests.dataplanes.api import Api, telling
from tests.nodes import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("edc"), pytest.mark.slow]

IN_FORCE = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                {
                    "leftOperand": "https://w3id.org/edc/v0.0.1/ns/inForceDate",
                    "operator": "lteq",
                    "rightOperand": "contractAgreement+30d",
                }
            ],
        }
    ]
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agreement(ours: Site, edc: Edc, source: Source) -> dict[str, Any]:
    """An agreement of ours about an asset of EDC's."""
    await edc.offer("air", source.url)
    return await agreed(ours, edc, "air")


async def opened(ours: Site, edc: Edc, dataset: str, **form: Any) -> dict[str, Any]:
    """A negotiation of ours with EDC."""
    asked = {"participant": edc.id, "at": edc.base, "dataset": dataset}
    made: dict[str, Any] = await ours.post("/negotiations", asked | form)
    return made


async def agreed(ours: Site, edc: Edc, dataset: str, **form: Any) -> dict[str, Any]:
    """Our record of an agreement with EDC."""
    made = await opened(ours, edc, dataset, **form)
    await ours.reaches("negotiations", made["id"], "FINALIZED")
    found = await ours.get("/agreements", negotiation=made["id"])
    agreement: dict[str, Any] = found["items"][0]
    return agreement


async def pulled(ours: Site, edc: Edc, agreement: dict[str, Any]) -> tuple[str, str]:
    """A running pull: our id of it and EDC's."""
    made = await ours.post("/transfers", {"agreement": agreement["id"]})
    await ours.reaches("transfers", made["id"], "STARTED")
    theirs = await edc.find("transferprocesses", "correlationId", made["id"])
    await edc.reaches("transferprocesses", theirs["@id"], "STARTED")
    return made["id"], theirs["@id"]


async def content(ours: Site, transfer: str) -> bytes | str:
    """What our API gives of a pull: the bytes, or the code of the refusal."""
    said = await ours.api("GET", f"/transfers/{transfer}/content")
    return said.body if said.status == 200 else said.code


@pytest.mark.usefixtures("agreement")
async def test_the_catalog_of_edc_shows_its_datasets_with_their_offers(ours: Site, edc: Edc) -> None:
    shown = await ours.get("/catalog", participant=edc.id, at=edc.base, limit=1000)
    found = {each["id"]: each for each in shown["datasets"]}["air"]
    assert shown["base"] == edc.base
    assert PULL in found["formats"]
    assert [each["policy"]["odrl"]["permission"] for each in found["offers"]] == [[{"action": "use"}]]


@pytest.mark.usefixtures("agreement")
async def test_edc_is_found_by_the_root_of_its_protocol_too(ours: Site, edc: Edc) -> None:
    root = edc.base.removesuffix("/2025-1")
    shown = await ours.get("/catalog", participant=edc.id, at=root, dataset="air")
    assert (shown["base"], shown["datasets"][0]["id"]) == (edc.base, "air")


async def test_a_dataset_that_edc_does_not_have_is_told_as_unknown(ours: Site, edc: Edc) -> None:
    said = await ours.api("GET", "/catalog", participant=edc.id, at=edc.base, dataset="nothing")
    assert (said.status, said.code) == (404, "dataset.not-found")


async def test_both_sides_keep_the_same_agreement(ours: Site, edc: Edc, agreement: dict[str, Any]) -> None:
    theirs = await edc.get(f"contractagreements/{agreement['wire_id']}")
    assert (theirs["consumerId"], theirs["providerId"], theirs["assetId"]) == (ours.did, edc.id, "air")
    assert (agreement["peer"], agreement["role"], agreement["state"]) == (edc.id, "consumer", "ACTIVE")
    ended = await edc.get(f"contractagreements/{agreement['wire_id']}/negotiation")
    assert (ended["state"], ended["correlationId"]) == ("FINALIZED", agreement["negotiation"])


async def test_a_constraint_that_edc_alone_reads_is_agreed_as_it_stands(
    ours: Site, edc: Edc, source: Source
) -> None:
    await edc.offer("in-force", source.url, IN_FORCE)
    agreement = await agreed(ours, edc, "in-force")
    constraint = agreement["policy"]["odrl"]["permission"][0]["constraint"][0]
    assert constraint["rightOperand"] == "contractAgreement+30d"
    transfer, _ = await pulled(ours, edc, agreement)
    assert await content(ours, transfer) == source.content


async def test_the_bytes_of_a_pull_come_from_edcs_endpoint_and_count_as_unverified(
    ours: Site, edc: Edc, source: Source, agreement: dict[str, Any]
) -> None:
    transfer, _ = await pulled(ours, edc, agreement)
    before = source.asked
    said = await ours.api("GET", f"/transfers/{transfer}/content")
    assert (said.status, said.body) == (200, source.content)
    assert said.headers["content-type"].startswith("text/csv")
    assert source.asked > before
    entries = await ours.get("/evidence/entries", process=transfer, kind="data.received")
    facts = entries[-1]["entry"]["facts"]
    assert (facts["outcome"], facts["bytes"], facts["root"]) == ("unverified", len(source.content), "")


async def test_edc_pushes_to_where_we_say(
    ours: Site, edc: Edc, source: Source, agreement: dict[str, Any]
) -> None:
    async with Api(telling("200 OK", b"")).open() as sink:
        begun = await ours.post("/transfers", {"agreement": agreement["id"], "push_to": {"url": sink.url}})
        shown = await ours.reaches("transfers", begun["id"], "COMPLETED")
    assert [said.body for said in sink.said] == [source.content]
    await edc.reaches("transferprocesses", shown["provider_pid"], "COMPLETED", "DEPROVISIONED")


async def test_we_suspend_and_resume(ours: Site, edc: Edc, source: Source, agreement: dict[str, Any]) -> None:
    transfer, theirs = await pulled(ours, edc, agreement)
    await ours.post(f"/transfers/{transfer}/suspend", {"reason": "maintenance"})
    await edc.reaches("transferprocesses", theirs, "SUSPENDED")
    assert await content(ours, transfer) == "transfer.no-address"
    await ours.post(f"/transfers/{transfer}/resume")
    await ours.reaches("transfers", transfer, "STARTED")
    await edc.reaches("transferprocesses", theirs, "STARTED")
    assert await content(ours, transfer) == source.content


async def test_edc_suspends_and_resumes(
    ours: Site, edc: Edc, source: Source, agreement: dict[str, Any]
) -> None:
    transfer, theirs = await pulled(ours, edc, agreement)
    await edc.act("transferprocesses", theirs, "suspend", reason="maintenance")
    assert (await ours.reaches("transfers", transfer, "SUSPENDED"))["reason"] == ["maintenance"]
    await edc.reaches("transferprocesses", theirs, "SUSPENDED")
    assert await content(ours, transfer) == "transfer.no-address"
    await edc.act("transferprocesses", theirs, "resume")
    await ours.reaches("transfers", transfer, "STARTED")
    assert await content(ours, transfer) == source.content


async def test_we_end_a_transfer(ours: Site, edc: Edc, agreement: dict[str, Any]) -> None:
    transfer, theirs = await pulled(ours, edc, agreement)
    await ours.post(f"/transfers/{transfer}/terminate", {"reason": "no longer needed"})
    await ours.reaches("transfers", transfer, "TERMINATED")
    await edc.reaches("transferprocesses", theirs, *ENDED)


async def test_edc_ends_a_transfer_and_says_why(ours: Site, edc: Edc, agreement: dict[str, Any]) -> None:
    transfer, theirs = await pulled(ours, edc, agreement)
    await edc.act("transferprocesses", theirs, "terminate", reason="gone for good")
    assert (await ours.reaches("transfers", transfer, "TERMINATED"))["reason"] == ["gone for good"]


@pytest_asyncio.fixture(loop_scope="module")
async def held(ours: Site) -> AsyncIterator[None]:
    """An agreement that comes waits for a person here."""
    await ours.put("/answers/wait", {"on": "agreed", "do": ["hold"]})
    yield
    await ours.api("DELETE", "/answers/wait")


async def waiting(ours: Site, edc: Edc) -> tuple[str, str]:
    """A negotiation that waits for our verification: our id of it and EDC's."""
    made = await opened(ours, edc, "air")
    await ours.reaches("negotiations", made["id"], "AGREED")
    theirs = await edc.find("contractnegotiations", "correlationId", made["id"])
    await edc.reaches("contractnegotiations", theirs["@id"], "AGREED")
    return made["id"], theirs["@id"]


@pytest.mark.usefixtures("agreement", "held")
async def test_we_end_a_negotiation(ours: Site, edc: Edc) -> None:
    negotiation, theirs = await waiting(ours, edc)
    await ours.post(f"/negotiations/{negotiation}/terminate", {"reason": "no budget"})
    await ours.reaches("negotiations", negotiation, "TERMINATED")
    await edc.reaches("contractnegotiations", theirs, "TERMINATED")


@pytest.mark.usefixtures("agreement", "held")
async def test_edc_ends_a_negotiation_and_says_why(ours: Site, edc: Edc) -> None:
    negotiation, theirs = await waiting(ours, edc)
    await edc.act("contractnegotiations", theirs, "terminate", reason="changed our minds")
    shown = await ours.reaches("negotiations", negotiation, "TERMINATED")
    assert shown["reason"] == ["changed our minds"]


@pytest.mark.usefixtures("agreement")
async def test_an_agreement_on_other_terms_than_ours_is_refused_and_edc_reads_why(
    ours: Site, edc: Edc
) -> None:
    made = await opened(ours, edc, "air", policy={"@type": "Set", "permission": [{"action": "distribute"}]})
    shown = await ours.reaches("negotiations", made["id"], "TERMINATED")
    assert shown["agreement"] is None
    assert "Failed to send agreement" in shown["reason"][0]
    found = await edc.find("contractnegotiations", "correlationId", made["id"])
    theirs = await edc.reaches("contractnegotiations", found["@id"], "TERMINATED")
    assert "negotiation.agreement-differs" in theirs["errorDetail"]


async def test_what_edc_does_not_know_ends_with_its_own_words(
    ours: Site, edc: Edc, agreement: dict[str, Any]
) -> None:
    terms = {"@type": "Set", "permission": [{"action": "use"}]}
    strangers = [offer_id("d-nobody", "air"), offer_id("d-air", "nothing"), "no offer of EDC's"]
    made = [await opened(ours, edc, "air", offer=each, policy=terms) for each in strangers]
    elsewhere = {
        "wire_id": "never-made",
        "peer": edc.id,
        "dataset": "air",
        "role": "consumer",
        "policy": agreement["policy"]["odrl"],
    }
    taken = await ours.post("/agreements", elsewhere)
    moving = await ours.post("/transfers", {"agreement": taken["id"], "at": edc.base})
    ended = [await ours.reaches("negotiations", each["id"], "TERMINATED") for each in made]
    ended.append(await ours.reaches("transfers", moving["id"], "TERMINATED"))
    told = [(each["code"], each["reason"]) for each in ended]
    assert told == [
        ("http.404", ["Not found"]),
        ("http.400", ["Contract offer is not valid: Invalid target: nothing"]),
        ("http.404", ["Not found"]),
        ("http.404", ["Cannot process TransferRequestMessage because agreement not found or not valid"]),
    ]
