"""Duties, and the moments at which duties and agreements must be checked."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_INDEXED = ("agreement", "agreement state", "agreement transfer", "transfer", "state", "peer", "parent")


def upgrade() -> None:
    op.create_table(
        "duties",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        *(
            sa.Column(name, _WORD, nullable=False)
            for name in ("agreement", "key", "action", "transfer", "peer", "state", "parent")
        ),
        sa.Column("owes", _NUMBER, nullable=False),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    for each in _INDEXED:
        op.create_index(f"duties_by_{each.replace(' ', '_and_')}", "duties", ["context", *each.split(), "id"])

    op.create_table(
        "deadlines",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("kind", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        sa.Column("due", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("context", "kind", "id"),
    )
    op.create_index("deadlines_by_due", "deadlines", ["due"])
