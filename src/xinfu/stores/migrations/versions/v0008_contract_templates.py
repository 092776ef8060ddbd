"""Templates of digital contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.create_table(
        "contract_templates",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
