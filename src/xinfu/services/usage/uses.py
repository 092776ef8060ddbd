"""Opening of uses for the data listener, one by one or as a short series of small reads.

A caller who asks again for the same few bytes within a second gets a series (series.py). It lives for a second at
most, so what its step decides is never older than that. Where a rule counts uses, no series is begun near its
limit: the last uses are reserved one by one, and no reader is refused for uses that a series may give back. A read
with a key is counted separately.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

from xinfu.errors import XinfuError
from xinfu.services.memory.running import Run
from xinfu.services.parts import Parts
from xinfu.services.usage.enforcement import Way, count_read, enforce
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.opening import Opening, open_use, settle_use, source_of
from xinfu.services.usage.rechecks import still_allowed
from xinfu.services.usage.series import Series, WholeRead
from xinfu.services.usage.use import Use, use

_log = logging.getLogger(__name__)

SMALL: Final = 64 * 1024
"""Bytes of the largest read that comes under a series."""
TIMES: Final = 64
"""Reads that may come under one."""
SPARE: Final = 16 * TIMES
"""Uses that have to be left over under a rule that counts them when a series is begun."""
LIFE_S: Final = 1.0
_REMEMBERED: Final = 1000


class Uses:
    """The enforcement point for the data listener: opens a single use, or a read in a series."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._series: dict[ReadRequest, asyncio.Future[Series | None]] = {}
        self._asked: dict[ReadRequest, float] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def open(self, ask: ReadRequest) -> AsyncIterator[Use | WholeRead]:
        """Open a use; leaving the block settles it, at once or with its series.

        Raises:
            As `use`.
        """
        series = await self._find(ask)
        if series is not None:
            with count_read(self._parts, ask.context, ask.transfer):
                async with series.read() as whole:
                    if whole is not None:
                        yield whole
                        return
        async with use(self._parts, ask) as held:
            if not ask.key:
                self._remember(ask, held.span.length)
            yield held

    async def close(self) -> None:
        """End and settle every series; call it before the store is closed."""
        self._closed = True
        for found in tuple(self._series.values()):
            series = found.result() if found.done() else None
            if series is not None:
                series.end()
        await asyncio.gather(*self._tasks)

    async def _find(self, ask: ReadRequest) -> Series | None:
        """The series for this read, begun now if the same was asked for a moment ago; None if there is none."""
        found = self._series.get(ask)
        if found is None:
            if not self._is_repeated(ask):
                return None
            found = self._begin(ask)
        return found.result() if found.done() else await asyncio.shield(found)

    def _is_repeated(self, ask: ReadRequest) -> bool:
        return 0 <= _now() - self._asked.get(ask, 0.0) <= LIFE_S and not self._closed

    def _remember(self, ask: ReadRequest, length: int) -> None:
        if not 0 < length <= SMALL:
            return
        if len(self._asked) >= _REMEMBERED:
            self._asked = {each: at for each, at in self._asked.items() if _now() - at <= LIFE_S}
        self._asked[ask] = max(_now(), self._asked.get(ask, 0.0))

    def _begin(self, ask: ReadRequest) -> "asyncio.Future[Series | None]":
        ready = asyncio.get_running_loop().create_future()
        self._series[ask] = ready
        task = asyncio.create_task(self._run(ask, ready))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return ready

    async def _run(self, ask: ReadRequest, ready: "asyncio.Future[Series | None]") -> None:
        try:
            async with enforce(_SeriesWay(self._parts, ask)) as series:
                series.when_ended(partial(self._forget, ask, ready))
                ready.set_result(series)
                timer = asyncio.get_running_loop().call_later(0 if self._closed else LIFE_S, series.end)
                await series.recorded()
                timer.cancel()
        except XinfuError as error:  # whoever reads it the ordinary way is told
            _log.info("no series", extra={"code": error.code, "transfer": ask.transfer})
            self._asked[ask] = _now() + LIFE_S
        except Exception:
            _log.exception("a series failed", extra={"transfer": ask.transfer})
        finally:
            self._forget(ask, ready)
            if not ready.done():
                ready.set_result(None)

    def _forget(self, ask: ReadRequest, ready: "asyncio.Future[Series | None]") -> None:
        """Remove an ended series, so that the next read begins a new one."""
        if self._series.get(ask) is ready:
            del self._series[ask]
            self._asked[ask] = max(_now(), self._asked.get(ask, 0.0))


class _SeriesWay(Way[Opening, Series]):
    is_read = False

    def __init__(self, parts: Parts, ask: ReadRequest) -> None:
        super().__init__(parts, ask.context, ask.transfer)
        self._ask = ask

    async def open(self, run: Run) -> Opening:
        return await open_use(self.parts, self._ask, run, times=TIMES, spare=SPARE)

    async def record_refusal(self, error: XinfuError) -> None:
        """Record nothing: the ordinary read that follows is refused and recorded itself."""

    @asynccontextmanager
    async def read(self, opening: Opening, run: Run) -> AsyncIterator[Series]:
        async with await source_of(self.parts, opening) as opened:
            yield Series(self.parts, opening, opened, run)

    async def ask_again(self, _: Opening) -> None:
        await still_allowed(self.parts, self._ask)

    async def settle(self, opening: Opening, reading: Series | None, _: str) -> None:
        reads, delivered = ([], 0) if reading is None else (reading.unrecorded, reading.delivered)
        await settle_use(self.parts, opening, reads, delivered=delivered, cut=0)


def _now() -> float:
    return asyncio.get_running_loop().time()
