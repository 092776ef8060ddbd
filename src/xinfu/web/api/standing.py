"""Shows what processes wait for: in each one, in lists, and with the filter `stuck=true`."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

from xinfu.api import Fault, Page, Waiting
from xinfu.ports.column import Match
from xinfu.ports.records import OutboxRow, ProcessKind
from xinfu.ports.store import Step as StoreStep
from xinfu.services.processes.standing import NextMover, Process, ProcessStanding, R, list_open, standing_of
from xinfu.web import errors
from xinfu.web.api.listing import page_of
from xinfu.web.api.operation import Call

V = TypeVar("V")

STUCK: Final = {"stuck": "`true`: only stuck ones, which are unlikely to continue by themselves"}


def step_of(call: Call, record: Process, rows: list[OutboxRow]) -> Waiting | None:
    """Return what one process waits for; None if it is over and has nothing left to send."""
    if record.is_over and not rows:
        return None
    found = standing_of(record, rows, now=call.parts.clock.now(), give_up_after=call.parts.give_up_after)
    return Waiting(
        waits_for=_words(found, record, delivers=bool(rows)),
        whom=str(found.whom),
        since=found.since,
        next_try=found.next_try,
        tries=found.tries,
        deadline=found.deadline,
        last_error=found.failure.code if found.failure else None,
        failure=None
        if found.failure is None
        else Fault(code=found.failure.code, detail=found.failure.message, detail_zh=found.failure.message_zh),
        stuck=found.stuck,
    )


async def list_processes(
    call: Call,
    view: StoreStep,
    kind: ProcessKind[R, Any],
    show: Callable[[R, Waiting | None], Awaitable[V]],
    where: Sequence[Match[R]],
) -> Page[V]:
    """Return a page of processes with what each waits for; with `stuck=true` only those that are stuck."""

    async def shown(record: R) -> V:
        return await show(record, step_of(call, record, await view.outbox.of(record.id)))

    if _wants_stuck(call):
        return await _stuck(call, view, kind, show, where)
    page = await page_of(view.of(kind), call, *where)
    return Page(items=[await shown(each) for each in page.items], next=page.next, total=page.total)


async def _stuck(
    call: Call,
    view: StoreStep,
    kind: ProcessKind[R, Any],
    show: Callable[[R, Waiting | None], Awaitable[V]],
    where: Sequence[Match[R]],
) -> Page[V]:
    """Return a page of stuck processes by checking every open process, because no index holds the waiting time."""
    after, limit, total = call.query.get("after", ""), call.limit, 0
    found: list[tuple[str, V]] = []
    async for record in list_open(view, kind, *where):
        step = step_of(call, record, await view.outbox.of(record.id))
        if step is None or not step.stuck:
            continue
        total += 1
        if record.id > after and len(found) <= limit:
            found.append((record.id, await show(record, step)))
    following = found[limit - 1][0] if len(found) > limit else None
    return Page(items=[each for _, each in found[:limit]], next=following, total=total)


def _wants_stuck(call: Call) -> bool:
    said = call.query.get("stuck", "false")
    if said not in {"true", "false"}:
        raise errors.QUERY_STUCK()
    return said == "true"


def _words(found: ProcessStanding, record: Process, *, delivers: bool) -> str:
    if delivers:
        return "delivery"
    return {NextMover.PERSON: "a person here", NextMover.US: "delivery"}.get(found.whom, record.peer)
