"""Digital contracts: parties, signatures, filing, templates."""

from datetime import datetime
from typing import Any

from xinfu.api.policy import PolicyView
from xinfu.api.shape import View


class ContractPartyView(View, frozen=True, kw_only=True):
    """A party. `type` is a code of the standard, `signed` when it signed; who does not have to sign only files."""

    type: str
    type_zh: str
    type_en: str
    participant: str
    entity: str
    name: str
    connector: str
    signs: bool
    signed: datetime | None


class FilingView(View, frozen=True, kw_only=True):
    """The platform's filing receipt."""

    hash: str
    platform: str
    filed: datetime


class ReasonView(View, frozen=True, kw_only=True):
    """Why a person has to decide."""

    code: str
    zh: str
    en: str


class AnsweredView(View, frozen=True, kw_only=True):
    """The effect of a stored answer on a contract. Where `act` is `hold`, a person decides, for these reasons.

    `rule` is the id of the answer that counted, in this `version`; empty for none.
    """

    on: str
    act: str
    rule: str
    version: int
    reasons: list[ReasonView]
    at: datetime


class ContractView(View, frozen=True, kw_only=True):
    """A digital contract. `number` is a local id while it is a draft; `agreement` is a wire id.

    `amends` is the number of the contract that it supplements, `in_force` whether all have signed it and nobody ended it.
    """

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
    amends: str
    in_force: bool
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
    answered: AnsweredView | None
    created: datetime
    updated: datetime


class RoundView(View, frozen=True, kw_only=True):
    """A change of a contract; `entry` is its log entry, which keeps the contract's text at that time."""

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
    """The check of a signature: `verdict` yes, no or unknown; `certified` false: by a key without a certificate.

    `zh` and `en` say the reasons in words.
    """

    verdict: str
    certified: bool
    subject: str
    reasons: list[str]
    zh: str
    en: str


class SignatureView(View, frozen=True, kw_only=True):
    """A party's signature; `standing` is null where it has not signed."""

    party: str
    name: str
    signed: datetime | None
    standing: SealView | None


class ContractChecked(View, frozen=True, kw_only=True):
    """The signatures of a contract and of its receipt, checked now; `receipt` is null without one."""

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
    """A template with its blanks filled in; a dataset can be published under `policy.odrl`."""

    name: str
    abstract: str
    policy: PolicyView
    terms: list[str]
