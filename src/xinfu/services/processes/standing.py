"""The standing of a process: who has to move, since when, the next try, and whether it is stuck.

A process waits for us (a message or an answer of ours is on its way), for a person here, for the peer, or for nobody
(it is over, or data flows). It is stuck when what we send has failed several times, or when whoever's move it is has
been silent for long.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeVar

import msgspec

from xinfu.dsp import Role
from xinfu.dsp import transfer as tp
from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.column import Match
from xinfu.ports.query import Compare, Condition, Constant, First, Query
from xinfu.ports.records import OutboxRow, ProcessKind, outbox
from xinfu.ports.store import Step
from xinfu.services.processes.negotiation import waiting_event
from xinfu.services.refusals import RefusalText

Process = ContractNegotiation | TransferProcess

TRIES: Final = 3
"""What failed so often is stuck."""

QUIET: Final = timedelta(minutes=10)
"""So long a peer, or we, may be silent before it is stuck."""

UNDECIDED: Final = timedelta(days=1)
"""So long a person may take."""

_OVER: Final = ("FINALIZED", "TERMINATED", "COMPLETED")
_AT_ONCE: Final = 500

R = TypeVar("R", bound=Process)


class NextMover(StrEnum):
    """The party whose move it is."""

    US = "us"
    PERSON = "person"
    PEER = "peer"
    NOBODY = "nobody"


class ProcessStanding(msgspec.Struct, frozen=True, kw_only=True):
    """The standing of a process: who has to move, since when, the next try, and whether it is stuck.

    Attributes:
        since: when it last moved.
        next_try: when we try again; `tries` failed so far; `deadline` is when we give up.
        failure: what went wrong at the last try, in the peer's words where it had any.
    """

    whom: NextMover
    since: datetime
    next_try: datetime | None = None
    tries: int = 0
    deadline: datetime | None = None
    failure: RefusalText | None = None
    stuck: bool = False


def standing_of(
    record: Process, rows: Sequence[OutboxRow], *, now: datetime, give_up_after: timedelta
) -> ProcessStanding:
    """The standing of `record`, whose rows in the outbox are `rows`."""
    if rows:
        return _of_ours(record, rows[0], now, give_up_after)
    whom = _whom(record)
    patience = {NextMover.PERSON: UNDECIDED, NextMover.PEER: QUIET, NextMover.US: QUIET}.get(whom)
    stuck = patience is not None and now - record.updated >= patience
    return ProcessStanding(whom=whom, since=record.updated, stuck=stuck)


async def list_open(view: Step, kind: ProcessKind[R, Any], *where: Match[R]) -> AsyncIterator[R]:
    """Every process that is not over, by id, a bounded page at a time; others go on between two pages."""
    state = First((kind.state, Constant("REQUESTING")))
    over = Condition(fields=(state,), test=Compare.NOT_IN, values=_OVER)
    last = ""
    while True:
        beyond = Condition(fields=(kind.id,), test=Compare.MORE, values=(last,))
        some = await view.of(kind).query(Query(conditions=(over, *where, beyond), limit=_AT_ONCE))
        for record in some:
            yield record
        if len(some) < _AT_ONCE:
            return
        last = some[-1].id
        await asyncio.sleep(0)


def failure(last_error: str | None, peer: str) -> RefusalText | None:
    """The last failure as a sentence; `last_error` is one of our codes, then the peer's own words on further lines."""
    if not last_error:
        return None
    code, _, words = last_error.partition("\n")
    en, zh = _SENTENCES.get(code, ("", ""))
    if code.startswith("http."):
        status = code.removeprefix("http.")
        en, zh = f"{{peer}} answered {status}.", f"{{peer}} 返回 {status}。"
    message = (en or "It failed on our side.").replace("{peer}", peer)
    message_zh = (zh or "本方处理失败。").replace("{peer}", peer)
    said, said_zh = (f" It said: {words}", f"对方说明：{words}") if words else ("", "")
    return RefusalText(code=code, message=message + said, message_zh=message_zh + said_zh)


def _of_ours(record: Process, row: OutboxRow, now: datetime, give_up_after: timedelta) -> ProcessStanding:
    late = now - max(row.due, row.created) >= QUIET
    return ProcessStanding(
        whom=NextMover.US,
        since=record.updated,
        next_try=row.due,
        tries=row.attempts,
        deadline=row.created + give_up_after if isinstance(row.promise, outbox.ProcessMessage) else None,
        failure=failure(row.last_error, record.peer),
        stuck=row.attempts >= TRIES or late,
    )


def _whom(record: Process) -> NextMover:
    if record.is_over:
        return NextMover.NOBODY
    if record.held:
        return NextMover.PERSON
    if isinstance(record, ContractNegotiation):
        return NextMover.PEER if waiting_event(record) is None else NextMover.PERSON
    match record.state:
        case tp.State.STARTED:
            return NextMover.NOBODY
        case tp.State.SUSPENDED:
            return NextMover.PERSON if record.suspended_by in {None, record.role} else NextMover.PEER
        case _:
            return NextMover.PEER if record.sending is None and record.role is Role.CONSUMER else NextMover.US


_SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "peer.unreachable": (
        "{peer} cannot be reached, or the connection broke off.",
        "{peer} 无法连接，或连接中途断开。",
    ),
    "peer.timeout": ("{peer} did not answer in time.", "{peer} 未在时限内应答。"),
    "peer.too-large": ("{peer} answered with more than we read.", "{peer} 的应答超过可读取的大小。"),
    "peer.redirect-refused": (
        "{peer} redirects our messages, which we do not follow.",
        "{peer} 要求重定向，本方不予跟随。",
    ),
    "peer.malformed": ("The answer of {peer} is unreadable.", "{peer} 返回了无法识别的应答。"),
    "peer.tls": ("The TLS connection to {peer} is not trusted.", "与 {peer} 之间没有可信的 TLS 连接。"),
    "address.refused": (
        "Our own rules do not let {peer}'s address be called.",
        "本方规则不允许调用 {peer} 的地址。",
    ),
    "did.unresolved": ("The DID of {peer} cannot be resolved.", "无法解析 {peer} 的 DID。"),
    "outbox.unreadable": (
        "What waits here was written in a form that this version of xinfu does not know.",
        "此处的待办采用了本版本 xinfu 不支持的格式。",
    ),
    "store.busy": ("Our store is held by another process.", "本方存储被其他进程占用。"),
    "store.away": ("Our database cannot be reached.", "无法连接本方数据库。"),
    "store.full": ("The disk of our store is full.", "本方存储所在磁盘已满。"),
}
