"""Keys change while the node runs: no downtime, and what was signed before can still be checked (D-06, D-20, J5)."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.nodes import Site, World
from tests.nodes import world as open_world

from xinfu.credentials import read_did_document
from xinfu.evidence import Anchors, Findings, Receipt, key_facts, verify
from xinfu.node.config import Keys as KeysTable
from xinfu.ports.records import KEYS, KeyRecord, KeyState, KeyUse
from xinfu.services.evidence.notes import record_entry
from xinfu.signers.ed25519 import Ed25519Verifier
from xinfu.signers.es256 import Es256Verifier
from xinfu.signers.keymaker import Keys

pytestmark = pytest.mark.asyncio(loop_scope="module")


BOTH_ALGORITHMS = pytest.mark.parametrize("fresh", ["EdDSA", "ES256"], indirect=True)


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Three nodes that no other test has touched, with keys of either kind."""
    keys = KeysTable(algorithm=getattr(request, "param", "EdDSA"))
    async with open_world(tmp_path_factory.mktemp("fresh"), keys=keys) as made:
        yield made


def _check(jwk: Any, signed: bytes, signature: bytes) -> bool:
    checks: Any = Ed25519Verifier() if jwk.get("kty") == "OKP" else Es256Verifier()
    return bool(checks.verify(jwk, signed, signature))


async def _document(site: Site) -> bytes:
    return (await site.send("GET", f"{site.urls['protocol']}/{site.context.id}/did.json")).body


def _anchors(*documents: bytes) -> Anchors:
    """What a verifier trusts who has these DID documents."""
    found = Anchors()
    for body in documents:
        document = read_did_document(body, did=str(msgspec.json.decode(body)["id"]))
        logs = [each.jwk for each in document.methods if "#log-" in each.id]
        tokens = [each.jwk for each in document.methods if document.may_sign_tokens(each.id)]
        found = found.also(Anchors(logs={document.id: tuple(logs)}, tokens={document.id: tuple(tokens)}))
    return found


async def _receipts(site: Site, process: str) -> list[Receipt]:
    """Receipts of everything in a process, once its log is numbered."""
    await site.numbered()
    found = await site.get("/evidence/receipts", process=process)
    return [Receipt.from_bytes(msgspec.json.encode(each)) for each in found]


def _verified(receipt: Receipt, anchors: Anchors, learned: tuple[Any, ...] = ()) -> Findings:
    return verify(receipt, anchors=anchors, check_signature=_check, learned=learned)


async def _agreed(world: World, dataset: str) -> str:
    await world.provider.publish(dataset)
    return str((await world.agree(dataset))["negotiation"])


@BOTH_ALGORITHMS
async def test_receipts_of_both_sides_are_established_by_the_two_did_documents(fresh: World) -> None:
    """D-02: each side can prove what the other one said, and what it said itself."""
    process = await _agreed(fresh, "air")
    anchors = _anchors(await _document(fresh.consumer), await _document(fresh.provider))
    receipts = await _receipts(fresh.consumer, process)
    kinds = {str(each.proven.entry["kind"]) for each in receipts}
    assert {"message.sent", "message.received", "negotiation.state", "agreement.concluded"} <= kinds
    for each in receipts:
        findings = _verified(each, anchors)
        assert findings.outcome == "established", (each.proven.entry, findings.broken, findings.unknown)
        if each.proven.entry["kind"] == "message.received":
            assert each.attachments is not None
            assert each.attachments.key is not None
            assert each.attachments.body is not None
    assert {_verified(each, Anchors()).outcome for each in receipts} == {"intact"}


@BOTH_ALGORITHMS
async def test_a_message_key_rotates_in_the_midst_of_a_negotiation(fresh: World) -> None:
    """J5: the next message is signed by the new key, and the other side takes it at once."""
    provider, consumer = fresh.provider, fresh.consumer
    await provider.publish("air")
    await provider.put("/answers/air", {"on": "requested", "do": ["hold"], "dataset": "air"})
    opened = await fresh.negotiate("air")
    shown = await consumer.reaches("negotiations", opened["id"], "REQUESTED")
    old = provider.node.keys.message_signer(provider.context.id).key_id
    made = await provider.post("/keys/rotate", {"use": "message"})
    assert provider.node.keys.message_signer(provider.context.id).key_id == old
    document = read_did_document(await _document(provider), did=provider.did)
    assert document.may_sign_tokens(old)
    assert document.may_sign_tokens(made["id"])
    provider.clock.moved += timedelta(seconds=11)
    consumer.clock.moved += timedelta(seconds=11)
    assert provider.node.keys.message_signer(provider.context.id).key_id == made["id"]
    await provider.post(f"/negotiations/{shown['provider_pid']}/agree")
    done = await consumer.reaches("negotiations", opened["id"], "FINALIZED")
    entries = await consumer.get("/evidence/entries", process=done["id"], kind="message.received")
    assert {each["entry"]["facts"]["key"] for each in entries} == {made["id"]}


async def test_messages_go_on_while_both_sides_rotate_again_and_again(fresh: World) -> None:
    for round_ in range(4):
        for site in (fresh.provider, fresh.consumer):
            await site.post("/keys/rotate", {"use": "message"})
            await site.post("/keys/rotate", {"use": "log"})
        await _agreed(fresh, f"air-{round_}")
        for site in (fresh.issuer, fresh.provider, fresh.consumer):
            site.clock.moved += timedelta(seconds=11)


async def test_an_old_message_key_leaves_the_document_when_its_work_has_expired(fresh: World) -> None:
    provider = fresh.provider
    old = provider.node.keys.message_signer(provider.context.id).key_id
    await provider.post("/keys/rotate", {"use": "message"})
    provider.clock.moved += timedelta(minutes=9)
    assert read_did_document(await _document(provider), did=provider.did).may_sign_tokens(old)
    provider.clock.moved += timedelta(minutes=2)
    assert read_did_document(await _document(provider), did=provider.did).method(old) is None


async def test_memberships_outlive_the_rotation_of_the_issuers_key(fresh: World) -> None:
    """The old key stays in the document for the credentials that it signed, and for nothing else."""
    issuer = fresh.issuer
    await fresh.admit(fresh.consumer)
    old = issuer.node.keys.message_signer(issuer.context.id).key_id
    await issuer.post("/keys/rotate", {"use": "message"})
    for site in (issuer, fresh.provider, fresh.consumer):
        site.clock.moved += timedelta(days=1)
    document = read_did_document(await _document(issuer), did=issuer.did)
    assert document.may_sign_credentials(old)
    assert not document.may_sign_tokens(old)
    member = {"leftOperand": "membership", "operator": "eq", "rightOperand": "active"}
    access = {"@type": "Set", "permission": [{"action": "use", "constraint": [member]}]}
    await fresh.provider.publish("members", access=access)
    shown = await fresh.consumer.get("/catalog", participant=fresh.provider.did)
    assert [each["id"] for each in shown["datasets"]] == ["members"]
    issuer.clock.moved += timedelta(days=100)
    assert read_did_document(await _document(issuer), did=issuer.did).method(old) is None


async def _rotated(world: World) -> tuple[bytes, bytes, list[Receipt], list[Receipt]]:
    """DID documents of the consumer before and after all its keys were rotated, and receipts from both sides."""
    consumer = world.consumer
    before = await _document(consumer)
    old = await _receipts(consumer, await _agreed(world, "before"))
    await consumer.post("/keys/rotate", {"use": "log"})
    await consumer.post("/keys/rotate", {"use": "message"})
    await consumer.post("/keys/rotate", {"use": "contract"})
    consumer.clock.moved += timedelta(minutes=15)
    world.provider.clock.moved += timedelta(minutes=15)
    after = await _document(consumer)
    assert not set(_ids(before)) & set(_ids(after))
    new = await _receipts(consumer, await _agreed(world, "after"))
    return before, after, old, new


def _ids(document: bytes) -> list[str]:
    return [each["id"] for each in msgspec.json.decode(document)["verificationMethod"]]


@BOTH_ALGORITHMS
async def test_who_holds_the_old_document_alone_can_check_what_was_signed_later(fresh: World) -> None:
    """D-20: the old key vouches for the new one, under a checkpoint of its own."""
    before, _, old, new = await _rotated(fresh)
    anchors = _anchors(before, await _document(fresh.provider))
    for each in [*old, *new]:
        findings = _verified(each, anchors)
        assert findings.outcome == "established", (each.proven.entry, findings.unknown, findings.broken)


async def test_who_holds_the_new_document_alone_can_check_what_was_signed_earlier(fresh: World) -> None:
    """D-20: the log of keys is in the evidence; one receipt of today teaches what is needed for those of before."""
    _, after, old, new = await _rotated(fresh)
    anchors = _anchors(after, await _document(fresh.provider))
    for each in new:
        assert _verified(each, anchors).outcome == "established"
    learned = new[0].keys
    for each in old:
        assert _verified(each, anchors).outcome == "intact"
        findings = _verified(each, anchors, learned)
        assert findings.outcome == "established", (each.proven.entry, findings.unknown, findings.broken)


async def test_an_old_entry_is_proven_anew_under_the_new_key(fresh: World) -> None:
    _, after, old, _ = await _rotated(fresh)
    anchors = _anchors(after, await _document(fresh.provider))
    again = await fresh.consumer.api("GET", f"/evidence/receipts/{old[0].proven.entry['id']}")
    assert _verified(Receipt.from_bytes(again.body), anchors).outcome == "established"


async def test_three_rotations_are_bridged(fresh: World) -> None:
    consumer = fresh.consumer
    before = await _document(consumer)
    for round_ in range(3):
        await consumer.post("/keys/rotate", {"use": "log"})
        await _agreed(fresh, f"between-{round_}")
    process = await _agreed(fresh, "after")
    for each in await _receipts(consumer, process):
        findings = _verified(each, _anchors(before, await _document(fresh.provider)))
        assert findings.outcome == "established", (each.proven.entry, findings.unknown, findings.broken)


async def test_a_rotation_of_the_log_that_broke_off_is_finished_at_the_next_start(fresh: World) -> None:
    """The announced key takes over, vouched for by the old one."""
    node, context = fresh.consumer.node, fresh.consumer.context
    before = await _document(fresh.consumer)
    name = f"{context.participant}#log-announced"
    made = Keys().generate("EdDSA", name)
    announced = KeyRecord(
        id=name,
        context=context.id,
        use=KeyUse.LOG,
        algorithm="EdDSA",
        public_jwk=made.signer.public_jwk(),
        envelope=node.parts.keyring.seal(made.private, context=context.id, name=name),
        state=KeyState.ANNOUNCED,
        created=node.parts.clock.now(),
    )
    async with node.parts.store.step(context.id) as step:
        await step.of(KEYS).add(announced)
        await record_entry(step, node.parts.clock, "key.added", key_facts(name, announced.public_jwk))
    await node.keys.open()
    assert node.keys.log_signer(context.id).key_id == name
    anchors = _anchors(before, await _document(fresh.provider))
    for each in await _receipts(fresh.consumer, await _agreed(fresh, "air")):
        assert _verified(each, anchors).outcome == "established"


@pytest.mark.parametrize("use", ["issuer", "", 1])
async def test_only_message_and_log_keys_rotate(world: World, use: object) -> None:
    said = await world.consumer.api("POST", "/keys/rotate", {"use": use})
    assert (said.status, said.code) == (400, "body.invalid")
