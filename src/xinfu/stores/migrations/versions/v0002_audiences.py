"""The catalog's index by access policy, and the index of assets by their properties.

What was stored before is looked at whole, not by its terms, until it is saved again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_WORD = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("policies", sa.Column("digest", _WORD, nullable=False, server_default=""))
    op.add_column("offerings", sa.Column("access", _WORD, nullable=False, server_default=""))
    op.execute(
        "UPDATE offerings SET access = (SELECT access_policy FROM definitions "
        "WHERE definitions.context = offerings.context AND definitions.id = offerings.definition) "
        "WHERE EXISTS (SELECT 1 FROM definitions "
        "WHERE definitions.context = offerings.context AND definitions.id = offerings.definition)"
    )
    op.create_index("offerings_by_access", "offerings", ["context", "access", "asset"])

    op.create_table(
        "asset_terms",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("term", _WORD, nullable=False),
        sa.Column("asset", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "term", "asset"),
    )
    op.create_index("asset_terms_by_asset", "asset_terms", ["context", "asset", "term"])
    op.execute("INSERT INTO asset_terms (context, term, asset) SELECT context, '*', id FROM assets")

    op.create_table(
        "selectors",
        sa.Column("context", _WORD, nullable=False),
        sa.Column("term", _WORD, nullable=False),
        sa.Column("definition", _WORD, nullable=False),
        sa.PrimaryKeyConstraint("context", "term", "definition"),
    )
    op.create_index("selectors_by_definition", "selectors", ["context", "definition", "term"])
    op.execute(
        "INSERT INTO selectors (context, term, definition) "
        "SELECT context, '*', id FROM definitions WHERE everything = 2"
    )
