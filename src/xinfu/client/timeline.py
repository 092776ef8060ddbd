"""The evidence of a process: what happened as a timeline, and the receipts that prove it."""

import asyncio
import time
from datetime import datetime
from typing import Any, Final

from xinfu.client.transport import Transport
from xinfu.client.views import EntryView, Happening
from xinfu.errors import ConflictError

NUMBERED_S: Final = 5
"""How long receipts wait for entries that were written a moment ago to get their place in the log."""
_PAGE: Final = 1000


async def entries(
    transport: Transport, *, process: str | None = None, kind: str | None = None
) -> list[EntryView]:
    """Entries of the log, in order."""
    found: list[EntryView] = []
    while True:
        query = {
            "process": process,
            "kind": kind,
            "limit": str(_PAGE),
            "after": str(found[-1].row if found else 0),
        }
        page = await transport.get("/evidence/entries", list[EntryView], query)
        found += page
        if len(page) < _PAGE:
            return found


async def happenings(transport: Transport, process: str) -> list[Happening]:
    """What happened in a process, in order."""
    return [
        Happening(
            entry=each.id,
            at=datetime.fromisoformat(each.entry["at"]),
            kind=each.entry["kind"],
            facts=each.entry["facts"],
        )
        for each in await entries(transport, process=process)
    ]


async def receipts(transport: Transport, process: str) -> list[dict[str, Any]]:
    """The receipts of a process; waits a moment where an entry is not numbered yet.

    Raises:
        ConflictError: `evidence.not-numbered`: still not.
    """
    ends = time.monotonic() + NUMBERED_S
    while True:
        try:
            return await transport.get("/evidence/receipts", list[dict[str, Any]], {"process": process})
        except ConflictError:
            if time.monotonic() >= ends:
                raise
            await asyncio.sleep(0.1)
