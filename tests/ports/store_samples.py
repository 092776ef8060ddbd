"""Records to keep in a store: one maker for each kind, with just what differs as arguments."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any

import uuid_utils
from tests.compute.programme_samples import AUTHOR, CODE
from tests.compute.programme_samples import programme as sample_programme
from tests.contracts.samples import CONTRACT, TEMPLATE

from xinfu.compute.programme import Programme
from xinfu.dsp.agreement import Agreement
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.negotiation import State as NegotiationState
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer import State as TransferState
from xinfu.dsp.transfer import TransferProcess
from xinfu.evidence import Entry
from xinfu.odrl import AtomicConstraint, Duty, Logic, LogicalConstraint, Permission, Policy, PolicyKind
from xinfu.odrl.duties.life import Trigger
from xinfu.odrl.duties.proofs import Proof
from xinfu.ports.column import Word
from xinfu.ports.records import (
    ADDRESSES,
    AGREEMENTS,
    ANSWERS,
    ASSETS,
    CONTRACT_TEMPLATES,
    CONTRACTS,
    DATA_PLANES,
    DEFINITIONS,
    DUTIES,
    GRANTS,
    HELD_CREDENTIALS,
    HOSTED_CONTEXTS,
    ISSUED_CREDENTIALS,
    KEYED_READS,
    KEYS,
    MANIFESTS,
    NEGOTIATIONS,
    PARTICIPANTS,
    PAYMENTS,
    POLICIES,
    PROGRAMMES,
    SECRETS,
    TRANSFERS,
    VAULT_OBJECTS,
    Act,
    AgreementRecord,
    Answer,
    Asset,
    ContextLimits,
    ContractDefinition,
    ContractRecord,
    DutyRecord,
    Event,
    Grant,
    HeldCredential,
    HostedContext,
    IssuedCredential,
    KeyedRead,
    KeyRecord,
    KeyUse,
    KnownParticipant,
    PaymentRecord,
    PolicyDefinition,
    ProgrammeRecord,
    RegisteredPlane,
    SealedAddress,
    SealedSecret,
    SignedProgramme,
    StoredManifest,
    StoredTemplate,
    VaultObject,
)
from xinfu.ports.records.outbox import (
    AgreementEvent,
    CallbackEvent,
    ContractEvent,
    ContractMessage,
    NodeNotice,
    Order,
    ProcessEvent,
    ProcessMessage,
    Promise,
    StateQuestion,
    TransferPush,
    TransferStop,
)
from xinfu.ports.sealing import Seal
from xinfu.ports.sources import FolderSource
from xinfu.ports.store import Records, Step

NOW = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)
CONTEXT = "did:web:bureau.example"
OTHER = "did:web:other.example"
PEER = "did:web:peer.example"


def later(seconds: float) -> datetime:
    """NOW and some seconds."""
    return NOW + timedelta(seconds=seconds)


def new_id() -> str:
    """A fresh UUIDv7."""
    return f"urn:uuid:{uuid_utils.uuid7()}"


def policy(kind: PolicyKind = PolicyKind.OFFER) -> Policy:
    """A policy with every sort of part, so that a document that loses one is noticed."""
    purpose = AtomicConstraint(left="purpose", operator="isAnyOf", right=("a", "b"), data_type="xsd:string")
    until = AtomicConstraint(left="dateTime", operator="lt", right="2027-01-01T00:00:00Z")
    either = LogicalConstraint(op=Logic.OR, parts=(purpose, until))
    duty = Duty(action="delete", constraints=(until,), consequences=(Duty(action="inform"),))
    return Policy(
        kind=kind,
        id="urn:policy:1",
        target="urn:asset:1",
        permissions=(Permission(action="use", constraints=(either, until), duties=(duty,)),),
        profile=("https://profile.example",),
    )


def asset(name: str = "a", context: str = CONTEXT) -> Asset:
    return Asset(
        id=name,
        context=context,
        source=FolderSource(path="/data"),
        title={"zh": "空气质量", "en": "Air quality"},
        keywords=("air", "空气"),
        created=NOW,
        updated=NOW,
    )


def policy_definition(name: str = "p", context: str = CONTEXT) -> PolicyDefinition:
    return PolicyDefinition(id=name, context=context, policy=policy(), created=NOW, updated=NOW)


def definition(
    name: str = "d", context: str = CONTEXT, assets: tuple[str, ...] | None = None
) -> ContractDefinition:
    return ContractDefinition(
        id=name,
        context=context,
        access_policy="p1",
        contract_policy="p2",
        assets=assets,
        created=NOW,
        updated=NOW,
    )


def negotiation(
    name: str = "n",
    context: str = CONTEXT,
    state: NegotiationState | None = NegotiationState.AGREED,
    peer: str = PEER,
) -> ContractNegotiation:
    return ContractNegotiation(
        id=name,
        context=context,
        participant=context,
        role=Role.PROVIDER,
        peer=peer,
        consumer_pid="urn:uuid:consumer",
        provider_pid=name,
        state=state,
        peer_base="https://peer.example/dsp",
        offer=policy(),
        offered_by=Role.CONSUMER,
        dataset="urn:asset:1",
        agreement=Agreement(policy=policy(PolicyKind.AGREEMENT), timestamp=NOW),
        seen=("aa", "bb"),
        created=NOW,
        updated=NOW,
    )


def agreement(name: str = "g", context: str = CONTEXT) -> AgreementRecord:
    return AgreementRecord(
        id=name,
        context=context,
        wire_id=f"urn:policy:{name}",
        negotiation=f"n-{name}",
        role="provider",
        peer=PEER,
        dataset="urn:asset:1",
        policy=policy(PolicyKind.AGREEMENT),
        claims={"MembershipCredential.member": ("yes",)},
        concluded=NOW,
        updated=NOW,
    )


def contract(name: str = "c", context: str = CONTEXT) -> ContractRecord:
    return ContractRecord(
        id=name,
        context=context,
        agreement="urn:policy:1",
        begun_by=PEER,
        contract=CONTRACT,
        created=NOW,
        updated=NOW,
    )


def keyed_read(name: str = "a//k", context: str = CONTEXT, **given: Any) -> KeyedRead:
    told = {"agreement": "a", "window": "", "path": "", "root": "00", "start": 0, "end": 9, **given}
    return KeyedRead(id=name, context=context, created=NOW, **told)


def payment(name: str = "y", context: str = CONTEXT, receipt: str = "bank-1") -> PaymentRecord:
    return PaymentRecord(
        id=name,
        context=context,
        agreement="a",
        wire_id="urn:uuid:w",
        peer=PEER,
        dataset="urn:asset:1",
        receipt=receipt,
        amount="100.00",
        currency="CNY",
        settled=NOW,
        created=NOW,
    )


def signed_programme(programme: Programme | None = None, code: bytes = CODE) -> SignedProgramme:
    seal = Seal(algorithm="EdDSA", key_id=f"{AUTHOR}#contract-1", public_jwk={}, chain=(), value="00" * 64)
    return SignedProgramme(
        programme=programme or sample_programme(), code=code.decode(), signed=NOW, seal=seal
    )


def programme(name: str = "sha256:00", context: str = CONTEXT) -> ProgrammeRecord:
    return ProgrammeRecord(id=name, context=context, handed=signed_programme(), created=NOW, updated=NOW)


def contract_template(name: str = "m", context: str = CONTEXT) -> StoredTemplate:
    return StoredTemplate(id=name, context=context, template=TEMPLATE, created=NOW, updated=NOW)


def transfer(name: str = "t", context: str = CONTEXT) -> TransferProcess:
    return TransferProcess(
        id=name,
        context=context,
        participant=context,
        role=Role.CONSUMER,
        peer=PEER,
        consumer_pid=name,
        provider_pid="urn:uuid:provider",
        state=TransferState.STARTED,
        peer_base="https://peer.example/dsp",
        agreement_id="urn:policy:1",
        dataset="urn:asset:1",
        format="HttpData-PULL",
        created=NOW,
        updated=NOW,
    )


def duty(name: str = "d", context: str = CONTEXT) -> DutyRecord:
    return DutyRecord(
        id=name,
        context=context,
        agreement="g",
        wire_id="urn:agreement:1",
        key="permission[0].duty[1]",
        action="delete",
        transfer="t",
        peer=PEER,
        owes=True,
        trigger=Trigger.USE,
        deadline=later(60),
        proof=Proof(method="overwritten", digests=("0" * 64,)),
        created=NOW,
        updated=NOW,
    )


def grant(name: str = "0" * 64, context: str = CONTEXT) -> Grant:
    return Grant(
        id=name,
        context=context,
        transfer="t",
        agreement="g",
        dataset="urn:asset:1",
        epoch=0,
        purpose=None,
        until=later(3600),
        created=NOW,
    )


def manifest(name: str = "m", context: str = CONTEXT) -> StoredManifest:
    return StoredManifest(
        id=name,
        context=context,
        asset="a",
        path="2026/03.csv",
        stamp="1-2-3-4",
        size_bytes=3,
        root="ab" * 32,
        chunks=bytes(range(32)),
    )


def address(name: str = "t", context: str = CONTEXT) -> SealedAddress:
    return SealedAddress(id=name, context=context, envelope=b"\x01sealed", created=NOW)


def answer(name: str = "w", context: str = CONTEXT) -> Answer:
    return Answer(
        id=name, context=context, on=Event.REQUESTED, do=(Act.AGREE, Act.FINALIZE), created=NOW, updated=NOW
    )


def key(name: str = "k", context: str = CONTEXT) -> KeyRecord:
    return KeyRecord(
        id=name,
        context=context,
        use=KeyUse.MESSAGE,
        algorithm="EdDSA",
        public_jwk={"kty": "OKP", "crv": "Ed25519", "x": "AA"},
        envelope=b"\x00\xff sealed",
        created=NOW,
    )


def held_credential(name: str = "h", context: str = CONTEXT) -> HeldCredential:
    return HeldCredential(
        id=name, context=context, type="Membership", issuer=PEER, jwt="a.b.c", expires=None, created=NOW
    )


def issued_credential(name: str = "i", context: str = CONTEXT) -> IssuedCredential:
    return IssuedCredential(
        id=name,
        context=context,
        type="Membership",
        subject=PEER,
        index=7,
        expires=later(3600),
        created=NOW,
    )


def participant(name: str = "peer", context: str = CONTEXT) -> KnownParticipant:
    return KnownParticipant(id=name, context=context, did=PEER, created=NOW)


def entry(
    name: str | None = None, context: str = CONTEXT, process: str | None = "n", kind: str = "refusal"
) -> Entry:
    return Entry(
        id=name or new_id(),
        kind=kind,
        at="2026-03-01T08:30:00Z",
        context=context,
        process=process,
        facts={"code": "policy.no"},
    )


async def promise(step: Step, process: str = "n", *, due: datetime = NOW, kind: str = "AGREE") -> int:
    """Add a message to the outbox of this step."""
    url = "https://peer.example/dsp"
    message = ProcessMessage(
        family="negotiation", process=process, kind=kind, peer=PEER, url=url, body=b'{"a":1}'
    )
    return await step.outbox.add(message, due=due)


PROMISES: tuple[Promise, ...] = (
    ProcessMessage(
        family="transfer",
        process="t",
        kind="START",
        peer=PEER,
        url="https://peer.example/x",
        body=b"\x00\xff",
        sealed=True,
    ),
    ProcessMessage(
        family="negotiation", process="n", kind="AGREE", peer=PEER, url="https://x", body=b'{"a":1}'
    ),
    ProcessEvent(
        family="negotiation",
        process="n2",
        kind=Event.REQUESTED,
        peer=PEER,
        order=Order(claims={"role": ("buyer", "broker")}, acts=("agree",), reason="r"),
    ),
    ProcessEvent(family="transfer", process="t2", kind=Event.TRANSFER_REQUESTED, peer=PEER, order=Order()),
    CallbackEvent(
        family="transfer",
        process="urn:uuid:t3",
        number=1,
        kind="transfer.process.started",
        url="https://hook.example",
        envelope=b"\x01\x80",
    ),
    TransferPush(transfer="urn:uuid:t4"),
    NodeNotice(agreement="a", kind="agreement-suspend", peer=PEER, body=b'{"move":"suspend"}'),
    StateQuestion(agreement="a", peer=PEER, body=b'{"state":"ACTIVE"}'),
    TransferStop(agreement="a", kind="suspend"),
    AgreementEvent(agreement="a2"),
    ContractEvent(contract="c", kind=Event.CONTRACT_RECEIVED),
    ContractMessage(contract="c", kind="contractNegotiate", receiver=PEER),
    ContractMessage(contract="c", kind="fulfillmentProof", receiver="", content=b'{"proof":"p"}'),
)
"""A promise of each kind, each in a queue of its own."""


def secret(id_: str, context: str = CONTEXT) -> SealedSecret:
    return SealedSecret(id=id_, context=context, envelope=b"\x00sealed", created=NOW, updated=NOW)


def data_plane(id_: str, context: str = CONTEXT) -> RegisteredPlane:
    return RegisteredPlane(
        id=id_, context=context, endpoint="https://plane.example", labels=("a",), created=NOW, updated=NOW
    )


def hosted(id_: str, context: str = CONTEXT) -> HostedContext:
    return HostedContext(
        id=id_,
        context=context,
        name={"zh": "数据局"},
        grade=2,
        limits=ContextLimits(datasets=3),
        key="0" * 64,
        created=NOW,
        updated=NOW,
    )


def vault_object(name: str = "v", context: str = CONTEXT) -> VaultObject:
    return VaultObject(
        id=name,
        context=context,
        transfer="t",
        agreement="g",
        wire_id="urn:uuid:w",
        peer=PEER,
        dataset="urn:asset:1",
        key="ab" * 32,
        seen=NOW,
        exported=True,
        created=NOW,
        updated=NOW,
    )


def column_named(name: str) -> Word[Any, str]:
    """A column of no kind, under any name."""
    made = Word[Any, str](lambda record: "")
    made.name = name
    return made


KINDS: dict[str, tuple[Callable[[Step], Records[Any]], Callable[[str, str], Any]]] = {
    "asset": (lambda step: step.of(ASSETS), asset),
    "policy": (lambda step: step.of(POLICIES), policy_definition),
    "definition": (lambda step: step.of(DEFINITIONS), definition),
    "negotiation": (lambda step: step.of(NEGOTIATIONS), negotiation),
    "agreement": (lambda step: step.of(AGREEMENTS), agreement),
    "contract": (lambda step: step.of(CONTRACTS), contract),
    "contract-template": (lambda step: step.of(CONTRACT_TEMPLATES), contract_template),
    "duty": (lambda step: step.of(DUTIES), duty),
    "transfer": (lambda step: step.of(TRANSFERS), transfer),
    "grant": (lambda step: step.of(GRANTS), grant),
    "payment": (lambda step: step.of(PAYMENTS), payment),
    "programme": (lambda step: step.of(PROGRAMMES), programme),
    "read": (lambda step: step.of(KEYED_READS), keyed_read),
    "manifest": (lambda step: step.of(MANIFESTS), manifest),
    "address": (lambda step: step.of(ADDRESSES), address),
    "answer": (lambda step: step.of(ANSWERS), answer),
    "key": (lambda step: step.of(KEYS), key),
    "held-credential": (lambda step: step.of(HELD_CREDENTIALS), held_credential),
    "issued-credential": (lambda step: step.of(ISSUED_CREDENTIALS), issued_credential),
    "participant": (lambda step: step.of(PARTICIPANTS), participant),
    "secret": (lambda step: step.of(SECRETS), secret),
    "data-plane": (lambda step: step.of(DATA_PLANES), data_plane),
    "context": (lambda step: step.of(HOSTED_CONTEXTS), hosted),
    "vault-object": (lambda step: step.of(VAULT_OBJECTS), vault_object),
}
"""Kind -> its part of a step, and a maker of one record by id and context."""


async def gather(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """Run all at once; the errors stand among the results."""
    return await asyncio.gather(*work, return_exceptions=True)
