"""List the participant contexts of a store without reading their records."""

from typing import Final

from xinfu.stores.sql.rows import text
from xinfu.stores.sql.statements import Session, sql
from xinfu.stores.sql.tables import LOG_ENTRIES, OUTBOX, TABLES

NEXT: Final = tuple(
    sql("SELECT min(context) FROM", table.name, "WHERE context > :after")
    for table in TABLES
    if "record" in table.names or table in (OUTBOX, LOG_ENTRIES)
)
"""For each table the smallest context behind `after`: one step down an index, however many rows there are."""


async def contexts(session: Session) -> list[str]:
    """Ids of all contexts that have records, outbox rows or evidence, ordered."""
    found: set[str] = set()
    for statement in NEXT:
        after = ""
        while (row := (await session.rows(statement, after=after))[0])[0] is not None:
            after = text(row[0])
            found.add(after)
    return sorted(found)
