"""The digital contract in force: data flows by the rules that were signed, and where asked only once they are filed.

Once the contract of an agreement is filed, the record of the agreement alone opens nothing: its rules, parties and
dataset have to be those of the signed text, the text has to have the digest that was filed, and its signatures are
checked once after each start. Whatever differs refuses every use, and is in the evidence as `contract.contradicted`.
Follows: TC609-6-2025-14, 7.4 and 7.5; TC609-6-2025-15, 8.1.
"""

from typing import Final

from xinfu.contracts import Status, contract_hash
from xinfu.evidence.entry import Fact
from xinfu.odrl import Decision, Effect, Reason, write
from xinfu.odrl.operands.trait import CONTRACT_FILING, FILED
from xinfu.ports.records import CONTRACTS, AgreementRecord, ContractRecord
from xinfu.ports.store import Step
from xinfu.services.agreements import seals
from xinfu.services.agreements.contract_draft import find_record
from xinfu.services.evidence.notes import record_entry
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.refusals import refused
from xinfu.verdict import Verdict

SIGNATURES: Final = "signatures"


async def contract_facts(step: Step, agreement: AgreementRecord | None) -> dict[str, Fact]:
    """The number of the filed contract under which something is done, for its entry of evidence; {} without one."""
    record = await step.of(CONTRACTS).get(agreement.contract) if agreement and agreement.contract else None
    return {} if record is None else {"number": record.contract.number}


async def filing(step: Step, agreement: AgreementRecord) -> str:
    """How far the contract of an agreement has come: "none", "unsigned", "signed", "filed" or "ended"."""
    return _filing(await find_record(step, agreement.wire_id))


def _filing(record: ContractRecord | None) -> str:
    if record is None:
        return "none"
    contract = record.contract
    if contract.status in (Status.ENDED, Status.SIGNING_FAILED):
        return "ended"
    if contract.filing is not None and contract.in_force:
        return FILED
    return "signed" if contract.signed is not None else "unsigned"


async def refusal(step: Step, parts: RecordParts, agreement: AgreementRecord) -> Decision | None:
    """The refusal of a use because of the contract of its agreement; None if the contract allows the use.

    An agreement without a filed contract needs no look at it; `verify` has found a contract that its agreement does not name.
    """
    filed_only = parts.contexts.get(step.context).filed_only
    if not agreement.contract and not filed_only:
        return None
    record = await find_record(step, agreement.wire_id)
    found = difference(parts, agreement, record)
    if found:
        return _denied("contract.differs", found)
    if filed_only and _filing(record) != FILED:
        return _denied("contract.not-filed-yet", _filing(record))
    return None


def difference(parts: RecordParts, agreement: AgreementRecord, record: ContractRecord | None) -> str:
    """In what an agreement differs from its filed contract, as a key of `lexicon.DIFFERENCES`; "" if in nothing."""
    contract = None if record is None else record.contract
    if contract is None or contract.filing is None:
        return "filing" if agreement.contract else ""
    us = parts.contexts.get(agreement.context).participant
    if {us, agreement.peer} != {each.participant for each in contract.parties if each.signs}:
        return "parties"
    if agreement.dataset not in [each.id for each in contract.products]:
        return "dataset"
    if contract.policy != agreement.policy and write(contract.policy) != write(agreement.policy):
        return "rules"
    if contract_hash(contract) != contract.filing.hash:
        return "text"
    return ""


async def verify(parts: PeerParts, agreement: AgreementRecord, record: ContractRecord | None) -> None:
    """Check an agreement against its filed contract, and the signatures of that, before a use opens.

    Args:
        record: the main contract of the agreement, as `find_record` gives it.

    Raises:
        RefusedError: `contract.differs`; it is in the evidence.
    """
    found = difference(parts, agreement, record)
    if not found and record is not None and record.contract.filing is not None:
        code = record.contract.filing.hash
        if code in parts.verified:
            return
        if seals.holds_for_parties(await seals.standings(parts, record.contract)):
            parts.verified.add(code)
        else:
            found = SIGNATURES
    if not found:
        return
    if parts.verified.is_first(agreement.context, agreement.wire_id, found):
        await _report(parts, agreement, record, found)
    raise refused(_denied("contract.differs", found))


async def _report(
    parts: RecordParts, agreement: AgreementRecord, record: ContractRecord | None, found: str
) -> None:
    facts: dict[str, Fact] = {"found": found}
    if record is not None:
        facts["number"] = record.contract.number
    async with parts.store.step(agreement.context) as step:
        await record_entry(
            step,
            parts.clock,
            "contract.contradicted",
            facts,
            process=agreement.id,
            agreement=agreement.wire_id,
            peer=agreement.peer,
        )


def _denied(code: str, found: str) -> Decision:
    reason = Reason(
        code=code, verdict="no", operand=CONTRACT_FILING.name, operator="eq", wanted=(FILED,), found=(found,)
    )
    return Decision(effect=Effect.DENY, verdict=Verdict.NO, reasons=(reason,))
