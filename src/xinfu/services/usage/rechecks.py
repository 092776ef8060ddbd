"""Repeated policy checks while a use lasts: a condition that no longer holds ends it.

Credentials expire and are revoked, duties become overdue, facts change while bytes flow. What time, the agreement or
its transfer ends is told at once (ending.py, running.py); the rest is looked at anew every `Parts.recheck`. What was
set aside for a use before it began is its own, so a quota that others have spent meanwhile ends no use, and that the
last use was a short time ago ends none that has begun.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager

from xinfu.errors import RefusedError, XinfuError
from xinfu.odrl import Transform
from xinfu.services.memory.running import Run
from xinfu.services.parts import DataParts
from xinfu.services.usage import errors
from xinfu.services.usage.admission import admit, meet
from xinfu.services.usage.forms import check_form
from xinfu.services.usage.grant_lookup import ReadRequest

_log = logging.getLogger(__name__)


Still = Callable[[], Awaitable[object]]
"""Asks whether a use may go on; raises where it may not."""


@contextmanager
def recheck(parts: DataParts, run: Run, still: Still) -> Iterator[None]:
    """Repeat the check while the block lasts, and stop the run at the first answer that is not yes."""
    tasks: list[asyncio.Task[None]] = []

    def begin() -> None:
        tasks.append(asyncio.create_task(_ask_again(parts, run, still)))

    timer = asyncio.get_running_loop().call_later(parts.recheck.total_seconds(), begin)
    try:
        yield
    finally:
        timer.cancel()
        for each in tasks:
            each.cancel()


async def _ask_again(parts: DataParts, run: Run, still: Still) -> None:
    while run.reason is None:
        try:
            await still()
        except RefusedError as error:
            if not error.code.endswith((".exhausted", ".too-soon")):
                run.stop(error)
        except XinfuError as error:
            _log.warning(
                "a use cannot be asked about again", extra={"code": error.code, "process_id": run.transfer}
            )
            run.stop(unsure())
        await asyncio.sleep(parts.recheck.total_seconds())


async def still_allowed(parts: DataParts, ask: ReadRequest, transforms: Sequence[Transform] = ()) -> None:
    """Check that the caller may still read, in this form.

    Raises:
        RefusedError: it may not.
    """
    caller = await meet(parts, ask)
    async with parts.store.view(ask.context) as view:
        admission = await admit(view, parts, ask, caller.claims, parts.clock.now())
        check_form(admission.decision, transforms)


def unsure() -> RefusedError:
    """The error for a use that ends because it cannot be decided whether it may go on."""
    return errors.USE_UNSURE()
