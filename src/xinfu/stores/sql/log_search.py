"""Search of an evidence log by terms, process and time.

The index of terms has the time of each entry in it, so that a page costs as much in a long log as in a short one.
"""

from datetime import datetime
from functools import cache
from typing import Final

import msgspec

from xinfu.evidence import Entry, instant
from xinfu.evidence.terms import TERMS, term
from xinfu.ports.log import EntrySearch, StoredEntry
from xinfu.stores.sql import errors
from xinfu.stores.sql.log_rows import COLUMNS, read_entry
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.statements import Cell, Session, Statement, sql

_LARGEST: Final = 2**63 - 1
_FIRST: Final = ""
_LAST: Final = "9999"
"""Before and behind every time as entries state it."""
_PAGE: Final = "LIMIT :limit"
_AT: Final = Statement('SELECT canonical FROM log_entries WHERE context = :context AND "row" = :row')


async def search_log(session: Session, context: str, search: EntrySearch) -> list[StoredEntry]:
    """A page of the entries that fit; see `Log.search`."""
    check_limit(search.limit)
    unknown = sorted(search.terms.keys() - set(TERMS))
    if unknown:
        raise errors.QUERY_COLUMN_UNKNOWN_FOREIGN(name=unknown[0])
    wanted = [name for name in TERMS if name in search.terms]
    statement = _statement(len(wanted), process=search.process is not None, newest_first=search.newest_first)
    since, until = _bound(search.since, _FIRST), _bound(search.until, _LAST)
    values: dict[str, Cell] = {
        f"t{place}": term(name, search.terms[name]) for place, name in enumerate(wanted)
    }
    values |= {"context": context, "process": search.process, "limit": search.limit}
    values |= {"since": since, "until": until}
    at, row = await _start(session, context, search)
    found: list[StoredEntry] = []
    while len(found) < search.limit:
        rows = await session.search(statement, **values, at=at, start=row)
        page = [read_entry(each) for each in rows]
        found += [each for each in page if since <= _time(each) < until]
        if len(page) < search.limit:
            break
        at, row = _time(page[-1]), page[-1].row
    return found[: search.limit]


@cache
def _statement(terms: int, *, process: bool, newest_first: bool) -> Statement:
    """The statement of a search by so many terms, of which the first leads; without one the rows of the log lead."""
    before, down = ("<", "DESC") if newest_first else (">", "")
    of_process = "AND e.process = :process" if process else ""
    entries = "log_entries AS e"
    if not terms:
        behind = ("WHERE e.context = :context AND", 'e."row"', before, ":start")
        return sql("SELECT", COLUMNS, "FROM", entries, *behind, of_process, 'ORDER BY e."row"', down, _PAGE)
    return sql(
        "SELECT",
        COLUMNS,
        "FROM log_terms AS t0 JOIN",
        entries,
        'ON e."row" = t0."row"',
        "WHERE t0.context = :context AND t0.term = :t0 AND t0.at >= :since AND t0.at < :until",
        'AND (t0.at, t0."row")',
        before,
        "(:at, :start)",
        *(_also(place) for place in range(1, terms)),
        of_process,
        "ORDER BY t0.at",
        down,
        ', t0."row"',
        down,
        _PAGE,
    )


def _also(place: int) -> str:
    """The condition that an entry has one more term."""
    name = f"t{place}"
    same = f'{name}.context = t0.context AND {name}.at = t0.at AND {name}."row" = t0."row"'
    return f"AND EXISTS (SELECT 1 FROM log_terms AS {name} WHERE {same} AND {name}.term = :{name})"  # noqa: S608 - our names


async def _start(session: Session, context: str, search: EntrySearch) -> tuple[str, int]:
    """The time and the row behind which the page begins."""
    edge = _LAST if search.newest_first else _FIRST
    if search.start is None:
        return edge, _LARGEST if search.newest_first else -1
    rows = await session.rows(_AT, context=context, row=search.start)
    return (_stated(rows[0][0]) if rows else edge), search.start


def _bound(moment: datetime | None, edge: str) -> str:
    return edge if moment is None else instant(moment)


def _time(stored: StoredEntry) -> str:
    return _stated(stored.canonical)


def _stated(canonical: Cell) -> str:
    """The time that an entry states."""
    assert isinstance(canonical, bytes)
    return msgspec.json.decode(canonical, type=Entry).at
