"""The loop that keeps deadlines: it sleeps to the next one, and asks the store only when one has come or was set.

Moments are compared in UTC, sleep goes by the monotonic clock. So that a clock that is set forwards is noticed, the
loop looks at the time every few seconds while a deadline waits; that asks nobody. A clock that is set back only makes
it wait longer: nothing is overdue twice, and nothing too early. While the time is in doubt nothing is kept, as an end
cannot be taken back.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from xinfu.errors import XinfuError
from xinfu.ports.observer import WorkKind
from xinfu.ports.records import Deadline
from xinfu.services.background.deadlines import meet
from xinfu.services.parts import Parts

_log = logging.getLogger(__name__)

LATE: Final = timedelta(seconds=5)
"""A deadline that is kept later than this is said."""
LOOK_S: Final = 2.0
"""How long the loop sleeps at most before it looks at the time again."""
AGAIN_S: Final = 1.0
PAUSE: Final = timedelta(minutes=1)
"""How long a deadline rests that could not be kept."""
AT_ONCE: Final = 64
TOPICS: Final = frozenset({"deadlines", "missed"})


class Timer:
    """Keeps deadlines, of all contexts, one after another.

    Attributes:
        alive: it runs.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._wake = asyncio.Event()
        self.alive = False

    def told(self, topics: frozenset[str]) -> None:
        """A commit happened, here or at another worker."""
        if not TOPICS.isdisjoint(topics):
            self._wake.set()

    async def run(self) -> None:
        """Until cancelled; what has come meanwhile is kept at the next start."""
        self.alive = True
        try:
            while True:
                self._wake.clear()
                try:
                    due = await self._turn()
                except XinfuError as error:
                    _log.warning("the store fails the timer", extra={"code": error.code})
                    await asyncio.sleep(AGAIN_S)
                    continue
                await self._sleep(due)
        finally:
            self.alive = False

    async def _turn(self) -> datetime | None:
        """Keep what has come; gives the next moment."""
        while True:
            found = await self._parts.store.deadlines(limit=AT_ONCE)
            now = self._parts.clock.now()
            come = [each for each in found if each.due <= now and self._parts.clock.is_trusted()]
            for each in come:
                await self._keep(each, now)
            if not come:
                return found[0].due if found else None

    async def _keep(self, deadline: Deadline, now: datetime) -> None:
        if now - deadline.due > LATE:
            late_s = (now - deadline.due).total_seconds()
            _log.warning(
                "a deadline is kept late", extra={"process_id": deadline.id, "late_s": round(late_s)}
            )
        kind = f"deadline.{deadline.kind}"
        try:
            with self._parts.observer.work(
                WorkKind.DISPATCH, kind, context=deadline.context, process=deadline.id
            ):
                await meet(self._parts, deadline)
        except XinfuError as error:
            _log.warning(
                "a deadline could not be kept", extra={"process_id": deadline.id, "code": error.code}
            )
            await self._postpone(deadline)
        except Exception:  # a fault of our own must neither lose the deadline nor stop the others
            _log.exception("a deadline could not be kept", extra={"process_id": deadline.id})
            await self._postpone(deadline)

    async def _postpone(self, deadline: Deadline) -> None:
        async with self._parts.store.step(deadline.context) as step:
            await step.deadlines.put(deadline.kind, deadline.id, self._parts.clock.now() + PAUSE)

    async def _sleep(self, due: datetime | None) -> None:
        """Until `due`, or until a deadline is set."""
        while not self._wake.is_set():
            left_s = None if due is None else (due - self._parts.clock.now()).total_seconds()
            if left_s is not None and left_s <= 0:
                if self._parts.clock.is_trusted():
                    return
                left_s = LOOK_S
            try:
                async with asyncio.timeout(None if left_s is None else min(left_s, LOOK_S)):
                    await self._wake.wait()
            except TimeoutError:
                continue
