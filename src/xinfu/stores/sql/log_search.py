"""Search of an evidence log by terms, process and time.

The index of terms has the time of each entry in it, so that a page costs as much in a long log as in a short one.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

import msgspec

from xinfu.evidence import instant
from xinfu.evidence.terms import TERMS, StatedTerms, term
from xinfu.ports.log import EntrySearch, StoredEntry
from xinfu.stores.sql import errors
from xinfu.stores.sql.log_rows import COLUMNS, read_entry
from xinfu.stores.sql.records import check_limit
from xinfu.stores.sql.statements import Cell, Session, Statement, sql

_LARGEST: Final = 2**63 - 1
_FIRST: Final = ""
_LAST: Final = "9999"
"""Before and behind every time as entries state it."""
_LAST_ID: Final = "urn:uuid:g"
"""Behind every id."""
_MARGIN: Final = timedelta(hours=1)
"""By so much the time in an id may differ from the time that the entry states."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LEAST: Final = 256
"""Entries that are read at once without a term, however few are asked for, as some may lie outside the bounds of time."""
_PAGE: Final = "LIMIT :limit"
_ENTRY: Final = sql("SELECT", COLUMNS, 'FROM log_entries AS e WHERE e.context = :context AND e."row" = :row')


async def search_log(session: Session, context: str, search: EntrySearch) -> list[StoredEntry]:
    """A page of the entries that fit; see `Log.search`."""
    check_limit(search.limit)
    unknown = sorted(search.terms.keys() - set(TERMS))
    if unknown:
        raise errors.QUERY_COLUMN_UNKNOWN_FOREIGN(name=unknown[0])
    timed = search.since is not None or search.until is not None
    by_kind = set(search.terms) == {"kind"} and (search.process is not None or not timed)
    wanted = [] if by_kind else [name for name in TERMS if name in search.terms]
    size = search.limit if wanted else max(search.limit, _LEAST)
    since, until = _bound(search.since, _FIRST), _bound(search.until, _LAST)
    values: dict[str, Cell] = {
        f"t{place}": term(name, search.terms[name]) for place, name in enumerate(wanted)
    }
    values |= {"context": context, "process": search.process, "kind": search.terms.get("kind"), "limit": size}
    values |= {
        "since": since,
        "until": until,
        "low": _id_at(search.since, -1),
        "high": _id_at(search.until, 1),
    }
    statement = _statement(
        len(wanted),
        process=search.process is not None,
        kind=by_kind,
        timed=timed,
        newest_first=search.newest_first,
    )
    last = await _start(session, context, search)
    found: list[StoredEntry] = []
    while len(found) < search.limit:
        rows = await session.search(statement, **values, **last)
        page = [read_entry(each) for each in rows]
        found += [each for each in page if since <= _stated(each.canonical) < until]
        if len(page) < size:
            break
        last = _behind(page[-1])
    return found[: search.limit]


@cache
def _statement(terms: int, *, process: bool, kind: bool, timed: bool, newest_first: bool) -> Statement:
    """The statement of a search by so many terms, of which the first leads.

    Without a term the ids lead where the search is bounded in time, as an id has the time in it; else the rows do.
    """
    before, down = ("<", "DESC") if newest_first else (">", "")
    of_process = "AND e.process = :process" if process else ""
    of_process += " AND e.kind = :kind" if kind else ""
    entries = "log_entries AS e"
    if not terms:
        by_id = timed and not process
        lead, start = ("e.id", ":id") if by_id else ('e."row"', ":start")
        bounds = "AND e.id > :low AND e.id < :high" if by_id else ""
        behind = ("WHERE e.context = :context AND", lead, before, start, bounds, of_process)
        return sql("SELECT", COLUMNS, "FROM", entries, *behind, "ORDER BY", lead, down, _PAGE)
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


async def _start(session: Session, context: str, search: EntrySearch) -> dict[str, Cell]:
    """Behind which entry the page begins: its time, its row and its id."""
    if search.start is not None:
        rows = await session.rows(_ENTRY, context=context, row=search.start)
        if rows:
            return _behind(read_entry(rows[0]))
    if search.newest_first:
        return {"at": _LAST, "start": search.start or _LARGEST, "id": _LAST_ID}
    return {"at": _FIRST, "start": search.start or -1, "id": _FIRST}


def _behind(stored: StoredEntry) -> dict[str, Cell]:
    return {"at": _stated(stored.canonical), "start": stored.row, "id": stored.id}


def _bound(moment: datetime | None, edge: str) -> str:
    return edge if moment is None else instant(moment)


def _id_at(moment: datetime | None, sign: int) -> str:
    """An id that is certainly before (-1) or behind (1) those made at a moment; the edge of all ids for None."""
    if moment is None:
        return _FIRST if sign < 0 else _LAST_ID
    milliseconds = max(0, (moment + sign * _MARGIN - _EPOCH) // timedelta(milliseconds=1))
    return f"urn:uuid:{milliseconds >> 16:08x}-{milliseconds & 0xFFFF:04x}"


def _stated(canonical: bytes) -> str:
    """The time that an entry states."""
    return msgspec.json.decode(canonical, type=StatedTerms).at
