"""What a Step holds: the records of a participant context, as frozen structs.

Every record belongs to one participant context (D-01). Records are stored as one JSON document beside the
columns by which they are found; a field is only ever added, with a default. Secrets never stand in a record
in the clear: they are envelopes of the keyring (D-06).
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

import msgspec

from xinfu.contracts import ContractTemplate, DigitalContract
from xinfu.contracts.reports import Heard
from xinfu.odrl import Policy
from xinfu.odrl.duties import DutyState, Trigger
from xinfu.odrl.grades import GradeNumber
from xinfu.odrl.proofs import Proof
from xinfu.ports.signer import Algorithm
from xinfu.ports.sources import Column, Source

Bound = Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000)]


class Asset(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a provider holds (数据资源). `title` and `description` are keyed by language, "zh" and "en".

    `public` and `private` are free properties by IRI; only the public ones are shown to others. `address` is the
    data address as its publisher stated it, by the names of EDC, `dataplane` what a data plane is to know.
    `derived_from` are agreements of ours as consumer whose data it was made from.
    `grade` is what was stated of it (分类分级); None: nothing was.
    """

    id: str
    context: str
    source: Source
    grade: GradeNumber | None = None
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    properties: dict[str, str] = msgspec.field(default_factory=dict)
    generated: bool = False
    derived_from: tuple[str, ...] = ()
    size_bytes: int | None = None
    root: str | None = None
    columns: tuple[Column, ...] = ()
    public: dict[str, Any] = msgspec.field(default_factory=dict)
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    address: dict[str, Any] | None = None
    dataplane: dict[str, Any] | None = None
    is_catalog: bool = False
    created: datetime
    updated: datetime


class PolicyDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A policy under a name; it was checked when it was written. `private`: free properties by IRI."""

    id: str
    context: str
    policy: Policy
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


class Criterion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One condition on an asset, in the words of the management API."""

    left: str
    operator: str
    right: Any


class ContractDefinition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which assets under which access policy (who sees the offer) and contract policy (its terms).

    `assets` None means every asset of the context. `criteria` are what an asset has to fit, as they were stated;
    where they name no ids, `selects` is True and the assets that fit are kept beside the record.
    """

    id: str
    context: str
    access_policy: str
    contract_policy: str
    assets: tuple[str, ...] | None = None
    criteria: tuple[Criterion, ...] = ()
    selects: bool = False
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


class AgreementState(StrEnum):
    """The life of an agreement."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    EXPIRED = "EXPIRED"
    FULFILLED = "FULFILLED"
    TERMINATED = "TERMINATED"


class AgreementRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A concluded agreement. `id` is ours, `wire_id` the one both sides use in messages (D-21).

    `epoch` rises with each suspension, resumption and end; a stream that began under an older epoch stops.
    `until` is when it expires; None: time alone never ends it. `suspended_by` is who may resume it. `retired` is since
    when it is suspended as retired. `ended_clause` names the clause under which one side ended it; without one the end
    is the ender's breach (D-23). `renews` and `renewed_by` are wire ids of the agreements before and after it.
    `contract` is our id of its digital contract, once that is filed: from then on what happens is reported.
    """

    id: str
    context: str
    wire_id: str
    negotiation: str
    role: Literal["consumer", "provider"]
    peer: str
    dataset: str
    policy: Policy
    purpose: str | None = None
    state: AgreementState = AgreementState.ACTIVE
    epoch: int = 0
    until: datetime | None = None
    suspended_by: str | None = None
    renews: str | None = None
    renewed_by: str | None = None
    ended_by: str | None = None
    ended_clause: str | None = None
    reason: str | None = None
    claims: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    retired: datetime | None = None
    contract: str = ""
    concluded: datetime
    updated: datetime


class ContractSide(StrEnum):
    """As what we hold a contract: one of its parties, or the platform that numbers and files it."""

    PARTY = "party"
    PLATFORM = "platform"


class ContractRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A digital contract (数字合约) as we hold it. `id` is ours and stays; the contract's number comes from a platform.

    Attributes:
        agreement: wire id of the agreement that it comes from; "" at the platform.
        begun_by: participant id of who began it; "" for a draft that nobody has taken up yet.
        answered: what a rule has made of it last, and why it waits for a person where it does.
        told: by participant, the number of the last report of ours that it has taken.
        heard: by participant, the last report of its that we have taken.
    """

    id: str
    context: str
    agreement: str = ""
    side: ContractSide = ContractSide.PARTY
    begun_by: str
    contract: DigitalContract
    answered: "ContractAnswered | None" = None
    told: dict[str, int] = msgspec.field(default_factory=dict)
    heard: dict[str, Heard] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


class ContractAnswered(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a stored answer has made of a contract.

    Attributes:
        on: the event. act: what was done; HOLD: it waits for a person.
        rule: id of the answer that counted, in this version; "" for none.
        reasons: why a person has to decide, as codes (`contracts.following`).
    """

    on: "Event"
    act: "Act"
    rule: str = ""
    version: int = 0
    reasons: tuple[str, ...] = ()
    at: datetime


class DutyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A duty of an agreement as one side keeps it; both sides keep the same one, each under an id of its own.

    Attributes:
        agreement: our id of it; `wire_id` the one both sides use.
        key: where the duty stands in the agreement's policy, `permission[0].duty[1]`.
        transfer: the provider's pid of the transfer that triggered it; "" for the agreement as a whole.
        owes: we have to do it. watches: we neither owe it nor say how it stands; what the other side says, counts.
            Else we are owed, and say so.
        debtor: who owes it, creditor: to whom: "consumer", "provider", or the name of a third party.
        opens: not due before; deadline: overdue from then on. Both are None until it is triggered.
        proof: what was handed in last.
        parent: our id of the duty that was not done in time, where this one is a consequence of that.
        reason: why a proof was refused, or the duty waived or breached, in words.
    """

    id: str
    context: str
    agreement: str
    wire_id: str
    key: str
    action: str
    transfer: str = ""
    peer: str
    owes: bool
    watches: bool = False
    debtor: str = "consumer"
    creditor: str = "provider"
    state: DutyState = DutyState.PENDING
    trigger: Trigger
    opens: datetime | None = None
    deadline: datetime | None = None
    proof: Proof | None = None
    parent: str = ""
    reason: str | None = None
    created: datetime
    updated: datetime


class DeadlineKind(StrEnum):
    """What has to be looked at when a moment has come."""

    DUTY = "duty"
    AGREEMENT = "agreement"


class Deadline(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A moment at which a record has to be looked at; a record has one at most."""

    context: str
    kind: DeadlineKind
    id: str
    due: datetime


class KeptTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract template (合约模板) under its id; it was checked when it was written."""

    id: str
    context: str
    template: ContractTemplate
    created: datetime
    updated: datetime


class ResultAccount(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was paid and delivered of one kept result: uses, rows, bytes that count, and bytes that a cut read lost.

    `following` are reads that go on since before its length was known; each counts as a whole one.
    """

    uses: int = 0
    rows: int = 0
    following: int = 0
    delivered: int = 0
    credited: int = 0


class Grant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an endpoint token opens. `id` is the SHA-256 of the token in hex; the token is not stored.

    `shown` is the evidence entry of the message with which the consumer proved `claims`: each use asks what its
    credentials are worth by then. Without one, as of an agreement made elsewhere, `claims` count as they are.
    `delivered` are the bytes that count, by path; `credited` those that a cut read lost on their way and that do not.
    `results` are the same of answers that are kept, by their names.

    A grant can be renewed: `refresh` is the SHA-256 of its refresh token, `successor` are the tokens that were given
    for it, sealed, so that who asks again gets them again. The account goes on in the newest grant of a transfer,
    the one of the highest `turn`. `precursor` is the grant that this one renews, until this one is used.
    """

    id: str
    context: str
    transfer: str
    agreement: str
    dataset: str
    epoch: int
    purpose: str | None
    claims: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    shown: str = ""
    until: datetime
    closed: bool = False
    delivered: dict[str, int] = msgspec.field(default_factory=dict)
    credited: dict[str, int] = msgspec.field(default_factory=dict)
    results: dict[str, ResultAccount] = msgspec.field(default_factory=dict)
    uses: int = 0
    turn: int = 0
    refresh: str = ""
    successor: bytes = b""
    precursor: str = ""
    created: datetime


class PaymentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A payment that was settled under an agreement, as who was paid recorded it; both sides keep it.

    Attributes:
        agreement: our id of it; `wire_id` the one both sides use.
        receipt: id of the receipt, once in all agreements.
        amount: a decimal number above 0, in `currency` (ISO 4217).
        settled: when it was recorded by who was paid.
    """

    id: str
    context: str
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    receipt: str
    amount: str
    currency: str
    settled: datetime
    created: datetime


class KeyedRead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A read that has a key of its reader's choosing, so that a repeat is no second use. Of the key only a digest is kept.

    Attributes:
        window: the beginning of the window in which its use counts; "" where it counts for ever.
        path: of the file, or what a query was asked.
        root: Merkle root of the file, or the name of the query's result: a repeat gets these very bytes.
        start, end: the bytes that were asked for first, `end` excluded; None: to its end.
        open: how many reads under it go on.
        delivered: whether a byte of it has left.
    """

    id: str
    context: str
    agreement: str
    window: str
    path: str
    root: str
    start: int
    end: int | None
    open: int = 0
    delivered: bool = False
    created: datetime


class StoredManifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The chunk manifest of one file of an asset (D-17). `id` is "<asset>/<path>", path "" for a single file.

    `stamp` is inode, size, mtime and ctime in nanoseconds: a file with another stamp has changed.
    `chunks` are the SHA-256 of each 1 MiB chunk, 32 bytes each, joined.
    Of a file in the vault the asset is the object, `stamp` the salt of its key in hex, "" until it is whole, and
    no `chunks` are kept: each is authenticated as it is read.
    """

    id: str
    context: str
    asset: str
    path: str
    stamp: str
    size_bytes: int
    root: str
    chunks: bytes


class VaultState(StrEnum):
    """The life of an object of the vault. A STOPPED landing can go on; DESTROYING ends as DESTROYED and no other way."""

    LANDING = "LANDING"
    STOPPED = "STOPPED"
    LANDED = "LANDED"
    DESTROYING = "DESTROYING"
    DESTROYED = "DESTROYED"


class VaultObject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a transfer brought into the vault (受控存储), under one key. Its files are `StoredManifest`s of this asset.

    Attributes:
        transfer: that brought it. query: what a live source was asked, as in a URL.
        agreement: our id of it; `wire_id` the one that both sides use.
        key: fingerprint of the key; "" while nothing was sealed yet.
        verified: every file was held against the provider's chunk manifest.
        contents: digest over paths, sizes and roots of all files, once they are there.
        seen: the latest time at which it was used; for it, time never runs backwards.
        code: why it stopped, or why it was destroyed; `reason` the same as a sentence, by language.
        exported: something of it was given out in the clear.
        proof: the evidence entry of its destruction.
    """

    id: str
    context: str
    transfer: str
    query: str = ""
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    purpose: str | None = None
    state: VaultState = VaultState.LANDING
    key: str = ""
    files: int = 0
    size_bytes: int = 0
    verified: bool = False
    contents: str = ""
    seen: datetime
    code: str | None = None
    reason: dict[str, str] = msgspec.field(default_factory=dict)
    exported: bool = False
    proof: str | None = None
    created: datetime
    updated: datetime


class SealedAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the consumer fetches a transfer's bytes, token included, sealed by the keyring. `id` is the transfer."""

    id: str
    context: str
    envelope: bytes
    created: datetime


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret under a name, for sources and callbacks, sealed by the keyring."""

    id: str
    context: str
    envelope: bytes
    created: datetime
    updated: datetime


class RegisteredPlane(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A data plane that said it is there: where it takes orders, and what it can move."""

    id: str
    context: str
    endpoint: str
    transfer_types: tuple[str, ...] = ()
    source_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    authorization: dict[str, Any] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


class Event(StrEnum):
    """What may happen in a process that an answer can react to."""

    REQUESTED = "requested"
    COUNTERED = "countered"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    AGREED = "agreed"
    VERIFIED = "verified"
    FINALIZED = "finalized"
    REQUEST_ACKNOWLEDGED = "request-acknowledged"
    TRANSFER_REQUESTED = "transfer-requested"
    TRANSFER_REQUEST_ACKNOWLEDGED = "transfer-request-acknowledged"
    TRANSFER_STARTED = "transfer-started"
    AGREEMENT_CONCLUDED = "agreement-concluded"
    CONTRACT_RECEIVED = "contract-received"
    CONTRACT_SIGNED = "contract-signed"


class Act(StrEnum):
    """What an answer does. HOLD asks a person, NOTHING stays quiet.

    AGREE_WITHIN agrees to our own terms, and to other terms that lie within our offer as it stands now. SIGN signs a
    contract that says what an agreement of ours says and nothing more, SIGN_WITHIN only while that also lies within our
    offer as it stands now; FILE files what all have signed.
    """

    OFFER = "offer"
    COUNTER = "counter"
    ACCEPT = "accept"
    AGREE = "agree"
    AGREE_WITHIN = "agree-within"
    VERIFY = "verify"
    FINALIZE = "finalize"
    TERMINATE = "terminate"
    HOLD = "hold"
    NOTHING = "nothing"
    START = "start"
    SUSPEND = "suspend"
    COMPLETE = "complete"
    SIGN = "sign"
    SIGN_WITHIN = "sign-within"
    FILE = "file"


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stored answer (D-30): on an event in a process that matches, do these acts one after another.

    The first match by `priority` (higher first), then by id, counts. An empty matcher field matches all.
    Each act after the first is sent when the one before is acknowledged.
    """

    id: str
    context: str
    on: Event
    do: tuple[Act, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: int = 0
    reason: str | None = None
    version: int = 1
    created: datetime
    updated: datetime


class KeyUse(StrEnum):
    """What a key signs. Kinds are kept apart, so that one cannot be taken for another."""

    MESSAGE = "message"
    LOG = "log"
    ISSUER = "issuer"
    CONTRACT = "contract"


class KeyState(StrEnum):
    """How far a key has come; a later state never becomes an earlier one.

    ANNOUNCED stands in the DID document and does not sign yet: a log key until the one before vouches for it, a
    contract key until its certificate is there; ACTIVE signs; RETIRING no longer signs but still
    stands in the DID document; RETIRED does neither.
    """

    ANNOUNCED = "announced"
    ACTIVE = "active"
    RETIRING = "retiring"
    RETIRED = "retired"


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signing key of a context. `envelope` is the private key sealed by the keyring.

    Attributes:
        signs_from: from when it signs; None: since it was made. The key before it signs until then.
        vouched_at: size of the log at the checkpoint by which the log key before vouches for this one.
        credentials_until: how long credentials or contracts live that it signed; it stands in the DID document for
            them alone.
        certificates: the chain that says whose key it is, DER, its own certificate first.
    """

    id: str
    context: str
    use: KeyUse
    algorithm: Algorithm
    public_jwk: dict[str, str]
    envelope: bytes
    state: KeyState = KeyState.ACTIVE
    created: datetime
    retire_at: datetime | None = None
    signs_from: datetime | None = None
    vouched_at: int | None = None
    credentials_until: datetime | None = None
    certificates: tuple[bytes, ...] = ()


class HeldCredential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A verifiable credential about ourselves, as the JWT that we inline in tokens."""

    id: str
    context: str
    type: str
    issuer: str
    jwt: str
    expires: datetime | None
    created: datetime


class IssuedCredential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A credential that this context issued; `index` is its bit in the status list."""

    id: str
    context: str
    type: str
    subject: str
    index: int
    revoked: bool = False
    expires: datetime
    created: datetime


class KnownParticipant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry of the address book: `id` is the alias, `base` overrides discovery (D-04).

    `entity` and `connector` are its codes by NDI-TR-2025-04, `name` what it is called in contracts.
    """

    id: str
    context: str
    did: str
    base: str | None = None
    entity: str = ""
    connector: str = ""
    name: str = ""
    created: datetime


class ContextLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much of a node one context may take; None: no bound.

    Attributes:
        datasets: assets that it holds.
        negotiations: open at once, whoever opened them.
        transfers: open at once, whoever opened them.
        reads: running at once at each worker.
    """

    datasets: Bound | None = None
    negotiations: Bound | None = None
    transfers: Bound | None = None
    reads: Bound | None = None


class HostedContext(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A participant context as it was made or changed while the node ran (D-01); `id` and `context` are one.

    Attributes:
        name: by language, "zh" and "en"; that of node.toml counts where it names the context.
        participant: its identifier; None: it follows from the node's address.
        entity: its subject code; connector: the code of the node as its connector; "" for none.
        grade: of its assets that name none; None: as node.toml says, if it names the context.
        key: SHA-256 of the API key that opens this context alone, lower-case hex; "" for none.
        closed: since when it answers no one.
    """

    id: str
    context: str
    name: dict[str, str] = msgspec.field(default_factory=dict)
    participant: str | None = None
    entity: str = ""
    connector: str = ""
    grade: GradeNumber | None = None
    limits: ContextLimits = ContextLimits()
    key: str = ""
    closed: datetime | None = None
    created: datetime
    updated: datetime


class Delivery(StrEnum):
    """What an outbox row promises."""

    MESSAGE = "message"
    ANSWER = "answer"
    FLOW = "flow"
    CALLBACK = "callback"
    PUSH = "push"
    NOTICE = "notice"
    """Tell another xinfu node of a change of an agreement or a duty."""
    STOP = "stop"
    """Let the transfers of an agreement follow what has become of it."""
    INTERFACE = "interface"


Family: TypeAlias = Literal["negotiation", "transfer", "agreement", "contract"]
"""Of which sort a process is."""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a step promised to do later. Rows of one `process` are done in the order of `id`.

    For a MESSAGE `payload` is the body to be posted to `url`; for an ANSWER or a FLOW it is the order. A CALLBACK is
    posted to an address of our own operator; its `process` is no process, but the queue of that address.
    `sealed` says that the payload is an envelope of the keyring (it carries an endpoint token). `trace` is the
    `traceparent` that it was promised under.
    """

    id: int
    context: str
    family: Family
    process: str
    delivery: Delivery
    kind: str
    peer: str
    url: str
    payload: bytes
    sealed: bool
    attempts: int
    due: datetime
    created: datetime
    last_error: str | None = None
    trace: str | None = None
