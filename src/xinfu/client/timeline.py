"""The evidence of a process: what happened as a timeline, and the receipts that prove it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from xinfu.api import EntryView, Happening
from xinfu.client.transport import Transport

_PAGE: Final = 1000


async def entries(
    transport: Transport, query: Mapping[str, str | None], *, limit: int | None = None
) -> list[EntryView]:
    """Return the entries of the log that a query finds, in its order; `limit` of them at most."""
    found: list[EntryView] = []
    while limit is None or len(found) < limit:
        size = _PAGE if limit is None else min(_PAGE, limit - len(found))
        paged = {**query, "limit": str(size), "after": str(found[-1].row if found else 0)}
        page = await transport.get("/evidence/entries", list[EntryView], paged)
        found += page
        if len(page) < size:
            break
    return found


async def happenings(transport: Transport, process: str) -> list[Happening]:
    """Return the events of a process, in order."""
    return [
        Happening(
            entry=each.id,
            at=datetime.fromisoformat(each.entry["at"]),
            kind=each.entry["kind"],
            facts=each.entry["facts"],
        )
        for each in await entries(transport, {"process": process})
    ]


async def receipts(transport: Transport, process: str) -> list[dict[str, Any]]:
    """Return the receipts of a process; the node waits until its newest entry is numbered.

    Raises:
        ConflictError: `evidence.not-numbered`: it is still not numbered after some seconds.
    """
    return await transport.get("/evidence/receipts", list[dict[str, Any]], {"process": process})
