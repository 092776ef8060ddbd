"""Callback addresses are called: which events, in which order, with which key; again until they are taken."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import IdentityTable, site
from tests.web.management.conftest import Api, Pair
from tests.web.management.test_flow import BYTES, contract, offer, speaking, until

from xinfu.ports.records.outbox import CallbackEvent

pytestmark = pytest.mark.asyncio(loop_scope="module")

EDC = "https://w3id.org/edc/v0.0.1/ns/"


class Hook:
    """A program of the operator that is told.

    Attributes:
        heard: events by the path that they came to, in order; `headers` of the last one.
        refuses: paths at which nothing is taken.
    """

    def __init__(self) -> None:
        self.url = ""
        self.heard: dict[str, list[dict[str, Any]]] = {}
        self.headers: dict[str, str] = {}
        self.refuses: set[str] = set()
        self.tries = 0
        self._news = asyncio.Condition()

    async def serve(self, request: web.BaseRequest) -> web.Response:
        event = msgspec.json.decode(await request.read())
        async with self._news:
            self.tries += 1
            if request.path not in self.refuses:
                self.heard.setdefault(request.path, []).append(event)
                self.headers = dict(request.headers)
            self._news.notify_all()
        return web.Response(status=503 if request.path in self.refuses else 200)

    def types(self, path: str) -> list[str]:
        return [each["type"] for each in self.heard.get(path, [])]

    async def once(self, holds: Callable[[], bool]) -> None:
        """Wait until it holds."""
        async with asyncio.timeout(30), self._news:
            await self._news.wait_for(holds)


@pytest_asyncio.fixture(loop_scope="module")
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    async with RawTestServer(made.serve, host="127.0.0.1") as server:
        made.url = f"http://127.0.0.1:{server.port}"
        yield made


def called(hook: Hook, path: str, *events: str, **more: Any) -> dict[str, Any]:
    return {
        "@type": "CallbackAddress",
        "uri": hook.url + path,
        "events": list(events),
        "transactional": False,
        **more,
    }


async def negotiated(pair: Pair, name: str, *callbacks: dict[str, Any]) -> dict[str, Any]:
    """A negotiation of the consumer that came to an agreement about a file."""
    await offer(pair, name)
    return await agreed_on(pair, name, *callbacks)


async def agreed_on(pair: Pair, name: str, *callbacks: dict[str, Any]) -> dict[str, Any]:
    """A negotiation of the consumer that came to an agreement about what is offered."""
    request = {**await contract(pair, name), "callbackAddresses": list(callbacks)}
    opened = (await pair.consumer.good("POST", "/v4/contractnegotiations", request))["@id"]
    return await until(pair.consumer, f"/v4/contractnegotiations/{opened}", "FINALIZED")


async def pulled(pair: Pair, agreement: str, *callbacks: dict[str, Any]) -> str:
    """A transfer of the consumer that has started."""
    wanted = {
        "@type": "TransferRequest",
        "contractId": agreement,
        "transferType": "HttpData-PULL",
        "callbackAddresses": list(callbacks),
        **speaking(pair),
    }
    made = (await pair.consumer.good("POST", "/v4/transferprocesses", wanted))["@id"]
    await until(pair.consumer, f"/v4/transferprocesses/{made}", "STARTED")
    return str(made)


async def test_a_negotiation_is_told_from_its_begin_to_its_agreement(pair: Pair, hook: Hook) -> None:
    done = await negotiated(pair, "told", called(hook, "/all", "contract.negotiation"))
    await hook.once(lambda: "ContractNegotiationFinalized" in hook.types("/all"))
    assert hook.types("/all") == [
        f"ContractNegotiation{each}" for each in ("Initiated", "Requested", "Agreed", "Verified", "Finalized")
    ]
    last = hook.heard["/all"][-1]
    assert {*last} == {"id", "at", "type", "payload"}
    payload = last["payload"]
    assert payload["contractNegotiationId"] == done["@id"]
    assert (payload["counterPartyId"], payload["protocol"]) == (
        "provider",
        "dataspace-protocol-http:2025-1",
    )
    assert payload["contractAgreement"]["id"] == done["contractAgreementId"]
    assert payload["contractAgreement"]["assetId"] == payload["contractOffers"][0]["assetId"] == "told"
    assert payload["callbackAddresses"] == [
        {"uri": f"{hook.url}/all", "events": ["contract.negotiation"], "transactional": False}
    ]
    assert len({each["id"] for each in hook.heard["/all"]}) == 5


async def test_a_transfer_is_told_with_what_opens_its_data(pair: Pair, hook: Hook) -> None:
    done = await negotiated(pair, "opened")
    transfer = await pulled(
        pair,
        done["contractAgreementId"],
        called(hook, "/all", "transfer.process"),
        called(hook, "/started", "transfer.process.started"),
        called(hook, "/none", "contract.negotiation"),
    )
    await hook.once(lambda: bool(hook.heard.get("/started")))
    [started] = hook.heard["/started"]
    address = started["payload"]["dataAddress"]["properties"]
    headers = {"Authorization": address[f"{EDC}authorization"]}
    said = await pair.consumer.site.send("GET", address[f"{EDC}endpoint"], headers=headers)
    assert (said.status, said.body) == (200, BYTES)
    ids = (started["payload"]["transferProcessId"], started["payload"]["contractId"])
    assert ids == (transfer, done["contractAgreementId"])
    body = {"@type": "TerminateTransfer", "reason": "enough"}
    await pair.consumer.good("POST", f"/v4/transferprocesses/{transfer}/terminate", body)
    await hook.once(lambda: "TransferProcessTerminated" in hook.types("/all"))
    assert hook.types("/all") == [
        f"TransferProcess{each}" for each in ("Initiated", "Requested", "Started", "Terminated")
    ]
    assert hook.types("/none") == []


async def test_what_is_not_taken_comes_again_under_its_id_and_holds_up_nobody_else(
    pair: Pair, hook: Hook
) -> None:
    hook.refuses = {"/late"}
    both = [called(hook, path, "contract.negotiation") for path in ("/late", "/good")]
    await negotiated(pair, "again", *both)
    await hook.once(lambda: len(hook.types("/good")) == 5)
    assert hook.types("/late") == []
    async with hook._news:
        hook.refuses = set()
    await hook.once(lambda: len(hook.types("/late")) == 5)
    assert hook.heard["/late"] == hook.heard["/good"], "in order, and the same"
    assert hook.tries > 10


async def test_a_callback_comes_with_the_key_that_its_operator_has_stored(pair: Pair, hook: Hook) -> None:
    wanted = called(hook, "/keyed", "contract.negotiation.finalized", authKey="X-Key", authCodeId="hook-key")
    await negotiated(pair, "keyed", wanted)
    secret = {"@type": "Secret", "@id": "hook-key", "value": "open-sesame"}
    await pair.consumer.good("POST", "/v4/secrets", secret)
    await hook.once(lambda: bool(hook.heard.get("/keyed")))
    assert hook.headers["X-Key"] == "open-sesame"


async def test_what_waits_to_be_told_lies_sealed(pair: Pair, hook: Hook) -> None:
    hook.refuses = {"/sealed"}
    done = await negotiated(pair, "sealed")
    transfer = await pulled(
        pair, done["contractAgreementId"], called(hook, "/sealed", "transfer.process.started")
    )
    await hook.once(lambda: hook.tries > 0)
    site = pair.consumer.site
    async with site.node.parts.store.view(site.context.id) as view:
        [row] = await view.outbox.of(f"callback:0:{transfer}")
    edr = await pair.consumer.good("GET", f"/v3/edrs/{transfer}/dataaddress")
    assert isinstance(row.promise, CallbackEvent)
    assert row.promise.kind == "transfer.process.started"
    assert edr["authorization"].encode() not in row.promise.envelope
    async with hook._news:
        hook.refuses = set()
    await hook.once(lambda: bool(hook.heard.get("/sealed")))


@pytest.mark.parametrize(
    "uri",
    ["http://169.254.169.254/latest", "https://u:p@hook.example/", "http://hook.example:99999/", "https://"],
    ids=["metadata", "user", "port", "nothing"],
)
@pytest.mark.parametrize("path", ["contractnegotiations", "transferprocesses"])
async def test_an_address_that_is_never_called_is_refused(pair: Pair, path: str, uri: str) -> None:
    if path == "contractnegotiations":
        body = {
            "@type": "ContractRequest",
            "policy": {
                "@type": "Offer",
                "@id": "o",
                "assigner": "provider",
                "target": "x",
                "permission": [{"action": "use"}],
            },
        }
    else:
        body = {"@type": "TransferRequest", "contractId": "c", "transferType": "HttpData-PULL"}
    callback = {"@type": "CallbackAddress", "uri": uri, "events": ["contract"], "transactional": False}
    said = await pair.consumer.send(
        "POST", f"/v4/{path}", {**body, **speaking(pair), "callbackAddresses": [callback]}
    )
    assert said.status == 400, said.body
    assert said.json[0]["type"] == "InvalidRequest"
    assert "address" in said.json[0]["message"].lower()


async def test_an_address_of_another_scheme_is_kept_and_never_called(pair: Pair, hook: Hook) -> None:
    local = {
        "@type": "CallbackAddress",
        "uri": "local://adapter",
        "events": ["contract"],
        "transactional": True,
    }
    done = await negotiated(pair, "local", local, called(hook, "/after", "contract.negotiation.finalized"))
    await hook.once(lambda: bool(hook.heard.get("/after")))
    assert [each["uri"] for each in done["callbackAddresses"]] == ["local://adapter", f"{hook.url}/after"]


async def test_an_address_that_never_answers_is_given_up(
    hook: Hook, tmp_path_factory: pytest.TempPathFactory
) -> None:
    hook.refuses = {"/dead"}
    folder = tmp_path_factory.mktemp("dead")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity = IdentityTable(kind="insecure-static")
        made = [
            await stack.enter_async_context(site(folder / name, session, identity=identity))
            for name in ("provider", "consumer")
        ]
        pair = Pair(*(Api(each) for each in made))
        done = await negotiated(pair, "dead", called(hook, "/dead", "contract.negotiation"))
        await hook.once(lambda: hook.tries > 0)
        consumer = pair.consumer.site
        consumer.clock.moved += timedelta(days=2)

        async def waits() -> int:
            async with consumer.node.parts.store.view(consumer.context.id) as view:
                return len(await view.outbox.of(f"callback:0:{done['@id']}"))

        async with asyncio.timeout(60):
            while await waits():
                await asyncio.sleep(0.03)
    assert hook.types("/dead") == []
