"""Pages of records, cut by the store, with a cursor (the last id) and the exact total."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from xinfu.api import Page
from xinfu.ports.store import Records, Step
from xinfu.services.offering.stating import participant
from xinfu.web.api.operation import Call

R = TypeVar("R")

PAGING = {"after": "the cursor `next` of the page before", "limit": "1 to 1,000, 100 by default"}


async def page_of(
    records: Records[Any],
    call: Call,
    view: Callable[[Any], R] | None = None,
    where: Mapping[str, str] | None = None,
) -> Page[Any]:
    """Return the page of records that the query asks for."""
    wanted = {key: value for key, value in (where or {}).items() if value}
    limit = call.limit
    found = await records.find(wanted, after=call.query.get("after"), limit=limit)
    total = await records.count(wanted)
    last = found[-1].id if len(found) == limit else None
    more = last is not None and await records.find(wanted, after=last, limit=1)
    return Page(
        items=[view(each) for each in found] if view else found, next=last if more else None, total=total
    )


def query_values(call: Call, *names: str) -> dict[str, str]:
    """Return those of the named query values that are present."""
    return {name: call.query[name] for name in names if name in call.query}


async def query_of_peer(view: Step, call: Call, *names: str) -> dict[str, str]:
    """Return the same as `query_values`, and `peer` as a DID; the caller may give an alias of the address book.

    Raises:
        InputError: `participant.no-alias`.
    """
    found = query_values(call, "peer", *names)
    if found.get("peer"):
        found["peer"] = await participant(view, call.context, found["peer"])
    return found
