"""Orders of a transfer: start it, suspend it, end it; by an answer or by a person.

Starting is where the agreement's policy is asked for the first time: only a YES gives a grant. Anything else
ends the transfer with the reasons, so that the person on the other side reads them.
"""

import logging
from datetime import datetime

import msgspec
from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp import transfer as protocol
from xinfu.dsp.transfer import State, TransferMessage, TransferProcess
from xinfu.errors import ConflictError
from xinfu.ports.records import Act, AgreementState, Event, OutboxRow
from xinfu.ports.store import Step
from xinfu.services.agreements import life
from xinfu.services.evidence.notes import last_received
from xinfu.services.exchange import AFTER_A_CRASH, Arrival, Reply
from xinfu.services.parts import Parts
from xinfu.services.processes import transfer
from xinfu.services.processes.answers import stored_answer
from xinfu.services.processes.negotiation import Order
from xinfu.services.processes.transfer import Accepted
from xinfu.services.refusals import Told, as_reason, tell, told
from xinfu.services.sources.places import is_served
from xinfu.services.usage import grants
from xinfu.services.usage.decide import AT_THE_NODE, decide
from xinfu.services.usage.facts import Way, way_to
from xinfu.verdict import Verdict

_log = logging.getLogger(__name__)

_NO_PLANE = Told(
    code="source.no-plane",
    message="No data plane of this node reads the address where this dataset lies.",
    message_zh="本节点没有能读取该数据产品所在地址的数据面。",
    help="Ask the provider to publish it from a source that its node reads.",
    help_zh="请数据提供方改用其节点支持的数据源发布。",
)


async def open_received(parts: Parts, arrival: Arrival, message: protocol.TransferRequestMessage) -> Reply:
    """A consumer asks for data: taken, and answered in the same step where a rule decides.

    Raises:
        As `transfer.open_received`; InputError: `address.refused`. Nothing was stored.
    """
    transfer.check_addresses(parts, message)
    async with parts.store.step(arrival.context.id) as step:
        accepted = await transfer.open_received(step, parts, arrival, message)
        return await _replied(step, parts, arrival, accepted)


async def receive(parts: Parts, arrival: Arrival, pid: str, message: TransferMessage) -> Reply:
    """A peer's message for an open transfer: taken, answered, and what must stop is stopped.

    Raises:
        As `transfer.receive`.
    """
    transfer.check_addresses(parts, message)
    async with parts.store.step(arrival.context.id) as step:
        accepted = await transfer.receive(step, parts, arrival, pid, message)
        reply = await _replied(step, parts, arrival, accepted)
    transfer.stop_running(parts, accepted.record)
    return reply


async def order(parts: Parts, row: OutboxRow) -> None:
    """Decide on an event of a transfer that was left for later, in one step."""
    ordered = msgspec.json.decode(row.payload, type=Order)
    async with parts.store.step(row.context) as step:
        # The process first, as everyone does: so nobody waits in a circle.
        record = await step.transfers.lock(row.process)
        if not await step.outbox.done(row.id):
            return
        if not record.held and not record.is_over:
            record = await _decide(step, parts, record, Event(row.kind), ordered, due=parts.clock.now())
    transfer.stop_running(parts, record)


async def _replied(step: Step, parts: Parts, arrival: Arrival, accepted: Accepted) -> Reply:
    """The acknowledgement, and our answer, which leaves only after it has gone out (D-11)."""
    record = accepted.record
    if accepted.event is not None and not record.is_over and not record.held:
        ordered = Order(claims=dict(arrival.caller.participant.claims))
        due = parts.clock.now() + AFTER_A_CRASH
        await _decide(step, parts, record, accepted.event, ordered, due=due)
    return transfer.reply(record, created=accepted.created, release=record.id)


async def _decide(
    step: Step, parts: Parts, record: TransferProcess, event: Event, ordered: Order, *, due: datetime
) -> TransferProcess:
    """Choose and act. An act that no longer fits is left out."""
    act, *rest = await _acts(step, record, event, ordered)
    try:
        after = await perform(step, parts, record, act, claims=ordered.claims, due=due)
    except ConflictError as error:
        _log.info("answer no longer fits", extra={"process_id": record.id, "code": error.code})
        return record
    if rest:
        left = replace(ordered, acts=tuple(str(each) for each in rest))
        await transfer.add_order(step, after, event, left, due=due)
    return after


async def perform(
    step: Step,
    parts: Parts,
    record: TransferProcess,
    act: Act,
    *,
    claims: dict[str, tuple[str, ...]] | None = None,
    reasons: tuple[Told, ...] = (),
    due: datetime | None = None,
) -> TransferProcess:
    """Do one act in a transfer.

    Raises:
        ConflictError: the act is no move of ours now, or not one of a transfer.
    """
    consumer, provider = record.consumer_pid or "", record.provider_pid or ""
    code = reasons[0].code if reasons else None
    message: TransferMessage
    match act:
        case Act.NOTHING:
            return record
        case Act.HOLD:
            held = replace(record, held=True, updated=parts.clock.now())
            await step.transfers.save(held)
            step.publish(record.id)
            return held
        case Act.START if record.role is Role.PROVIDER:
            return await _start(step, parts, record, claims or {}, due)
        case Act.START:
            message = protocol.TransferStartMessage(consumer_pid=consumer, provider_pid=provider)
        case Act.COMPLETE:
            message = protocol.TransferCompletionMessage(consumer_pid=consumer, provider_pid=provider)
        case Act.SUSPEND:
            message = protocol.TransferSuspensionMessage(
                consumer_pid=consumer, provider_pid=provider, code=code, reason=as_reason(reasons)
            )
        case Act.TERMINATE:
            message = protocol.TransferTerminationMessage(
                consumer_pid=consumer, provider_pid=provider, code=code, reason=as_reason(reasons)
            )
        case _:
            raise ConflictError(
                "answer.wrong-act", f"{act} is no act of a transfer.", f"{act} 不是传输中的动作。"
            )
    return await transfer.post(step, parts, record, message, due=due)


async def _acts(step: Step, record: TransferProcess, event: Event, ordered: Order) -> tuple[Act, ...]:
    if ordered.acts:
        return tuple(Act(act) for act in ordered.acts)
    stored = await stored_answer(
        step, event, peer=record.peer, dataset=record.dataset, agreement=record.agreement_id
    )
    if stored is not None:
        return stored.do or (Act.NOTHING,)
    if record.role is Role.PROVIDER and (event is Event.TRANSFER_REQUESTED or record.owes_address):
        return (Act.START,)
    return (Act.NOTHING,)


async def _start(
    step: Step,
    parts: Parts,
    record: TransferProcess,
    claims: dict[str, tuple[str, ...]],
    due: datetime | None,
) -> TransferProcess:
    """Ask the policy; a YES gives a grant and the start message, anything else ends the transfer."""
    agreement = await life.by_wire_id(step, record.agreement_id, "provider")
    if agreement is None or agreement.state is not AgreementState.ACTIVE:
        gone = tell(life.ended(agreement) if agreement else life.not_found())
        return await perform(step, parts, record, Act.TERMINATE, reasons=(gone,), due=due)
    asset = await step.assets.get(agreement.dataset)
    if asset is not None and not is_served(parts, asset.source):
        return await perform(step, parts, record, Act.TERMINATE, reasons=(_NO_PLANE,), due=due)
    now = parts.clock.now()
    paid = await grants.uses_of(step, record.id)
    decision = await decide(
        step,
        agreement,
        claims=claims,
        purpose=record.purpose,
        now=now,
        transfer=record.id,
        way=_way(parts, record),
        paid=paid,
        counted=AT_THE_NODE,
    )
    if decision.verdict is not Verdict.YES:
        reasons = told(decision.reasons)
        return await perform(step, parts, record, Act.TERMINATE, reasons=reasons, due=due)
    if record.state is State.STARTED and not record.owes_address:
        raise ConflictError("transfer.wrong-state", "The transfer runs already.", "该传输已在进行。")
    if record.sending is not None:  # a start of ours brings its own address; another would void it
        raise ConflictError("transfer.busy", "Another message is on its way.", "另一条消息尚在途中。")
    address = None
    if record.pull:
        address = await grants.issue(
            step,
            parts.contexts.get(record.context),
            record,
            agreement,
            claims=claims,
            now=now,
            until=decision.until,
        )
    message = protocol.TransferStartMessage(
        consumer_pid=record.consumer_pid or "", provider_pid=record.provider_pid or "", data_address=address
    )
    return await transfer.post(step, parts, record, message, due=due)


def _way(parts: Parts, record: TransferProcess) -> Way:
    """How the data will go: by our own listener, to whoever then reads, or to where the consumer wants it pushed."""
    there = parts.contexts.get(record.context).data_base
    if not record.pull and record.data_address is not None:
        there = record.data_address.url or record.data_address.value_of("baseUrl") or ""
    return way_to(there)


async def claims_now(parts: Parts, context: str, transfer: str) -> dict[str, tuple[str, ...]]:
    """What the consumer's credentials are worth now, as its last message showed them; a person's start goes by it."""
    async with parts.store.view(context) as view:
        record = await view.transfers.get(transfer)
        entry = await last_received(view, transfer)
        shown = await view.log.attachments(entry) if entry else {}
        if record is None or "token" not in shown:
            return {} if record is None else await claims_of(view, record)
    return dict(await parts.identity.proven(shown["token"].decode(), holder=record.peer))


async def claims_of(step: Step, record: TransferProcess) -> dict[str, tuple[str, ...]]:
    """What the consumer had proven when the transfer last started; a person's resumption goes by it."""
    found = await step.grants.find({"transfer": record.id}, limit=1000)
    return dict(max(found, key=lambda grant: grant.created).claims) if found else {}
