"""Migrate the tables of a PostgreSQL store to the version of this program, in one transaction.

The migrations are those of every store. They are written as SQL first, so that the driver of the steps can run them and no
second driver is needed. Statements run one by one, because the driver loses its place in the answers to a long script.
Workers that start at the same time migrate one after another.
"""

import asyncio
import io
from functools import cache
from typing import Final

from asyncpg import Connection

from xinfu.stores import errors
from xinfu.stores.migrate import FOLDER, HEAD, foreign, newer

_BETWEEN: Final = ";\n\n"
"""How Alembic ends a statement."""


async def migrate_postgres(connection: Connection) -> None:
    """Run the missing migrations.

    Raises:
        ConfigError: `store.newer`, `store.foreign`, `store.encoding`.
    """
    encoding = await connection.fetchval("SHOW server_encoding")
    if encoding != "UTF8":
        raise errors.STORE_ENCODING(encoding=encoding)
    if await postgres_version(connection) == HEAD:
        return
    async with connection.transaction():
        await connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended('xinfu migrate ' || current_schema(), 0))"
        )
        found = await postgres_version(connection)
        if found != HEAD:
            script = await asyncio.to_thread(_script, found)
            for statement in filter(str.strip, script.split(_BETWEEN)):
                await connection.execute(statement)


async def postgres_version(connection: Connection) -> str | None:
    """The store's version; None when its schema is empty.

    Raises:
        ConfigError: `store.foreign`.
    """
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    tables = {row[0] for row in rows}
    if not tables:
        return None
    if "alembic_version" in tables and "outbox" in tables:
        found = await connection.fetch("SELECT version_num FROM alembic_version")
        if len(found) == 1:
            return str(found[0][0])
    raise foreign()


@cache
def _script(found: str | None) -> str:
    """The SQL that migrates from version `found` to HEAD."""
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    written = io.StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise newer(found)
    command.upgrade(config, f"{found}:head" if found else "head", sql=True)
    return written.getvalue()
