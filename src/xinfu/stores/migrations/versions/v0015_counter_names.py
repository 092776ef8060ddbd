"""The names of counters, apart from what they counted."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "counter_names",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("counter", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "counter"),
    )
    op.execute("INSERT INTO counter_names (context, counter) SELECT context, counter FROM counters")
