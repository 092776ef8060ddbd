"""The tables of stores/sql/tables.py as SQLAlchemy tables, which Alembic reads."""

from typing import Final

import sqlalchemy as sa

from xinfu.stores.sql.tables import TABLES, ColumnType, Table

_TYPES: Final[dict[ColumnType, sa.Text | sa.Integer | sa.LargeBinary]] = {
    ColumnType.WORD: sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
    ColumnType.TEXT: sa.Text(),
    ColumnType.NUMBER: sa.Integer().with_variant(sa.BigInteger(), "postgresql"),
    ColumnType.BYTES: sa.LargeBinary(),
}
"""SQLite compares text by code point by default; PostgreSQL needs the collation."""

metadata: Final = sa.MetaData()


def _add(table: Table) -> None:
    columns = [
        sa.Column(
            column.name,
            _TYPES[column.holds],
            primary_key=column.name in table.key,
            nullable=column.optional,
            autoincrement=True if table.numbered and column.name in table.key else "auto",
        )
        for column in table.columns
    ]
    indexes = [
        sa.Index(
            index.name,
            *index.columns,
            unique=index.unique,
            sqlite_where=sa.text(index.where) if index.where else None,
            postgresql_where=sa.text(index.where) if index.where else None,
        )
        for index in table.indexes
    ]
    made = sa.Table(table.name, metadata, *columns, *indexes)
    if table.numbered:
        made.dialect_kwargs["sqlite_autoincrement"] = True


for _table in TABLES:
    _add(_table)
