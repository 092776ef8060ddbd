"""Heads of other participants' logs, and which participants sign the bodies of their messages."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.drop_table("peer_checkpoints")  # nothing was ever kept in it
    op.create_table(
        "peer_heads",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.Column("size", _NUMBER, nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("since", _NUMBER, nullable=False),
        sa.Column("fault", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "peer", "size"),
    )
    op.create_table(
        "body_signers",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("peer", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "peer"),
    )
