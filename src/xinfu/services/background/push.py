"""Send the bytes of a push through the enforcement point, and complete or end its transfer.

The row stays leased while bytes flow; if a node dies, another one takes over. After a passing failure the push is tried
again with growing pauses; a failure that cannot pass ends the transfer with a reason that both sides see.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from xinfu.dsp.transfer import State, TransferProcess
from xinfu.errors import (
    CapacityError,
    ConflictError,
    IntegrityError,
    NotFoundError,
    PeerError,
    StoreError,
    XinfuError,
)
from xinfu.ports.dataplane import LiveRequest
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import TRANSFERS, Act, OutboxRow
from xinfu.ports.records.outbox import TransferPush
from xinfu.services.agreements import lifecycle
from xinfu.services.background import errors
from xinfu.services.parts import Parts, PeerParts, RecordParts
from xinfu.services.processes import push_target, starting, steps
from xinfu.services.processes.family import MessageContent
from xinfu.services.processes.push_target import Target
from xinfu.services.processes.transfer import TRANSFER
from xinfu.services.refusals import refusal_text
from xinfu.services.usage import grants
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.live import LiveUse, live_use
from xinfu.services.usage.manifests import LiveSourceError
from xinfu.services.usage.use import Use, use

_log = logging.getLogger(__name__)

TRIES: Final = 8
"""Times that a push is tried before its transfer ends; the pauses between them grow to a minute."""
LEASE: Final = timedelta(seconds=60)
_RENEW_S: Final = 20.0
_SILENCE_S: Final = 30.0
_PASSING: Final = frozenset({408, 425, 429})

BackOff = Callable[[OutboxRow], timedelta]


async def run(parts: Parts, row: OutboxRow, push: TransferPush, back_off: BackOff) -> None:
    """Run a queued push, and hold its lease until it is settled or queued again."""
    async with _leased(parts, row), parts.pushes.free:
        try:
            await attempt(parts, row, push, back_off)
        except XinfuError as error:
            _log.warning("push not settled yet", extra={"process_id": push.transfer, "code": error.code})
        except Exception:  # a fault of our own: the lease runs out, and it is tried again
            _log.exception("push failed", extra={"process_id": push.transfer})


@asynccontextmanager
async def _leased(parts: RecordParts, row: OutboxRow) -> AsyncIterator[None]:
    """Hold the row's lease for as long as the block lasts."""

    async def renew() -> None:
        while True:
            with contextlib.suppress(XinfuError):
                async with parts.store.step(row.context) as step:
                    await step.outbox.hold(row.id, until=parts.clock.now() + LEASE)
            await asyncio.sleep(_RENEW_S)

    task = asyncio.create_task(renew())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def attempt(parts: Parts, row: OutboxRow, push: TransferPush, back_off: BackOff) -> None:
    """Push once, and complete the transfer, end it, or schedule another try."""
    record = await _still(parts, row, push)
    if record is None:
        return
    try:
        target = push_target.target_of(await push_target.load_target(parts, record))
        status = await _send(parts, record, target)
    except (PeerError, StoreError, IntegrityError, CapacityError) as error:
        await _later(parts, row, push, error, back_off)
    except XinfuError as error:
        await _end(parts, row, push, error)
    else:
        if 200 <= status < 300:
            await _settled(parts, row, push, Act.COMPLETE)
        elif status >= 500 or status in _PASSING:
            await _later(parts, row, push, errors.PUSH_REFUSED(status=status), back_off)
        else:
            await _end(parts, row, push, errors.PUSH_REFUSED(status=status))


async def _still(parts: RecordParts, row: OutboxRow, push: TransferPush) -> TransferProcess | None:
    """The transfer if it is still to be pushed; else None, and the row leaves the outbox."""
    async with parts.store.step(row.context) as step:
        record = await step.of(TRANSFERS).get(push.transfer)
        if record is not None and record.state is State.STARTED and record.sending is None:
            return record
        await step.outbox.done(row.id)
        return None


async def _send(parts: Parts, record: TransferProcess, target: Target) -> int:
    """Send the bytes and return the receiver's HTTP status.

    Raises:
        RefusedError: the policy does not allow the use, the transfer was stopped, or the address is forbidden.
        PeerError: the receiver is away. StoreError, IntegrityError: the source is.
    """
    async with AsyncExitStack() as stack:
        ask = await _granted(parts, record, target)
        held: Use | LiveUse
        try:
            held = await stack.enter_async_context(use(parts, ask))
            media_type = held.asset.media_type
        except LiveSourceError as error:
            held = await stack.enter_async_context(live_use(parts, ask, LiveRequest(), error.caller))
            media_type = held.answer.media_type
            if held.answer.status >= 300:
                raise _source_says(held.answer.status) from None
        headers = {"Content-Type": media_type} | target.headers
        async with _until_stopped(held):
            calling = parts.outbound.stream(
                target.method,
                target.url,
                purpose=Purpose.DATA,
                headers=headers,
                body=held.chunks(),
                as_is=True,  # a redirect is an answer that does not take the data
                silence_s=_SILENCE_S,
            )
            async with calling as answer:
                return answer.status
    raise AssertionError("the stream gave a status or raised")


async def _granted(parts: PeerParts, record: TransferProcess, target: Target) -> ReadRequest:
    """Issue a fresh grant for one try; its token never leaves this node."""
    claims = await starting.claims_now(parts, record.context, record.id)
    context = parts.contexts.get(record.context)
    async with parts.store.step(record.context) as step:
        agreement = await lifecycle.by_wire_id(step, record.agreement_id, "provider")
        if agreement is None:
            raise lifecycle.agreement_not_found()
        now = parts.clock.now()
        address = await grants.issue(step, context, record, agreement, claims=claims, now=now, until=None)
    there = urlsplit(target.url)
    return ReadRequest(
        context=record.context,
        token=address.authorization or "",
        transfer=record.id,
        address=there.hostname or "",
        encrypted=there.scheme == "https",
    )


@asynccontextmanager
async def _until_stopped(held: Use | LiveUse) -> AsyncIterator[None]:
    """End the block at once when the use has to stop, even while the receiver reads nothing.

    Raises:
        RefusedError: why it stopped.
    """
    try:
        async with asyncio.timeout(None) as patience:

            def end() -> None:
                with contextlib.suppress(RuntimeError):  # all was sent meanwhile
                    patience.reschedule(asyncio.get_running_loop().time())

            held.at_stop(end)
            yield
    except TimeoutError:
        held.check()
        raise


async def _later(
    parts: Parts, row: OutboxRow, push: TransferPush, error: XinfuError, back_off: BackOff
) -> None:
    """Try again after a pause, or end the transfer after the last try."""
    _log.info("push tried in vain", extra={"process_id": push.transfer, "code": error.code})
    if row.attempts + 1 >= TRIES:
        await _end(parts, row, push, error)
        return
    async with parts.store.step(row.context) as step:
        if await step.outbox.get(row.id) is not None:
            due = parts.clock.now() + back_off(row)
            await step.outbox.retry(row.id, due=due, error=error.code)


async def _end(parts: Parts, row: OutboxRow, push: TransferPush, error: XinfuError) -> None:
    """End the transfer with the reason, unless it has been stopped already."""
    _log.warning("push ended", extra={"process_id": push.transfer, "code": error.code})
    await _settled(parts, row, push, Act.TERMINATE, error)


async def _settled(
    parts: Parts, row: OutboxRow, push: TransferPush, act: Act, error: XinfuError | None = None
) -> None:
    async with parts.store.step(row.context) as step:
        try:
            record = await step.of(TRANSFERS).lock(push.transfer)
        except NotFoundError:
            await step.outbox.done(row.id)
            return
        await step.outbox.done(row.id)
        if record.state is not State.STARTED or record.sending is not None:
            return
        reasons = () if error is None else (refusal_text(error),)
        with contextlib.suppress(ConflictError):
            await steps.perform(step, parts, TRANSFER, record, act, MessageContent(reasons=reasons))


def _source_says(status: int) -> XinfuError:
    kind = StoreError if status >= 500 else ConflictError
    return kind(
        "push.source",
        f"The source answered {status}, so there is nothing to push.",
        f"数据源返回 {status}，没有可推送的内容。",
        facts={"status": str(status)},
    )
