"""Transfers: receive a message, or send one.

A transfer moves bytes only under a live agreement and through the one enforcement point; here the process and
its states are kept. A suspension or an end, whoever says it, closes the grants in the same step and stops what
runs right after the commit.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu import dsp
from xinfu.dsp import DataAddress, Refusal, Repeat, Role, Transition, binding, faults
from xinfu.dsp import negotiation as contract
from xinfu.dsp import transfer as protocol
from xinfu.dsp.transfer import Kind, State, TransferMessage, TransferProcess
from xinfu.errors import ConflictError, NotFoundError, ProtocolError
from xinfu.ports.observer import follow, traceparent
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import AgreementRecord, AgreementState, Delivery, Event, SealedAddress
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import life, settling
from xinfu.services.bounds import room_for
from xinfu.services.contexts import Context
from xinfu.services.evidence.notes import note_received, note_state
from xinfu.services.exchange import Arrival, Reply, claim, claim_read
from xinfu.services.parts import Parts
from xinfu.services.processes import negotiation, push_target
from xinfu.services.processes.negotiation import Order
from xinfu.services.sources.places import is_pushable
from xinfu.services.usage import grants

FAMILY: Final = "transfer"
_STOPPING: Final = frozenset({State.SUSPENDED, State.COMPLETED, State.TERMINATED})
_QUIET: Final = frozenset({Event.TRANSFER_REQUEST_ACKNOWLEDGED, Event.TRANSFER_STARTED})


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was taken: the process after it, and what is to be decided on, if anything."""

    record: TransferProcess
    event: Event | None = None
    created: bool = False


class Wishes(msgspec.Struct, frozen=True, kw_only=True):
    """What our own operator says of a transfer beyond the protocol."""

    callbacks: tuple[dict[str, Any], ...] = ()
    destination: dict[str, Any] | None = None
    private: dict[str, Any] = msgspec.field(default_factory=dict)
    dataplane: dict[str, Any] | None = None


def check_addresses(parts: Parts, message: TransferMessage) -> None:
    """Refuse addresses that we would never call, before anything is stored (R-TP-06).

    Raises:
        InputError: `address.refused`.
    """
    if isinstance(message, protocol.TransferRequestMessage):
        parts.outbound.check(message.callback_address, purpose=Purpose.PEER)
        if message.push_address is not None:
            push_target.check(parts, message.push_address)
    elif isinstance(message, protocol.TransferStartMessage) and message.data_address is not None:
        address = message.data_address
        parts.outbound.check(address.url or "", purpose=Purpose.DATA)
        if address.refresh_token is not None:
            parts.outbound.check(address.refresh_endpoint, purpose=Purpose.DATA)


async def open_received(
    step: Step, parts: Parts, arrival: Arrival, message: protocol.TransferRequestMessage
) -> Accepted:
    """A consumer asks for the data of an agreement; the same request again gives the same transfer (R-TP-07).

    Raises:
        ProtocolError: the request opens nothing (R-TP-01..03).
    """
    await claim(step, arrival)
    where = {"peer": arrival.peer, "consumer_pid": message.consumer_pid, "role": str(Role.PROVIDER)}
    await step.alone("\n".join(["opening", *where.values()]))  # it may be on its way through another worker
    for known in await step.transfers.find(where, limit=1):
        return Accepted(record=known, created=True)
    await room_for(step, arrival.context, "transfers")
    agreement = await _agreed(step, parts, arrival, message)
    outcome = protocol.open_received(
        message,
        context=arrival.context.id,
        participant=arrival.context.participant,
        peer=arrival.peer,
        own_pid=parts.clock.new_id(),
        dataset=agreement.dataset,
        now=parts.clock.now(),
        body_digest=arrival.digest,
    )
    if isinstance(outcome, Refusal):
        raise outcome.error
    record = replace(outcome.record, trace=traceparent())
    follow(record.id, record.trace)
    await step.transfers.add(record)
    if message.push_address is not None:
        await push_target.keep(step, parts, record, message.push_address)
    await note_received(
        step,
        parts.clock,
        arrival,
        type_=message.wire_type,
        process=record.id,
        secret=message.data_address is not None,
    )
    await moved(step, parts, None, record, by=str(Role.CONSUMER))
    return Accepted(record=record, event=Event.TRANSFER_REQUESTED, created=True)


async def receive(step: Step, parts: Parts, arrival: Arrival, pid: str, message: TransferMessage) -> Accepted:
    """A peer's message for an open transfer, in the caller's step.

    Raises:
        NotFoundError: `transfer.not-found`, also when it is not this peer's.
        ProtocolError: the message is no move (400); nothing has changed.
    """
    await claim(step, arrival)
    before = await step.transfers.lock(pid)
    if before.peer != arrival.peer:
        raise not_found()
    follow(before.id, before.trace)
    outcome = protocol.MACHINE.receive(before, message, before.role.other, arrival.digest, parts.clock.now())
    if isinstance(outcome, Refusal):
        raise outcome.error
    if isinstance(outcome, Repeat):
        if before.state is State.TERMINATED and before.terminated_by is before.role:
            raise faults.wrong_state(FAMILY, protocol.kind_of(message), before.role.other, before.state)
        return Accepted(record=outcome.record)
    started = isinstance(message, protocol.TransferStartMessage)
    if started and _is_stopped_by_us(before):
        outcome = msgspec.structs.replace(outcome, record=msgspec.structs.replace(outcome.record, held=True))
    await _accept(step, parts, arrival, before, outcome, message)
    return Accepted(record=outcome.record, event=Event.TRANSFER_STARTED if started else None)


async def show(parts: Parts, arrival: Arrival, pid: str) -> Reply:
    """The state of a transfer, to its counterparty only (R-TP-13)."""
    await claim_read(parts.store, arrival)
    async with parts.store.view(arrival.context.id) as view:
        record = await view.transfers.get(pid)
    if record is None or record.peer != arrival.peer:
        raise not_found()
    return reply(record)


async def request(
    parts: Parts,
    context: Context,
    agreement: AgreementRecord,
    *,
    base: str,
    purpose: str | None = None,
    environment: str | None = None,
    declared: Mapping[str, str] | None = None,
    format_: str = dsp.HTTP_PULL,
    data_address: DataAddress | None = None,
    wishes: Wishes | None = None,
) -> TransferProcess:
    """Ask the provider for the data of an agreement.

    Args:
        environment: where we declare to use it, in the codes of TC609 (执行环境).
        declared: what else we state of the use (`declarations`).
        data_address: where to push; None for a pull.
        wishes: kept with the transfer and shown again.

    Raises:
        ConflictError: `agreement.suspended`, `agreement.terminated` or `agreement.not-consumer`.
    """
    async with parts.store.step(context.id) as step:
        return await request_in(
            step,
            parts,
            context,
            agreement,
            base=base,
            purpose=purpose,
            environment=environment,
            declared=declared,
            format_=format_,
            data_address=data_address,
            wishes=wishes,
        )


async def request_in(
    step: Step,
    parts: Parts,
    context: Context,
    agreement: AgreementRecord,
    *,
    base: str,
    purpose: str | None = None,
    environment: str | None = None,
    declared: Mapping[str, str] | None = None,
    format_: str = dsp.HTTP_PULL,
    data_address: DataAddress | None = None,
    wishes: Wishes | None = None,
) -> TransferProcess:
    """The same in the caller's step.

    Raises:
        As `request`.
    """
    if agreement.role != "consumer":
        raise ConflictError(
            "agreement.not-consumer", "In this agreement we are the provider.", "在该协议中我方是数据提供方。"
        )
    if agreement.state is not AgreementState.ACTIVE:
        raise life.ended(agreement)
    message = protocol.TransferRequestMessage(
        consumer_pid=parts.clock.new_id(),
        agreement_id=agreement.wire_id,
        format=format_,
        callback_address=context.protocol_base,
        data_address=data_address,
        purpose=purpose or agreement.purpose,
        environment=environment,
        declared=dict(declared or {}),
    )
    record = protocol.open_to_send(
        message,
        context=context.id,
        participant=context.participant,
        peer=agreement.peer,
        peer_base=base,
        dataset=agreement.dataset,
        now=parts.clock.now(),
    )
    record = replace(record, **msgspec.structs.asdict(wishes or Wishes()), trace=traceparent())
    follow(record.id, record.trace)
    await room_for(step, context, "transfers")
    await step.transfers.add(record)
    await _enqueue(step, parts, record, Kind.REQUEST, message, parts.clock.now())
    await callback.of_transfer(step, parts, record)
    step.publish(record.id)
    return record


async def post(
    step: Step,
    parts: Parts,
    record: TransferProcess,
    message: TransferMessage,
    *,
    due: datetime | None = None,
) -> TransferProcess:
    """Put our message on its way, in the caller's step; a stop closes the grants at once.

    Args:
        due: when it may leave; None: at once.

    Raises:
        ConflictError: it is no move of ours now.
    """
    follow(record.id, record.trace)
    kind = protocol.kind_of(message)
    replaced = record.sending
    sent = protocol.MACHINE.send(record, message, parts.clock.now())
    if replaced is not None:
        await step.outbox.drop(record.id, kind=str(replaced))
    if kind in {Kind.SUSPEND, Kind.COMPLETE, Kind.TERMINATE}:
        await _shut(step, record.id)
    await step.transfers.save(sent)
    await _enqueue(step, parts, sent, kind, message, due or parts.clock.now())
    step.publish(record.id)
    return sent


async def acknowledged(
    step: Step, parts: Parts, record: TransferProcess, kind: Kind, *, peer_pid: str | None = None
) -> TransferProcess:
    """The peer took our message: the state moves, in the caller's step."""
    after = protocol.MACHINE.acknowledged(record, kind, parts.clock.now(), peer_pid=peer_pid)
    if after is record:
        return record
    await step.transfers.save(after)
    await moved(step, parts, record, after, by=str(record.role))
    if kind is Kind.REQUEST:
        await add_order(step, after, Event.TRANSFER_REQUEST_ACKNOWLEDGED, Order(), due=parts.clock.now())
    return after


async def give_up(
    step: Step, parts: Parts, record: TransferProcess, *, code: str, reason: str, tell: bool = False
) -> TransferProcess:
    """End a transfer whose peer cannot be reached or disagrees, on our side alone.

    Args:
        tell: send the peer a termination with the reason, which nothing of ours waits for.
    """
    after = protocol.MACHINE.failed(record, parts.clock.now(), code=code, reason=(reason,))
    await step.transfers.save(after)
    await moved(step, parts, record, after, by=str(record.role), reason=code)
    if tell and record.peer_pid is not None and not record.is_over:
        farewell = protocol.TransferTerminationMessage(
            consumer_pid=record.consumer_pid or "",
            provider_pid=record.provider_pid or "",
            code=code,
            reason=(reason,),
        )
        await _enqueue(step, parts, after, Kind.TERMINATE, farewell, parts.clock.now())
    return after


async def ended_elsewhere(step: Step, parts: Parts, before: TransferProcess, record: TransferProcess) -> None:
    """The peer has ended it, as its own state showed; so have we now."""
    await step.outbox.drop(record.id)
    await step.transfers.save(record)
    await moved(step, parts, before, record, by=str(record.role.other), reason="peer.ended")


async def moved(
    step: Step,
    parts: Parts,
    before: TransferProcess | None,
    record: TransferProcess,
    *,
    by: str,
    reason: str | None = None,
    address: DataAddress | None = None,
) -> None:
    """A change of state: its evidence, and an end to access where the transfer stops.

    Args:
        address: where the data can be fetched from now on, for those whom our operator wants told.
    """
    step.publish(record.id)
    old = "" if before is None or before.state is None else str(before.state)
    if record.state is None or old == str(record.state):
        return
    if record.state in _STOPPING:
        await _shut(step, record.id)
    if record.state is State.STARTED:
        await push_target.promise(step, record, parts.clock.now())
    elif record.is_over and not record.pull:
        await push_target.forget(step, record.id)
    if record.is_over and record.role is Role.PROVIDER:
        await life.look_at(step, parts, record.agreement_id)
    if record.is_over or record.state is State.SUSPENDED:
        await settling.doubt(step, parts, record.agreement_id, str(record.role), reason or record.code)
    await note_state(
        step,
        parts.clock,
        FAMILY,
        process=record.id,
        before=old,
        after=str(record.state),
        by=by,
        peer=record.peer,
        reason=reason or record.code,
    )
    await callback.of_transfer(step, parts, record, address)


def stop_running(parts: Parts, record: TransferProcess) -> None:
    """Stop the streams of a transfer that no longer runs, after the commit that says so."""
    stopping = record.sending in {Kind.SUSPEND, Kind.COMPLETE, Kind.TERMINATE}
    if record.state in _STOPPING or stopping:
        parts.running.stop(record.context, grants.not_started(record), transfer=record.id)


def address_name(transfer: str) -> str:
    """The name under which the keyring seals a transfer's address."""
    return f"address:{transfer}"


def sealed_address(
    parts: Parts, record: TransferProcess, address: DataAddress, now: datetime
) -> SealedAddress:
    """A transfer's address as it is stored; the life of its token is counted from `now`."""
    plain = msgspec.json.encode(address)
    envelope = parts.keyring.seal(plain, context=record.context, name=address_name(record.id))
    return SealedAddress(id=record.id, context=record.context, envelope=envelope, created=now)


def outbox_name(process: str) -> str:
    """The name under which the keyring seals a message that carries an endpoint token."""
    return f"outbox:{process}"


def not_found() -> NotFoundError:
    """No such transfer, or not for the one who asks."""
    return NotFoundError("transfer.not-found", "There is no such transfer.", "没有这个传输。")


def _is_stopped_by_us(record: TransferProcess) -> bool:
    """Whether we as provider have suspended it: the consumer may say start (T-11), a person here gives the data."""
    return record.suspended_by is record.role is Role.PROVIDER and record.sending is None


async def _agreed(
    step: Step, parts: Parts, arrival: Arrival, message: protocol.TransferRequestMessage
) -> AgreementRecord:
    """The live agreement between exactly these two that the request names (R-TP-01), in a form we serve."""
    found = await life.by_wire_id(step, message.agreement_id, "provider")
    if found is None:
        found = await _finalized_by_this(step, parts, arrival, message.agreement_id)
    if found is None or found.peer != arrival.peer:
        raise ProtocolError(
            "agreement.unknown",
            "There is no such agreement between us.",
            "我们之间没有这个协议。",
            help_en="Use the agreement's id as it stands in the agreement message.",
            help_zh="请使用协议消息中的协议标识。",
        )
    if found.state is not AgreementState.ACTIVE:
        refused = life.ended(found)
        raise ProtocolError(
            refused.code, refused.en, refused.zh, help_en=refused.help_en, help_zh=refused.help_zh
        )
    wanted = (message.format, message.push_address is not None)
    asset = await step.assets.get(found.dataset)
    pushed = asset is None or is_pushable(asset.source)
    if wanted != (dsp.HTTP_PULL, False) and not (wanted == (dsp.HTTP_PUSH, True) and pushed):
        both = f", or as {dsp.HTTP_PUSH} to one" if pushed else ""
        raise ProtocolError(
            "transfer.format-unsupported",
            f"The dataset is served as {dsp.HTTP_PULL}{both}.",
            f"该数据产品以 {dsp.HTTP_PULL} 方式提供{'，或以 HttpData-PUSH 推送到所给地址' if pushed else ''}。",
            help_en=f"Ask for the format {dsp.HTTP_PULL}.",
            help_zh=f"请使用 {dsp.HTTP_PULL}。",
        )
    return found


async def _finalized_by_this(
    step: Step, parts: Parts, arrival: Arrival, wire_id: str
) -> AgreementRecord | None:
    """A consumer that asks for data has had our FINALIZED, though its acknowledgement is still on its way.

    Another worker may be recording that acknowledgement right now, so the negotiation is locked before it is judged.
    """
    where = {"agreement": wire_id, "peer": arrival.peer, "role": str(Role.PROVIDER)}
    for found in await step.negotiations.find(where, limit=1):
        record = await step.negotiations.lock(found.id)
        if record.sending is contract.Kind.FINALIZE:
            await step.outbox.drop(record.id, kind=str(contract.Kind.FINALIZE))
            await negotiation.acknowledged(step, parts, record, contract.Kind.FINALIZE)
        return await life.by_wire_id(step, wire_id, "provider")
    return None


async def _accept(
    step: Step,
    parts: Parts,
    arrival: Arrival,
    before: TransferProcess,
    outcome: Transition[TransferProcess],
    message: TransferMessage,
) -> None:
    """Store an accepted message and its evidence."""
    record = outcome.record
    if before.sending is not None and (outcome.acknowledged or outcome.drop_sending):
        await step.outbox.drop(record.id, kind=str(before.sending))
    if before.sending is not None and outcome.acknowledged:
        before = await acknowledged(step, parts, before, before.sending)
    if record.is_over:
        await step.outbox.drop(record.id)
    address = message.data_address if isinstance(message, protocol.TransferStartMessage) else None
    if address is not None:
        await _keep_address(step, parts, record, address)
    await step.transfers.save(record)
    await note_received(
        step,
        parts.clock,
        arrival,
        type_=message.wire_type,
        process=record.id,
        secret=address is not None,
    )
    await moved(step, parts, before, record, by=str(record.role.other), address=address)


async def _shut(step: Step, id_: str) -> None:
    """Nothing is served, and nothing fetched, under this transfer from here on (R-TP-12)."""
    await grants.close(step, id_)
    await step.addresses.remove(id_)


async def _keep_address(step: Step, parts: Parts, record: TransferProcess, address: DataAddress) -> None:
    """Where to fetch, token included, sealed."""
    await step.addresses.remove(record.id)
    await step.addresses.add(sealed_address(parts, record, address, parts.clock.now()))


async def add_order(
    step: Step, record: TransferProcess, event: Event, order: Order, *, due: datetime
) -> int | None:
    """A row for `flows` to decide later; None where neither a stored answer nor a default would act."""
    owes_address = record.role is Role.PROVIDER and record.owes_address
    stored = event not in _QUIET or await step.answers.find({"on": str(event)}, limit=1)
    if not stored and not owes_address and not order.acts:
        return None
    return await step.outbox.add(
        family=FAMILY,
        process=record.id,
        delivery=Delivery.FLOW,
        kind=str(event),
        peer=record.peer,
        payload=msgspec.json.encode(order),
        due=due,
    )


async def _enqueue(
    step: Step,
    parts: Parts,
    record: TransferProcess,
    kind: Kind,
    message: TransferMessage,
    due: datetime,
) -> None:
    carries = isinstance(message, protocol.TransferStartMessage | protocol.TransferRequestMessage)
    secret = carries and getattr(message, "data_address", None) is not None
    named = replace(message, id=parts.clock.new_id())  # tells a late copy from a new message (R-IDM-02)
    payload = dsp.write(named)
    if secret:
        payload = parts.keyring.seal(payload, context=record.context, name=outbox_name(record.id))
    await step.outbox.add(
        family=FAMILY,
        process=record.id,
        delivery=Delivery.MESSAGE,
        kind=str(kind),
        peer=record.peer,
        url=binding.transfer_url(record.peer_base, kind, record.peer_pid),
        payload=payload,
        sealed=secret,
        due=due,
    )


def reply(record: TransferProcess, *, created: bool = False, release: str | None = None) -> Reply:
    """The acknowledgement: the process as the other side may see it."""
    body = dsp.write(protocol.acknowledgement(record))
    return Reply(status=201 if created else 200, body=body, release=release)
