"""All tables, for every SQL store.

A kind of record is one table: (context, id), the columns by which it is found, and the record itself as one
JSON document. Nothing but TEXT, INTEGER and BLOB, so a row needs no conversion: a moment is the count of
microseconds since 1970 in UTC, a flag is 0 or 1. The context leads every key and index (D-01, threat M1).
Text compares by code point on every store. A change here needs a migration; a test compares the two.
"""

from typing import Final

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, Table, Text

WORD: Final = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that is compared and sorted: by code point, as SQLite does by nature."""
NUMBER: Final = Integer().with_variant(BigInteger(), "postgresql")

metadata: Final = MetaData()


def _records(
    name: str, *columns: Column[str] | Column[int], indexed: tuple[str, ...], dated: bool = True
) -> Table:
    """The table of one kind of record; each of `indexed` gets an index that also gives the order of ids."""
    return Table(
        name,
        metadata,
        Column("context", WORD, primary_key=True),
        Column("id", WORD, primary_key=True),
        *columns,
        *([Column("created", NUMBER, nullable=False)] if dated else []),
        Column("record", Text, nullable=False),
        *(Index(f"{name}_by_{column}", "context", column, "id") for column in indexed),
    )


def _word(name: str, *, optional: bool = False) -> Column[str]:
    return Column(name, WORD, nullable=optional)


def _number(name: str, *, optional: bool = False) -> Column[int]:
    return Column(name, NUMBER, nullable=optional)


ASSETS: Final = _records("assets", _number("generated"), indexed=())
POLICIES: Final = _records("policies", indexed=())
DEFINITIONS: Final = _records(
    "definitions",
    _word("access_policy"),
    _word("contract_policy"),
    _number("everything"),
    indexed=("access_policy", "contract_policy", "everything"),
)
NEGOTIATIONS: Final = _records(
    "negotiations",
    _word("role"),
    _word("state", optional=True),
    _word("peer"),
    _word("dataset"),
    _word("consumer_pid", optional=True),
    _word("provider_pid", optional=True),
    _word("agreement", optional=True),
    _number("held"),
    indexed=("state", "peer", "dataset", "consumer_pid", "provider_pid", "agreement", "held"),
)
AGREEMENTS: Final = _records(
    "agreements",
    _word("wire_id"),
    _word("negotiation"),
    _word("role"),
    _word("peer"),
    _word("dataset"),
    _word("state"),
    indexed=("wire_id", "negotiation", "peer", "dataset", "state"),
)
TRANSFERS: Final = _records(
    "transfers",
    _word("role"),
    _word("state", optional=True),
    _word("peer"),
    _word("agreement"),
    _word("dataset"),
    _word("consumer_pid", optional=True),
    _word("provider_pid", optional=True),
    _number("held"),
    indexed=("state", "peer", "agreement", "dataset", "consumer_pid", "provider_pid", "held"),
)
GRANTS: Final = _records(
    "grants",
    _word("transfer"),
    _word("agreement"),
    _word("dataset"),
    _number("closed"),
    indexed=("transfer", "agreement", "dataset"),
)
MANIFESTS: Final = _records("manifests", _word("asset"), _word("root"), indexed=("asset",), dated=False)
ADDRESSES: Final = _records("addresses", indexed=())
ANSWERS: Final = _records(
    "answers",
    _word("on"),
    _word("dataset", optional=True),
    _word("agreement", optional=True),
    _word("peer", optional=True),
    indexed=("on",),
)
KEYS: Final = _records("keys", _word("use"), _word("algorithm"), _word("state"), indexed=("use", "state"))
HELD_CREDENTIALS: Final = _records("held_credentials", _word("type"), _word("issuer"), indexed=("type",))
ISSUED_CREDENTIALS: Final = _records(
    "issued_credentials",
    _word("type"),
    _word("subject"),
    _number("index"),
    _number("revoked"),
    indexed=("subject", "index"),
)
PARTICIPANTS: Final = _records("participants", _word("did"), indexed=("did",))

OFFERINGS: Final = Table(
    "offerings",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("definition", WORD, primary_key=True),
    Column("asset", WORD, primary_key=True),
    Index("offerings_by_asset", "context", "asset", "definition"),
)
"""Which assets a definition names. A definition of every asset has `everything` set and no rows here."""

OUTBOX: Final = Table(
    "outbox",
    metadata,
    Column("id", NUMBER, primary_key=True, autoincrement=True),
    Column("context", WORD, nullable=False),
    Column("family", Text, nullable=False),
    Column("process", WORD, nullable=False),
    Column("delivery", WORD, nullable=False),
    Column("kind", WORD, nullable=False),
    Column("peer", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("sealed", NUMBER, nullable=False),
    Column("attempts", NUMBER, nullable=False),
    Column("due", NUMBER, nullable=False),
    Column("created", NUMBER, nullable=False),
    Column("last_error", Text),
    Column("owner", WORD),
    Column("ready", NUMBER, nullable=False),
    Index("outbox_by_process", "context", "process", "id"),
    Index("outbox_by_ready", "ready", "id"),
    Index("outbox_by_owner", "owner"),
    sqlite_autoincrement=True,
)
"""`ready` is when a row can be claimed: when it is due, or while `owner` holds it, when the lease ends."""

NONCES: Final = Table(
    "nonces",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("issuer", WORD, primary_key=True),
    Column("nonce", WORD, primary_key=True),
    Column("expires", NUMBER, nullable=False),
    Index("nonces_by_expiry", "context", "issuer", "expires"),
)

COUNTERS: Final = Table(
    "counters",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("counter", WORD, primary_key=True),
    Column("used", NUMBER, nullable=False),
    Column("held", NUMBER, nullable=False),
)
RESERVATIONS: Final = Table(
    "reservations",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("id", WORD, primary_key=True),
    Column("counter", WORD, nullable=False),
    Column("amount", NUMBER, nullable=False),
    Column("state", WORD, nullable=False),
    Column("counted", NUMBER, nullable=False),
    Column("expires", NUMBER, nullable=False),
    Index("reservations_by_expiry", "context", "state", "expires"),
)

LOG_ENTRIES: Final = Table(
    "log_entries",
    metadata,
    Column("row", NUMBER, primary_key=True, autoincrement=True),
    Column("context", WORD, nullable=False),
    Column("id", WORD, nullable=False),
    Column("index", NUMBER),
    Column("kind", WORD, nullable=False),
    Column("process", WORD),
    Column("canonical", LargeBinary, nullable=False),
    Index("log_entries_by_id", "context", "id", unique=True),
    Index("log_entries_by_index", "context", "index", unique=True),
    Index("log_entries_by_process", "context", "process", "row"),
    Index("log_entries_by_kind", "context", "kind", "row"),
    Index("log_entries_by_row", "context", "row"),
    sqlite_autoincrement=True,
)
"""`index` is NULL until the sequencer gives one; NULLs come first in its index and are unlike each other."""

LOG_ATTACHMENTS: Final = Table(
    "log_attachments",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("entry", WORD, primary_key=True),
    Column("name", WORD, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
LOG_HEADS: Final = Table(
    "log_heads",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("size", NUMBER, nullable=False),
    Column("frontier", LargeBinary, nullable=False),
)
LOG_TILES: Final = Table(
    "log_tiles",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("level", NUMBER, primary_key=True),
    Column("index", NUMBER, primary_key=True),
    Column("hashes", LargeBinary, nullable=False),
)
LOG_CHECKPOINTS: Final = Table(
    "log_checkpoints",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("size", NUMBER, primary_key=True),
    Column("note", Text, nullable=False),
)
PEER_CHECKPOINTS: Final = Table(
    "peer_checkpoints",
    metadata,
    Column("context", WORD, primary_key=True),
    Column("peer", WORD, primary_key=True),
    Column("note", Text, nullable=False),
)
