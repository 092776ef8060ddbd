"""Usage control between connectors: decisions told, uses stopped, fulfilment proven (TC609-6-2025-15, clause 9).

Decisions are told to the provider's side, stops go from the provider to the consumer, proofs to the other parties and the
platform. A stop suspends the agreement at both sides, so what runs ends within its second. A proof holds receipts of
entries of our log, each of which can be checked offline; one that does not hold is refused whole.
"""

import hashlib
from functools import partial
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.contracts import (
    PartyType,
    message_bytes,
    read_signature,
    strategy_id,
    write_moment,
    write_signature,
)
from xinfu.contracts.messages import DONE, StatusAnswer
from xinfu.contracts.usage import (
    AbnormalTermination,
    ExecutionFeedback,
    FulfillmentProof,
    Result,
    TriggeredBy,
    UsageApi,
)
from xinfu.errors import ConflictError, ProtocolError, RefusedError, XinfuError
from xinfu.evidence import Anchors, Receipt, canonical, verify
from xinfu.ports.records import AgreementRecord, AgreementState, ContractRecord
from xinfu.ports.store import Step
from xinfu.services import agreements, contracted, evidence
from xinfu.services.agreements import AgreementMove, Change
from xinfu.services.contracts import seals
from xinfu.services.contracts.executing import known, must_be_filed
from xinfu.services.contracts.signing import us_in
from xinfu.services.identify import Arrival
from xinfu.services.parts import Parts
from xinfu.services.proof import note, note_received

MOST_RECEIPTS: Final = 40
"""Of one proof, the newest: a message has to stay readable."""
_PROVES: Final = frozenset(
    {"use", "data.received", "contract.signed", "contract.filed", "contract.executed", "usage.stopped"}
)
"""Kinds of entry that say how a contract was carried out."""


class FeedbackForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A decision that we took on the data of a contract, and its grounds."""

    result: Result
    details: dict[str, str] = {}


async def tell(parts: Parts, context: str, id_: str, said: FeedbackForm) -> ContractRecord:
    """Tell the provider a decision of ours.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-filed-yet`.
        RefusedError: `contract.not-a-party`: we are its provider.
    """
    record = await contracted.found(parts, context, id_)
    must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    if us.type is PartyType.PROVIDER:
        raise _wrong_side()
    providers = [each.participant for each in record.contract.parties if each.type is PartyType.PROVIDER]
    async with parts.store.step(context) as step:
        facts = _facts(record, us.participant) | {"result": said.result.value}
        await note(step, parts.clock, "usage.feedback", facts, process=record.id)
        for each in providers:
            payload = msgspec.json.encode(said)
            await contracted.promise(step, parts, record, UsageApi.FEEDBACK.value, each, payload)
    return record


async def stop(parts: Parts, context: str, id_: str, *, reason: str) -> ContractRecord:
    """Stop, as its provider, what the consumer does under a contract; it can be resumed like any suspension.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`: we are not its provider.
        ConflictError: `contract.not-filed-yet`, `agreement.over`.
    """
    record = await contracted.found(parts, context, id_)
    must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    if us.type is not PartyType.PROVIDER:
        raise _wrong_side()
    termination = parts.clock.new_id().removeprefix("urn:uuid:")
    async with parts.store.step(context) as step:
        wanted = Change(
            move=AgreementMove.SUSPEND, by=us.participant, clause="abnormalTermination", reason=reason
        )
        stopped = await _suspend(step, parts, record, wanted)
        facts = _facts(record, us.participant) | {"termination": termination, "reason": reason}
        await note(step, parts.clock, "usage.stopped", facts, process=record.id)
        payload = msgspec.json.encode({"termination": termination, "reason": reason})
        for each in contracted.others(record, us.participant):
            await contracted.promise(step, parts, record, UsageApi.ABNORMAL.value, each, payload)
    if stopped is not None:
        agreements.stop_running(parts, stopped)
    return record


async def prove(parts: Parts, context: str, id_: str) -> ContractRecord:
    """Hand the other parties and the platform the proof of what was done under a contract.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-filed-yet`; `evidence.not-numbered`: its
            checkpoint follows within a moment.
    """
    record = await contracted.found(parts, context, id_)
    platform = must_be_filed(record.contract)
    us = us_in(parts, context, record.contract)
    log = canonical([msgspec.to_builtins(each) for each in await _receipts(parts, context, record)])
    proof = parts.clock.new_id().removeprefix("urn:uuid:")
    async with parts.store.step(context) as step:
        await _note_proof(step, parts, record, by=us.participant, proof=proof, log=log)
        payload = msgspec.json.encode({"proof": proof, "log": msgspec.Raw(log)})
        for each in [*contracted.others(record, us.participant), platform]:
            await contracted.promise(step, parts, record, UsageApi.PROOF.value, each, payload)
    return record


async def saying(parts: Parts, record: ContractRecord, api: str, payload: bytes) -> msgspec.Struct:
    """What is said by one of the interfaces above, signed where it has a field for that."""
    contract = record.contract
    us = us_in(parts, record.context, contract)
    now = parts.clock.now().replace(microsecond=0)
    said: dict[str, Any] = msgspec.json.decode(payload)
    common = {
        "contract_id": contract.number,
        "strategy_id": strategy_id(contract),
        "timestamp": write_moment(now, parts.contracting.dates),
    }
    connector = (us.node or us.id)[:32]
    if api == UsageApi.ABNORMAL:
        return AbnormalTermination(
            connector_id=connector,
            termination_id=said["termination"],
            reason=said["reason"],
            triggered_by=TriggeredBy.PROVIDER,
            **common,
        )
    message: ExecutionFeedback | FulfillmentProof
    if api == UsageApi.FEEDBACK:
        message = ExecutionFeedback(
            connector_id=connector,
            result=Result(said["result"]),
            details=said["details"] or None,
            signature="-",
            **common,
        )
    else:
        message = FulfillmentProof(proof_id=said["proof"], log=said["log"], signature="-", **common)
    covered = partial(message_bytes, api, message)
    signature = await seals.signed_by(parts, record.context, covered, party=us.id, at=now)
    return replace(message, signature=write_signature(signature))


async def fed_back(parts: Parts, arrival: Arrival, message: ExecutionFeedback) -> StatusAnswer:
    """Take a decision that a connector tells us, the provider.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.signature-wrong`.
        ProtocolError: `contract.differs`.
    """
    record = await _party(parts, arrival, message, UsageApi.FEEDBACK)
    async with parts.store.step(arrival.context.id) as step:
        await note_received(step, parts.clock, arrival, type_=UsageApi.FEEDBACK.value, process=record.id)
        facts = _facts(record, arrival.peer) | {"result": message.result.value}
        await note(step, parts.clock, "usage.feedback", facts, process=record.id, peer=arrival.peer)
    return StatusAnswer(status=DONE)


async def stopped(parts: Parts, arrival: Arrival, message: AbnormalTermination) -> StatusAnswer:
    """Stop what we do under a contract, because its provider says so; the same again changes nothing.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`. ProtocolError: `contract.differs`.
    """
    record = await known(parts, arrival, message.contract_id)
    party = record.contract.party(arrival.peer)
    if party is None or party.type is not PartyType.PROVIDER:
        raise _wrong_side()
    _must_fit(record, message.strategy_id)
    wanted = Change(
        move=AgreementMove.SUSPEND,
        by=arrival.peer,
        clause="abnormalTermination",
        reason=message.reason,
        ours=False,
    )
    async with parts.store.step(arrival.context.id) as step:
        held = await _suspend(step, parts, record, wanted)
        await note_received(step, parts.clock, arrival, type_=UsageApi.ABNORMAL.value, process=record.id)
        facts = _facts(record, arrival.peer)
        facts |= {"termination": message.termination_id, "reason": message.reason}
        await note(step, parts.clock, "usage.stopped", facts, process=record.id, peer=arrival.peer)
    if held is not None:
        agreements.stop_running(parts, held)
    return StatusAnswer(status=DONE)


async def proven(parts: Parts, arrival: Arrival, message: FulfillmentProof) -> StatusAnswer:
    """Take a proof of fulfilment, when every receipt in it is intact and of the sender's own log.

    Raises:
        NotFoundError: `contract.not-found`. RefusedError: `contract.not-a-party`, `contract.signature-wrong`,
            `contract.proof-broken`. ProtocolError: `contract.differs`.
    """
    record = await _party(parts, arrival, message, UsageApi.PROOF)
    _check_log(parts, arrival, message.log)
    async with parts.store.step(arrival.context.id) as step:
        await note_received(step, parts.clock, arrival, type_=UsageApi.PROOF.value, process=record.id)
        log = canonical(message.log)
        await _note_proof(step, parts, record, by=arrival.peer, proof=message.proof_id, log=log)
    return StatusAnswer(status=DONE)


async def _party(
    parts: Parts, arrival: Arrival, message: ExecutionFeedback | FulfillmentProof, api: UsageApi
) -> ContractRecord:
    """The contract of a message that one of its parties has signed."""
    record = await known(parts, arrival, message.contract_id)
    party = record.contract.party(arrival.peer)
    _must_fit(record, message.strategy_id)
    assert party is not None
    standing = await seals.standing_of(
        parts,
        read_signature(message.signature),
        partial(message_bytes, api, message),
        holder=party.participant,
        entity=party.entity,
    )
    seals.must_hold(standing, party.id)
    return record


def _must_fit(record: ContractRecord, strategy: str) -> None:
    if strategy != strategy_id(record.contract):
        raise ProtocolError(
            "contract.differs",
            "The message is about another strategy than that of the contract.",
            "报文所指策略与该合约不一致。",
        )


def _check_log(parts: Parts, arrival: Arrival, log: object) -> None:
    """Every receipt is intact, and of the log of who sends it."""
    try:
        receipts = msgspec.convert(log, list[Receipt])
        broken = [each for each in receipts if not _holds(parts, each, arrival.peer)]
    except (msgspec.ValidationError, XinfuError) as error:
        raise _broken() from error
    if broken or not receipts:
        raise _broken()


def _holds(parts: Parts, receipt: Receipt, peer: str) -> bool:
    found = verify(receipt, anchors=Anchors(), check_signature=parts.sealing.is_signed)
    return receipt.origin == peer and not found.broken


async def _receipts(parts: Parts, context: str, record: ContractRecord) -> list[Receipt]:
    """Receipts of the newest entries about a contract and the transfers under it, without what others sent."""
    processes = [record.id]
    async with parts.store.view(context) as view:
        if record.agreement:
            moved = await view.transfers.find({"agreement": record.agreement}, limit=100, newest_first=True)
            processes += [each.id for each in moved]
    found = [each for process in processes for each in await evidence.receipts(parts, context, process)]
    telling = [each for each in found if each.proven.entry.get("kind") in _PROVES]
    newest = sorted(telling, key=lambda each: each.proven.index)[-MOST_RECEIPTS:]
    return [replace(each, attachments=None) for each in newest]


async def _suspend(
    step: Step, parts: Parts, record: ContractRecord, wanted: Change
) -> AgreementRecord | None:
    """Suspend the agreement of a contract; None where nothing runs under it any more."""
    for found in await step.agreements.find({"wire_id": record.agreement}, limit=10):
        held = await step.agreements.lock(found.id)
        if agreements.is_over(held.state):
            continue
        if held.state is AgreementState.SUSPENDED:
            return held
        return await agreements.apply(step, parts, held, wanted)
    return None


async def _note_proof(
    step: Step, parts: Parts, record: ContractRecord, *, by: str, proof: str, log: bytes
) -> None:
    facts = _facts(record, by) | {
        "proof": proof,
        "digest": hashlib.sha256(log).hexdigest(),
        "receipts": len(msgspec.json.decode(log)),
    }
    await note(step, parts.clock, "usage.proof", facts, process=record.id, attachments={"log": log})


def _facts(record: ContractRecord, by: str) -> dict[str, Any]:
    return {"number": record.contract.number, "strategy": strategy_id(record.contract), "by": by}


def _wrong_side() -> RefusedError:
    return RefusedError(
        "contract.wrong-side",
        "Only the provider stops a use, and only the others tell it their decisions.",
        "只有数据提供方可以中止使用，只有其他当事方向其反馈执行结果。",
    )


def _broken() -> ConflictError:
    return ConflictError(
        "contract.proof-broken",
        "The proof holds no receipts, or one that is not intact or not of the sender's log.",
        "该证明不含存证凭证，或其中存在不完整、不属于发送方日志的凭证。",
    )
