"""Views: the tables of an offer as a question sees them.

Columns that the rule keeps back do not stand in a view, so no question can reach them by any name.
"""

from enum import StrEnum

import msgspec


class CalendarStep(StrEnum):
    """The stretches of the calendar to which a moment can be cut, from the finest to the coarsest."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class KeyRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How finely a column may divide rows into groups. At most one of the three bounds is set; none: by each value."""

    step: CalendarStep | None = None
    """The finest stretch of the calendar."""
    band: str | None = None
    """The least width of bands, a decimal number above 0, counted from 0."""
    prefix: int | None = None
    """The most first characters."""


class ViewColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A column of a view. One without `key` and `measures` can still be compared with constants in a condition."""

    name: str
    type: str
    """As DuckDB writes it: `INTEGER`, `DOUBLE`, `VARCHAR`, `TIMESTAMP`, `DECIMAL(12,2)`."""
    key: KeyRule | None = None
    """How rows may be grouped by it; None: not at all."""
    measures: tuple[str, ...] = ()
    """The aggregates, by DuckDB's canonical names, that may take it as their argument."""


class View(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of an offer."""

    name: str
    columns: tuple[ViewColumn, ...]
    unit: str | None = None
    """The column whose values are the people, machines or firms that an answer must not single out; None: nobody."""
    rows: int = 0
    """About how many rows it has, for the bound on cost; at least 0."""
