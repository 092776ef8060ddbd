"""Contract negotiations: receive a message, or send one.

Each function opens at most one step: state, outbox and evidence together. What has to be decided after
an accepted message `answers` decides, in the same step (decision 0007).
"""

from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu import dsp
from xinfu.dsp import Refusal, Repeat, Role, Transition, binding, conclude, faults
from xinfu.dsp import negotiation as protocol
from xinfu.dsp.negotiation import ContractNegotiation, Kind, NegotiationMessage, State
from xinfu.dsp.repeats import opening_digest
from xinfu.errors import ConflictError, NotFoundError, ProtocolError, XinfuError
from xinfu.odrl import Policy
from xinfu.ports.observer import follow, traceparent
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import Delivery, Event
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import life
from xinfu.services.bounds import room_for
from xinfu.services.contexts import Context
from xinfu.services.evidence.notes import note_received, note_state
from xinfu.services.exchange import Arrival, Reply, claim, claim_read
from xinfu.services.offering import offers
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import Parts

FAMILY: Final = "negotiation"

_EVENTS: Final = {
    Kind.REQUEST: Event.COUNTERED,
    Kind.OFFER: Event.OFFERED,
    Kind.ACCEPT: Event.ACCEPTED,
    Kind.AGREE: Event.AGREED,
    Kind.VERIFY: Event.VERIFIED,
    Kind.FINALIZE: Event.FINALIZED,
}


Opening = protocol.ContractRequestMessage | protocol.ContractOfferMessage


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What an ANSWER row carries: who was proven to ask, and the acts that are left of an answer."""

    claims: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    acts: tuple[str, ...] = ()
    reason: str | None = None


class Accepted(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was taken: the process after it, and what is to be decided on, if anything.

    Attributes:
        assessment: our offer, where the message made us look at it.
    """

    record: ContractNegotiation
    event: Event | None = None
    created: bool = False
    assessment: Assessment | None = None


def check_callback(parts: Parts, message: Opening) -> None:
    """Refuse a callback address that we would never call, before anything is stored (R-CN-04).

    Raises:
        InputError: `address.refused`.
    """
    if message.callback_address is not None:
        parts.outbound.check(message.callback_address, purpose=Purpose.PEER)


async def open_received(step: Step, parts: Parts, arrival: Arrival, message: Opening) -> Accepted:
    """A peer opens a negotiation, in the caller's step: with a request (we provide) or an offer (we consume).

    Raises:
        ProtocolError: the message opens nothing (R-CN-02).
        UnauthorizedError: the token was used before.
    """
    await claim(step, arrival)
    known = await _opened_before(step, arrival, message)
    if known is not None:
        return Accepted(record=_same_opening(known, arrival), created=True)
    await room_for(step, arrival.context, "negotiations")
    assessment: Assessment | None = None
    if isinstance(message, protocol.ContractRequestMessage):
        asked, now = message.offer, parts.clock.now()
        assessment = await offers.assess(step, arrival.context, asked.id or "", asked.target or "", now)
        ours = await offers.must_see(step, assessment, arrival, now)
        message = replace(message, offer=offers.named_as(asked, ours))
    outcome = protocol.open_received(
        message,
        context=arrival.context.id,
        participant=arrival.context.participant,
        peer=arrival.peer,
        own_pid=parts.clock.new_id(),
        now=parts.clock.now(),
        body_digest=arrival.digest,
        opening=opening_digest(arrival.body),
    )
    if isinstance(outcome, Refusal):
        raise outcome.error
    record = replace(outcome.record, trace=traceparent())
    follow(record.id, record.trace)
    await step.negotiations.add(record)
    await note_received(step, parts.clock, arrival, type_=message.wire_type, process=record.id)
    await _moved(step, parts, None, record, by=str(record.role.other))
    event = Event.REQUESTED if record.role is Role.PROVIDER else Event.OFFERED
    return Accepted(record=record, event=event, created=True, assessment=assessment)


async def receive(
    step: Step, parts: Parts, arrival: Arrival, pid: str, message: NegotiationMessage
) -> Accepted:
    """A peer's message for an open negotiation, in the caller's step.

    Raises:
        NotFoundError: `negotiation.not-found`, also when it is not this peer's (R-HTTP-15).
        ProtocolError: the message is no move (400); nothing has changed.
    """
    await claim(step, arrival)
    before = await _of_peer(step, arrival, pid)
    outcome = protocol.MACHINE.receive(before, message, before.role.other, arrival.digest, parts.clock.now())
    if isinstance(outcome, Refusal):
        raise outcome.error
    if isinstance(outcome, Repeat):
        if before.state is State.TERMINATED and before.terminated_by is before.role:
            raise faults.wrong_state(FAMILY, protocol.kind_of(message), before.role.other, before.state)
        return Accepted(record=outcome.record)
    if isinstance(message, protocol.ContractAgreementMessage):
        await _check_agreement_id(step, message.agreement.id)
    await _accept(step, parts, arrival, before, outcome, message)
    event = _EVENTS.get(protocol.kind_of(message))
    return Accepted(record=outcome.record, event=event)


async def show(parts: Parts, arrival: Arrival, pid: str) -> Reply:
    """The state of a negotiation, to its counterparty only (R-CN-15)."""
    await claim_read(parts.store, arrival)
    async with parts.store.view(arrival.context.id) as view:
        record = await view.negotiations.get(pid)
    if record is None or record.peer != arrival.peer:
        raise not_found()
    return reply(record)


async def request(
    parts: Parts,
    context: Context,
    *,
    peer: str,
    base: str,
    offer: Policy,
    previous: Policy | None = None,
    purpose: str | None = None,
    callbacks: tuple[dict[str, Any], ...] = (),
    then_pull: bool = False,
) -> ContractNegotiation:
    """Open a negotiation as consumer: ask `peer` for an agreement on `offer`, whose target is the dataset.

    Args:
        previous: the offer of its catalog, where `offer` asks for other terms.
        callbacks: kept with the negotiation and shown again.
        then_pull: ask for the data as soon as it is finalized.

    Raises:
        ConflictError: `negotiation.not-opening`, when the offer names no dataset.
    """
    message = protocol.ContractRequestMessage(
        consumer_pid=parts.clock.new_id(),
        callback_address=context.protocol_base,
        offer=offer,
        purpose=purpose,
    )
    return await _open(parts, context, peer, base, message, callbacks, previous=previous, then_pull=then_pull)


async def ask_in_vain(
    parts: Parts,
    context: Context,
    *,
    peer: str,
    base: str,
    offer: Policy,
    callbacks: tuple[dict[str, Any], ...] = (),
    why: XinfuError,
) -> ContractNegotiation:
    """A negotiation whose first message cannot be sent: it is over at once, and says why to whoever follows it."""
    now = parts.clock.now()
    message = protocol.ContractRequestMessage(
        consumer_pid=parts.clock.new_id(), callback_address=context.protocol_base, offer=offer
    )
    record = protocol.open_to_send(
        message, context=context.id, participant=context.participant, peer=peer, peer_base=base, now=now
    )
    async with parts.store.step(context.id) as step:
        record = replace(record, callbacks=callbacks)
        await step.negotiations.add(record)
        return await give_up(step, parts, record, code=why.code, reason=why.en)


async def offer(
    parts: Parts, context: Context, *, peer: str, base: str, offer: Policy
) -> ContractNegotiation:
    """Open a negotiation as provider: offer `peer` an agreement on one of our datasets (R-CN-06)."""
    message = protocol.ContractOfferMessage(
        provider_pid=parts.clock.new_id(), callback_address=context.protocol_base, offer=offer
    )
    return await _open(parts, context, peer, base, message)


async def post(
    step: Step,
    parts: Parts,
    record: ContractNegotiation,
    message: NegotiationMessage,
    *,
    due: datetime | None = None,
) -> ContractNegotiation:
    """Put our message on its way, in the caller's step.

    Args:
        due: when it may leave; None: at once.

    Raises:
        ConflictError: it is no move of ours now.
    """
    follow(record.id, record.trace)
    kind = protocol.kind_of(message)
    replaced = record.sending
    moved = protocol.MACHINE.send(record, message, parts.clock.now())
    payload = _written(parts, message)
    if replaced is not None:
        await step.outbox.drop(record.id, kind=str(replaced))
    await step.negotiations.save(moved)
    await _enqueue(step, moved, kind, payload, due or parts.clock.now())
    step.publish(record.id)
    return moved


async def acknowledged(
    step: Step, parts: Parts, record: ContractNegotiation, kind: Kind, *, peer_pid: str | None = None
) -> ContractNegotiation:
    """The peer took our message: the state moves, and what follows from it is stored, in the caller's step."""
    moved = protocol.MACHINE.acknowledged(record, kind, parts.clock.now(), peer_pid=peer_pid)
    if moved is record:
        return record
    await step.negotiations.save(moved)
    await _moved(step, parts, record, moved, by=str(record.role))
    if kind is Kind.REQUEST and record.state is None:
        await add_order(step, moved, Event.REQUEST_ACKNOWLEDGED, Order(), due=parts.clock.now())
    return moved


async def give_up(
    step: Step, parts: Parts, record: ContractNegotiation, *, code: str, reason: str, tell: bool = False
) -> ContractNegotiation:
    """End a negotiation whose peer cannot be reached or disagrees, on our side alone.

    Args:
        tell: send the peer a termination with the reason, which nothing of ours waits for.
    """
    moved = protocol.MACHINE.failed(record, parts.clock.now(), code=code, reason=(reason,))
    await step.negotiations.save(moved)
    await _moved(step, parts, record, moved, by=str(record.role), reason=code)
    if tell and record.peer_pid is not None and not record.is_over:
        farewell = protocol.ContractNegotiationTerminationMessage(
            consumer_pid=record.consumer_pid or "",
            provider_pid=record.provider_pid or "",
            code=code,
            reason=(reason,),
        )
        await _enqueue(step, moved, Kind.TERMINATE, _written(parts, farewell), parts.clock.now())
    return moved


async def ended_elsewhere(
    step: Step, parts: Parts, before: ContractNegotiation, record: ContractNegotiation
) -> None:
    """The peer has ended it, as its own state showed; so have we now."""
    await step.outbox.drop(record.id)
    await step.negotiations.save(record)
    await _moved(step, parts, before, record, by=str(record.role.other), reason="peer.ended")


async def hold(parts: Parts, context: str, id_: str, *, held: bool) -> ContractNegotiation:
    """Let a negotiation wait for a person, or let it go on by its answers.

    Raises:
        NotFoundError: `negotiation.not-found`.
        ConflictError: `negotiation.over`.
    """
    async with parts.store.step(context) as step:
        record = await step.negotiations.lock(id_)
        if record.is_over:
            raise ConflictError(
                "negotiation.over",
                "The negotiation is over.",
                "该协商已经结束。",
                facts={"state": str(record.state)},
            )
        moved = replace(record, held=held, updated=parts.clock.now())
        await step.negotiations.save(moved)
        event = waiting_event(moved)
        if not held and event is not None:
            await add_order(step, moved, event, Order(), due=parts.clock.now())
        step.publish(id_)
        return moved


def waiting_event(record: ContractNegotiation) -> Event | None:
    """What a negotiation waits to have answered by us; None when it is the other side's turn."""
    if record.sending is not None or record.state is None:
        return None
    provider = record.role is Role.PROVIDER
    return {
        State.REQUESTED: Event.REQUESTED if provider else None,
        State.OFFERED: None if provider else Event.OFFERED,
        State.ACCEPTED: Event.ACCEPTED if provider else None,
        State.AGREED: None if provider else Event.AGREED,
        State.VERIFIED: Event.VERIFIED if provider else None,
    }.get(record.state)


def not_found() -> NotFoundError:
    """No such negotiation, or not for the one who asks."""
    return NotFoundError("negotiation.not-found", "There is no such negotiation.", "没有这个协商。")


async def _open(
    parts: Parts,
    context: Context,
    peer: str,
    base: str,
    message: Opening,
    callbacks: tuple[dict[str, Any], ...] = (),
    *,
    previous: Policy | None = None,
    then_pull: bool = False,
) -> ContractNegotiation:
    record = protocol.open_to_send(
        message,
        context=context.id,
        participant=context.participant,
        peer=peer,
        peer_base=base,
        now=parts.clock.now(),
    )
    record = replace(record, previous=previous, callbacks=callbacks, then_pull=then_pull, trace=traceparent())
    follow(record.id, record.trace)
    async with parts.store.step(context.id) as step:
        await room_for(step, context, "negotiations")
        await step.negotiations.add(record)
        await _enqueue(step, record, protocol.kind_of(message), _written(parts, message), parts.clock.now())
        await callback.of_negotiation(step, parts, record)
        step.publish(record.id)
    return record


def _written(parts: Parts, message: NegotiationMessage) -> bytes:
    """The body, under a name of its own: a copy that comes late is told from a new message (R-IDM-02)."""
    return dsp.write(replace(message, id=parts.clock.new_id()))


async def _enqueue(
    step: Step, record: ContractNegotiation, kind: Kind, payload: bytes, due: datetime
) -> None:
    await step.outbox.add(
        family=FAMILY,
        process=record.id,
        delivery=Delivery.MESSAGE,
        kind=str(kind),
        peer=record.peer,
        url=binding.negotiation_url(record.peer_base, kind, record.peer_pid),
        payload=payload,
        due=due,
    )


async def _opened_before(
    step: Step,
    arrival: Arrival,
    message: Opening,
) -> ContractNegotiation | None:
    """The negotiation that this peer opened under the same pid of its own."""
    where = {"peer": arrival.peer}
    if isinstance(message, protocol.ContractRequestMessage):
        where |= {"consumer_pid": message.consumer_pid, "role": str(Role.PROVIDER)}
    else:
        where |= {"provider_pid": message.provider_pid, "role": str(Role.CONSUMER)}
    await step.alone("\n".join(["opening", *where.values()]))  # it may be on its way through another worker
    found = await step.negotiations.find(where, limit=1)
    return found[0] if found else None


def _same_opening(known: ContractNegotiation, arrival: Arrival) -> ContractNegotiation:
    """A repeat of the opening message is acknowledged again; another one under the same pid is not."""
    if known.opening == opening_digest(arrival.body):
        return known
    raise ProtocolError(
        "negotiation.already-open",
        "A negotiation under this pid is open already, with another first message.",
        "该 pid 下已有协商，且首条消息不同。",
        help_en="Use a new pid for a new negotiation.",
        help_zh="新的协商请使用新的 pid。",
    )


async def _check_agreement_id(step: Step, wire_id: str) -> None:
    """Refuse an agreement under the id of one that we have already: every later message names it by that id."""
    if await life.by_wire_id(step, wire_id, "consumer") is not None:
        raise ProtocolError(
            "agreement.id-taken",
            "The id of this agreement belongs to another agreement already.",
            "该协议标识已属于另一份协议。",
            help_en="Give each agreement an id of its own.",
            help_zh="请为每份协议使用唯一标识。",
        )


async def _of_peer(step: Step, arrival: Arrival, pid: str) -> ContractNegotiation:
    record = await step.negotiations.lock(pid)
    if record.peer != arrival.peer:
        raise not_found()
    follow(record.id, record.trace)
    return record


async def _accept(
    step: Step,
    parts: Parts,
    arrival: Arrival,
    before: ContractNegotiation,
    outcome: Transition[ContractNegotiation],
    message: NegotiationMessage,
) -> None:
    """Store an accepted message and its evidence."""
    record = outcome.record
    if before.sending is not None and (outcome.acknowledged or outcome.drop_sending):
        await step.outbox.drop(record.id, kind=str(before.sending))
    if before.sending is not None and outcome.acknowledged:
        before = await acknowledged(step, parts, before, before.sending)
    if record.state is State.TERMINATED:
        await step.outbox.drop(record.id)
    await step.negotiations.save(record)
    await note_received(step, parts.clock, arrival, type_=message.wire_type, process=record.id)
    await _moved(step, parts, before, record, by=str(record.role.other))


async def add_order(
    step: Step, record: ContractNegotiation, event: Event, order: Order, *, due: datetime
) -> int | None:
    """A row for `answers` to decide later; None where neither a stored answer nor a default would act on the event."""
    if event in _QUIET and not await step.answers.find({"on": str(event)}, limit=1):
        return None
    return await step.outbox.add(
        family=FAMILY,
        process=record.id,
        delivery=Delivery.ANSWER,
        kind=str(event),
        peer=record.peer,
        payload=msgspec.json.encode(order),
        due=due,
    )


_QUIET: Final = frozenset({Event.REQUEST_ACKNOWLEDGED, Event.FINALIZED})
"""Events on which nothing is done unless a stored answer says so."""


async def _moved(
    step: Step,
    parts: Parts,
    before: ContractNegotiation | None,
    record: ContractNegotiation,
    *,
    by: str,
    reason: str | None = None,
) -> None:
    """Evidence of a change of state, and the agreement when it is concluded (R-CN-14)."""
    old = "" if before is None or before.state is None else str(before.state)
    if record.state is None or old == str(record.state):
        return
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
    if record.state is State.FINALIZED:
        await life.concluded(step, parts, record)
    await callback.of_negotiation(step, parts, record)
    step.publish(record.id)


def reply(record: ContractNegotiation, *, created: bool = False, release: str | None = None) -> Reply:
    """The acknowledgement: the process as the other side may see it."""
    body = dsp.write(protocol.acknowledgement(record))
    return Reply(status=201 if created else 200, body=body, release=release)


def agreement_message(parts: Parts, record: ContractNegotiation) -> protocol.ContractAgreementMessage:
    """Our agreement on the current offer (R-POL-03, R-POL-09)."""
    agreement = conclude(
        record.offer,
        agreement_id=parts.clock.new_id(),
        assigner=record.provider,
        assignee=record.consumer,
        at=parts.clock.now(),
    )
    return protocol.ContractAgreementMessage(
        consumer_pid=record.consumer_pid or "", provider_pid=record.provider_pid or "", agreement=agreement
    )
