"""At most one agreement for a wire id and role, and at most one for a negotiation.

Earlier versions could store the agreement of one negotiation twice where several workers shared a database. Of such
a pair the one that has gone further stays (ended before suspended before active, then the older), since every count
and every refusal must go on to hold; the other one leaves with its duties and deadlines. The evidence log keeps what
it says of both. Where two participants gave their agreements the same wire id, the younger gets a suffix: no message
can name it any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_RANK = "CASE {0}.state WHEN 'ACTIVE' THEN 2 WHEN 'SUSPENDED' THEN 1 ELSE 0 END"
_BEFORE = (
    f"({_RANK.format('better')} < {_RANK.format('agreements')} OR "
    f"({_RANK.format('better')} = {_RANK.format('agreements')} AND better.id < agreements.id))"
)
_EXISTS = "EXISTS (SELECT 1 FROM agreements AS better WHERE better.context = agreements.context AND"
_DOUBLE = (
    f"(agreements.negotiation <> '' AND {_EXISTS} better.negotiation = agreements.negotiation AND {_BEFORE})) OR "
    f"{_EXISTS} better.wire_id = agreements.wire_id AND better.role = agreements.role "
    f"AND better.peer = agreements.peer AND {_BEFORE})"
)
_SAME_NAME = """
EXISTS (SELECT 1 FROM agreements AS older WHERE older.context = agreements.context AND older.id < agreements.id
  AND older.wire_id = agreements.wire_id AND older.role = agreements.role)
"""


def upgrade() -> None:
    doubles = f"SELECT context, id FROM agreements WHERE {_DOUBLE}"  # noqa: S608 - no value of anybody's
    op.execute(f"DELETE FROM deadlines WHERE kind = 'agreement' AND (context, id) IN ({doubles})")  # noqa: S608
    op.execute(
        "DELETE FROM deadlines WHERE kind = 'duty' AND (context, id) IN "  # noqa: S608
        f"(SELECT context, id FROM duties WHERE (context, agreement) IN ({doubles}))"
    )
    op.execute(f"DELETE FROM duties WHERE (context, agreement) IN ({doubles})")  # noqa: S608
    op.execute(f"DELETE FROM agreements WHERE (context, id) IN ({doubles})")  # noqa: S608
    name = "'\"wire_id\":\"' || wire_id || '\"'"
    renamed = "'\"wire_id\":\"' || wire_id || '#' || id || '\"'"
    op.execute(
        f"UPDATE agreements SET record = replace(record, {name}, {renamed}), wire_id = wire_id || '#' || id "  # noqa: S608
        f"WHERE (context, id) IN (SELECT context, id FROM agreements WHERE {_SAME_NAME})"
    )
    op.create_index("agreements_of_wire_id", "agreements", ["context", "wire_id", "role"], unique=True)
    some = sa.text("negotiation <> ''")
    op.create_index(
        "agreements_of_negotiation",
        "agreements",
        ["context", "negotiation"],
        unique=True,
        sqlite_where=some,
        postgresql_where=some,
    )
