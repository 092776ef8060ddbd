"""Pages of records, cut by the store, with a cursor (the last id) and the exact total."""

from collections.abc import Callable
from typing import Any, TypeVar

from xinfu.api import Page
from xinfu.ports.column import Match, Word
from xinfu.ports.kind import Record
from xinfu.ports.store import Records, Step
from xinfu.services.offering.stating import participant
from xinfu.web.api.operation import Call

R = TypeVar("R")
T = TypeVar("T", bound=Record)

PAGING = {"after": "the cursor `next` of the page before", "limit": "1 to 1,000, 100 by default"}


async def page_of(
    records: Records[T], call: Call, *where: Match[T], view: Callable[[T], R] | None = None
) -> Page[Any]:
    """Return the page of records that the query asks for."""
    limit = call.limit
    found = await records.find(*where, after=call.query.get("after"), limit=limit)
    total = await records.count(*where)
    last = found[-1].id if len(found) == limit else None
    more = last is not None and await records.find(*where, after=last, limit=1)
    return Page(
        items=[view(each) for each in found] if view else found, next=last if more else None, total=total
    )


def read_filters(call: Call, *columns: Word[T, Any]) -> list[Match[T]]:
    """Return a condition for each column that the query names; leave out those with an empty value."""
    return [each.equals_text(text) for each in columns if (text := call.query.get(each.name))]


async def read_filters_with_peer(
    view: Step, call: Call, peer: Word[T, str], *columns: Word[T, Any]
) -> list[Match[T]]:
    """Return the same as `read_filters`, and a condition on `peer`, which the caller may name by its alias.

    Raises:
        InputError: `participant.no-alias`.
    """
    found = await query_of_peer(view, call, *(each.name for each in columns))
    return [each.equals_text(text) for each in (peer, *columns) if (text := found.get(each.name))]


async def query_of_peer(view: Step, call: Call, *names: str) -> dict[str, str]:
    """Return the named query values that are present, and `peer` as a DID; the caller may name it by its alias.

    Raises:
        InputError: `participant.no-alias`.
    """
    found = {name: call.query[name] for name in ("peer", *names) if name in call.query}
    if found.get("peer"):
        found["peer"] = await participant(view, call.context, found["peer"])
    return found
