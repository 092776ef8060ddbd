"""Reads under a key that the reader chose."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "keyed_reads",
        *(sa.Column(name, _WORD, nullable=False) for name in ("context", "id", "agreement", "window")),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    op.create_index(
        "keyed_reads_by_agreement_and_window", "keyed_reads", ["context", "agreement", "window", "id"]
    )
