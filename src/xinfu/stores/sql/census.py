"""Count the records of a context in one statement, which reads only indexes and only processes that still run."""

from typing import Final

from xinfu.dsp.negotiation import State as NegotiationState
from xinfu.dsp.transfer import State as TransferState
from xinfu.ports.census import Census
from xinfu.stores.sql.rows import moment, number, text
from xinfu.stores.sql.statements import Session, sql

OPENING: Final = "OPENING"


def _open(table: str, states: type[NegotiationState] | type[TransferState]) -> str:
    going = ", ".join(f"'{each.value}'" for each in states if not each.is_terminal)
    columns = f"'{table}', role, coalesce(state, '{OPENING}'), count(*)"
    grouped = "GROUP BY role, state"
    known = _counted(table, columns, f"AND state IN ({going})", grouped)
    return " UNION ALL ".join([known, _counted(table, columns, "AND state IS NULL", grouped)])


def _all(what: str, count: str, table: str, condition: str = "") -> str:
    return _counted(table, f"'{what}', '', '', {count}", condition)


def _counted(table: str, columns: str, *rest: str) -> str:
    return sql("SELECT", columns, "FROM", table, "WHERE context = :context", *rest).text


COUNT: Final = sql(
    " UNION ALL ".join(
        [
            _open("negotiations", NegotiationState),
            _open("transfers", TransferState),
            _counted("agreements", "'agreements', '', state, count(*)", "GROUP BY state"),
            _all("assets", "count(*)", "assets"),
            _all("definitions", "count(*)", "definitions"),
            _all("waiting", "count(*)", "outbox"),
            _all("retrying", "count(*)", "outbox", "AND attempts > 0"),
            _all("due", "min(due)", "outbox"),
        ]
    )
)


async def census(session: Session, context: str) -> Census:
    """Implements `Step.census` of ports/store.py."""
    rows = await session.rows(COUNT, context=context)
    found = {(text(what), text(role), text(state)): count for what, role, state, count in rows}

    def going(table: str) -> dict[tuple[str, str], int]:
        return {(role, state): number(each) for (what, role, state), each in found.items() if what == table}

    due = found["due", "", ""]
    return Census(
        negotiations=going("negotiations"),
        transfers=going("transfers"),
        agreements={state: count for (_, state), count in going("agreements").items()},
        assets=number(found["assets", "", ""]),
        definitions=number(found["definitions", "", ""]),
        waiting=number(found["waiting", "", ""]),
        retrying=number(found["retrying", "", ""]),
        oldest_due=None if due is None else moment(due),
    )
