"""Rows of the table of entries, as they are selected and read."""

from typing import Final

from xinfu.ports.log import StoredEntry
from xinfu.stores.sql.rows import blob, number, text
from xinfu.stores.sql.statements import Row

COLUMNS: Final = 'e.id, e."row", e."index", e.canonical, e.kind, e.process'
"""The columns of `log_entries AS e` that `read_entry` reads."""


def read_entry(row: Row) -> StoredEntry:
    """An entry from its columns, in the order in which they are selected."""
    id_, place, index, canonical, kind, process = row
    return StoredEntry(
        id=text(id_),
        row=number(place),
        index=None if index is None else number(index),
        canonical=blob(canonical),
        kind=text(kind),
        process=None if process is None else text(process),
    )
