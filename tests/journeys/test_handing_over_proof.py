"""What is handed over proves itself: receipts of a whole exchange, from both sides, and of nothing else (D-02, P7)."""

from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.nodes import Site, World

from xinfu.credentials import read_did_document
from xinfu.evidence import Anchors, Receipt, verify
from xinfu.ports.records import ADDRESSES
from xinfu.signers.ed25519 import Ed25519Verifier

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK = Ed25519Verifier()


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One pull, from the negotiation on, and what a verifier trusts: the DID documents of both."""

    anchors: Anchors
    receipts: dict[str, list[Receipt]]
    token: str


async def anchors_of(site: Site) -> Anchors:
    said = await site.send("GET", f"{site.urls['protocol']}/{site.context.id}/did.json")
    document = read_did_document(said.body, did=site.did)
    logs = tuple(each.jwk for each in document.methods if not document.may_sign_tokens(each.id))
    tokens = tuple(each.jwk for each in document.methods if document.may_sign_tokens(each.id))
    return Anchors(logs={site.did: logs}, tokens={site.did: tokens})


async def _receipts(site: Site, *processes: str) -> list[Receipt]:
    await site.numbered()
    found: list[Any] = []
    for process in processes:
        found += await site.get("/evidence/receipts", process=process)
    return [Receipt.from_bytes(msgspec.json.encode(each)) for each in found]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def exchange(world: World) -> Exchange:
    await world.admit(world.consumer)
    await world.provider.publish("air", content=b"0123")
    agreement = await world.agree("air")
    moved = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    shown = await world.consumer.reaches("transfers", moved["id"], "STARTED")
    pulled = await world.consumer.api("GET", f"/transfers/{moved['id']}/content")
    assert pulled.body == b"0123"
    negotiation = await world.consumer.get(f"/negotiations/{agreement['negotiation']}")
    place = await _endpoint_token(world, moved["id"])
    one, other = await anchors_of(world.consumer), await anchors_of(world.provider)
    return Exchange(
        anchors=one.also(other),
        receipts={
            "consumer": await _receipts(world.consumer, negotiation["consumer_pid"], shown["consumer_pid"]),
            "provider": await _receipts(world.provider, negotiation["provider_pid"], shown["provider_pid"]),
        },
        token=place,
    )


async def _endpoint_token(world: World, transfer: str) -> str:
    """The endpoint token that the consumer was given, out of its own sealed store."""
    parts, context = world.consumer.node.parts, world.consumer.context.id
    async with parts.store.view(context) as view:
        sealed = await view.of(ADDRESSES).get(transfer)
    assert sealed is not None
    opened = parts.keyring.open(sealed.envelope, context=context, name=f"address:{transfer}")
    properties = msgspec.json.decode(opened)["properties"]
    return next(str(each["value"]) for each in properties if each["name"] == "authorization")


def _of(exchange: Exchange, side: str, kind: str) -> list[Receipt]:
    return [each for each in exchange.receipts[side] if each.proven.entry["kind"] == kind]


@pytest.mark.parametrize("side", ["consumer", "provider"])
async def test_every_receipt_is_established_by_the_two_did_documents(exchange: Exchange, side: str) -> None:
    kinds = {str(each.proven.entry["kind"]) for each in exchange.receipts[side]}
    assert {"message.sent", "message.received", "negotiation.state", "transfer.state"} <= kinds
    for each in exchange.receipts[side]:
        findings = verify(each, anchors=exchange.anchors, check_signature=CHECK.verify)
        assert findings.outcome == "established", (each.proven.entry, findings.broken, findings.unknown)


@pytest.mark.parametrize("side", ["consumer", "provider"])
async def test_every_message_is_kept_with_what_its_sender_signed(exchange: Exchange, side: str) -> None:
    """D-02: token, body, and of others the key; but for the one body that carries an endpoint token."""
    for kind in ("message.sent", "message.received"):
        for each in _of(exchange, side, kind):
            kept = each.attachments
            assert kept is not None
            assert kept.token is not None
            assert (kept.key is not None) is (kind == "message.received")
            facts: Any = each.proven.entry["facts"]
            secret = facts["type"] in {"START", "TransferStartMessage"}
            assert (kept.body is None) is secret


@pytest.mark.parametrize("side", ["consumer", "provider"])
async def test_no_receipt_holds_an_endpoint_token(exchange: Exchange, side: str) -> None:
    """J7."""
    assert exchange.token
    for each in exchange.receipts[side]:
        assert exchange.token.encode() not in each.to_bytes()


async def test_what_one_side_sent_is_what_the_other_side_received(exchange: Exchange) -> None:
    """The two logs tell one story: the same bodies under the same tokens."""
    for sender, receiver in (("consumer", "provider"), ("provider", "consumer")):
        sent = [_digests(each) for each in _of(exchange, sender, "message.sent")]
        received = [_digests(each) for each in _of(exchange, receiver, "message.received")]
        assert sorted(sent) == sorted(received)
        assert sent


def _digests(receipt: Receipt) -> tuple[str, str]:
    facts: Any = receipt.proven.entry["facts"]
    return str(facts["digest"]), str(facts["token_digest"])


@pytest.mark.parametrize("part", ["body", "token", "key"])
async def test_what_was_changed_in_a_receipt_is_found(exchange: Exchange, part: str) -> None:
    (receipt, *_) = _of(exchange, "provider", "message.received")
    kept = receipt.attachments
    assert kept is not None
    assert kept.body is not None
    assert kept.token is not None
    changes: dict[str, dict[str, Any]] = {
        "body": {"body": kept.body.replace("air", "fog")},
        "token": {"token": kept.token[:-4] + ("AAAA" if kept.token[-4:] != "AAAA" else "BBBB")},
        "key": {"key": {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}},
    }
    forged = msgspec.structs.replace(receipt, attachments=msgspec.structs.replace(kept, **changes[part]))
    assert verify(forged, anchors=exchange.anchors, check_signature=CHECK.verify).outcome == "broken"


async def test_with_one_document_alone_the_other_side_is_not_established(
    world: World, exchange: Exchange
) -> None:
    anchors = await anchors_of(world.provider)
    (receipt, *_) = _of(exchange, "provider", "message.received")
    findings = verify(receipt, anchors=anchors, check_signature=CHECK.verify)
    assert (findings.outcome, [each.name for each in findings.unknown]) == ("intact", ["token.signer"])
