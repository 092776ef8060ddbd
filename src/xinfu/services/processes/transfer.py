"""The transfer as a family of processes: its table, its messages, and what follows from its states.

A transfer moves bytes only under a live agreement and through the one enforcement point; here the process and
its states are kept. A suspension or an end, whoever says it, closes the grants in the same step and stops what
runs right after the commit.
"""

from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.dsp import DataAddress, Role
from xinfu.dsp import transfer as tp
from xinfu.dsp.transfer import MACHINE, Kind, State, TransferMessage, TransferProcess
from xinfu.errors import NotFoundError
from xinfu.ports.records import ADDRESSES, TRANSFERS, Act, Event, Order, SealedAddress
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import lifecycle, settling
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.processes import errors, push_target, starting, transfer_opening
from xinfu.services.processes.answers import stored_answer
from xinfu.services.processes.family import Choice, Family, MessageContent
from xinfu.services.refusals import as_reason
from xinfu.services.usage import grants

_STOPS: Final = frozenset({Kind.SUSPEND, Kind.COMPLETE, Kind.TERMINATE})
_STOPPED: Final = frozenset({State.SUSPENDED, State.COMPLETED, State.TERMINATED})


def address_name(transfer: str) -> str:
    """The name under which the keyring seals a transfer's address."""
    return f"address:{transfer}"


def sealed_address(
    parts: RecordParts, record: TransferProcess, address: DataAddress, now: datetime
) -> SealedAddress:
    """A transfer's address as it is stored; the life of its token is counted from `now`."""
    plain = msgspec.json.encode(address)
    envelope = parts.keyring.seal(plain, context=record.context, name=address_name(record.id))
    return SealedAddress(id=record.id, context=record.context, envelope=envelope, created=now)


def _not_found() -> NotFoundError:
    return errors.TRANSFER_NOT_FOUND()


async def _admit(
    _step: Step, before: TransferProcess, after: TransferProcess, message: TransferMessage
) -> TransferProcess:
    """Hold a consumer's start of a transfer that we suspended as provider (T-11) until a person here decides."""
    started = isinstance(message, tp.TransferStartMessage)
    ours = before.suspended_by is before.role is Role.PROVIDER and before.sending is None
    return replace(after, held=True) if started and ours else after


async def _keep(step: Step, parts: RecordParts, record: TransferProcess, message: TransferMessage) -> None:
    """Store the address to push to or to fetch from, token included, sealed."""
    if isinstance(message, tp.TransferRequestMessage):
        if message.push_address is not None:
            await push_target.save_target(step, parts, record, message.push_address)
    elif isinstance(message, tp.TransferStartMessage) and message.data_address is not None:
        sealed = sealed_address(parts, record, message.data_address, parts.clock.now())
        await step.of(ADDRESSES).remove(record.id)
        await step.of(ADDRESSES).add(sealed)


async def _leave(step: Step, record: TransferProcess, kind: Kind) -> None:
    """Close the grants as soon as our message that stops the transfer is queued."""
    if kind in _STOPS:
        await _shut(step, record.id)


async def _follow(
    step: Step,
    parts: RecordParts,
    record: TransferProcess,
    reason: str | None,
    message: TransferMessage | None,
) -> None:
    """Close access when the transfer stops, queue the push when it starts, and notify callbacks."""
    if record.state in _STOPPED:
        await _shut(step, record.id)
    if record.state is State.STARTED:
        await push_target.promise(step, record, parts.clock.now())
    elif record.is_over and not record.pull:
        await push_target.forget(step, record.id)
    if record.is_over and record.role is Role.PROVIDER:
        await lifecycle.look_at(step, parts, record.agreement_id)
    if record.is_over or record.state is State.SUSPENDED:
        await settling.doubt(step, parts, record.agreement_id, record.role, reason)
    address = message.data_address if isinstance(message, tp.TransferStartMessage) else None
    await callback.of_transfer(step, parts, record, address)


def _is_waited_for(record: TransferProcess) -> bool:
    return record.role is Role.PROVIDER and record.owes_address


async def _choose(
    step: Step,
    _parts: RecordParts,
    record: TransferProcess,
    event: Event,
    order: Order,
    _assessment: Assessment | None,
) -> Choice:
    if order.acts:
        acts = tuple(Act(act) for act in order.acts)
        return Choice(act=acts[0], rest=acts[1:])
    stored = await stored_answer(
        step, event, peer=record.peer, dataset=record.dataset, agreement=record.agreement_id
    )
    if stored is not None:
        acts = stored.do or (Act.NOTHING,)
        return Choice(act=acts[0], rest=acts[1:])
    ours = record.role is Role.PROVIDER
    asked = ours and (event is Event.TRANSFER_REQUESTED or record.owes_address)
    return Choice(act=Act.START if asked else Act.NOTHING)


async def _compose(
    step: Step, parts: DataParts, record: TransferProcess, act: Act, said: MessageContent
) -> TransferMessage:
    """The message for an act; a start that the policy does not allow becomes a termination with the reasons."""
    consumer, provider = record.consumer_pid or "", record.provider_pid or ""
    code, reason = said.reasons[0].code if said.reasons else None, as_reason(said.reasons)
    match act:
        case Act.START if record.role is Role.PROVIDER:
            started = await starting.start(step, parts, record, said.claims)
            if not isinstance(started, tuple):
                return started
            code, reason = started[0].code if started else None, as_reason(started)
            return tp.TransferTerminationMessage(
                consumer_pid=consumer, provider_pid=provider, code=code, reason=reason
            )
        case Act.START:
            return tp.TransferStartMessage(consumer_pid=consumer, provider_pid=provider)
        case Act.COMPLETE:
            return tp.TransferCompletionMessage(consumer_pid=consumer, provider_pid=provider)
        case Act.SUSPEND:
            return tp.TransferSuspensionMessage(
                consumer_pid=consumer, provider_pid=provider, code=code, reason=reason
            )
        case Act.TERMINATE:
            return tp.TransferTerminationMessage(
                consumer_pid=consumer, provider_pid=provider, code=code, reason=reason
            )
        case _:
            raise errors.ANSWER_WRONG_ACT_OF_TRANSFER(act=act)


def stop_running(parts: DataParts, record: TransferProcess) -> None:
    """Stop the streams of a transfer that no longer runs, after the commit that says so."""
    if record.state in _STOPPED or record.sending in _STOPS:
        parts.running.stop(record.context, grants.not_started(record), transfer=record.id)


async def _shut(step: Step, id_: str) -> None:
    """Close the grants of a transfer and remove its address, so that nothing more is served or fetched (R-TP-12)."""
    await grants.close(step, id_)
    await step.of(ADDRESSES).remove(id_)


TRANSFER: Final = Family[TransferProcess, TransferMessage, Kind](
    name="transfer",
    machine=MACHINE,
    kinds=Kind,
    ack=tp.TransferProcessAck,
    error=tp.TransferError,
    termination=tp.TransferTerminationMessage,
    records=TRANSFERS,
    messages=tp.MESSAGES,
    acknowledgement=tp.acknowledgement,
    not_found=_not_found,
    acknowledged=Event.TRANSFER_REQUEST_ACKNOWLEDGED,
    events={Kind.START: Event.TRANSFER_STARTED},
    quiet=frozenset({Event.TRANSFER_REQUEST_ACKNOWLEDGED, Event.TRANSFER_STARTED}),
    check=transfer_opening.check_address,
    first=transfer_opening.transfer_key,
    open=transfer_opening.open_transfer,
    admit=_admit,
    keep=_keep,
    leave=_leave,
    follow=_follow,
    is_waited_for=_is_waited_for,
    choose=_choose,
    compose=_compose,
    stop=stop_running,
)
