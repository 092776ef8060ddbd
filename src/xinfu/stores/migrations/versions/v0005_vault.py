"""Objects that landed in the vault."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NUMBER = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
_COLUMNS = ("transfer", "agreement", "dataset", "state")


def upgrade() -> None:
    op.create_table(
        "vault_objects",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("id", _WORD, nullable=False),
        *(sa.Column(name, _WORD, nullable=False) for name in _COLUMNS),
        sa.Column("created", _NUMBER, nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("context", "id"),
    )
    for name in _COLUMNS:
        op.create_index(f"vault_objects_by_{name}", "vault_objects", ["context", name, "id"])
