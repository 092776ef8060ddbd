"""Steps of a process, negotiation or transfer alike: take a message, send one, acknowledge, give up.

Each function works in the caller's step, so that state, outbox and evidence commit together. What differs between the
two is asked of the `Family`.
"""

from datetime import datetime
from typing import Any

from msgspec.structs import replace

from xinfu import dsp
from xinfu.dsp import Message, PeerFinding, Refusal, Repeat, Transition, faults
from xinfu.ports.observer import follow, traceparent
from xinfu.ports.records import ANSWERS, Act, Event, Order, outbox
from xinfu.ports.store import Step
from xinfu.services.contexts.bounds import room_for
from xinfu.services.evidence.notes import record_received, record_state
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.exchange.tokens import claim
from xinfu.services.parts import Parts, RecordParts
from xinfu.services.processes.family import NO_CONTENT, Acceptance, Family, K, M, MessageContent, P


async def take_opening(
    step: Step, parts: Parts, family: Family[P, M, K], arrival: Arrival, message: M
) -> Acceptance[P]:
    """A peer opens a process; the same message again gives the same process.

    Raises:
        InputError: `address.refused`. ProtocolError: the message opens nothing (R-CN-02, R-TP-01..03).
        UnauthorizedError: the token was used before.
    """
    first = family.first(parts, message)
    await claim(step, arrival)
    opening = f"opening\n{arrival.peer}\n{first.pid}\n{first.role}"
    await step.alone(opening)  # it may be on its way through another worker
    kind = family.records
    where = (kind.peer.equals(arrival.peer), first.column.equals(first.pid), kind.role.equals(first.role))
    for known in await step.of(kind).find(*where, limit=1):
        if family.check_repeat is not None:
            family.check_repeat(known, arrival)
        return Acceptance(record=known, created=True)
    await room_for(step, arrival.context, f"{family.name}s")
    opened = await family.open(step, parts, arrival, message)
    if isinstance(opened.outcome, Refusal):
        raise opened.outcome.error
    record = replace(opened.outcome.record, trace=traceparent())
    follow(record.id, record.trace)
    await step.of(family.records).add(record)
    if family.keep is not None:
        await family.keep(step, parts, record, message)
    await _record(step, parts, arrival, record.id, message)
    await _moved(step, parts, family, None, record, by=str(record.role.other), message=message)
    return Acceptance(record=record, event=opened.event, created=True, assessment=opened.assessment)


async def take(
    step: Step, parts: Parts, family: Family[P, M, K], arrival: Arrival, pid: str, message: M
) -> Acceptance[P]:
    """A peer's message for an open process.

    Raises:
        NotFoundError: `<family>.not-found`, also when it is not this peer's (R-HTTP-15).
        ProtocolError: the message is not allowed now (400); nothing has changed.
    """
    await claim(step, arrival)
    before = await step.of(family.records).lock(pid)
    if before.peer != arrival.peer:
        raise family.not_found()
    follow(before.id, before.trace)
    kind, sender = family.machine.kind(message), before.role.other
    outcome = family.machine.receive(before, message, sender, arrival.digest, parts.clock.now())
    if isinstance(outcome, Refusal):
        raise outcome.error
    if isinstance(outcome, Repeat):
        if before.state == "TERMINATED" and before.terminated_by is before.role:
            raise faults.wrong_state(family.name, kind, sender, before.state)
        return Acceptance(record=outcome.record)
    outcome = replace(outcome, record=await family.admit(step, before, outcome.record, message))
    await _accept(step, parts, family, arrival, before, outcome, message)
    return Acceptance(record=outcome.record, event=family.events.get(kind))


async def perform(
    step: Step,
    parts: Parts,
    family: Family[P, M, K],
    record: P,
    act: Act,
    said: MessageContent = NO_CONTENT,
    *,
    due: datetime | None = None,
) -> P:
    """Do one act: put its message on its way, or let the process wait for a person.

    Raises:
        ConflictError: the act is not allowed to us now, or such a process does not have it.
    """
    if act is Act.NOTHING:
        return record
    if act is Act.HOLD:
        held = replace(record, held=True, updated=parts.clock.now())
        await step.of(family.records).save(held)
        step.publish(record.id)
        return held
    message = await family.compose(step, parts, record, act, said)
    return await post(step, parts, family, record, message, due=due)


async def post(
    step: Step,
    parts: RecordParts,
    family: Family[P, M, K],
    record: P,
    message: M,
    *,
    due: datetime | None = None,
) -> P:
    """Put our message on its way.

    Args:
        due: when it may leave; None: at once.

    Raises:
        ConflictError: it is not allowed to us now.
    """
    follow(record.id, record.trace)
    sent = family.machine.send(record, message, parts.clock.now())
    if record.sending is not None:
        await step.outbox.drop(record.id, kind=str(record.sending))
    if family.leave is not None:
        await family.leave(step, sent, family.machine.kind(message))
    await step.of(family.records).save(sent)
    await enqueue(step, parts, family, sent, message, due=due)
    step.publish(record.id)
    return sent


async def enqueue(
    step: Step,
    parts: RecordParts,
    family: Family[P, M, K],
    record: P,
    message: M,
    *,
    due: datetime | None = None,
) -> None:
    """Queue a message for delivery under its own id, so that a late copy is not taken for a new one (R-IDM-02)."""
    kind, secret = family.machine.kind(message), _has_secret(message)
    body = dsp.write(replace(message, id=parts.clock.new_id()))
    if secret:
        body = parts.keyring.seal(body, context=record.context, name=outbox_name(record.id))
    promise = outbox.ProcessMessage(
        family=family.name,
        process=record.id,
        kind=str(kind),
        peer=record.peer,
        url=family.messages.url(record.peer_base, kind, record.peer_pid),
        body=body,
        sealed=secret,
    )
    await step.outbox.add(promise, due=due or parts.clock.now())


def outbox_name(process: str) -> str:
    """The name under which the keyring seals a message that carries an endpoint token."""
    return f"outbox:{process}"


async def acknowledge(
    step: Step, parts: Parts, family: Family[P, M, K], record: P, kind: K, *, peer_pid: str | None = None
) -> P:
    """Move a process on after the peer has accepted our message, and store the consequences."""
    after = family.machine.acknowledged(record, kind, parts.clock.now(), peer_pid=peer_pid)
    if after is record:
        return record
    await step.of(family.records).save(after)
    await _moved(step, parts, family, record, after, by=str(record.role))
    if record.state is None and kind == "REQUEST":
        await add_order(step, family, after, family.acknowledged, Order(), due=parts.clock.now())
    return after


async def give_up(
    step: Step,
    parts: Parts,
    family: Family[P, M, K],
    record: P,
    *,
    code: str,
    reason: str,
    tell: bool = False,
) -> P:
    """End a process whose peer cannot be reached or disagrees, on our side alone.

    Args:
        tell: send the peer a termination with the reason, which nothing of ours waits for.
    """
    after = family.machine.failed(record, parts.clock.now(), code=code, reason=(reason,))
    await step.of(family.records).save(after)
    await _moved(step, parts, family, record, after, by=str(record.role), reason=code)
    if tell and record.peer_pid is not None and not record.is_over:
        farewell = family.termination(
            consumer_pid=record.consumer_pid, provider_pid=record.provider_pid, code=code, reason=(reason,)
        )
        await enqueue(step, parts, family, after, farewell)
    return after


async def go_by(step: Step, parts: Parts, family: Family[P, M, K], record: P, state: Any) -> PeerFinding:
    """Go by the peer's state: what it has is acknowledged, what it has ended is over here too (D-12)."""
    found = family.machine.reconcile(record, state, parts.clock.now())
    if found.standing is PeerFinding.ACKNOWLEDGED and record.sending is not None:
        await acknowledge(step, parts, family, record, record.sending)
    elif found.standing is PeerFinding.ENDED:
        await step.outbox.drop(record.id)
        await step.of(family.records).save(found.record)
        by = str(record.role.other)
        await _moved(step, parts, family, record, found.record, by=by, reason="peer.ended")
    return found.standing


async def add_order(
    step: Step, family: Family[P, M, K], record: P, event: Event, order: Order, *, due: datetime
) -> int | None:
    """A row to decide on an event later; None where neither a stored answer nor a default would act on it."""
    waited_for = family.is_waited_for is not None and family.is_waited_for(record)
    certain = event not in family.quiet or order.acts or waited_for
    if not certain and not await step.of(ANSWERS).find(ANSWERS.on.equals(event), limit=1):
        return None
    promise = outbox.ProcessEvent(
        family=family.name, process=record.id, kind=event, peer=record.peer, order=order
    )
    return await step.outbox.add(promise, due=due)


async def _accept(
    step: Step,
    parts: Parts,
    family: Family[P, M, K],
    arrival: Arrival,
    before: P,
    outcome: Transition[P],
    message: M,
) -> None:
    """Store an accepted message and its evidence."""
    record = outcome.record
    if before.sending is not None and (outcome.acknowledged or outcome.drop_sending):
        await step.outbox.drop(record.id, kind=str(before.sending))
    if before.sending is not None and outcome.acknowledged:
        before = await acknowledge(step, parts, family, before, before.sending)
    if record.is_over:
        await step.outbox.drop(record.id)
    if family.keep is not None:
        await family.keep(step, parts, record, message)
    await step.of(family.records).save(record)
    await _record(step, parts, arrival, record.id, message)
    await _moved(step, parts, family, before, record, by=str(record.role.other), message=message)


def _has_secret(message: Message) -> bool:
    """Whether a message carries an endpoint token, so that its body is kept sealed or not at all."""
    return getattr(message, "data_address", None) is not None


async def _record(step: Step, parts: RecordParts, arrival: Arrival, process: str, message: Message) -> None:
    secret = _has_secret(message)
    await record_received(step, parts.clock, arrival, type_=message.wire_type, process=process, secret=secret)


async def _moved(
    step: Step,
    parts: Parts,
    family: Family[P, M, K],
    before: P | None,
    record: P,
    *,
    by: str,
    reason: str | None = None,
    message: M | None = None,
) -> None:
    """A change of state: its evidence, and its consequences (R-CN-14)."""
    step.publish(record.id)
    old = "" if before is None or before.state is None else str(before.state)
    if record.state is None or old == str(record.state):
        return
    await record_state(
        step,
        parts.clock,
        family.name,
        process=record.id,
        before=old,
        after=str(record.state),
        by=by,
        peer=record.peer,
        reason=reason or record.code,
    )
    await family.follow(step, parts, record, reason or record.code, message)
