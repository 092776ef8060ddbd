"""Assets of the type HttpData over the management API: they transfer, as EDC's names say, and keep their secrets."""

from typing import Any

import pytest
from tests.dataplanes.api import Api as Upstream
from tests.dataplanes.api import serving
from tests.web.management.conftest import Pair
from tests.web.management.test_callbacks import agreed_on, pulled
from tests.web.management.test_flow import USE, contract, fetched, until

from xinfu.ports.sources import HttpSource, PassedRequest
from xinfu.web.management.apis import api_source

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def offer(pair: Pair, name: str, address: dict[str, Any]) -> None:
    """An asset at an HTTP API, offered to everyone who proves who it is."""
    api = pair.provider
    stated = {"@type": "DataAddress", "type": "HttpData", **address}
    asset = {"@type": "Asset", "@id": name, "properties": {"name": name}, "dataAddress": stated}
    await api.good("POST", "/v3/assets", asset)
    policy = {"@type": "Set", "@context": "http://www.w3.org/ns/odrl.jsonld", "permission": USE}
    definition = {"@type": "PolicyDefinition", "@id": f"{name}-use", "policy": policy}
    await api.good("POST", "/v3/policydefinitions", definition)
    selector = {"@type": "Criterion", "operandLeft": "id", "operator": "=", "operandRight": name}
    offered = {
        "@type": "ContractDefinition",
        "@id": f"{name}-def",
        "accessPolicyId": f"{name}-use",
        "contractPolicyId": f"{name}-use",
        "assetsSelector": [selector],
    }
    await api.good("POST", "/v3/contractdefinitions", offered)


async def test_an_asset_at_an_http_api_transfers_and_its_secret_is_never_shown(pair: Pair) -> None:
    async with Upstream(serving(b"station,value\n")).open() as upstream:
        address = {
            "baseUrl": f"{upstream.url}/v1",
            "path": "air",
            "queryParams": "day=2024-12-24",
            "header:X-Fixed": "ours",
            "authKey": "X-Api-Key",
            "authCode": "hush-hush",
        }
        await offer(pair, "http-data", address)
        shown = await pair.provider.good("GET", "/v3/assets/http-data")
        assert "hush" not in str(shown)
        request = await contract(pair, "http-data")
        begun = await pair.consumer.good("POST", "/v4/contractnegotiations", request)
        done = await until(pair.consumer, f"/v4/contractnegotiations/{begun['@id']}", "FINALIZED")
        asked = {
            "@type": "TransferRequest",
            "contractId": done["contractAgreementId"],
            "transferType": "HttpData-PULL",
            "protocol": "dataspace-protocol-http:2025-1",
            "counterPartyAddress": pair.provider.site.base,
        }
        transfer = await pair.consumer.good("POST", "/v4/transferprocesses", asked)
        await until(pair.consumer, f"/v4/transferprocesses/{transfer['@id']}", "STARTED")
        status, body, token = await fetched(pair, transfer["@id"])
        said = upstream.said[0]
    assert (status, body) == (200, b"station,value\n")
    assert said.target == "/v1/air?day=2024-12-24"
    assert (said.headers["x-fixed"], said.headers["x-api-key"]) == ("ours", "hush-hush")
    assert token not in str(said)


async def test_an_http_api_is_read_on_across_a_renewal_of_its_token(pair: Pair) -> None:
    async with Upstream(serving(b"station,value\n")).open() as upstream:
        await offer(pair, "http-renewed", {"baseUrl": f"{upstream.url}/v1", "proxyPath": "true"})
        done = await agreed_on(pair, "http-renewed")
        transfer = await pulled(pair, done["contractAgreementId"])
        status, body, old = await fetched(pair, transfer)
        fresh = await pair.consumer.good("POST", f"/v3/edrs/{transfer}/refresh")
        for token in (fresh["authorization"], old):
            said = await pair.consumer.site.send(
                "GET", f"{fresh['endpoint']}/songjia", headers={"Authorization": token}
            )
            assert (said.status, said.body) == (status, body) == (200, b"station,value\n")
        assert [each.target for each in upstream.said] == ["/v1", "/v1/songjia", "/v1/songjia"]
    assert fresh["authorization"] != old


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ({}, HttpSource(url="http://a", body_type="application/octet-stream")),
        (
            {"baseUrl": "http://a/b?c=d", "queryParams": "e=f"},
            HttpSource(url="http://a/b", query="c=d&e=f", body_type="application/octet-stream"),
        ),
        (
            {"method": "post", "body": "{}", "contentType": "application/json"},
            HttpSource(url="http://a", method="POST", body="{}", body_type="application/json"),
        ),
        (
            {"proxyPath": "true", "proxyQueryParams": "true", "proxyBody": "true", "proxyMethod": "false"},
            HttpSource(
                url="http://a",
                body_type="application/octet-stream",
                passes=PassedRequest(path=True, query=True, body=True),
            ),
        ),
        (
            {"authKey": "X-Key", "secretName": "air"},
            HttpSource(url="http://a", body_type="application/octet-stream", secret_headers={"X-Key": "air"}),
        ),
        ({"oauth2:tokenUrl": "http://idp"}, None),
    ],
)
async def test_an_address_says_what_is_fixed_and_what_passes(
    address: dict[str, str], expected: HttpSource | None
) -> None:
    assert api_source("asset", {"baseUrl": "http://a", **address}) == expected


async def test_an_address_that_is_never_called_is_refused_at_once(pair: Pair) -> None:
    stated = {"@type": "DataAddress", "type": "HttpData", "baseUrl": "http://169.254.169.254/"}
    asset = {"@type": "Asset", "@id": "metadata", "properties": {}, "dataAddress": stated}
    said = await pair.provider.send("POST", "/v3/assets", asset)
    assert said.status == 400
