"""The trace under which an outbox row was written."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("outbox", sa.Column("trace", sa.Text(), nullable=True))
