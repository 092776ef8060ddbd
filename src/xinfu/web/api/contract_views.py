"""Digital contracts as the API shows them: the contract, the verification of its signatures, and its rounds."""

import msgspec

from xinfu.api import (
    AnsweredView,
    ContractPartyView,
    ContractView,
    FilingView,
    ReasonView,
    RoundView,
    SealView,
)
from xinfu.contracts import FilingReceipt, digest_of
from xinfu.contracts.discrepancies import WORDS
from xinfu.contracts.terms import PARTY_NAMES, STATUS_NAMES
from xinfu.evidence import Entry
from xinfu.ports.records import ContractDecision, ContractRecord
from xinfu.ports.sealing import SealStanding
from xinfu.web.api.shapes import policy_view


def contract_view(record: ContractRecord) -> ContractView:
    """Return a contract as the API shows it."""
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


def _answered(found: ContractDecision) -> AnsweredView:
    return AnsweredView(
        on=found.on,
        act=found.act,
        rule=found.rule,
        version=found.version,
        reasons=[ReasonView(code=each, zh=WORDS[each][1], en=WORDS[each][0]) for each in found.reasons],
        at=found.at,
    )


def standing_view(found: SealStanding | None) -> SealView | None:
    """Return the view of a signature's verification; None without a signature."""
    if found is None:
        return None
    return SealView(
        verdict=found.verdict.name.lower(),
        certified=found.certified,
        subject=found.subject,
        reasons=[str(each) for each in found.reasons],
        zh=found.sentence("zh"),
        en=found.sentence("en"),
    )


def round_view(entry: Entry) -> RoundView:
    """Return a change of a contract, from its entry in the log."""
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
