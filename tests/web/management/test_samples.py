"""The orders in which EDC's and Tractus-X's public samples call, with bodies of their form, between two of our nodes.

Written by us after eclipse-edc/Samples (transfer 01 to 03, policy 01) and the walk-through of tractusx-edc: what they leave
out is left out (types, an API key in the body), what they send beside is sent (empty lists, `connectorId`, types of old names).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.web.management.conftest import Api, Pair
from tests.web.management.test_flow import fetched, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOCAB: Final = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
ODRL: Final = "http://www.w3.org/ns/odrl.jsonld"
PROTOCOL: Final = "dataspace-protocol-http:2025-1"
USERS: Final = b'[{"id":1,"name":"li"}]'


class Outside:
    """An API that is offered, and a store that takes what is pushed."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[bytes] = []
        self.came = asyncio.Event()

    async def serve(self, request: web.BaseRequest) -> web.Response:
        if request.method == "GET":
            return web.Response(body=USERS, content_type="application/json")
        self.taken.append(await request.read())
        self.came.set()
        return web.Response()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside() -> AsyncIterator[Outside]:
    made = Outside()
    async with RawTestServer(made.serve, host="127.0.0.1") as server:
        made.url = str(server.make_url("/")).rstrip("/")
        yield made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agreement(pair: Pair, outside: Outside) -> str:
    """Transfer 01: from an asset over an empty policy and an empty selector to an agreement."""
    provider, consumer = pair.provider, pair.consumer
    address = {"type": "HttpData", "name": "Users", "baseUrl": f"{outside.url}/users", "proxyPath": "true"}
    asset = {"@id": "users", "properties": {"name": "users", "contenttype": "application/json"}}
    await provider.good("POST", "/v3/assets", {"@context": VOCAB, **asset, "dataAddress": address})
    nothing: dict[str, Any] = {"permission": [], "prohibition": [], "obligation": []}
    policy = {"@context": ODRL, "@type": "Set", **nothing}
    body: dict[str, Any] = {"@context": VOCAB, "@id": "open", "policy": policy}
    await provider.good("POST", "/v3/policydefinitions", body)
    terms = {"@id": "all", "accessPolicyId": "open", "contractPolicyId": "open", "assetsSelector": []}
    await provider.good("POST", "/v3/contractdefinitions", {"@context": VOCAB, **terms})
    catalog = await consumer.good("POST", "/v3/catalog/request", {"@context": VOCAB, **partner(pair)})
    assert "users" in [each["@id"] for each in catalog["dataset"]]
    asked = {"@context": VOCAB, "@type": "DatasetRequest", "@id": "users", **partner(pair)}
    dataset = await consumer.good("POST", "/v3/catalog/dataset/request", asked)
    return await agreed(pair, {"@id": dataset["hasPolicy"][0]["@id"], "target": "users"})


def partner(pair: Pair) -> dict[str, str]:
    address = pair.provider.site.base
    return {"counterPartyId": "provider", "counterPartyAddress": address, "protocol": PROTOCOL}


async def agreed(pair: Pair, offer: dict[str, Any]) -> str:
    """The negotiation of an offer that is named without its rules, to the id of its agreement."""
    policy = {"@context": ODRL, "@type": "Offer", "assigner": "provider", **offer}
    wanted = {"@context": VOCAB, "@type": "ContractRequest", **partner(pair), "policy": policy}
    opened = (await pair.consumer.good("POST", "/v3/contractnegotiations", wanted))["@id"]
    done = await until(pair.consumer, f"/v3/contractnegotiations/{opened}", "FINALIZED")
    state = await pair.consumer.good("GET", f"/v3/contractnegotiations/{opened}/state")
    assert state["state"] == "FINALIZED"
    shown = await pair.consumer.good("GET", f"/v3/contractnegotiations/{opened}/agreement")
    assert shown["@id"] == done["contractAgreementId"]
    return str(done["contractAgreementId"])


def transfer(pair: Pair, agreement: str, kind: str, **more: Any) -> dict[str, Any]:
    stated = {"@context": VOCAB, "@type": "TransferRequestDto", "connectorId": "provider"}
    return {**stated, **partner(pair), "contractId": agreement, "transferType": kind, **more}


DESTINATIONS: Final[dict[str, dict[str, Any]]] = {
    "none": {},
    "HttpProxy": {"dataDestination": {"type": "HttpProxy"}},
    "HttpProxy with its type": {"dataDestination": {"@type": "DataAddress", "type": "HttpProxy"}},
    "an HttpData without an address": {"dataDestination": {"type": "HttpData"}},
}


@pytest.mark.parametrize("destination", DESTINATIONS)
async def test_a_pull_reaches_its_data_and_ends(pair: Pair, agreement: str, destination: str) -> None:
    """Transfer 03, then the acts of a life: suspended, resumed, ended, taken down."""
    consumer, more = pair.consumer, DESTINATIONS[destination]
    wanted = transfer(pair, agreement, "HttpData-PULL", **more)
    begun = (await consumer.good("POST", "/v3/transferprocesses", wanted))["@id"]
    base = f"/v3/transferprocesses/{begun}"
    await until(consumer, base, "STARTED")
    assert (await fetched(pair, begun))[:2] == (200, USERS)
    edr = await consumer.good("GET", f"/v3/edrs/{begun}/dataaddress")
    under = await consumer.site.send(
        "GET", f"{edr['endpoint']}/1", headers={"Authorization": edr["authorization"]}
    )
    assert under.status == 200, under.body
    pause = {"@context": VOCAB, "@type": "SuspendTransfer", "reason": "later"}
    await consumer.good("POST", f"{base}/suspend", pause)
    await until(consumer, base, "SUSPENDED")
    await consumer.good("POST", f"{base}/resume")
    await until(consumer, base, "STARTED")
    end = {"@context": VOCAB, "@type": "TerminateTransfer", "reason": "done"}
    await consumer.good("POST", f"{base}/terminate", end)
    await until(consumer, base, "TERMINATED")
    await consumer.good("POST", f"{base}/deprovision")


async def test_a_push_lands_where_the_consumer_said(pair: Pair, agreement: str, outside: Outside) -> None:
    """Transfer 02."""
    store = {"type": "HttpData", "baseUrl": f"{outside.url}/store"}
    wanted = transfer(pair, agreement, "HttpData-PUSH", dataDestination=store)
    said = await pair.consumer.send("POST", "/v3/transferprocesses", wanted)
    begun = said.json["@id"]
    await until(pair.consumer, f"/v3/transferprocesses/{begun}", "COMPLETED")
    assert outside.taken == [USERS]


async def test_a_location_that_nobody_can_judge_is_refused_by_name(api: Api) -> None:
    """Policy 01: the operand is one that the sample's own extension judges."""
    constraint = {
        "@type": "AtomicConstraint",
        "leftOperand": "location",
        "operator": {"@id": "odrl:eq"},
        "rightOperand": "eu",
    }
    permission = [{"action": "use", "constraint": constraint}]
    policy: dict[str, Any] = {"@context": ODRL, "@type": "Set", "permission": permission, "prohibition": []}
    body = {"@context": VOCAB, "@id": "eu-policy", "policy": policy}
    said = await api.send("POST", "/v3/policydefinitions", body)
    assert said.status == 400
    assert "location" in said.json[0]["message"]


async def test_a_constraint_may_say_its_type_as_edc_does(api: Api) -> None:
    constraint = {
        "@type": "AtomicConstraint",
        "leftOperand": "https://w3id.org/edc/v0.0.1/ns/inForceDate",
        "operator": {"@id": "odrl:lteq"},
        "rightOperand": "2099-12-31T23:59:59Z",
    }
    policy = {"@context": ODRL, "@type": "Set", "permission": [{"action": "use", "constraint": constraint}]}
    await api.good("POST", "/v3/policydefinitions", {"@context": VOCAB, "@id": "dated", "policy": policy})
    valid = await api.good("POST", "/v3/policydefinitions/dated/validate")
    assert valid["isValid"] is True


async def test_an_edr_is_negotiated_found_and_used(pair: Pair, agreement: str) -> None:
    """The order of Tractus-X: offers by a filter, one call to negotiate and pull, the EDR by its negotiation."""
    criterion = {"operandLeft": f"{VOCAB['@vocab']}id", "operator": "=", "operandRight": "users"}
    spec = {"offset": 0, "limit": 50, "sortOrder": "DESC", "sortField": "id", "filterExpression": [criterion]}
    asked = {"@context": [VOCAB], "@type": "CatalogRequest", **partner(pair), "querySpec": spec}
    catalog = await pair.consumer.good("POST", "/v3/catalog/request", asked)
    [dataset] = catalog["dataset"]
    offer = dataset["hasPolicy"][0]
    rules = {name: offer[name] for name in ("permission",)} | {"prohibition": [], "obligation": []}
    policy = {"@id": offer["@id"], "@type": "Offer", "assigner": "provider", "target": "users", **rules}
    contexts = [ODRL, "https://w3id.org/catenax/2025/9/policy/context.jsonld", VOCAB]
    wanted = {"@context": contexts, "@type": "ContractRequest", **partner(pair), "policy": policy}
    opened = (await pair.consumer.good("POST", "/v3/edrs", {**wanted, "callbackAddresses": []}))["@id"]
    await until(pair.consumer, f"/v3/contractnegotiations/{opened}", "FINALIZED")
    found: list[Any] = []
    by = {"operandLeft": "contractNegotiationId", "operator": "=", "operandRight": opened}
    async with asyncio.timeout(30):
        while not found:
            query = {"@context": VOCAB, "@type": "QuerySpec", "filterExpression": [by]}
            found = await pair.consumer.good("POST", "/v3/edrs/request", query)
            await asyncio.sleep(0.03)
    assert (await fetched(pair, found[0]["transferProcessId"]))[:2] == (200, USERS)
    kept = await pair.consumer.good(
        "GET", f"/v3/edrs/{found[0]['transferProcessId']}/dataaddress?auto_refresh=true"
    )
    assert kept["authorization"]
