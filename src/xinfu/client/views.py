"""What a node answers, as structs. A newer node may say more than this client reads (D-30).

Moments are aware. `reason` entries are what the other side said: an object with code, message, message_zh, help
and help_zh where it speaks as we do, any JSON otherwise.
"""

from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

T = TypeVar("T")


class View(msgspec.Struct, frozen=True, kw_only=True):
    """Anything that a node shows."""


class Page(View, Generic[T], frozen=True, kw_only=True):
    """Some of a list. `next` is the cursor of what follows; None on the last page."""

    items: list[T]
    next: str | None
    total: int


class ParticipantView(View, frozen=True, kw_only=True):
    """One participant that the node plays. `protocol` and `data` are how others reach it."""

    id: str
    participant: str
    name: dict[str, str]
    protocol: str
    data: str


class LimitsView(View, frozen=True, kw_only=True):
    """How much of the node one participant may take; None: no bound."""

    datasets: int | None = None
    negotiations: int | None = None
    transfers: int | None = None
    reads: int | None = None


class HostedView(ParticipantView, frozen=True, kw_only=True):
    """A participant that the node hosts."""

    limits: LimitsView
    closed: bool


class HostedListView(View, frozen=True, kw_only=True):
    """Those that the key opens."""

    items: list[HostedView]


class UsedView(View, frozen=True, kw_only=True):
    """How much of what is bounded a participant takes now."""

    datasets: int
    negotiations: int
    transfers: int
    reads: int


class HostedDetailView(View, frozen=True, kw_only=True):
    """A hosted participant, and how much of the node it takes."""

    context: HostedView
    used: UsedView


class AddedView(View, frozen=True, kw_only=True):
    """A participant that was added, and the API key that opens it alone."""

    context: HostedView
    api_key: str

    def __repr__(self) -> str:
        return f"AddedView(context={self.context!r})"


class FreshKeyView(View, frozen=True, kw_only=True):
    """An API key that opens one participant alone."""

    api_key: str

    def __repr__(self) -> str:
        return "FreshKeyView()"


class NodeView(View, frozen=True, kw_only=True):
    """A node: its version, and the participants that it plays, the first by default."""

    version: str
    contexts: list[ParticipantView]


class RulesView(View, frozen=True, kw_only=True):
    """Each rule of a policy as a sentence, and how far it is enforced."""

    zh: list[str]
    en: list[str]
    levels: list[dict[str, Any]]

    def sentences(self, language: str) -> list[str]:
        """The rules in "zh" or "en"."""
        return self.zh if language == "zh" else self.en


class PolicyView(View, frozen=True, kw_only=True):
    """A policy as ODRL, and as sentences."""

    odrl: dict[str, Any]
    rules: RulesView


class PolicyDefinitionView(View, frozen=True, kw_only=True):
    """A stored policy."""

    id: str
    policy: PolicyView
    created: datetime
    updated: datetime


class TermsView(View, frozen=True, kw_only=True):
    """An offer."""

    id: str
    policy: PolicyView


class ColumnView(View, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    type: str


class ParameterView(View, frozen=True, kw_only=True):
    """A parameter of a query. Without a default it has to be given; `values`: all that an enum can be."""

    name: str
    type: str
    values: tuple[str, ...] = ()
    default: str | int | float | bool | msgspec.UnsetType | None = msgspec.UNSET


class DatasetView(View, frozen=True, kw_only=True):
    """A dataset in the catalog of another participant; titles are keyed by language.

    Of a table also: `columns`, `parameters` and `table_formats`.
    """

    id: str
    title: dict[str, str]
    description: dict[str, str]
    keywords: tuple[str, ...]
    formats: tuple[str, ...]
    size_bytes: int | None
    media_type: str | None
    generated: bool
    columns: tuple[ColumnView, ...] = ()
    parameters: tuple[ParameterView, ...] = ()
    table_formats: tuple[str, ...] = ()
    offers: list[TermsView]


class CatalogView(View, frozen=True, kw_only=True):
    """What a participant offers us. `more`: there are further datasets, which begin behind `next`."""

    participant: str
    base: str
    datasets: list[DatasetView]
    more: bool
    next: str | None = None


class Fault(View, frozen=True, kw_only=True):
    """Why something was refused or failed: a stable code, and a sentence in English and Chinese."""

    code: str
    detail: str
    detail_zh: str
    help: str = ""
    help_zh: str = ""


class Waiting(View, frozen=True, kw_only=True):
    """What a process waits for: a participant, "a person here", or "delivery" with the next try of ours.

    Attributes:
        whom: "us", "person", "peer" or "nobody".
        since: when the process last moved. deadline: when we give up sending.
        failure: what went wrong at the last try, in the peer's words where it had any.
        stuck: it will hardly go on by itself.
    """

    waits_for: str
    whom: str = ""
    since: datetime | None = None
    next_try: datetime | None = None
    tries: int = 0
    deadline: datetime | None = None
    last_error: str | None = None
    failure: Fault | None = None
    stuck: bool = False


class Checked(View, frozen=True, kw_only=True):
    """What the peer said of a process: its state there, and what that means."""

    peer_state: str | None
    finding: str
    message: str
    message_zh: str
    at: datetime


class Change(View, frozen=True, kw_only=True):
    """One step of a counter-offer, "stricter", "looser" or "other" for the one who uses the data.

    Attributes:
        kind: "adds", "drops", "shortens", "extends", "lowers", "raises", "narrows", "widens" or "changes".
        zh: the step as a sentence, in Chinese; `en` in English.
    """

    kind: str
    effect: str
    rule: str
    about: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    zh: str
    en: str


class Difference(View, frozen=True, kw_only=True):
    """What the offer on the table changes.

    Attributes:
        against: "our offer", as it stands in our catalog now, or "the offer before".
        within: "yes" when it is proven to lie within that one, "no" when a situation shows that it does not,
            "unknown" when a person has to look.
        zh: that situation, or why it is unknown, in Chinese; `en` in English.
        changes: step by step; empty when both say the same.
        common: the largest policy that lies within both: what could be countered in turn; None in a list, where
            the offer lies within, and where nothing common can be proven.
    """

    against: str
    within: str
    zh: str
    en: str
    changes: tuple[Change, ...]
    common: dict[str, Any] | None = None


class NegotiationView(View, frozen=True, kw_only=True):
    """A negotiation. `sending` is our own message that is not acknowledged yet; `agreement` a wire id.

    Attributes:
        difference: what the offer changes; in a list only where a person here has to decide.
    """

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    dataset: str
    offer: PolicyView
    offered_by: str
    purpose: str | None
    agreement: str | None
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    waiting: Waiting | None = None
    difference: Difference | None = None


class NegotiationChecked(View, frozen=True, kw_only=True):
    """What the peer said of a negotiation, and the negotiation after it."""

    negotiation: NegotiationView
    checked: Checked


class AgreementView(View, frozen=True, kw_only=True):
    """An agreement. `id` is ours, `wire_id` the one that both sides use."""

    id: str
    wire_id: str
    negotiation: str
    role: str
    peer: str
    dataset: str
    policy: PolicyView
    purpose: str | None
    state: str
    until: datetime | None = None
    suspended_by: str | None = None
    renews: str | None = None
    renewed_by: str | None = None
    ended_by: str | None
    ended_clause: str | None
    reason: str | None
    concluded: datetime
    updated: datetime


class ContractPartyView(View, frozen=True, kw_only=True):
    """A party of a contract; `signed` is when it signed."""

    type: str
    type_zh: str
    type_en: str
    participant: str
    entity: str
    name: str
    connector: str
    signed: datetime | None


class FilingView(View, frozen=True, kw_only=True):
    """The platform's filing receipt."""

    hash: str
    platform: str
    filed: datetime


class ContractView(View, frozen=True, kw_only=True):
    """A digital contract. `number` is a local id while `draft`; `agreement` is a wire id."""

    id: str
    number: str
    draft: bool
    name: str
    abstract: str
    status: str
    status_zh: str
    status_en: str
    sign_mode: str
    side: str
    agreement: str
    begun_by: str
    version: int
    digest: str
    begins: datetime
    ends: datetime | None
    parties: list[ContractPartyView]
    products: list[dict[str, Any]]
    policy: PolicyView
    terms: list[str]
    signed: datetime | None
    filing: FilingView | None
    created: datetime
    updated: datetime


class ProofView(View, frozen=True, kw_only=True):
    """What was handed in for a duty, and how much it is worth."""

    assurance: str
    method: str = ""
    digests: list[str] = []
    link: str = ""
    receipt: str = ""
    amount: str = ""
    currency: str = ""
    statement: str = ""


class DutyView(View, frozen=True, kw_only=True):
    """A duty. `agreement` is our id; `owes` says that it is ours to do; `wants` are the fields of its proof."""

    id: str
    agreement: str
    wire_id: str
    key: str
    action: str
    transfer: str
    peer: str
    owes: bool
    state: str
    trigger: str
    opens: datetime | None
    deadline: datetime | None
    wants: list[str]
    by_both: bool
    proof: ProofView | None
    parent: str
    reason: str | None
    created: datetime
    updated: datetime


class RoundView(View, frozen=True, kw_only=True):
    """One change of a contract; `entry` is its entry in the log."""

    entry: str
    at: str
    event: str
    by: str
    before: str
    after: str
    version: int
    digest: str
    reason: str


class SealView(View, frozen=True, kw_only=True):
    """What a signature is worth: `verdict` yes, no or unknown; without `certified` it is a bare key's.

    `zh` and `en` say the reasons in words.
    """

    verdict: str
    certified: bool
    subject: str
    reasons: list[str]
    zh: str = ""
    en: str = ""


class SignatureView(View, frozen=True, kw_only=True):
    """A party's signature; `standing` is None where it has not signed."""

    party: str
    name: str
    signed: datetime | None
    standing: SealView | None


class ContractChecked(View, frozen=True, kw_only=True):
    """The signatures of a contract and of its receipt, checked; `receipt` is None without one."""

    number: str
    digest: str
    holds: bool
    signatures: list[SignatureView]
    receipt: SealView | None


class TemplateView(View, frozen=True, kw_only=True):
    """A contract template that the node keeps; `template` as the API takes it."""

    id: str
    template: dict[str, Any]
    created: datetime
    updated: datetime


class FilledView(View, frozen=True, kw_only=True):
    """What comes of a template with its blanks filled in; `policy.odrl` can be published under."""

    name: str
    abstract: str
    policy: PolicyView
    terms: list[str]


class TransferView(View, frozen=True, kw_only=True):
    """A transfer. `agreement` is a wire id."""

    id: str
    role: str
    peer: str
    state: str
    sending: str | None
    held: bool
    agreement: str
    dataset: str
    format: str
    purpose: str | None
    consumer_pid: str | None
    provider_pid: str | None
    code: str | None
    reason: list[Any]
    created: datetime
    updated: datetime
    environment: str | None = None
    waiting: Waiting | None = None


class TransferChecked(View, frozen=True, kw_only=True):
    """What the peer said of a transfer, and the transfer after it."""

    transfer: TransferView
    checked: Checked


class Finding(View, frozen=True, kw_only=True):
    """One thing that the doctor looked at; `grade` is "ok", "warning" or "fault"."""

    code: str
    grade: str
    en: str
    zh: str
    help_en: str = ""
    help_zh: str = ""
    about: str = ""


class Examination(View, frozen=True, kw_only=True):
    """All findings of the doctor; `grade` is the worst of them."""

    at: datetime
    grade: str
    findings: list[Finding]


class FileView(View, frozen=True, kw_only=True):
    """A file of a transfer; `path` is "" where the dataset is one file. `root` is its Merkle root, hex."""

    path: str
    size: int
    root: str


class AssetView(View, frozen=True, kw_only=True):
    """What a provider holds."""

    id: str
    source: dict[str, Any]
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    keywords: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    generated: bool = False
    size_bytes: int | None = None
    root: str | None = None
    columns: tuple[ColumnView, ...] = ()
    created: datetime
    updated: datetime


class ContractDefinitionView(View, frozen=True, kw_only=True):
    """Which assets are offered under which policies; `assets` None means all."""

    id: str
    access_policy: str
    contract_policy: str
    assets: tuple[str, ...] | None = None


class Published(View, frozen=True, kw_only=True):
    """What one act of publishing made."""

    asset: AssetView
    policy: PolicyDefinitionView
    definition: ContractDefinitionView


class PublicationAnswer(View, frozen=True, kw_only=True):
    """What came of one of many publications: published, or why not."""

    asset: str
    published: bool
    root: str | None = None
    fault: Fault | None = None


class PublicationAnswers(View, frozen=True, kw_only=True):
    """What came of each, in the order in which they were given."""

    items: list[PublicationAnswer]
    published: int
    refused: int


class Happening(View, frozen=True, kw_only=True):
    """One entry of the evidence log, as a line of a timeline."""

    entry: str
    at: datetime
    kind: str
    facts: dict[str, Any]


class EntryView(View, frozen=True, kw_only=True):
    """An entry of the evidence log as it was signed; `index` is None for the moment until it is numbered."""

    id: str
    row: int
    index: int | None
    entry: dict[str, Any]


class AnswerView(View, frozen=True, kw_only=True):
    """A stored answer: on this event, where all named fields match, do these acts one after another."""

    id: str
    on: str
    do: tuple[str, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: int = 0
    reason: str | None = None
    version: int = 1


class KnownView(View, frozen=True, kw_only=True):
    """An entry of the address book; `id` is the alias."""

    id: str
    did: str
    base: str | None = None
    entity: str = ""
    connector: str = ""
    name: str = ""


class KeyView(View, frozen=True, kw_only=True):
    """A key by its public side. A contract key that `waits` signs when its certificate is there."""

    id: str
    use: str
    algorithm: str
    public_jwk: dict[str, str]
    waits: bool = False


class RequestedView(View, frozen=True, kw_only=True):
    """A certification request (PKCS#10) as PEM, and the key that it is about."""

    key: str
    algorithm: str
    request: str


class CertificateFinding(View, frozen=True, kw_only=True):
    """Something that was found about a certificate."""

    code: str
    subject: str
    zh: str
    en: str


class CertificateView(View, frozen=True, kw_only=True):
    """The certificate of the contract key; `verdict` is what it is worth there and then: yes, no or unknown."""

    key: str
    algorithm: str
    subject: str
    issuer: str
    common_name: str
    unit: str
    serial: str
    not_before: datetime
    not_after: datetime
    verdict: str
    findings: list[CertificateFinding]


class HeldView(View, frozen=True, kw_only=True):
    """A credential that the node holds, without its text."""

    id: str
    type: str
    issuer: str


class IssuedView(View, frozen=True, kw_only=True):
    """A fresh credential; `jwt` is what its subject needs."""

    id: str
    subject: str
    type: str
    jwt: str


class SecretView(View, frozen=True, kw_only=True):
    """A secret by its name; nobody reads its value back."""

    id: str
    created: datetime
    updated: datetime


class IssuedRecordView(View, frozen=True, kw_only=True):
    """A credential that the node issued before."""

    id: str
    subject: str
    type: str
    revoked: bool
    expires: datetime


class ControlView(View, frozen=True, kw_only=True):
    """How far something is enforced: the level, and what it holds for, in both languages."""

    level: str
    zh: str
    en: str


class VaultView(View, frozen=True, kw_only=True):
    """An object of the node's vault. `agreement` is a wire id; `reason` says by language why it stopped or went."""

    id: str
    state: str
    transfer: str
    query: str
    agreement: str
    peer: str
    dataset: str
    purpose: str | None
    files: int
    size_bytes: int
    verified: bool
    contents: str
    key: str
    code: str | None
    reason: dict[str, str]
    proof: str | None
    created: datetime
    updated: datetime
    exported: bool = False
    control: list[ControlView] = []

    @property
    def waiting(self) -> Waiting | None:
        """It waits for nobody but the provider's bytes."""
        return None


class May(View, frozen=True, kw_only=True):
    """What the policy says to an act now: "yes", "no" or "unknown"; `reasons` why it is not yes."""

    verdict: str
    reasons: list[dict[str, str]] = []


class PassView(View, frozen=True, kw_only=True):
    """A short-lived token that opens one object for reading; goes as `Authorization: Bearer`."""

    token: str
    until: datetime

    def __repr__(self) -> str:
        return f"PassView(until={self.until!r})"


class Destruction(View, frozen=True, kw_only=True):
    """The proof that an object was destroyed; the receipt of `entry` proves it to others, offline.

    Attributes:
        key: fingerprint of the key that is no more. method: how it went. cause: why.
        contents: digest over paths, sizes and roots of all its files; `roots` those of the files themselves.
    """

    entry: str
    object: str
    wire_id: str
    dataset: str
    peer: str
    key: str
    method: str
    cause: str
    contents: str
    roots: list[str]
    files: int
    size_bytes: int
    destroyed: datetime


class PartView(View, frozen=True, kw_only=True):
    """One part of a policy and how it was judged."""

    code: str
    verdict: str
    rule: str = ""
    path: str = ""
    operand: str = ""
    operator: str = ""
    wanted: list[str] = []
    found: list[str] = []
    zh: str = ""
    en: str = ""


class ExplanationView(View, frozen=True, kw_only=True):
    """May a participant do something with a dataset, and why. `may` is yes, no or unknown."""

    participant: str
    dataset: str
    action: str
    purpose: str | None
    at: datetime
    may: str
    basis: str
    under: str
    reasons: list[Fault]
    negotiable: str | None = None
    use: str | None = None
    until: datetime | None = None
    duties: list[str] = []
    parts: list[PartView] = []
    policy: PolicyView | None = None
    proven: dict[str, list[str]] = {}


class DryRun(View, frozen=True, kw_only=True):
    """Terms tried on everyone that the node knows; `able` could agree to them and use the dataset."""

    items: list[ExplanationView]
    able: int
