"""Digital contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contracts",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("number", _WORD, nullable=False),
        sa.Column("agreement", _WORD, nullable=False),
        sa.Column("side", _WORD, nullable=False),
        sa.Column("status", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    for column in ("number", "agreement", "status"):
        op.create_index(f"contracts_by_{column}", "contracts", ["context", column, "id"])
