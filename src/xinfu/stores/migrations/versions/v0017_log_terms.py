"""The terms by which entries of the log are found, for the entries that are there as well."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_FACTS = {
    "contract": ("facts", "number"),
    "strategy": ("facts", "strategy"),
    "agreement": ("agreement",),
    "peer": ("peer",),
    "kind": ("kind",),
}
"""Term -> where an entry states it."""
_OUTCOMES = ("outcome", "code", "result")


def upgrade() -> None:
    op.create_table(
        "log_terms",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("term", _WORD, nullable=False),
        sa.Column("at", _WORD, nullable=False),
        sa.Column("row", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("context", "term", "at", "row"),
        sqlite_with_rowid=False,
    )
    for name, path in _FACTS.items():
        _add(name, _member(path))
    _add("dataset", f"coalesce({_member(('facts', 'dataset'))}, {_member(('facts', 'asset'))})")
    _add("outcome", f"coalesce({', '.join(_member(('facts', each)) for each in _OUTCOMES)})")


def _add(name: str, value: str) -> None:
    op.execute(
        f"INSERT INTO log_terms (context, term, at, \"row\") SELECT context, '{name}=' || {value}, "  # noqa: S608
        f"{_member(('at',))}, \"row\" FROM log_entries WHERE {value} <> ''"
    )


def _member(path: tuple[str, ...]) -> str:
    """The text of a member of the entry, in the SQL of the store."""
    if op.get_context().dialect.name == "postgresql":
        return f"(convert_from(canonical, 'UTF8')::jsonb #>> '{{{','.join(path)}}}')"
    return f"json_extract(CAST(canonical AS TEXT), '$.{'.'.join(path)}')"
