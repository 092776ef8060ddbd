"""The promise of an outbox row is one object in `payload`.

A waiting row keeps all that its columns said, as stores/sql/flat_promise.py reads it. Nothing is interpreted here, so that
no row can stop the migration.
"""

from typing import Final

from alembic import op

revision = "0016"
down_revision = "0015"

_FIELDS: Final = (
    "'delivery', 'flat', 'work', delivery, 'family', family, 'process', process, 'kind', kind, "
    "'peer', peer, 'url', url, 'sealed', sealed, 'hex', "
)
_OBJECT: Final = {
    "sqlite": f"CAST(json_object({_FIELDS} hex(payload)) AS BLOB)",
    "postgresql": f"convert_to(CAST(json_build_object({_FIELDS} encode(payload, 'hex')) AS text), 'UTF8')",
}


def upgrade() -> None:
    op.execute(f"UPDATE outbox SET payload = {_OBJECT[op.get_context().dialect.name]}")  # noqa: S608 - names of columns
    op.drop_index("outbox_by_process", "outbox")
    op.execute("ALTER TABLE outbox RENAME COLUMN process TO queue")
    op.create_index("outbox_by_queue", "outbox", ["context", "queue", "id"])
    for name in ("family", "peer", "url", "sealed"):
        op.execute(f"ALTER TABLE outbox DROP COLUMN {name}")
