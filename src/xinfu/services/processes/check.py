"""Check of a process with the peer: ask for its state there and act on the answer (D-12, R-GEN-12).

A person's way to what the dispatcher does by itself when a message is refused: what the peer already has counts as
acknowledged, what it has ended is over here too, and what it does not have yet is tried again at once.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

import msgspec

from xinfu import dsp
from xinfu.dsp import ContractNegotiationAck, PeerFinding, Process, TransferProcessAck, binding
from xinfu.errors import InputError, ProtocolError
from xinfu.ports.records import OutboxRow, outbox
from xinfu.ports.store import Step
from xinfu.services.parts import Parts, PeerParts, RecordParts
from xinfu.services.processes import errors, steps
from xinfu.services.processes.family import Family, K, M, P

Ack = TypeVar("Ack", bound=ContractNegotiationAck | TransferProcessAck)

UNKNOWN: Final = "unknown"
"""The peer knows no such process, or not for us."""


class PeerCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The peer's answer about the state of a process, and its consequence here.

    Attributes:
        peer_state: its state; None where it knows no such process.
        finding: "acknowledged", "unchanged", "ended", "diverged" or "unknown".
        message: what that means and what was done, in English; `message_zh` in Chinese.
    """

    peer_state: str | None
    finding: str
    message: str
    message_zh: str
    at: datetime


async def check_process(parts: Parts, family: Family[P, M, K], context: str, id_: str) -> PeerCheck:
    """Ask the peer about a negotiation or a transfer.

    Raises:
        NotFoundError: `negotiation.not-found`, `transfer.not-found`. ConflictError: `process.not-opened`.
        PeerError: the peer is away, or its answer is not a process. Nothing was changed.
    """
    async with parts.store.view(context) as view:
        record = await view.of(family.records).get(id_)
    if record is None:
        raise family.not_found()
    body = await _ask(parts, record, family.name)
    shown = None if body is None else _read(body, family.ack).state
    standing: PeerFinding | None = None
    async with parts.store.step(context) as step:
        held = await step.of(family.records).lock(id_)
        rows = await step.outbox.of(id_)
        if shown is not None:
            standing = await steps.go_by(step, parts, family, held, shown)
        if standing is PeerFinding.ACKNOWLEDGED and held.sending is not None:
            await _settle(step, rows, str(held.sending))
        after = await step.of(family.records).get(id_)
    if after is not None and family.stop is not None:
        family.stop(parts, after)
    return await _checked(parts, rows, shown, standing)


async def _ask(parts: PeerParts, record: Process[Any, Any, Any], family: str) -> bytes | None:
    if record.peer_pid is None:
        raise errors.PROCESS_NOT_OPENED(peer=record.peer)
    url = binding.process_url(record.peer_base, f"{family}s", record.peer_pid)
    return await parts.counterparty.process_state(context=record.context, peer=record.peer, url=url)


def _read(body: bytes, kind: type[Ack]) -> Ack:
    try:
        return dsp.read(body, kind)
    except (InputError, ProtocolError) as error:
        raise errors.PEER_PROCESS() from error


async def _settle(step: Step, rows: Sequence[OutboxRow], kind: str) -> None:
    """Take the message that the peer already has out of the outbox."""
    for row in rows:
        if isinstance(row.promise, outbox.ProcessMessage) and row.promise.kind == kind:
            await step.outbox.done(row.id)


async def _checked(
    parts: RecordParts, rows: Sequence[OutboxRow], state: str | None, standing: PeerFinding | None
) -> PeerCheck:
    now = parts.clock.now()
    if standing is PeerFinding.UNCHANGED and rows:
        await parts.store.release([rows[0].id], now=now)
    finding = UNKNOWN if standing is None else str(standing)
    en, zh = _SENTENCES[finding if not (finding == "unchanged" and rows) else "again"]
    return PeerCheck(
        peer_state=None if state is None else str(state), finding=finding, message=en, message_zh=zh, at=now
    )


_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "acknowledged": (
        "The peer has our message; the process goes on from there.",
        "对方已收到本方消息，过程已据此继续。",
    ),
    "unchanged": ("Both sides are in the same state.", "双方状态一致。"),
    "again": (
        "The peer does not have our message yet; it is sent again now.",
        "对方尚未收到本方消息，现在重新发送。",
    ),
    "ended": ("The peer has ended it; so it is over here too.", "对方已结束该过程，本方也随之结束。"),
    "diverged": (
        "The states do not fit. If nothing comes from the peer, end the process and begin again.",
        "双方状态不一致。若对方不再来信，请终止该过程后重新开始。",
    ),
    UNKNOWN: (
        "The peer knows no such process, or not for us. End it here and begin again.",
        "对方没有该过程，或不向本方提供。请在本方终止后重新开始。",
    ),
}
