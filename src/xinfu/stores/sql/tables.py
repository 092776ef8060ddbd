"""The tables of every SQL store as plain values, from which migrations and statements are written.

A kind of record is one table: the columns that the kind declares (ports/kind.py), and the record itself as one
JSON document. Columns hold text, whole numbers or bytes, so a row needs no conversion: a moment is the count of
microseconds since 1970 in UTC, a flag is 0 or 1. The context leads every key and index (D-01, threat M1).
A change here needs a migration; a test compares the two.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec

from xinfu.ports import records as kinds
from xinfu.ports.column import Word
from xinfu.ports.kind import Kind


class ColumnType(StrEnum):
    """The type of a column. A WORD is text that is compared and sorted, by code point on every store."""

    WORD = "word"
    TEXT = "text"
    NUMBER = "number"
    BYTES = "bytes"


class Column(msgspec.Struct, frozen=True):
    """A column; an `optional` one may be NULL."""

    name: str
    holds: ColumnType
    optional: bool = False


class Index(msgspec.Struct, frozen=True):
    """An index in the order of its columns; `where` is the condition of a partial one."""

    name: str
    columns: tuple[str, ...]
    unique: bool = False
    where: str = ""


class Table(msgspec.Struct, frozen=True):
    """A table. In a `numbered` one the store assigns rising keys, and none twice."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[Index, ...] = ()
    numbered: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all columns."""
        return tuple(column.name for column in self.columns)


def _words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.WORD) for name in names)


def _optional_words(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.WORD, optional=True) for name in names)


def _numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.NUMBER) for name in names)


def _optional_numbers(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.NUMBER, optional=True) for name in names)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.TEXT) for name in names)


def _bytes(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, ColumnType.BYTES) for name in names)


def _records(kind: Kind[Any]) -> Table:
    """The table of one kind of record. Each index also gives the order of ids."""
    columns = (
        Column(each.name, ColumnType.WORD if isinstance(each, Word) else ColumnType.NUMBER, each.optional)
        for each in kind.columns
    )
    names = [[each.name for each in together] for together in kind.indexes]
    indexes = (Index(f"{kind.plural}_by_{'_and_'.join(each)}", ("context", *each, "id")) for each in names)
    return Table(
        kind.plural,
        ("context", "id"),
        (*columns, *_text("record")),
        (*indexes, *_UNIQUE.get(kind, ())),
    )


_UNIQUE: Final[Mapping[Kind[Any], tuple[Index, ...]]] = {
    kinds.AGREEMENTS: (
        Index("agreements_of_wire_id", ("context", "wire_id", "role"), unique=True),
        Index(
            "agreements_of_negotiation", ("context", "negotiation"), unique=True, where="negotiation <> ''"
        ),
    )
}
"""One agreement a wire id and role, and one a negotiation: an agreement that was taken over has none."""

RECORDS: Final[Mapping[Kind[Any], Table]] = {kind: _records(kind) for kind in kinds.KINDS}
"""The table of every kind of record."""

OFFERINGS: Final = Table(
    "offerings",
    ("context", "definition", "asset"),
    _words("context", "definition", "asset", "access"),
    (
        Index("offerings_by_asset", ("context", "asset", "definition")),
        Index("offerings_by_access", ("context", "access", "asset")),
    ),
)
"""Which assets a definition names, and under which access policy. One of every asset has no rows here."""

ASSET_TERMS: Final = Table(
    "asset_terms",
    ("context", "term", "asset"),
    _words("context", "term", "asset"),
    (Index("asset_terms_by_asset", ("context", "asset", "term")),),
)
"""What assets say of themselves, each member with its value as one term (stores/sql/terms.py)."""

SELECTORS: Final = Table(
    "selectors",
    ("context", "term", "definition"),
    _words("context", "term", "definition"),
    (Index("selectors_by_definition", ("context", "definition", "term")),),
)
"""Definitions that select by criteria, under a term that an asset needs to fit; under ANY without one."""

OUTBOX: Final = Table(
    "outbox",
    ("id",),
    (
        *_numbers("id"),
        *_words("context", "queue", "delivery", "kind"),
        *_bytes("payload"),
        *_numbers("attempts", "due", "created"),
        Column("last_error", ColumnType.TEXT, optional=True),
        *_optional_words("owner"),
        *_numbers("ready"),
        Column("trace", ColumnType.TEXT, optional=True),
    ),
    (
        Index("outbox_by_queue", ("context", "queue", "id")),
        Index("outbox_by_ready", ("ready", "id")),
        Index("outbox_by_owner", ("owner",)),
    ),
    numbered=True,
)
"""`ready` is when a row can be claimed: when it is due, or while `owner` holds it, when the lease ends."""

DEADLINES: Final = Table(
    "deadlines",
    ("context", "kind", "id"),
    (*_words("context", "kind", "id"), *_numbers("due")),
    (Index("deadlines_by_due", ("due",)),),
)
"""When a record has to be looked at; the next moment of a node is the first row of the index."""

NONCES: Final = Table(
    "nonces",
    ("context", "issuer", "nonce"),
    (*_words("context", "issuer", "nonce"), *_numbers("expires")),
    (Index("nonces_by_expiry", ("context", "issuer", "expires")),),
)
COUNTERS: Final = Table(
    "counters",
    ("context", "counter"),
    (*_words("context", "counter"), *_numbers("used", "held"), *_optional_numbers("first_use", "last_use")),
)
COUNTER_NAMES: Final = Table("counter_names", ("context", "counter"), _words("context", "counter"))
"""The names of counters. A counter with a name here and no row has lost its row."""
RESERVATIONS: Final = Table(
    "reservations",
    ("context", "id"),
    (*_words("context", "id", "counter", "state"), *_numbers("amount", "counted", "expires")),
    (Index("reservations_by_expiry", ("context", "state", "expires")),),
)

LOG_ENTRIES: Final = Table(
    "log_entries",
    ("row",),
    (
        *_numbers("row"),
        *_words("context", "id"),
        Column("index", ColumnType.NUMBER, optional=True),
        *_words("kind"),
        *_optional_words("process"),
        *_bytes("canonical"),
    ),
    (
        Index("log_entries_by_id", ("context", "id"), unique=True),
        Index("log_entries_by_index", ("context", "index"), unique=True),
        Index("log_entries_by_process", ("context", "process", "row")),
        Index("log_entries_by_kind", ("context", "kind", "row")),
        Index("log_entries_by_row", ("context", "row")),
    ),
    numbered=True,
)
"""`index` is NULL until the sequencer gives one; NULLs in it are unlike each other."""

LOG_TERMS: Final = Table(
    "log_terms", ("context", "term", "at", "row"), (*_words("context", "term", "at"), *_numbers("row"))
)
"""The terms by which entries are found (`evidence.terms`), each with the entry's own time, as it states it, and its row."""

LOG_ATTACHMENTS: Final = Table(
    "log_attachments",
    ("context", "entry", "name"),
    (*_words("context", "entry", "name"), *_bytes("content")),
)
LOG_HEADS: Final = Table(
    "log_heads", ("context",), (*_words("context"), *_numbers("size"), *_bytes("frontier"))
)
LOG_TILES: Final = Table(
    "log_tiles",
    ("context", "level", "index"),
    (*_words("context"), *_numbers("level", "index"), *_bytes("hashes")),
)
LOG_CHECKPOINTS: Final = Table(
    "log_checkpoints", ("context", "size"), (*_words("context"), *_numbers("size"), *_text("note"))
)
PEER_HEADS: Final = Table(
    "peer_heads",
    ("context", "peer", "size"),
    (*_words("context", "peer"), *_numbers("size"), *_text("note"), *_numbers("since"), *_words("fault")),
)
BODY_SIGNERS: Final = Table("body_signers", ("context", "peer"), _words("context", "peer"))

TABLES: Final[tuple[Table, ...]] = (
    *RECORDS.values(),
    *(each for each in tuple(globals().values()) if isinstance(each, Table)),
)
"""Every table above."""
