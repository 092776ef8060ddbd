"""Addresses that a peer names are held against the rules before anything is stored (D-08, O1, R-CN-04, R-TP-06).

The node is an ordinary one outside development: behind a proxy that speaks TLS, with one door of its operator.
"""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.dialog import Dialog, first_request, transfer_request
from tests.nodes import ANYWHERE, OPEN, Said, Site, site
from tests.peers.authority import Authority
from tests.stranger import Stranger, message, offer, stranger, urn

from xinfu.node.config import ListenTable, OutboundTable, Tls
from xinfu.peers.rules import AllowEntry
from xinfu.ports.outbound import Purpose

pytestmark = pytest.mark.asyncio(loop_scope="module")

REFUSED = [
    "http://public.example/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://0.0.0.0/",
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/",
    "https://[fd00::1]/",
    "https://224.0.0.1/",
    "https://metadata.google.internal/",
    "https://localhost.localdomain/",
    "https://user@public.example/",
    "https://user:secret@public.example/",
    "https://public.example@127.0.0.1/",
    "ftp://public.example/",
    "file:///etc/passwd",
    "gopher://public.example/",
    "//public.example/",
    "https:///nothing",
    "https://public.example:99999/",
    "https://public.example\\@127.0.0.1/",
    "https://127.0.0.1\t.public.example/",
]


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """A node, and a stranger whose own host is the one that the node's operator lets it call."""

    site: Site
    peer: Stranger
    url: str


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def outside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Outside]:
    folder = tmp_path_factory.mktemp("outside")
    authority = Authority(folder)
    door = AllowEntry(host="localhost", purposes=(Purpose.DID, Purpose.PEER))
    proxy = msgspec.structs.replace(ANYWHERE, public_url="https://node.example")
    async with (
        aiohttp.ClientSession() as session,
        stranger(session, secured=authority.server("localhost")) as peer,
        site(
            folder / "node",
            session,
            development=False,
            listen=ListenTable(management=ANYWHERE, protocol=proxy, data=proxy),
            tls=Tls(ca_file=str(authority.ca_file)),
            outbound=OutboundTable(allow=(door,)),
        ) as made,
    ):
        port = made.node.sockets.protocol.getsockname()[1]
        await made.publish("air")
        found = Outside(site=made, peer=peer, url=f"http://127.0.0.1:{port}/dsp/node/2025-1")
        await _post(
            found, "/catalog/request", message("CatalogRequestMessage")
        )  # that it signs is known by now
        yield found


async def _post(outside: Outside, path: str, body: dict[str, Any]) -> Said:
    """What comes through the proxy: the token names the address that others know."""
    data = msgspec.json.encode(body)
    token = outside.peer.token(outside.site.did, outside.site.base + path, data)
    return await outside.peer.send(outside.site.did, outside.url + path, data, token=token)


async def _is_refused(outside: Outside, path: str, body: dict[str, Any], kind: str) -> None:
    before, touched = outside.site.counts(), outside.peer.touched
    said = await _post(outside, path, body)
    assert (said.status, said.json["@type"]) == (400, kind), said
    assert said.code in {
        "address.refused",
        "message.field-invalid",
        "negotiation.callback",
        "transfer.callback",
    }
    assert "secret" not in said.body.decode()
    assert outside.site.counts() == before
    assert outside.peer.touched - touched <= 1


@pytest.mark.parametrize("address", REFUSED)
async def test_a_request_with_a_callback_that_is_not_to_be_called_opens_nothing(
    outside: Outside, address: str
) -> None:
    wanted = first_request(outside.peer, "air:air:air", "air", callbackAddress=address)
    await _is_refused(outside, "/negotiations/request", wanted, "ContractNegotiationError")


@pytest.mark.parametrize("address", REFUSED)
async def test_an_offer_with_a_callback_that_is_not_to_be_called_opens_nothing(
    outside: Outside, address: str
) -> None:
    told = message(
        "ContractOfferMessage",
        providerPid=urn(),
        callbackAddress=address,
        offer=offer("urn:offer:1", "air", OPEN),
    )
    await _is_refused(outside, "/negotiations/offers", told, "ContractNegotiationError")


@pytest.mark.parametrize("address", REFUSED)
async def test_a_transfer_with_a_callback_that_is_not_to_be_called_opens_nothing(
    outside: Outside, address: str
) -> None:
    wanted = transfer_request(outside.peer, urn(), callbackAddress=address)
    await _is_refused(outside, "/transfers/request", wanted, "TransferError")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def waiting(outside: Outside) -> Dialog:
    """A transfer that the node has asked the stranger for."""
    form = {"wire_id": urn(), "peer": outside.peer.did, "dataset": "d", "role": "consumer", "policy": OPEN}
    agreement = await outside.site.post("/agreements", form)
    made = await outside.site.post("/transfers", {"agreement": agreement["id"], "at": outside.peer.base})
    shown = await outside.site.reaches("transfers", made["id"], "REQUESTED")
    return Dialog(
        peer=outside.peer,
        site=outside.site,
        family="transfers",
        role="consumer",
        pid=made["id"],
        theirs=shown["provider_pid"],
    )


@pytest.mark.parametrize("address", [*REFUSED, "https://localhost/"])
async def test_a_start_with_an_endpoint_that_is_not_to_be_called_starts_nothing(
    outside: Outside, waiting: Dialog, address: str
) -> None:
    """The door for protocol messages is none for data."""
    where = {"@type": "DataAddress", "endpointType": "https://w3id.org/idsa/v4.1/HTTP", "endpoint": address}
    told = message("TransferStartMessage", **waiting.pids, dataAddress=where)
    await _is_refused(outside, f"/transfers/{waiting.pid}/start", told, "TransferError")
    assert (await waiting.shown())["state"] == "REQUESTED"


async def test_a_callback_behind_the_operators_door_is_called(outside: Outside) -> None:
    """D-08: development is never needed for an intranet."""
    wanted = first_request(outside.peer, "air:air:air", "air")
    said = await _post(outside, "/negotiations/request", wanted)
    assert said.status == 201
    heard = await outside.peer.hears("ContractAgreementMessage", wanted["consumerPid"])
    assert heard.json["agreement"]["assigner"] == "did:web:node.example:node"


@pytest.mark.parametrize(
    "did",
    [
        "did:web:metadata.google.internal",
        "did:web:localhost.localdomain",
        "did:web:127.0.0.1",
        "did:web:169.254.169.254",
        "did:web:public.example%2F..%2F",
        "did:web:a%40localhost",
    ],
)
async def test_a_token_of_an_issuer_at_such_an_address_is_refused_without_a_call(
    outside: Outside, did: str
) -> None:
    touched = outside.peer.touched
    url = f"{outside.site.base}/catalog/request"
    body = msgspec.json.encode(message("CatalogRequestMessage"))
    claims = outside.peer.claims(outside.site.did, url, body, iss=did, sub=did)
    token = outside.peer.forged({"alg": "EdDSA", "kid": f"{did}#key-1", "typ": "JWT"}, claims)
    said = await outside.peer.send(outside.site.did, f"{outside.url}/catalog/request", body, token=token)
    assert (said.status, said.code) == (401, "token.refused")
    assert outside.peer.touched == touched


@pytest.mark.parametrize("at", ["https://127.0.0.1:1/", "https://169.254.169.254/", "https://10.0.0.1/"])
async def test_an_address_that_our_own_operator_names_is_held_against_the_same_rules(
    outside: Outside, at: str
) -> None:
    said = await outside.site.api("GET", "/catalog", participant="did:web:someone.example", at=at)
    assert (said.status, said.code) == (403, "address.refused")
