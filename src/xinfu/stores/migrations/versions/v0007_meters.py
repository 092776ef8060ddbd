"""The first and last use of each counter."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_MOMENT = sa.Integer().with_variant(sa.BigInteger(), "postgresql")


def upgrade() -> None:
    op.add_column("counters", sa.Column("first_use", _MOMENT, nullable=True))
    op.add_column("counters", sa.Column("last_use", _MOMENT, nullable=True))
