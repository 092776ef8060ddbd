"""The contract that each contract supplements."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("contracts", sa.Column("amends", _WORD, nullable=False, server_default=""))
    op.create_index("contracts_by_amends", "contracts", ["context", "amends", "id"])
