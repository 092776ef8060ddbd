"""Uses of a file, whose bytes are read as they are stored.

admission.py decides who may read, account.py counts the uses, and opening.py has the two steps.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from xinfu.errors import RangeError, XinfuError
from xinfu.ports.dataplane import OpenSource
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage.enforcement import Reading, Way, enforce
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import describe_file
from xinfu.services.usage.opening import Opening, ReadRecord, open_use, settle_use, source_of
from xinfu.services.usage.rechecks import still_allowed
from xinfu.services.usage.record import record_refusal


class Use(Reading):
    """A read of a file, from its grant to its record."""

    def __init__(self, parts: Parts, opening: Opening, opened: OpenSource, run: Run) -> None:
        super().__init__(run, opening.until, parts.clock)
        self._opened = opened
        self.asset = opening.asset
        self.manifest = opening.manifest
        self.span = opening.span

    @property
    def is_whole(self) -> bool:
        """Whether all of the span has left."""
        return self.delivered == self.span.length

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of the span; ends with the reason the moment the use has to stop.

        Raises:
            RefusedError: the agreement or transfer was stopped, or the policy's time ran out.
            IntegrityError: `source.changed`.
        """
        async for chunk in self._opened.chunks(self.span.start, self.span.end):
            self.check()
            self.delivered += len(chunk)  # before it leaves: what may have left counts
            yield chunk
        self.check()


def use(parts: Parts, ask: ReadRequest) -> AbstractAsyncContextManager[Use]:
    """Open a use; leaving the block settles and records it, however it ended.

    Raises (on entering):
        UnauthorizedError: `data.token-refused`: no such token.
        RefusedError: closed, expired, of another transfer, stopped, or the policy does not say yes.
        NotFoundError: `file.not-found`. RangeError: `range.unsatisfiable`.
        ConflictError, CapacityError: `read.*`: its key stands for another read, or there are too many.
        CapacityError: `context.full`: as many reads run as its provider may have at once.
        IntegrityError: `source.changed`. LiveSourceError: the source is live; nothing was recorded.
    """
    return enforce(_FileWay(parts, ask))


class _FileWay(Way[Opening, Use]):
    def __init__(self, parts: Parts, ask: ReadRequest) -> None:
        super().__init__(parts, ask.context, ask.transfer)
        self._ask = ask

    async def open(self, run: Run) -> Opening:
        """Open the use; the refusal of a range discloses the file's length, so it is paid for like a manifest."""
        try:
            return await open_use(self.parts, self._ask, run)
        except RangeError:
            await describe_file(self.parts, self._ask)
            raise

    async def record_refusal(self, error: XinfuError) -> None:
        await record_refusal(self.parts, self._ask, error)

    @asynccontextmanager
    async def read(self, opening: Opening, run: Run) -> AsyncIterator[Use]:
        async with await source_of(self.parts, opening) as opened:
            with opening.time.running(self.parts.store, run):
                yield Use(self.parts, opening, opened, run)

    async def ask_again(self, _: Opening) -> None:
        await still_allowed(self.parts, self._ask)

    async def settle(self, opening: Opening, reading: Use | None, outcome: str) -> None:
        delivered = reading.delivered if reading is not None else 0
        is_told = reading is not None and reading.is_told
        ended = self.parts.clock.now()
        read = ReadRecord(delivered=delivered, outcome=outcome, started=opening.started, ended=ended)
        cut = delivered if delivered < opening.span.length else 0
        await settle_use(self.parts, opening, [read], delivered=delivered, cut=cut, is_told=is_told)
