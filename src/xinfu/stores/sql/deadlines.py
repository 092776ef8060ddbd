"""The moments at which records must be checked: a row for each record, indexed by its moment."""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.ports.records import Deadline, DeadlineKind
from xinfu.stores.sql.rows import micros, moment
from xinfu.stores.sql.statements import Session, equal, insert_or_replace, list_names, sql
from xinfu.stores.sql.tables import DEADLINES

TOPIC: Final = "deadlines"

PUT: Final = insert_or_replace(DEADLINES)
DROP: Final = sql("DELETE FROM deadlines WHERE", equal(DEADLINES.key))
NEXT: Final = sql("SELECT", list_names(DEADLINES.names), "FROM deadlines ORDER BY due LIMIT :limit")


class DeadlinesTable:
    """Implements `Deadlines` of ports/store.py."""

    __slots__ = ("_context", "_session")

    def __init__(self, session: Session, context: str) -> None:
        self._session = session
        self._context = context

    async def put(self, kind: DeadlineKind, id: str, due: datetime) -> None:  # noqa: A002 - the port's own name
        await self._session.write(PUT, context=self._context, kind=str(kind), id=id, due=micros(due))
        self._session.topic(TOPIC)

    async def drop(self, kind: DeadlineKind, id: str) -> None:  # noqa: A002 - the port's own name
        await self._session.write(DROP, context=self._context, kind=str(kind), id=id)


async def earliest(session: Session, *, limit: int) -> list[Deadline]:
    """The next moments over all contexts, the earliest first."""
    rows = await session.rows(NEXT, limit=limit)
    return [
        msgspec.convert({"context": context, "kind": kind, "id": id_, "due": moment(due)}, Deadline)
        for context, kind, id_, due in rows
    ]
