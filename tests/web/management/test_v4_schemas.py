"""Every kind of answer of v4 is what its published schema describes."""

from pathlib import Path
from typing import Any

import pytest
from tests.web.management.conftest import Pair
from tests.web.management.schemas import ROOTS, UNPUBLISHED, Schemas
from tests.web.management.test_flow import contract, speaking, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

CALLBACK = {
    "@type": "CallbackAddress",
    "uri": "http://127.0.0.1:9/hook",
    "events": ["contract.negotiation.offered"],
    "transactional": False,
}


@pytest.fixture(scope="module")
def schemas(shared: Path) -> Schemas:
    return Schemas(shared / "spec" / "management-api" / "schemas")


async def test_every_answer_of_an_exchange_is_valid(pair: Pair, schemas: Schemas) -> None:
    provider, consumer = pair.provider, pair.consumer

    async def said(api: Any, method: str, path: str, body: object = None) -> Any:
        answer = await api.good(method, f"/v4{path}", body)
        if answer:
            schemas.check(answer)
        return answer

    file = provider.site.folder / "valid.csv"
    file.write_bytes(b"station,value\n")
    properties = {"name": "valid", "count": 5, "http://purl.org/dc/terms/title": "Valid"}
    asset: dict[str, Any] = {
        "@type": "Asset",
        "@id": "valid",
        "properties": properties,
        "privateProperties": {"shelf": "7"},
        "dataAddress": {"@type": "DataAddress", "type": "File", "path": str(file)},
        "dataplaneMetadata": {"@type": "DataplaneMetadata", "labels": ["a"], "properties": {"b": "c"}},
    }
    await said(provider, "POST", "/assets", asset)
    await said(provider, "POST", "/assets", {**asset, "@type": "CatalogAsset", "@id": "listed"})
    await said(provider, "POST", "/assets/request")
    constraint = {"leftOperand": "inForceDate", "operator": "lteq", "rightOperand": "2099-12-31T00:00:00Z"}
    rules: dict[str, Any] = {
        "permission": [{"action": "use", "constraint": [constraint]}],
        "prohibition": [{"action": "distribute"}],
        "obligation": [{"action": "delete"}],
    }
    for id_, policy in {"valid": rules, "open": {"permission": [{"action": "use"}]}}.items():
        definition = {"@type": "PolicyDefinition", "@id": id_, "policy": {"@type": "Set", **policy}}
        await said(provider, "POST", "/policydefinitions", definition)
        await said(provider, "POST", f"/policydefinitions/{id_}/validate")
        plan = {"@type": "PolicyEvaluationPlanRequest", "policyScope": "catalog"}
        await said(provider, "POST", f"/policydefinitions/{id_}/evaluationplan", plan)
    await said(provider, "POST", "/policydefinitions/request")
    criterion = {"@type": "Criterion", "operandLeft": "id", "operator": "=", "operandRight": "valid"}
    offered: dict[str, Any] = {
        "@type": "ContractDefinition",
        "@id": "valid",
        "accessPolicyId": "open",
        "contractPolicyId": "open",
        "assetsSelector": [criterion],
    }
    await said(provider, "POST", "/contractdefinitions", offered)
    await said(provider, "POST", "/contractdefinitions/request")
    await said(provider, "POST", "/secrets", {"@type": "Secret", "@id": "valid", "value": "v"})
    await said(provider, "GET", "/secrets/valid")
    await said(provider, "GET", "/dataplanes")

    request = {**await contract(pair, "valid"), "callbackAddresses": [CALLBACK]}
    opened = (await said(consumer, "POST", "/contractnegotiations", request))["@id"]
    done = await until(consumer, f"/v4/contractnegotiations/{opened}", "FINALIZED")
    wanted = {
        "@type": "TransferRequest",
        "contractId": done["contractAgreementId"],
        "transferType": "HttpData-PULL",
        "privateProperties": {"mine": "x"},
        **speaking(pair),
    }
    made = (await said(consumer, "POST", "/transferprocesses", wanted))["@id"]
    await until(consumer, f"/v4/transferprocesses/{made}", "STARTED")
    for path in (
        f"/contractnegotiations/{opened}",
        f"/contractnegotiations/{opened}/state",
        f"/contractnegotiations/{opened}/agreement",
        f"/contractagreements/{done['contractAgreementId']}/negotiation",
        f"/transferprocesses/{made}",
        f"/transferprocesses/{made}/state",
    ):
        await said(consumer, "GET", path)
    for api in (provider, consumer):
        for kind in ("contractnegotiations", "contractagreements", "transferprocesses"):
            await said(api, "POST", f"/{kind}/request")
    assert schemas.seen == {*ROOTS} | UNPUBLISHED


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/assets/nothing", None, 404),
        ("POST", "/assets", {"@type": "Asset", "properties": "x"}, 400),
        ("POST", "/assets", {"properties": {}}, 400),
        ("POST", "/assets/request", {"@type": "QuerySpec", "limit": 0, "sortOrder": "UP"}, 400),
        ("POST", "/policydefinitions", {"@type": "PolicyDefinition"}, 400),
        ("POST", "/contractnegotiations/nothing/terminate", {"@type": "TerminateNegotiation"}, 400),
        ("PATCH", "/assets", None, 405),
        ("GET", "/nothing", None, 404),
    ],
)
async def test_every_refusal_is_valid(
    pair: Pair, schemas: Schemas, method: str, path: str, body: object, status: int
) -> None:
    refused = await pair.provider.send(method, f"/v4{path}", body)
    assert refused.status == status
    schemas.check_errors(refused.json)
