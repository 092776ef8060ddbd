"""Keep the promises in the outbox: decide and deliver, in order for each process (D-11, D-12, D-13).

A row leaves the outbox in the same step that records what came of it. Back-off grows to a minute with a spread
that is drawn from the row itself, so that a run can be played again.
"""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar, assert_never

from xinfu import dsp
from xinfu.dsp import (
    ContractNegotiationAck,
    ContractNegotiationError,
    PeerFinding,
    Process,
    TransferError,
    TransferProcessAck,
    binding,
)
from xinfu.dsp.reasons import texts
from xinfu.errors import ConflictError, NotFoundError, XinfuError
from xinfu.ports.peer import DeliveryOutcome, DeliveryResult, Pace
from xinfu.ports.records import Act, Event, OutboxRow, outbox
from xinfu.ports.records.outbox import ProcessMessage
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.background import errors, notices, pulls, push, stops
from xinfu.services.contracts import answering, opening, sending
from xinfu.services.evidence import heads
from xinfu.services.evidence.notes import record_sent
from xinfu.services.parts import Parts, PeerParts, RecordParts
from xinfu.services.processes import peer_messages, steps
from xinfu.services.processes.family import MessageContent
from xinfu.services.processes.peer_messages import FAMILIES
from xinfu.services.refusals import RefusalText

_log = logging.getLogger(__name__)

PAUSE: Final = timedelta(milliseconds=100)
EARLY_TRIES: Final = 5
_PROOF_PAUSES_S: Final = (0.25, 1.0, 4.0, 14.0)
"""Pauses between early tries refused without a reason: under 30 s in all, longer than a DID stays unfetched."""
_LONGEST: Final = 60.0  # seconds between two tries
_DOUBLINGS: Final = 16
"""After which a pause is the longest one, however often a row was tried."""
_WORDS: Final = 500
"""Characters of a peer's refusal that are kept."""
_WORDS_OF_OURS: Final = ("code", "message", "message_zh", "help", "help_zh")
_TRANSIENT: Final = frozenset(
    {DeliveryOutcome.FAILING, DeliveryOutcome.UNREACHABLE, DeliveryOutcome.UNREADABLE}
)

Shown: TypeAlias = ContractNegotiationAck | TransferProcessAck
Ack = TypeVar("Ack", bound=Shown)
Sleep = Callable[[float], Awaitable[None]]


async def keep_promise(parts: Parts, row: OutboxRow, *, sleep: Sleep = asyncio.sleep) -> None:
    """Keep the promise of one row. After a failure of our own it is tried again; nothing is lost."""
    try:
        await _keep(parts, row, sleep)
    except XinfuError as error:
        told = {"process_id": row.promise.queue, "code": error.code}
        _log.warning("promise not kept yet: %s", error.en, extra=told)
        await _again(parts, row, error.code)
    except Exception:  # a fault of our own must neither lose the promise nor spin
        _log.exception("promise not kept", extra={"process_id": row.promise.queue})
        await _again(parts, row, "node.failed")


async def _keep(parts: Parts, row: OutboxRow, sleep: Sleep) -> None:
    match row.promise:
        case ProcessMessage() as promise:
            await deliver_message(parts, row, promise, sleep=sleep)
        case outbox.ProcessEvent() as promise:
            await peer_messages.decide_later(parts, row, promise)
        case outbox.CallbackEvent() as promise:
            await callback.post(parts, row, promise)
        case outbox.TransferPush() as promise:
            parts.pushes.start(row.id, partial(push.run, parts, row, promise, back_off))
        case outbox.NodeNotice() as promise:
            await notices.deliver_notice(parts, row, promise, back_off)
        case outbox.TransferStop() as promise:
            await stops.follow(parts, row, promise)
        case outbox.AgreementEvent() as promise:
            await opening.begin(parts, row, promise)
        case outbox.ContractEvent(kind=Event.CONTRACT_FILED) as promise:
            await pulls.pull(parts, row, promise, back_off)
        case outbox.ContractEvent() as promise:
            await answering.answer(parts, row, promise)
        case outbox.ContractMessage() as promise:
            await sending.deliver(parts, row, promise, back_off)
        case outbox.UnreadablePromise() as promise:
            raise errors.OUTBOX_UNREADABLE(queue=promise.queue, reason=promise.reason)
        case _ as never:
            assert_never(never)


async def deliver_message(
    parts: Parts, row: OutboxRow, message: ProcessMessage, *, sleep: Sleep = asyncio.sleep
) -> None:
    """Post one message and record what came of it."""
    body = message.body
    if message.sealed:
        body = parts.keyring.open(body, context=row.context, name=steps.outbox_name(message.process))
    await _pace(parts, row, message, sleep)
    begun_s = asyncio.get_running_loop().time()
    sent = await parts.counterparty.deliver(
        context=row.context, peer=message.peer, url=message.url, body=body
    )
    took_s = asyncio.get_running_loop().time() - begun_s
    parts.observer.delivered(row.context, sort_of(row), str(sent.outcome), took_s)
    if sent.outcome is DeliveryOutcome.ACKNOWLEDGED:
        await _acknowledged(parts, row, message, body, sent)
    elif sent.outcome in _TRANSIENT:
        await _retry_or_give_up(parts, row, message, sent)
    elif (
        sent.outcome in {DeliveryOutcome.EARLY, DeliveryOutcome.UNAUTHORIZED}
        and row.attempts + 1 < EARLY_TRIES
    ):
        pause_s = None if sent.body else _PROOF_PAUSES_S[row.attempts]
        await _again(parts, row, _failure(message, sent), pause_s=pause_s)
    elif sent.outcome is DeliveryOutcome.FORBIDDEN:
        await _give_up(parts, row, message, sent)
    else:
        await _look(parts, row, message, sent)


def sort_of(row: OutboxRow) -> str:
    """The kind of the promise for metrics, such as "negotiation.agree" or "answer.requested"."""
    first: str
    match row.promise:
        case ProcessMessage(family=first):
            pass
        case outbox.ProcessEvent(family="transfer"):
            first = "flow"
        case outbox.ProcessEvent() | outbox.AgreementEvent() | outbox.ContractEvent():
            first = "answer"
        case outbox.NodeNotice():
            first = "notice"
        case outbox.UnreadablePromise():
            first = "unreadable"
        case _ as other:
            first = str(other.__struct_config__.tag)
    return f"{first}.{row.promise.kind.lower()}"


def back_off(row: OutboxRow, pause_s: float | None = None) -> timedelta:
    """The pause before the next try: doubling from 0.25 s to 60 s, varied by up to half.

    Args:
        pause_s: a base pause in seconds in place of the doubling one; varied as well.
    """
    drawn = hashlib.sha256(f"{row.context}:{row.id}:{row.attempts}".encode()).digest()
    spread = 0.5 + int.from_bytes(drawn[:4], "big") / 2**32
    doubled = 0.25 * 2 ** min(row.attempts, _DOUBLINGS)
    return timedelta(seconds=(pause_s or min(_LONGEST, doubled)) * spread)


async def _pace(parts: PeerParts, row: OutboxRow, message: ProcessMessage, sleep: Sleep) -> None:
    """Leave a peer that is not xinfu a pause between its acknowledgement and our next message."""
    base = _base(message)
    if row.attempts or message.url == base or await parts.counterparty.pace(base) is Pace.AT_ONCE:
        return
    left = PAUSE - (parts.clock.now() - row.due)
    if left > timedelta(0):
        await sleep(left.total_seconds())


async def _acknowledged(
    parts: Parts, row: OutboxRow, message: ProcessMessage, body: bytes, sent: DeliveryResult
) -> None:
    """Record that the peer has the message. If a power cut loses the record, one more delivery restores it."""
    head = await heads.compare_head(parts, row.context, message.peer, sent.log_head)
    async with parts.store.step(row.context, lazy=True) as step:
        if head is not None:
            await step.peer_logs.keep(message.peer, head)
        record = await step.of(FAMILIES[message.family].records).lock(message.process)
        if not await step.outbox.done(row.id):
            return
        await record_sent(
            step,
            parts.clock,
            type_=message.kind,
            body=body,
            url=message.url,
            process=message.process,
            peer=message.peer,
            status=sent.status,
            token=sent.token,
            secret=message.sealed,
        )
        await _taken(step, parts, message, record, sent.body)


async def _hold(step: Step, row: OutboxRow) -> None:
    """Lock the row's process before anything else, as all code does, to avoid deadlock."""
    if isinstance(row.promise, ProcessMessage | outbox.ProcessEvent):
        await step.of(FAMILIES[row.promise.family].records).lock(row.promise.process)


async def _taken(
    step: Step, parts: Parts, message: ProcessMessage, record: Process[Any, Any, Any], body: bytes
) -> None:
    """Move the process on after the acknowledgement; end it if the answer shows that the peer has ended it."""
    family = FAMILIES[message.family]
    shown = _shown(body, family.ack)
    pid = None if shown is None else _other({shown.provider_pid, shown.consumer_pid}, message.process)
    record = await steps.acknowledge(step, parts, family, record, family.kinds(message.kind), peer_pid=pid)
    if shown is not None and not record.is_over:
        found = family.machine.reconcile(record, shown.state, parts.clock.now())
        if found.standing is PeerFinding.ENDED:
            await steps.go_by(step, parts, family, record, shown.state)


def _shown(body: bytes, kind: type[Ack]) -> Ack | None:
    """The process as the peer's answer shows it; None if the answer is unreadable (R-HTTP-09)."""
    try:
        return dsp.read(body, kind)
    except XinfuError:
        return None


def _other(pids: set[str], ours: str) -> str | None:
    """The peer's pid among the two; None if there is only ours."""
    return next(iter(pids - {ours, ""}), None)


def _base(message: ProcessMessage) -> str:
    """The peer's base address, from that of a message."""
    return message.url.rsplit(f"/{message.family}s/", 1)[0]


async def _again(parts: RecordParts, row: OutboxRow, code: str, *, pause_s: float | None = None) -> None:
    parts.observer.postponed(row.context, row.promise.family)
    async with parts.store.step(row.context) as step:
        try:
            await _hold(step, row)
        except NotFoundError:  # without its process a promise means nothing
            await step.outbox.done(row.id)
            return
        if await step.outbox.get(row.id) is not None:
            await step.outbox.retry(row.id, due=parts.clock.now() + back_off(row, pause_s), error=code)
            step.publish(row.promise.queue)


async def _retry_or_give_up(
    parts: Parts, row: OutboxRow, message: ProcessMessage, sent: DeliveryResult
) -> None:
    """Try again while there is time; then give up, unless the peer's state shows that it has our message."""
    if parts.clock.now() - row.created < parts.give_up_after:
        await _again(parts, row, _failure(message, sent))
        return
    answer = await _state_of_peer(parts, row, message)
    shown = None if answer is None else _shown(answer, FAMILIES[message.family].ack)
    if shown is None or not await _is_settled(parts, row, message, shown):
        await _give_up(parts, row, message, sent)


async def _is_settled(parts: Parts, row: OutboxRow, message: ProcessMessage, shown: Shown) -> bool:
    """Whether nothing is left to send, since the peer has our message or has ended the process."""
    async with parts.store.step(row.context) as step:
        await _hold(step, row)
        if await step.outbox.get(row.id) is None:
            return True
        standing = await _standing(step, parts, message, shown)
        if standing not in {PeerFinding.ACKNOWLEDGED, PeerFinding.ENDED}:
            return False
        await step.outbox.done(row.id)
        return True


async def _standing(step: Step, parts: Parts, message: ProcessMessage, shown: Shown) -> PeerFinding:
    """Compare the peer's state with ours, adopt what happened there, and return the finding."""
    family = FAMILIES[message.family]
    record = await step.of(family.records).lock(message.process)
    if record.is_over:  # we have given it up, and only tell
        return PeerFinding.ENDED if shown.state.is_terminal else PeerFinding.UNCHANGED
    return await steps.go_by(step, parts, family, record, shown.state)


async def _state_of_peer(parts: PeerParts, row: OutboxRow, message: ProcessMessage) -> bytes | None:
    """Fetch the process from the peer; None if the peer does not return it."""
    pid = await _pid_to_ask(parts, row.context, message)
    if pid is None:
        return None
    url = binding.process_url(_base(message), f"{message.family}s", pid)
    try:
        return await parts.counterparty.process_state(context=row.context, peer=message.peer, url=url)
    except XinfuError:
        return None


async def _give_up(parts: Parts, row: OutboxRow, message: ProcessMessage, sent: DeliveryResult) -> None:
    """End the process on our side, and queue the reason for the other side unless its address is forbidden."""
    async with parts.store.step(row.context) as step:
        await _hold(step, row)
        if await step.outbox.get(row.id) is None:
            return
        await step.outbox.drop(message.process)
        code, reason = _told(message, sent)[0], _reason(message, sent)
        tell = sent.outcome is not DeliveryOutcome.FORBIDDEN
        family = FAMILIES[message.family]
        record = await step.of(family.records).lock(message.process)
        await steps.give_up(step, parts, family, record, code=code, reason=reason, tell=tell)


def _told(message: ProcessMessage, sent: DeliveryResult) -> tuple[str, str]:
    """The code and sentence of a peer's refusal, in the peer's own words if it sent any."""
    error = _error(message, sent)
    if error is None:
        return sent.code or "peer.refused", sent.detail or f"The other side answered {sent.status}."
    own = _as_ours(error.reason)
    if own is not None:
        return own["code"], str(own.get("message", own["code"]))
    return sent.code or "peer.refused", "; ".join(str(each) for each in error.reason) or sent.detail


def _reason(message: ProcessMessage, sent: DeliveryResult) -> str:
    """The reason of a refusal as it is stored: complete, with help in both languages, if the peer uses our format."""
    error = _error(message, sent)
    own = None if error is None else _as_ours(error.reason)
    if own is None:
        return _told(message, sent)[1]
    return texts(({key: own[key] for key in _WORDS_OF_OURS if key in own},))[0]


def _error(message: ProcessMessage, sent: DeliveryResult) -> ContractNegotiationError | TransferError | None:
    try:
        return dsp.read(sent.body, FAMILIES[message.family].error)
    except XinfuError:
        return None


def _as_ours(reasons: Sequence[object]) -> dict[str, str] | None:
    """The strings of the first reason that has a code, as a `refusals.RefusalText` has them; None without one."""
    for each in reasons:
        if isinstance(each, dict) and isinstance(each.get("code"), str):
            return {key: value for key, value in each.items() if isinstance(value, str)}
    return None


def _failure(message: ProcessMessage, sent: DeliveryResult) -> str:
    """The error text of a failed try: its code, and on a second line the peer's words, if any."""
    code, reason = _told(message, sent)
    words = reason if reason and reason != sent.detail else ""
    words = words if code in {sent.code, ""} else f"{code}: {words}"
    shown = "".join(each if each.isprintable() else " " for each in words[:_WORDS])
    return f"{sent.code}\n{shown}" if words else sent.code


async def _look(parts: Parts, row: OutboxRow, message: ProcessMessage, sent: DeliveryResult) -> None:
    """Read the peer's state after a refusal, and act on it (D-12, R-GEN-12)."""
    pid = await _pid_to_ask(parts, row.context, message)
    if pid is None:
        await _give_up(parts, row, message, sent)
        return
    url = binding.process_url(_base(message), f"{message.family}s", pid)
    try:
        answer = await parts.counterparty.process_state(context=row.context, peer=message.peer, url=url)
    except XinfuError:
        await _retry_or_give_up(parts, row, message, sent)
        return
    if answer is not None:
        await _reconcile(parts, row, message, sent, answer)
    elif sent.outcome is DeliveryOutcome.REFUSED:
        await _give_up(parts, row, message, sent)
    else:  # it may only be our proof that it cannot check for now
        await _retry_or_give_up(parts, row, message, sent)


async def _pid_to_ask(parts: RecordParts, context: str, message: ProcessMessage) -> str | None:
    async with parts.store.view(context) as view:
        record = await view.of(FAMILIES[message.family].records).get(message.process)
    return None if record is None else record.peer_pid


async def _reconcile(
    parts: Parts, row: OutboxRow, message: ProcessMessage, sent: DeliveryResult, answer: bytes
) -> None:
    shown = _shown(answer, FAMILIES[message.family].ack)
    if shown is None:
        await _retry_or_give_up(parts, row, message, sent)
        return
    async with parts.store.step(row.context) as step:
        await _hold(step, row)
        if await step.outbox.get(row.id) is None:
            return
        standing = await _standing(step, parts, message, shown)
        if standing is PeerFinding.UNCHANGED and _is_worth_a_try(parts, row, sent):
            await step.outbox.retry(
                row.id, due=parts.clock.now() + back_off(row), error=_failure(message, sent)
            )
            return
        await step.outbox.done(row.id)
        if standing in {PeerFinding.UNCHANGED, PeerFinding.DIVERGED}:
            await _terminate(step, parts, message, sent)


def _is_worth_a_try(parts: RecordParts, row: OutboxRow, sent: DeliveryResult) -> bool:
    """Whether to try again while the peer's state is unchanged; after a plain refusal only a few times (D-12)."""
    if sent.outcome is DeliveryOutcome.REFUSED:
        return row.attempts + 1 < 2 * EARLY_TRIES
    return parts.clock.now() - row.created < parts.give_up_after


async def _terminate(step: Step, parts: Parts, message: ProcessMessage, sent: DeliveryResult) -> None:
    """End the process, on which the two sides disagree, with a reason that both see."""
    family = FAMILIES[message.family]
    code, reason = _told(message, sent)
    told = (RefusalText(code=code, message=reason, message_zh=reason),)
    record = family.machine.dropped(await step.of(family.records).lock(message.process), parts.clock.now())
    await step.of(family.records).save(record)
    try:
        if message.kind == "TERMINATE":
            raise ConflictError(code, reason, reason)
        await steps.perform(step, parts, family, record, Act.TERMINATE, MessageContent(reasons=told))
    except ConflictError:
        await steps.give_up(step, parts, family, record, code=code, reason=reason)
