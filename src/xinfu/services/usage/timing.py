"""Time of use (`meteredTime`): reserved a minute at a time while a use lasts, and counted to its real length.

Time is taken from the event loop, whose clock cannot be set. A use ends when its reserved time is over and no more is
left; if its process dies, all of its reserved time counts.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from xinfu.errors import RefusedError, StoreError
from xinfu.odrl import Decision, Measure
from xinfu.ports.clock import Clock
from xinfu.ports.store import Step, Store
from xinfu.services.memory.running import Run
from xinfu.services.usage.blocks import SIZES, Blocks
from xinfu.services.usage.meters import Taker
from xinfu.services.usage.rechecks import unsure

_log = logging.getLogger(__name__)

MICROSECONDS: Final = 1_000_000


class UseTime:
    """The time of one use, from its first step on; it does nothing if no meter counts time."""

    def __init__(self, clock: Clock, taker: Taker, decision: Decision) -> None:
        self._blocks = Blocks(clock, taker, decision.reserve, Measure.METERED)
        self._context = taker.agreement.context
        self._begun = _now()

    async def begin(self, step: Step, *, at_least_s: float) -> None:
        """Reserve the first minute, or what is left.

        Raises:
            RefusedError: `time.exhausted`: less than `at_least_s` is left.
        """
        if not self._blocks.counts:
            return
        await self._blocks.extend(step.quotas, SIZES[Measure.METERED])
        if self._blocks.reserved < at_least_s * MICROSECONDS:
            raise await self._blocks.nothing_left(step.quotas)

    @contextmanager
    def running(self, store: Store, run: Run) -> Iterator[None]:
        """Reserve more time while the block lasts, and stop the run when none is left."""
        if not self._blocks.counts:
            yield
            return
        task = asyncio.create_task(self._go_on(store, run))
        try:
            yield
        finally:
            task.cancel()

    async def settle(self, step: Step) -> None:
        """Count the time that the use has lasted."""
        await self._blocks.settle(step.quotas, int(self._lasted_s() * MICROSECONDS))

    async def _go_on(self, store: Store, run: Run) -> None:
        """Reserve the next minute each time half of the remaining time has passed."""
        over: RefusedError | None = None
        while (left := self._blocks.reserved / MICROSECONDS - self._lasted_s()) > 0:
            await asyncio.sleep(left if over is not None else left / 2)
            try:
                await self._blocks.extend(store.quotas(self._context), SIZES[Measure.METERED])
                over = self._blocks.over
            except StoreError as error:
                _log.warning("time of use cannot be set aside", extra={"code": error.code})
                over = unsure()
        run.stop(over or unsure())

    def _lasted_s(self) -> float:
        return _now() - self._begun


def _now() -> float:
    return asyncio.get_running_loop().time()
