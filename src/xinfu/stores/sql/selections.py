"""Selections: definitions that select assets by criteria, and the assets that they select.

The fitting assets are stored with the definition, so a catalog never evaluates criteria. A selection that needs a value
of some member finds its assets, and an asset its selections, by that term; other selections are compared with every
asset, a bounded page at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Final

from xinfu.ports.query import AnyCondition
from xinfu.ports.records import ASSETS, Asset
from xinfu.stores.sql.query import among_these
from xinfu.stores.sql.rows import pad, text
from xinfu.stores.sql.statements import Cell, Session, Statement, among, insert_new, sql
from xinfu.stores.sql.tables import ASSET_TERMS, RECORDS, SELECTORS
from xinfu.stores.sql.terms import ANY, needed_terms, terms_of

AT_ONCE: Final = 1000
"""How many assets one statement looks at."""

FORGET: Final = Statement("DELETE FROM asset_terms WHERE context = :context AND asset = :asset")
SAY: Final = insert_new(ASSET_TERMS)
UNSELECT: Final = Statement("DELETE FROM selectors WHERE context = :context AND definition = :definition")
SELECT: Final = insert_new(SELECTORS)
SAYING: Final = Statement(
    "SELECT asset FROM asset_terms WHERE context = :context AND term = :term AND asset > :after "
    "ORDER BY asset LIMIT :limit"
)
SOME: Final = Statement(
    "SELECT id FROM assets WHERE context = :context AND id > :after ORDER BY id LIMIT :limit"
)
SELECTED_BY: Final = Statement(
    "SELECT offerings.definition FROM offerings JOIN definitions "
    "ON definitions.context = offerings.context AND definitions.id = offerings.definition "
    "WHERE offerings.context = :context AND offerings.asset = :asset AND definitions.everything = 2"
)


async def follow_asset(session: Session, context: str, asset: str, record: Asset | None) -> None:
    """Update the terms of an asset to its current properties; None removes them."""
    await session.write(FORGET, context=context, asset=asset)
    if record is not None and (terms := terms_of(record)):
        await session.write_each(
            SAY, [{"context": context, "term": term, "asset": asset} for term in sorted(terms)]
        )


async def select(
    session: Session, context: str, definition: str, conditions: Sequence[AnyCondition[Asset]]
) -> None:
    """Store the terms by which the definition's assets are found from now on."""
    await session.write(UNSELECT, context=context, definition=definition)
    terms = needed_terms(conditions)
    under = [ANY] if terms is None else sorted(terms - {ANY})
    await session.write_each(
        SELECT, [{"context": context, "term": term, "definition": definition} for term in under]
    )


async def candidates(session: Session, context: str, asset: Asset) -> list[str]:
    """The selections that the asset may fit, and those that have it now, in order."""
    terms = terms_of(asset)
    found = {text(row[0]) for row in await session.rows(SELECTED_BY, context=context, asset=asset.id)}
    if ANY in terms:
        rows = await session.rows(ALL_SELECTIONS, context=context)
        return sorted(found | {text(row[0]) for row in rows})
    asked = pad(sorted({*terms, ANY}))
    values: dict[str, Cell] = {f"term_{place}": each for place, each in enumerate(asked)}
    rows = await session.rows(select_by_terms(len(asked)), context=context, **values)
    return sorted(found | {text(row[0]) for row in rows})


async def fitting_assets(
    session: Session,
    context: str,
    conditions: Sequence[AnyCondition[Asset]],
    *,
    after: str = "",
    at_first: int = AT_ONCE,
) -> AsyncIterator[list[str]]:
    """Ids of the assets that fit, ascending, a bounded page at a time; a page may be empty.

    Args:
        at_first: how many assets to look at for the first page; twice as many for each further one.
    """
    terms, size = needed_terms(conditions), min(at_first, AT_ONCE)
    while True:
        page, last = await _page(session, context, terms, after, size)
        if page:
            statement, values = among_these(RECORDS[ASSETS], conditions, session.words, context, pad(page))
            yield [text(row[0]) for row in await session.search(statement, **values)]
        if last is None:
            return
        after, size = last, min(2 * size, AT_ONCE)
        await asyncio.sleep(0)  # others go on between two pages


async def _page(
    session: Session, context: str, terms: set[str] | None, after: str, size: int
) -> tuple[list[str], str | None]:
    """The next assets to check, and the id after which to go on; None after the last ones."""
    lists: list[list[str]] = []
    for term in [None] if terms is None else sorted(terms):
        given: dict[str, Cell] = {} if term is None else {"term": term}
        rows = await session.rows(
            SOME if term is None else SAYING, context=context, after=after, limit=size, **given
        )
        lists.append([text(row[0]) for row in rows])
    ends = [found[-1] for found in lists if len(found) == size]
    page = sorted({asset for found in lists for asset in found})
    if not ends:
        return page, None
    last = min(ends)
    return [asset for asset in page if asset <= last], last


ALL_SELECTIONS: Final = Statement("SELECT id FROM definitions WHERE context = :context AND everything = 2")


@lru_cache
def select_by_terms(count: int) -> Statement:
    """The SELECT of definitions that select by any of `count` terms."""
    start = "SELECT definition FROM selectors WHERE context = :context AND"
    return sql(start, among("term", "term", count))
