"""Uses of a source that produces its bytes while they are read: an HTTP API, a query or its kept result, or a file in
another form than its own.

live_opening.py has the two steps. The bytes are hashed as they flow (D-17).
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager

from xinfu.errors import XinfuError
from xinfu.ports.dataplane import LiveAnswer, LiveRequest
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.sources import places
from xinfu.services.usage.admission import CallerFacts
from xinfu.services.usage.enforcement import Reading, Way, enforce
from xinfu.services.usage.forms import form_facts
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.live_opening import LiveEnd, LiveOpening, open_live, settle_live
from xinfu.services.usage.rechecks import still_allowed
from xinfu.services.usage.record import record_refusal


class LiveUse(Reading):
    """A use of a live source, from its grant to its record.

    Attributes:
        is_whole: the answer has come to its end.
    """

    is_whole = False

    def __init__(self, parts: Parts, opening: LiveOpening, answer: LiveAnswer, run: Run) -> None:
        super().__init__(run, opening.until, parts.clock)
        self._parts = parts
        self._blocks = opening.blocks
        self.answer = answer
        self.form = form_facts(opening.request)
        self._hash = hashlib.sha256()

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the answer; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement or transfer was stopped, or the policy's time ran out, or its bytes.
            StoreError: `source.broken-off`.
        """
        async for piece in self.answer.chunks():
            granted = await self._blocks.take(self._parts.store, len(piece))
            self.check()
            chunk = piece[:granted]
            self.delivered += granted  # before it leaves: what may have left counts
            self._hash.update(chunk)
            if chunk:
                yield chunk
            if granted < len(piece) and self._blocks.over is not None:
                raise self._blocks.over
        self.check()
        self.is_whole = True

    def tell(self) -> None:
        """Record that the head of the answer is about to leave, which discloses its size if that is known."""
        self.is_told = self.answer.size is not None

    def end(self, outcome: str) -> LiveEnd:
        """The result of the use, for its settlement."""
        return LiveEnd(
            outcome=outcome,
            status=self.answer.status,
            delivered=self.delivered,
            digest=self._hash.hexdigest(),
            is_whole=self.is_whole,
            is_told=self.is_told,
        )


@asynccontextmanager
async def live_use(
    parts: Parts, ask: ReadRequest, request: LiveRequest, caller: CallerFacts | None = None
) -> AsyncIterator[LiveUse]:
    """Open a use of a live source; leaving the block settles and records it, however it ended.

    Args:
        caller: who asks, where it was met a moment ago.

    Raises (on entering):
        UnauthorizedError: `data.token-refused`: no such token.
        RefusedError: closed, expired, of another transfer, stopped, or the policy does not say yes.
        NotFoundError: `file.not-found`: the dataset is not a live source, or has no such path.
        RefusedError: `column.closed`: the rule keeps back a column that is asked for.
        InputError: `source.not-passed`, `parameter.*`: the source does not take this from a consumer.
        ConflictError, CapacityError: `read.*`: the key cannot be used for this read.
        CapacityError: `context.full`: as many reads run as its provider may have at once.
        RangeError: `range.unsatisfiable`: behind the payment, for it says how long the result is.
        StoreError: `source.unreachable`.
    """
    async with AsyncExitStack() as turn:
        if ask.key:
            await turn.enter_async_context(parts.turns.of((ask.context, ask.transfer, ask.key)))
            caller = None  # the wait may have been long, and credentials are revoked meanwhile
        async with enforce(_LiveWay(parts, ask, request, caller, turn)) as held:
            yield held


class _LiveWay(Way[LiveOpening, LiveUse]):
    """Way of use for live sources; `turn` ends when the answer has begun, so that a repeat of the read finds it."""

    def __init__(
        self,
        parts: Parts,
        ask: ReadRequest,
        request: LiveRequest,
        caller: CallerFacts | None,
        turn: AsyncExitStack,
    ) -> None:
        super().__init__(parts, ask.context, ask.transfer)
        self._ask = ask
        self._request = request
        self._caller = caller
        self._turn = turn

    async def open(self, run: Run) -> LiveOpening:
        return await open_live(self.parts, self._ask, self._request, self._caller, run)

    async def record_refusal(self, error: XinfuError) -> None:
        await record_refusal(self.parts, self._ask, error)

    @asynccontextmanager
    async def read(self, opening: LiveOpening, run: Run) -> AsyncIterator[LiveUse]:
        if opening.charged is not None and opening.charged.plan.outside is not None:
            raise opening.charged.plan.outside
        with opening.time.running(self.parts.store, run):
            keys = await places.at_use(self.parts, self.context, opening.asset.source)
            source = opening.plane.open(opening.source, opening.request, secrets=keys)
            async with AsyncExitStack() as stack:
                answer = await _entered(stack, source, run)
                await self._turn.aclose()
                yield LiveUse(self.parts, opening, answer, run)

    async def ask_again(self, opening: LiveOpening) -> None:
        await still_allowed(self.parts, self._ask, opening.request.transforms)

    async def settle(self, opening: LiveOpening, reading: LiveUse | None, outcome: str) -> None:
        end = LiveEnd(outcome=outcome) if reading is None else reading.end(outcome)
        await settle_live(self.parts, self._ask, opening, end)


async def _entered(
    stack: AsyncExitStack, source: AbstractAsyncContextManager[LiveAnswer], run: Run
) -> LiveAnswer:
    """Wait for the source's answer; a stop of the use ends the wait.

    Raises:
        RefusedError: the use was stopped before the source answered.
    """
    stopped = asyncio.create_task(run.stopped.wait())
    try:
        async with asyncio.timeout(None) as patience:
            stopped.add_done_callback(lambda _: _end(patience, run))
            return await stack.enter_async_context(source)
    except TimeoutError:
        if run.reason is not None:
            raise run.reason from None
        raise
    finally:
        stopped.cancel()


def _end(patience: asyncio.Timeout, run: Run) -> None:
    if run.reason is not None:
        with contextlib.suppress(RuntimeError):  # the source has answered meanwhile
            patience.reschedule(asyncio.get_running_loop().time())
