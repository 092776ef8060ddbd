"""Time of use: set aside a minute at a time while a use lasts, and counted as long as it did (`meteredTime`).

Time is taken from the loop, whose clock no one sets. What is set aside ends the use when no more is left; a use whose
process dies counts with all that was set aside for it.
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
    """The time of one use, from its first step on; of no matter where nothing counts it."""

    def __init__(self, clock: Clock, taker: Taker, decision: Decision) -> None:
        self._blocks = Blocks(clock, taker, decision.reserve, Measure.METERED)
        self._context = taker.agreement.context
        self._begun = _now()

    async def begin(self, step: Step, *, at_least_s: float) -> None:
        """Set the first minute aside, or what is left.

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
        """Set more aside for as long as the block lasts; stop the run when there is no more."""
        if not self._blocks.counts:
            yield
            return
        task = asyncio.create_task(self._go_on(store, run))
        try:
            yield
        finally:
            task.cancel()

    async def settle(self, step: Step) -> None:
        """As long as it has lasted, it counts."""
        await self._blocks.settle(step.quotas, int(self._lasted_s() * MICROSECONDS))

    async def _go_on(self, store: Store, run: Run) -> None:
        """The next minute is set aside while half of what is there is still to come."""
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
