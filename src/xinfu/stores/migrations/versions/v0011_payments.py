"""Payments that were settled under agreements."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_WORDS = ("context", "id", "agreement", "peer", "dataset", "receipt")


def upgrade() -> None:
    op.create_table(
        "payments",
        *(sa.Column(name, _WORD, nullable=False) for name in _WORDS),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    for each in ("agreement", "peer dataset", "receipt"):
        op.create_index(
            f"payments_by_{each.replace(' ', '_and_')}", "payments", ["context", *each.split(), "id"]
        )
