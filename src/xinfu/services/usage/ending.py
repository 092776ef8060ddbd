"""The end of a use that was allowed: its agreement or transfer was stopped, or the permitted time is over."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from xinfu.services.memory.running import Run
from xinfu.services.usage import errors


def check(run: Run, until: datetime | None, now: datetime) -> None:
    """Check that nothing has ended the use; called at every chunk.

    Raises:
        RefusedError: why it ends.
    """
    if run.reason is not None:
        raise run.reason
    if until is not None and now >= until:
        raise errors.USE_TIME_OVER()


@contextmanager
def stop_at(until: datetime | None, now: datetime, run: Run) -> Iterator[None]:
    """Stop the run when its time is over, so that a reader that has stopped reading is cut off as well."""
    if until is None:
        yield
        return
    left = max(0.0, (until - now).total_seconds())
    timer = asyncio.get_running_loop().call_later(left, run.stop, errors.USE_TIME_OVER())
    try:
        yield
    finally:
        timer.cancel()
