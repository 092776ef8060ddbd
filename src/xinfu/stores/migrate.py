"""Migrate a store's tables from any older version to that of this program, in one transaction."""

import sqlite3
from pathlib import Path
from typing import Final

from xinfu.errors import ConfigError
from xinfu.stores import errors

FOLDER: Final = Path(__file__).parent / "migrations"

HEAD: Final = max(path.name for path in (FOLDER / "versions").glob("v[0-9]*.py"))[1:5]
"""The newest migration, by the names of the files in `versions`; a test holds it against their revisions."""


def migrate(connection: sqlite3.Connection) -> None:
    """Run the missing migrations.

    Args:
        connection: in autocommit mode, without other users.

    Raises:
        ConfigError: `store.newer`: a newer program wrote this store. `store.foreign`: it is not a store of xinfu.
    """
    if version(connection) != HEAD:
        _upgrade(connection)


def version(connection: sqlite3.Connection) -> str | None:
    """The store's version; None when it is empty.

    Raises:
        ConfigError: `store.foreign`.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not tables:
        return None
    if "alembic_version" in tables and "outbox" in tables:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        if len(rows) == 1:
            return str(rows[0][0])
    raise foreign()


def _upgrade(connection: sqlite3.Connection) -> None:
    # Loaded only where there is something to migrate: Alembic would slow down every start.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import StaticPool, create_engine

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
    with engine.connect() as outer:
        outer.exec_driver_sql("BEGIN IMMEDIATE")
        found = version(connection)
        if found is not None and found not in known:
            raise newer(found)
        config.attributes["connection"] = outer
        command.upgrade(config, "head")
        outer.commit()


def foreign() -> ConfigError:
    """The error for tables that are not a store of xinfu."""
    return errors.STORE_FOREIGN()


def newer(found: str) -> ConfigError:
    """The error for a store that a newer program has migrated."""
    return errors.STORE_NEWER(found=found, head=HEAD)
