"""Which participant contexts a store holds, without walking over their records."""

from typing import Final

from sqlalchemy import Table, bindparam, func, select

from xinfu.stores.sql.rows import text
from xinfu.stores.sql.schema import LOG_ENTRIES, OUTBOX, metadata
from xinfu.stores.sql.statements import Session, Statement, sql

_KEPT: Final = tuple(
    table for table in metadata.sorted_tables if "record" in table.columns or table in (OUTBOX, LOG_ENTRIES)
)


def _next(table: Table) -> Statement:
    """The smallest context behind `after`: one step down the index, however many rows there are."""
    return sql(select(func.min(table.c.context)).where(table.c.context > bindparam("after")))


_NEXT: Final = tuple(_next(table) for table in _KEPT)


async def contexts(session: Session) -> list[str]:
    """Ids of all contexts that have records, outbox rows or evidence, ordered."""
    found: set[str] = set()
    for statement in _NEXT:
        after = ""
        while (row := (await session.rows(statement, after=after))[0])[0] is not None:
            after = text(row[0])
            found.add(after)
    return sorted(found)
