"""Digital contracts as the API shows them: the contract itself, what its signatures are worth, its rounds."""

from datetime import datetime
from typing import Any

import msgspec

from xinfu.contracts import FilingReceipt, digest_of
from xinfu.contracts.following import WORDS
from xinfu.contracts.terms import PARTY_NAMES, STATUS_NAMES
from xinfu.evidence import Entry
from xinfu.ports.records import ContractAnswered, ContractRecord
from xinfu.ports.sealing import SealStanding
from xinfu.web.api.shapes import PolicyView, policy_view


class ContractPartyView(msgspec.Struct, frozen=True, kw_only=True):
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


class FilingView(msgspec.Struct, frozen=True, kw_only=True):
    """The filing receipt (备案回执)."""

    hash: str
    platform: str
    filed: datetime


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """Why a person has to decide."""

    code: str
    zh: str
    en: str


class AnsweredView(msgspec.Struct, frozen=True, kw_only=True):
    """What a stored answer has made of it: `act` `hold` leaves it to a person, for these reasons.

    `rule` is the id of the answer that counted, in this `version`; empty for none.
    """

    on: str
    act: str
    rule: str
    version: int
    reasons: list[ReasonView]
    at: datetime


class ContractView(msgspec.Struct, frozen=True, kw_only=True):
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


def contract_view(record: ContractRecord) -> ContractView:
    """A contract, shown."""
    contract = record.contract
    signed = {each.party: each.at for each in contract.signatures}
    zh, en = STATUS_NAMES[contract.status]
    return ContractView(
        id=record.id,
        number=contract.number,
        draft=not contract.is_numbered,
        name=contract.name,
        abstract=contract.abstract,
        status=contract.status,
        status_zh=zh,
        status_en=en,
        sign_mode=contract.sign_mode,
        side=record.side,
        agreement=record.agreement,
        begun_by=record.begun_by,
        amends=contract.amends,
        in_force=contract.in_force,
        version=contract.version,
        digest=digest_of(contract),
        begins=contract.begins,
        ends=contract.ends,
        parties=[
            ContractPartyView(
                type=party.type,
                type_zh=PARTY_NAMES[party.type][0],
                type_en=PARTY_NAMES[party.type][1],
                participant=party.participant,
                entity=party.entity,
                name=party.name,
                connector=party.node,
                signs=party.signs,
                signed=signed.get(party.id),
            )
            for party in contract.parties
        ],
        products=[msgspec.to_builtins(each) for each in contract.products],
        policy=policy_view(contract.policy),
        terms=list(contract.terms),
        signed=contract.signed,
        filing=None if contract.filing is None else _filing(contract.filing),
        answered=None if record.answered is None else _answered(record.answered),
        created=record.created,
        updated=record.updated,
    )


def _filing(receipt: FilingReceipt) -> FilingView:
    return FilingView(hash=receipt.hash, platform=receipt.platform, filed=receipt.filed)


def _answered(found: ContractAnswered) -> AnsweredView:
    return AnsweredView(
        on=found.on,
        act=found.act,
        rule=found.rule,
        version=found.version,
        reasons=[ReasonView(code=each, zh=WORDS[each][1], en=WORDS[each][0]) for each in found.reasons],
        at=found.at,
    )


class StandingView(msgspec.Struct, frozen=True, kw_only=True):
    """What a signature is worth: `verdict` yes, no or unknown; without `certified` it is a bare key's.

    `zh` and `en` say the reasons in words.
    """

    verdict: str
    certified: bool
    subject: str
    reasons: list[str]
    zh: str
    en: str


class SignatureView(msgspec.Struct, frozen=True, kw_only=True):
    """A party's signature; `standing` is null where it has not signed."""

    party: str
    name: str
    signed: datetime | None
    standing: StandingView | None


class ContractChecked(msgspec.Struct, frozen=True, kw_only=True):
    """The signatures of a contract and of its receipt, checked now; `receipt` is null without one."""

    number: str
    digest: str
    holds: bool
    signatures: list[SignatureView]
    receipt: StandingView | None


def standing_view(found: SealStanding | None) -> StandingView | None:
    """What a signature is worth, shown; None for one that is not there."""
    if found is None:
        return None
    return StandingView(
        verdict=found.verdict.name.lower(),
        certified=found.certified,
        subject=found.subject,
        reasons=[str(each) for each in found.reasons],
        zh=found.sentence("zh"),
        en=found.sentence("en"),
    )


class RoundView(msgspec.Struct, frozen=True, kw_only=True):
    """One change of a contract; `entry` is its entry in the log, beside which the text lies as it was then."""

    entry: str
    at: str
    event: str
    by: str
    before: str
    after: str
    version: int
    digest: str
    reason: str


def round_view(entry: Entry) -> RoundView:
    """A change of a contract, by its entry in the log."""
    facts = entry.facts
    return RoundView(
        entry=entry.id,
        at=entry.at,
        event=str(facts["event"]),
        by=str(facts["by"]),
        before=str(facts["from"]),
        after=str(facts["to"]),
        version=int(str(facts.get("version", 1))),
        digest=str(facts["digest"]),
        reason=str(facts.get("reason", "")),
    )
