"""The tables of the first store.

A migration is never changed after a release; stores/sql/tables.py says what the tables are today.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "agreements",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("wire_id", _WORD, nullable=False),
        sa.Column("negotiation", _WORD, nullable=False),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.Column("dataset", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("agreements_by_dataset", "agreements", ["context", "dataset", "id"])
    op.create_index("agreements_by_dataset_and_state", "agreements", ["context", "dataset", "state", "id"])
    op.create_index("agreements_by_negotiation", "agreements", ["context", "negotiation", "id"])
    op.create_index("agreements_by_peer", "agreements", ["context", "peer", "id"])
    op.create_index("agreements_by_state", "agreements", ["context", "state", "id"])
    op.create_index("agreements_by_wire_id", "agreements", ["context", "wire_id", "id"])

    op.create_table(
        "answers",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("on", _WORD, nullable=False),
        sa.Column("dataset", _WORD, nullable=True),
        sa.Column("agreement", _WORD, nullable=True),
        sa.Column("peer", _WORD, nullable=True),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("answers_by_on", "answers", ["context", "on", "id"])

    op.create_table(
        "assets",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("generated", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "counters",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("counter", _WORD, nullable=False),
        sa.Column("used", _NUMBER, nullable=False),
        sa.Column("held", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("context", "counter"),
    )
    op.create_table(
        "data_planes",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "definitions",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("access_policy", _WORD, nullable=False),
        sa.Column("contract_policy", _WORD, nullable=False),
        sa.Column("everything", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("definitions_by_access_policy", "definitions", ["context", "access_policy", "id"])
    op.create_index("definitions_by_contract_policy", "definitions", ["context", "contract_policy", "id"])
    op.create_index("definitions_by_everything", "definitions", ["context", "everything", "id"])

    op.create_table(
        "grants",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("transfer", _WORD, nullable=False),
        sa.Column("agreement", _WORD, nullable=False),
        sa.Column("dataset", _WORD, nullable=False),
        sa.Column("closed", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("grants_by_agreement", "grants", ["context", "agreement", "id"])
    op.create_index("grants_by_dataset", "grants", ["context", "dataset", "id"])
    op.create_index("grants_by_transfer", "grants", ["context", "transfer", "id"])

    op.create_table(
        "held_credentials",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("type", _WORD, nullable=False),
        sa.Column("issuer", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("held_credentials_by_type", "held_credentials", ["context", "type", "id"])
    op.create_table(
        "hosted_contexts",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "issued_credentials",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("type", _WORD, nullable=False),
        sa.Column("subject", _WORD, nullable=False),
        sa.Column("index", _NUMBER, nullable=False),
        sa.Column("revoked", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("issued_credentials_by_index", "issued_credentials", ["context", "index", "id"])
    op.create_index("issued_credentials_by_revoked", "issued_credentials", ["context", "revoked", "id"])
    op.create_index("issued_credentials_by_subject", "issued_credentials", ["context", "subject", "id"])

    op.create_table(
        "keys",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("use", _WORD, nullable=False),
        sa.Column("algorithm", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("keys_by_state", "keys", ["context", "state", "id"])
    op.create_index("keys_by_use", "keys", ["context", "use", "id"])

    op.create_table(
        "log_attachments",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("entry", _WORD, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("context", "entry", "name"),
    )
    op.create_table(
        "log_checkpoints",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "size"),
    )
    op.create_table(
        "log_entries",
        sa.Column("row", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("index", _NUMBER, nullable=True),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("process", _WORD, nullable=True),
        sa.Column("canonical", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("row"),
        sqlite_autoincrement=True,
    )
    op.create_index("log_entries_by_id", "log_entries", ["context", "id"], unique=True)
    op.create_index("log_entries_by_index", "log_entries", ["context", "index"], unique=True)
    op.create_index("log_entries_by_kind", "log_entries", ["context", "kind", "row"])
    op.create_index("log_entries_by_process", "log_entries", ["context", "process", "row"])
    op.create_index("log_entries_by_row", "log_entries", ["context", "row"])

    op.create_table(
        "log_heads",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("frontier", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("context"),
    )
    op.create_table(
        "log_tiles",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("level", _NUMBER, nullable=False),
        sa.Column("index", _NUMBER, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("context", "level", "index"),
    )
    op.create_table(
        "manifests",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("asset", _WORD, nullable=False),
        sa.Column("root", _WORD, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("manifests_by_asset", "manifests", ["context", "asset", "id"])

    op.create_table(
        "negotiations",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.Column("dataset", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=True),
        sa.Column("consumer_pid", _WORD, nullable=True),
        sa.Column("provider_pid", _WORD, nullable=True),
        sa.Column("agreement", _WORD, nullable=True),
        sa.Column("held", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index(
        "negotiations_by_agreement_and_peer", "negotiations", ["context", "agreement", "peer", "id"]
    )
    op.create_index(
        "negotiations_by_consumer_pid_and_peer", "negotiations", ["context", "consumer_pid", "peer", "id"]
    )
    op.create_index("negotiations_by_dataset", "negotiations", ["context", "dataset", "id"])
    op.create_index("negotiations_by_held", "negotiations", ["context", "held", "id"])
    op.create_index("negotiations_by_peer", "negotiations", ["context", "peer", "id"])
    op.create_index(
        "negotiations_by_provider_pid_and_peer", "negotiations", ["context", "provider_pid", "peer", "id"]
    )
    op.create_index("negotiations_by_state", "negotiations", ["context", "state", "id"])

    op.create_table(
        "nonces",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("issuer", _WORD, nullable=False),
        sa.Column("nonce", _WORD, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("context", "issuer", "nonce"),
    )
    op.create_index("nonces_by_expiry", "nonces", ["context", "issuer", "expires"])

    op.create_table(
        "offerings",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("definition", _WORD, nullable=False),
        sa.Column("asset", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "definition", "asset"),
    )
    op.create_index("offerings_by_asset", "offerings", ["context", "asset", "definition"])

    op.create_table(
        "outbox",
        sa.Column("id", _NUMBER, autoincrement=True, nullable=False),
        sa.Column("context", _WORD, nullable=False),
        sa.Column("family", _WORD, nullable=False),
        sa.Column("process", _WORD, nullable=False),
        sa.Column("delivery", _WORD, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("peer", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", _NUMBER, nullable=False),
        sa.Column("attempts", _NUMBER, nullable=False),
        sa.Column("due", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("owner", _WORD, nullable=True),
        sa.Column("ready", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("outbox_by_owner", "outbox", ["owner"])
    op.create_index("outbox_by_process", "outbox", ["context", "process", "id"])
    op.create_index("outbox_by_ready", "outbox", ["ready", "id"])

    op.create_table(
        "participants",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("did", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("participants_by_did", "participants", ["context", "did", "id"])

    op.create_table(
        "peer_checkpoints",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "peer"),
    )
    op.create_table(
        "policies",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "reservations",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("counter", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("amount", _NUMBER, nullable=False),
        sa.Column("counted", _NUMBER, nullable=False),
        sa.Column("expires", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("reservations_by_expiry", "reservations", ["context", "state", "expires"])

    op.create_table(
        "secrets",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_table(
        "transfers",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("role", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.Column("agreement", _WORD, nullable=False),
        sa.Column("dataset", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=True),
        sa.Column("consumer_pid", _WORD, nullable=True),
        sa.Column("provider_pid", _WORD, nullable=True),
        sa.Column("held", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index("transfers_by_agreement", "transfers", ["context", "agreement", "id"])
    op.create_index(
        "transfers_by_consumer_pid_and_peer", "transfers", ["context", "consumer_pid", "peer", "id"]
    )
    op.create_index("transfers_by_dataset", "transfers", ["context", "dataset", "id"])
    op.create_index("transfers_by_held", "transfers", ["context", "held", "id"])
    op.create_index("transfers_by_peer", "transfers", ["context", "peer", "id"])
    op.create_index(
        "transfers_by_provider_pid_and_peer", "transfers", ["context", "provider_pid", "peer", "id"]
    )
    op.create_index("transfers_by_state", "transfers", ["context", "state", "id"])
