"""A question: blocks of rows, and what is asked of their groups.

The static gate takes a statement apart into this form. A block is flat: its source is a SELECT that gives one row for
each row that enters the aggregates, with plain names for keys, units, arguments and cohorts. So whoever adds control
columns, counts units or writes history never meets an expression. Whatever a statement does with aggregates (HAVING,
ORDER BY, arithmetic, rank, UNION) is done by `Question.answer` over the cells that the output gate let pass.
"""

from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """Whether a question may be answered with rows of a view, or only with aggregates over groups."""

    AGGREGATE = "aggregate"
    ROWS = "rows"


class Unit(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a block's source that holds whom a row is about."""

    column: str
    view: str
    """The view whose unit it is; a view that is joined twice gives two units."""
    has_many: bool = False
    """Whether the column is a list of units, as behind a grouping inside the source."""


class GroupKey(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a block's source by which rows are grouped."""

    column: str
    type: str


class Measure(msgspec.Struct, frozen=True, kw_only=True):
    """One aggregate of a block; its value stands under `name` in the block's released cells."""

    name: str
    function: str
    """DuckDB's canonical name: `count`, `count_distinct`, `sum`, `avg`, `stddev_samp`, `corr`, `quantile_cont` …"""
    arguments: tuple[str, ...] = ()
    """Columns of the source; none for `count(*)`."""
    constants: tuple[str, ...] = ()
    """Literals after the arguments, as SQL: the share of a quantile."""
    cohort: str | None = None
    """A column of truth values of the source: only rows where it is true enter. None: all rows of the group."""
    bounds_unit: bool = False
    """Whether the value is of single rows (min, max, quantile ends), so that more than dominance is to be asked."""


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Rows and the aggregates over their groups. Its released cells are the table `name` of `Question.answer`."""

    name: str
    source: str
    """A SELECT over views, regenerated from the tree."""
    units: tuple[Unit, ...]
    """None where no view in the source protects anybody; then every cell is released."""
    keys: tuple[GroupKey, ...] = ()
    groupings: tuple[tuple[str, ...], ...] = ((),)
    """The grouping sets, each a selection of `keys` by column; `(all keys,)` for a plain GROUP BY, `((),)` for none."""
    measures: tuple[Measure, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A statement that passed the static gate."""

    mode: Mode
    text: str
    """The whole statement, regenerated from the tree: for evidence, and in `ROWS` mode what is run."""
    views: tuple[str, ...]
    """The views that it reads, in order of name."""
    functions: tuple[str, ...] = ()
    """The functions that it calls, by canonical name, in order of name."""
    blocks: tuple[Block, ...] = ()
    """At least one in `AGGREGATE` mode, none in `ROWS` mode."""
    answer: str = ""
    """A SELECT over the tables of released cells; in `ROWS` mode empty."""
