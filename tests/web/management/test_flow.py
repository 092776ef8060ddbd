"""From an asset to its bytes over the management API alone, in both versions and as Tractus-X does it."""

import asyncio
import time
from typing import Any

import pytest
from tests.web.management.conftest import Api, Pair

pytestmark = pytest.mark.asyncio(loop_scope="module")

USE = [{"action": "use"}]
BYTES = b"station,value\nsongjia,1\n"
TX = "https://w3id.org/tractusx/auth/"


async def offer(pair: Pair, name: str) -> None:
    """A file, offered to everyone who proves who it is."""
    api = pair.provider
    file = api.site.folder / f"{name}.csv"
    file.write_bytes(BYTES)
    address = {"@type": "DataAddress", "type": "File", "path": str(file)}
    asset = {"@type": "Asset", "@id": name, "properties": {"name": name}, "dataAddress": address}
    await api.good("POST", "/v4/assets", asset)
    policy = {
        "@type": "PolicyDefinition",
        "@id": f"{name}-use",
        "policy": {"@type": "Set", "permission": USE},
    }
    await api.good("POST", "/v4/policydefinitions", policy)
    selector = {"@type": "Criterion", "operandLeft": "id", "operator": "=", "operandRight": name}
    definition = {
        "@type": "ContractDefinition",
        "@id": f"{name}-def",
        "accessPolicyId": f"{name}-use",
        "contractPolicyId": f"{name}-use",
        "assetsSelector": [selector],
    }
    await api.good("POST", "/v4/contractdefinitions", definition)


def speaking(pair: Pair) -> dict[str, str]:
    return {"counterPartyAddress": pair.provider.site.base, "protocol": "dataspace-protocol-http:2025-1"}


async def contract(pair: Pair, name: str) -> dict[str, Any]:
    """A ContractRequest for the offer as the catalogue has it."""
    asked = {"@type": "DatasetRequest", "@id": name, "counterPartyId": "provider", **speaking(pair)}
    dataset = await pair.consumer.good("POST", "/v4/catalog/dataset/request", asked)
    policy = {**dataset["hasPolicy"][0], "assigner": "provider", "target": name}
    return {"@type": "ContractRequest", "policy": policy, **speaking(pair)}


async def until(api: Api, path: str, state: str) -> dict[str, Any]:
    deadline = time.monotonic() + 10
    while (shown := await api.good("GET", path))["state"] != state:
        assert time.monotonic() < deadline, shown
        await asyncio.sleep(0.03)
    found: dict[str, Any] = shown
    return found


async def fetched(pair: Pair, transfer: str) -> tuple[int, bytes, str]:
    """What the address of an EDR gives to a client that sends its token as it is."""
    edr = await pair.consumer.good("GET", f"/v3/edrs/{transfer}/dataaddress")
    headers = {"Authorization": edr["authorization"]}
    said = await pair.consumer.site.send("GET", edr["endpoint"], headers=headers)
    return said.status, said.body, edr["authorization"]


@pytest.mark.parametrize("version", ["v3", "v4"])
async def test_a_pull_goes_from_the_catalogue_to_the_bytes_and_back_to_nothing(
    pair: Pair, version: str
) -> None:
    name = f"flow-{version}"
    await offer(pair, name)
    request = await contract(pair, name)
    if version == "v3":
        request["policy"] = {"@context": "http://www.w3.org/ns/odrl.jsonld", **request["policy"]}
    callback = {
        "@type": "CallbackAddress",
        "uri": "https://app.example/hook",
        "events": ["contract.negotiation"],
    }
    request |= {"callbackAddresses": [callback]}
    opened = await pair.consumer.good("POST", f"/{version}/contractnegotiations", request)
    done = await until(pair.consumer, f"/{version}/contractnegotiations/{opened['@id']}", "FINALIZED")
    assert [each["uri"] for each in done["callbackAddresses"]] == ["https://app.example/hook"]
    wanted = {
        "@type": "TransferRequest",
        "contractId": done["contractAgreementId"],
        "transferType": "HttpData-PULL",
        "dataDestination": {"@type": "DataAddress", "type": "HttpProxy"},
        **speaking(pair),
    }
    transfer = (await pair.consumer.good("POST", f"/{version}/transferprocesses", wanted))["@id"]
    base = f"/{version}/transferprocesses/{transfer}"
    await until(pair.consumer, base, "STARTED")
    status, body, first = await fetched(pair, transfer)
    assert (status, body) == (200, BYTES)
    reason = {"reason": "pause", "@type": "SuspendTransfer"}
    await pair.consumer.good("POST", f"{base}/suspend", reason)
    await until(pair.consumer, base, "SUSPENDED")
    assert (await pair.consumer.send("GET", f"/v3/edrs/{transfer}/dataaddress")).status == 404
    await pair.consumer.good("POST", f"{base}/resume")
    await until(pair.consumer, base, "STARTED")
    deadline = time.monotonic() + 10
    while (await pair.consumer.send("GET", f"/v3/edrs/{transfer}/dataaddress")).status != 200:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.03)
    status, body, second = await fetched(pair, transfer)
    assert (status, body) == (200, BYTES)
    assert second != first
    await pair.consumer.good("POST", f"{base}/terminate", {"reason": "done", "@type": "TerminateTransfer"})
    assert (await until(pair.consumer, base, "TERMINATED"))["errorDetail"] == "done"
    assert (await pair.consumer.send("GET", f"/v3/edrs/{transfer}/dataaddress")).status == 404


async def test_an_edr_is_negotiated_and_pulled_in_one_call(pair: Pair) -> None:
    await offer(pair, "in-one")
    request = await contract(pair, "in-one")
    request["policy"] |= {"@context": "http://www.w3.org/ns/odrl.jsonld"}
    opened = (await pair.consumer.good("POST", "/v3/edrs", request))["@id"]
    criterion = {"operandLeft": "contractNegotiationId", "operator": "=", "operandRight": opened}
    query = {"@type": "QuerySpec", "filterExpression": [criterion]}
    deadline = time.monotonic() + 10
    while not (found := await pair.consumer.good("POST", "/v3/edrs/request", query)):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.03)
    entry = found[0]
    assert (entry["assetId"], entry["providerId"]) == ("in-one", "provider")
    status, body, token = await fetched(pair, entry["transferProcessId"])
    assert (status, body) == (200, BYTES)
    fresh = await pair.consumer.good("POST", f"/v3/edrs/{entry['@id']}/refresh")
    assert fresh["authorization"] != token
    assert fresh[f"{TX}refreshEndpoint"] == f"{pair.provider.site.context.data_base}/token"
    assert fresh[f"{TX}refreshToken"] not in {token, fresh["authorization"]}
    assert 0 < int(fresh[f"{TX}expiresIn"]) <= 3600
    assert await fetched(pair, entry["transferProcessId"]) == (200, BYTES, fresh["authorization"])
    kept = await pair.consumer.good("GET", f"/v3/edrs/{entry['@id']}/dataaddress?auto_refresh=True")
    assert kept["authorization"] == fresh["authorization"], "its end is far"
    await pair.consumer.good("DELETE", f"/v3/edrs/{entry['@id']}")
    assert (await pair.consumer.send("DELETE", f"/v3/edrs/{entry['@id']}")).status == 404


async def test_what_no_data_plane_reads_is_kept_and_shown_and_not_transferred(pair: Pair) -> None:
    await offer(pair, "far")
    address = {"@type": "DataAddress", "type": "Kafka", "topic": "x", "secretName": "s"}
    asset = {"@type": "Asset", "@id": "far", "properties": {"name": "far"}, "dataAddress": address}
    await pair.provider.good("PUT", "/v4/assets", asset)
    assert (await pair.provider.good("GET", "/v4/assets/far"))["dataAddress"] == address
    opened = await pair.consumer.good("POST", "/v4/contractnegotiations", await contract(pair, "far"))
    done = await until(pair.consumer, f"/v4/contractnegotiations/{opened['@id']}", "FINALIZED")
    wanted = {
        "@type": "TransferRequest",
        "contractId": done["contractAgreementId"],
        "transferType": "HttpData-PULL",
        **speaking(pair),
    }
    transfer = (await pair.consumer.good("POST", "/v4/transferprocesses", wanted))["@id"]
    ended = await until(pair.consumer, f"/v4/transferprocesses/{transfer}", "TERMINATED")
    assert "No data plane" in ended["errorDetail"]


async def test_assets_that_fit_criteria_later_are_offered_then(pair: Pair) -> None:
    await offer(pair, "seed")
    criterion = {
        "@type": "Criterion",
        "operandLeft": "https://w3id.org/edc/v0.0.1/ns/line",
        "operator": "=",
        "operandRight": "later",
    }
    definition = {
        "@type": "ContractDefinition",
        "@id": "by-line",
        "accessPolicyId": "seed-use",
        "contractPolicyId": "seed-use",
        "assetsSelector": [criterion],
    }
    await pair.provider.good("POST", "/v4/contractdefinitions", definition)
    asked = {"@type": "DatasetRequest", "@id": "late", "counterPartyId": "provider", **speaking(pair)}
    for line, status in (("later", 200), ("other", 502), ("later", 200)):
        asset = {"@type": "Asset", "@id": "late", "properties": {"line": line}}
        method = "POST" if (await pair.provider.send("GET", "/v4/assets/late")).status == 404 else "PUT"
        await pair.provider.good(method, "/v4/assets", asset)
        assert (await pair.consumer.send("POST", "/v4/catalog/dataset/request", asked)).status == status
    spec = {"@type": "QuerySpec", "filterExpression": [criterion]}
    catalog = {"@type": "CatalogRequest", "counterPartyId": "provider", "querySpec": spec, **speaking(pair)}
    found = await pair.consumer.good("POST", "/v4/catalog/request", catalog)
    assert [each["@id"] for each in found["dataset"]] == ["late"]
    assert found["dataset"][0]["edc:line"] == "later"


async def test_an_offer_named_without_its_rules_is_asked_for_as_an_empty_policy(pair: Pair) -> None:
    """Clients that name an offer alone mean EDC's empty policy, which is a permission to use."""
    await offer(pair, "bare")
    request = await contract(pair, "bare")
    request["policy"].pop("permission")
    opened = (await pair.consumer.good("POST", "/v4/contractnegotiations", request))["@id"]
    await until(pair.consumer, f"/v4/contractnegotiations/{opened}", "FINALIZED")
