"""Records of digital contracts and their templates."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.contracts import ContractTemplate, DigitalContract, Status
from xinfu.contracts.reports import LastReport
from xinfu.ports.column import Word
from xinfu.ports.kind import DatedKind
from xinfu.ports.records.answer import Act, Event


class ContractSide(StrEnum):
    """The role in which we hold a contract: a party, or the platform that numbers and files it."""

    PARTY = "party"
    PLATFORM = "platform"


class ContractRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A digital contract (数字合约) as we hold it. `id` is ours and never changes; a platform gives the number.

    Attributes:
        agreement: wire id of the agreement that it comes from; "" at the platform.
        begun_by: id of the participant that began it; "" for a draft that nobody has begun yet.
        answered: the last decision of a stored answer, with the reasons if it waits for a person.
        told: by participant, the number of the last report that we sent and it accepted.
        heard: by participant, the last report that it sent and we accepted.
    """

    id: str
    context: str
    agreement: str = ""
    side: ContractSide = ContractSide.PARTY
    begun_by: str
    contract: DigitalContract
    answered: "ContractDecision | None" = None
    told: dict[str, int] = msgspec.field(default_factory=dict)
    heard: dict[str, LastReport] = msgspec.field(default_factory=dict)
    created: datetime
    updated: datetime


class _Contracts(DatedKind[ContractRecord]):
    """`number` is a local id while no platform has given one; `amends` the number of the contract that it supplements."""

    number = Word[ContractRecord, str](lambda record: record.contract.number)
    agreement = Word[ContractRecord, str](lambda record: record.agreement)
    side = Word[ContractRecord, ContractSide](lambda record: record.side)
    status = Word[ContractRecord, Status](lambda record: record.contract.status)
    amends = Word[ContractRecord, str](lambda record: record.contract.amends)
    indexed = ("number", "agreement", "status", "amends")


CONTRACTS: Final = _Contracts("contract", "contracts", "数字合约", ContractRecord)


class ContractDecision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The decision of a stored answer on a contract.

    Attributes:
        on: the event. act: the act; HOLD: the contract waits for a person.
        rule: id of the stored answer that applied, in this version; "" for none.
        reasons: why a person has to decide, as codes (`contracts.discrepancies`).
    """

    on: "Event"
    act: "Act"
    rule: str = ""
    version: int = 0
    reasons: tuple[str, ...] = ()
    at: datetime


class StoredTemplate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contract template (合约模板) with its id; it was checked when it was written."""

    id: str
    context: str
    template: ContractTemplate
    created: datetime
    updated: datetime


CONTRACT_TEMPLATES: Final = DatedKind("contract-template", "contract_templates", "合约模板", StoredTemplate)
