"""The real clock, and whether its time can be gone by.

The machine's time is held against its monotonic clock, which nobody can set. Where both went on by the same, but for a
few seconds, the time is trusted. A time that was set back is not, until it has reached again what it had shown: no
moment is lived twice. One that was set ahead is not until it has stood for a minute, so that a time that was set wrong
by mistake and put right again opens and ends nothing. A time that lies before what the evidence of the node already
says was set back while the node was down.
"""

import logging
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import uuid_utils

from xinfu.errors import XinfuError
from xinfu.evidence.entry import Entry
from xinfu.ports.store import Store
from xinfu.services.contexts.context import Context

_log = logging.getLogger(__name__)

TOLERANCE: Final = timedelta(seconds=5)
"""By so much the time may be put right at once; slewing, and a slow start of a process, stay below it."""
SETTLED: Final = timedelta(seconds=60)
"""After so long a time that was set ahead is believed."""


def _machine() -> datetime:
    return datetime.now(UTC)


def _steady() -> timedelta:
    """Time that only goes on, also while the machine sleeps, where the system knows that."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return timedelta(seconds=time.monotonic() if boot is None else time.clock_gettime(boot))


class SystemClock:
    """The machine's time, and UUIDv7 identifiers made from it."""

    def __init__(
        self, machine: Callable[[], datetime] = _machine, steady: Callable[[], timedelta] = _steady
    ) -> None:
        self._machine = machine
        self._steady = steady
        self._shown, self._at = machine(), steady()
        self._latest = self._shown
        self._ahead: tuple[timedelta, timedelta] | None = None
        self._doubted = False

    def now(self) -> datetime:
        """This moment, UTC."""
        return self._machine()

    def new_id(self) -> str:
        """A fresh `urn:uuid:` UUIDv7."""
        return f"urn:uuid:{uuid_utils.uuid7()}"

    def saw(self, moment: datetime) -> None:
        """Record that `moment` has passed, as the evidence shows."""
        self._shown = max(self._shown, moment)
        self._latest = max(self._latest, moment)

    def is_trusted(self) -> bool:
        """See the port."""
        shown, at = self._machine(), self._steady()
        off = shown - self._shown - (at - self._at)
        trusted = self._is_trusted(shown, at, off)
        if trusted:
            self._shown, self._at, self._ahead = shown, at, None
            self._latest = max(self._latest, shown)
        if trusted is self._doubted:
            self._doubted = not trusted
            _log.warning(
                "the clock is trusted again" if trusted else "the clock has jumped",
                extra={"by_s": round(off.total_seconds())},
            )
        return trusted

    def _is_trusted(self, shown: datetime, at: timedelta, off: timedelta) -> bool:
        if abs(off) <= TOLERANCE:
            return shown >= self._latest - TOLERANCE  # many small steps back are a large one
        if off < timedelta(0):
            self._ahead = None
            return shown >= self._latest
        if self._ahead is None or abs(off - self._ahead[0]) > TOLERANCE:
            self._ahead = (off, at)
        return at - self._ahead[1] >= SETTLED


async def recall(clock: SystemClock, store: Store, contexts: Iterable[Context]) -> None:
    """Set the clock's lower bound to the time of the newest entry of each log."""
    for context in contexts:
        async with store.view(context.id) as view:
            head = await view.log.head()
            newest = await view.log.entries(head.size - 1, 1) if head is not None and head.size else []
        for each in newest:
            try:
                clock.saw(datetime.fromisoformat(Entry.from_bytes(each.canonical).at))
            except XinfuError as error:
                _log.error("the newest entry of a log cannot be read", extra={"code": error.code})
