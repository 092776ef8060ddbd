"""The enforcement point (PEP) of files and results: their bytes leave through here. Live sources leave through live.py,
what landed in the vault through vault/reading.py; all three go the same way.

token -> grant -> transfer runs -> agreement is alive -> policy says yes -> uses are paid -> bytes, with a stop
check at every chunk -> what was delivered is settled and recorded. What is refused is recorded as well.
Who may is asked in granted.py; how uses are counted stands in account.py; opening.py has the two steps of a use.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from xinfu.errors import XinfuError
from xinfu.ports.dataplane import Opened
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage.ending import check, ending_at
from xinfu.services.usage.granted import Ask
from xinfu.services.usage.manifests import tell_file
from xinfu.services.usage.opening import Handed, Opening, open_use, settle_use, source_of
from xinfu.services.usage.rechecks import rechecked
from xinfu.services.usage.record import note_refusal
from xinfu.services.usage.span import RangeError


class Use:
    """One use, from its grant to its record; alive inside the block that gave it."""

    def __init__(self, parts: Parts, opening: Opening, opened: Opened, run: Run) -> None:
        self._parts = parts
        self._opened = opened
        self._run = run
        self.asset = opening.asset
        self.manifest = opening.manifest
        self.span = opening.span
        self._until = opening.until
        self.delivered = 0
        self.is_told = False

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the span; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement or transfer was stopped, or the policy's time ran out.
            IntegrityError: `source.changed`.
        """
        async for chunk in self._opened.chunks(self.span.start, self.span.end):
            check(self._run, self._until, self._parts.clock.now())
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
        check(self._run, self._until, self._parts.clock.now())

    def tell(self) -> None:
        """The head of the answer is about to leave: what may have been told counts."""
        self.is_told = True

    def check(self) -> None:
        """Go on only while nothing ends the use.

        Raises:
            RefusedError: why it ends.
        """
        check(self._run, self._until, self._parts.clock.now())

    def at_stop(self, cut: Callable[[], None]) -> None:
        """Call `cut` in the moment in which the use has to stop, also while a chunk is on its way."""
        self._run.at_stop(cut)


@asynccontextmanager
async def use(parts: Parts, ask: Ask) -> AsyncIterator[Use]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        UnauthorizedError: `data.token-refused`: no such token.
        RefusedError: closed, expired, of another transfer, stopped, or the policy does not say yes.
        NotFoundError: `file.not-found`. RangeError: `range.unsatisfiable`.
        ConflictError, CapacityError: `read.*`: its key stands for another read, or there are too many.
        IntegrityError: `source.changed`. LiveSourceError: the source is live; nothing was recorded.
    """
    bound = parts.contexts.limits_of(ask.context).reads
    with parts.running.begin(ask.context, ask.transfer, at_most=bound) as run:
        try:
            opening = await _opened(parts, ask, run)
        except XinfuError as error:
            await note_refusal(parts, ask, error)
            raise
        outcome = "cut"
        held: Use | None = None
        try:
            async with await source_of(parts, opening) as opened:
                held = Use(parts, opening, opened, run)
                lasting = opening.time.running(parts.store, run)
                with ending_at(opening.until, parts.clock.now(), run), rechecked(parts, ask, run), lasting:
                    yield held
                outcome = "completed" if held.delivered == opening.span.length else "cut"
        except XinfuError as error:
            outcome = error.code
            raise
        finally:
            delivered = held.delivered if held is not None else 0
            if outcome == "cut" and run.reason is not None:  # its reader stood still, and never saw why
                outcome = run.reason.code
            is_told = held is not None and held.is_told
            await asyncio.shield(_settle(parts, opening, delivered, outcome, is_told=is_told))


async def _opened(parts: Parts, ask: Ask, run: Run) -> Opening:
    """As `open_use`; the refusal of a range says how long the file is, so it is paid as what is told of it."""
    try:
        return await open_use(parts, ask, run)
    except RangeError:
        await tell_file(parts, ask)
        raise


async def _settle(parts: Parts, opening: Opening, delivered: int, outcome: str, *, is_told: bool) -> None:
    ended = parts.clock.now()
    read = Handed(delivered=delivered, outcome=outcome, started=opening.started, ended=ended)
    cut = delivered if delivered < opening.span.length else 0
    await settle_use(parts, opening, [read], delivered=delivered, cut=cut, is_told=is_told)
