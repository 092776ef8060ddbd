"""Agreements that are retired, as Tractus-X does it: listed, not used, and taken back into use."""

import pytest
from tests.services.agreements.test_duties import until as told
from tests.web.management.conftest import Pair
from tests.web.management.test_callbacks import negotiated, pulled
from tests.web.management.test_flow import fetched, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

TX = "https://w3id.org/tractusx/v0.0.1/ns/"
RETIREMENTS = "/v3/contractagreements/retirements"


async def test_a_retired_agreement_serves_nothing_until_it_is_taken_back(pair: Pair) -> None:
    done = await negotiated(pair, "retired")
    transfer = await pulled(pair, done["contractAgreementId"])
    assert (await fetched(pair, transfer))[0] == 200
    [ours] = [
        each
        for each in await pair.provider.good("POST", "/v3/contractagreements/request")
        if each["assetId"] == "retired"
    ]
    body = {
        "@context": {"tx": TX, "edc": "https://w3id.org/edc/v0.0.1/ns/"},
        "edc:agreementId": ours["@id"],
        "tx:reason": "superseded",
    }
    assert (await pair.provider.send("POST", RETIREMENTS, body)).status == 204
    assert (await pair.provider.send("POST", RETIREMENTS, body)).status == 409
    assert (await fetched(pair, transfer))[0] == 403

    criterion = {"operandLeft": "agreementId", "operator": "=", "operandRight": ours["@id"]}
    [entry] = await pair.provider.good(
        "POST", f"{RETIREMENTS}/request", {"@type": "QuerySpec", "filterExpression": [criterion]}
    )
    assert (entry["agreementId"], entry["reason"], entry[f"{TX}reason"]) == (
        ours["@id"],
        "superseded",
        "superseded",
    )
    assert entry["agreementRetirementDate"] > 1_700_000_000_000

    await pair.provider.good("DELETE", f"{RETIREMENTS}/{ours['@id']}")
    assert (await pair.provider.send("DELETE", f"{RETIREMENTS}/{ours['@id']}")).status == 404
    assert await pair.provider.good("POST", f"{RETIREMENTS}/request") == []
    path = f"/agreements/{done['contractAgreementId']}"
    await told(pair.consumer.site, path, lambda shown: shown["state"] == "ACTIVE")
    again = await pulled(pair, done["contractAgreementId"])
    assert (await fetched(pair, again))[0] == 200


async def test_what_is_not_there_is_not_retired(pair: Pair) -> None:
    for body in ({"agreementId": "nothing", "reason": "x"},):
        assert (await pair.provider.send("POST", RETIREMENTS, body)).status == 404
    assert (await pair.provider.send("POST", RETIREMENTS, {"reason": "x"})).status == 400
    assert (await pair.provider.send("DELETE", f"{RETIREMENTS}/nothing")).status == 404


async def test_what_was_terminated_cannot_be_retired(pair: Pair) -> None:
    done = await negotiated(pair, "over")
    site = pair.consumer.site
    await site.post(f"/agreements/{done['contractAgreementId']}/terminate", {"reason": "over"})
    body = {"agreementId": done["contractAgreementId"], "reason": "x"}
    said = await pair.consumer.send("POST", RETIREMENTS, body)
    assert (said.status, said.json[0]["type"]) == (409, "ObjectConflict")
    await until(pair.consumer, f"/v4/contractnegotiations/{done['@id']}", "FINALIZED")
