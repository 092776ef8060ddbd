"""Programmes, and what was decided about them."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_WORDS = ("context", "id", "label", "author", "state")


def upgrade() -> None:
    op.create_table(
        "programmes",
        *(sa.Column(name, _WORD, nullable=False) for name in _WORDS),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    for each in ("label", "author", "state"):
        op.create_index(f"programmes_by_{each}", "programmes", ["context", each, "id"])
