"""A single counter for all pieces of a written rule.

Earlier versions counted each piece of a compact rule by itself. Where an agreement holds several pieces of one rule, which
have its id, what each of them counted is added up in the counter of the first: nothing that was spent is given back.
"""

from typing import Final

from alembic import op

revision = "0013"
down_revision = "0012"

_RULES: Final = {
    "sqlite": (
        "SELECT a.context, a.id, r.key AS place, json_extract(r.value, '$.id') AS rule "
        "FROM agreements AS a, json_each(a.record, '$.policy.permissions') AS r"
    ),
    "postgresql": (
        "SELECT a.context, a.id, r.ordinality - 1 AS place, r.value ->> 'id' AS rule "
        "FROM agreements AS a, "
        "jsonb_array_elements(CAST(a.record AS jsonb) -> 'policy' -> 'permissions') WITH ORDINALITY AS r(value, ordinality)"
    ),
}
"""The permissions of all agreements: their place, from 0, and their id."""

_MOVED: Final = """
CREATE TEMPORARY TABLE moved_counters AS
SELECT c.context, c.counter, p.wanted || substr(c.counter, length(p.found) + 1) AS wanted
FROM (
  SELECT context, id || '\\:permission[' || place || ']' AS found,
    id || '\\:permission[' || min(place) OVER (PARTITION BY context, id, rule) || ']' AS wanted
  FROM ({rules}) AS rules WHERE rule IS NOT NULL
) AS p JOIN counters AS c ON c.context = p.context AND substr(c.counter, 1, length(p.found)) = p.found
WHERE p.found <> p.wanted
"""
_ADDED: Final = """
INSERT INTO counters (context, counter, used, held, first_use, last_use)
SELECT m.context, m.wanted, sum(c.used), sum(c.held), min(c.first_use), max(c.last_use)
FROM moved_counters AS m JOIN counters AS c ON c.context = m.context AND c.counter = m.counter
WHERE true GROUP BY m.context, m.wanted
ON CONFLICT (context, counter) DO UPDATE SET
  used = counters.used + excluded.used, held = counters.held + excluded.held,
  first_use = CASE WHEN counters.first_use < excluded.first_use THEN counters.first_use
    ELSE coalesce(excluded.first_use, counters.first_use) END,
  last_use = CASE WHEN counters.last_use > excluded.last_use THEN counters.last_use
    ELSE coalesce(excluded.last_use, counters.last_use) END
"""
_RESERVED: Final = """
UPDATE reservations SET counter = (
  SELECT m.wanted FROM moved_counters AS m
  WHERE m.context = reservations.context AND m.counter = reservations.counter
) WHERE EXISTS (
  SELECT 1 FROM moved_counters AS m WHERE m.context = reservations.context AND m.counter = reservations.counter
)
"""
_LEFT: Final = """
DELETE FROM counters WHERE EXISTS (
  SELECT 1 FROM moved_counters AS m WHERE m.context = counters.context AND m.counter = counters.counter
)
"""


def upgrade() -> None:
    op.execute(_MOVED.format(rules=_RULES[op.get_context().dialect.name]))
    for each in (_ADDED, _RESERVED, _LEFT, "DROP TABLE moved_counters"):
        op.execute(each)
