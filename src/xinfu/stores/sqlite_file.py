"""The file of a SQLite store: readable by its owner alone, opened in one way, and migrated to this version."""

import os
import sqlite3
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from xinfu.errors import ConfigError, ConflictError, StoreError
from xinfu.stores import errors
from xinfu.stores.migrate import migrate
from xinfu.stores.sqlite_session import is_busy, sqlite_error

_CACHED_STATEMENTS: Final = 256
_READ_BUSY_MS: Final = 1000
"""Readers of a write-ahead log wait only for a recovery, which is short."""


def connect_writer(path: Path, *, durable: bool) -> sqlite3.Connection:
    """Open the writing connection. It never waits inside SQLite; its user waits on the event loop."""
    connection = _connect(path)
    connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'OFF'}")  # may wait for another opener
    connection.execute("PRAGMA busy_timeout=0")
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that cannot write."""
    connection = _connect(path)
    connection.execute(f"PRAGMA busy_timeout={_READ_BUSY_MS}")
    connection.execute("PRAGMA query_only=ON")
    return connection


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, isolation_level=None, check_same_thread=False, cached_statements=_CACHED_STATEMENTS
    )
    connection.execute("PRAGMA trusted_schema=OFF")
    return connection


def prepare(path: Path, *, busy_timeout_s: float) -> None:
    """Make the folder (0700) and the file (0600) if they are missing, and migrate.

    Raises:
        ConfigError: `store.newer`, `store.foreign`, `store.unreachable`.
        ConflictError: `store.busy`: another process held the file all the time.
        StoreError: the disk is full or broken.
    """
    try:
        _make(path)
        connection = sqlite3.connect(path, isolation_level=None, timeout=busy_timeout_s)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            migrate(connection)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise _refusal(path, error, busy_timeout_s) from error
    except OSError as error:
        raise errors.STORE_UNREACHABLE(path=path, why=error.strerror) from error


def prepare_in_memory() -> tempfile.TemporaryDirectory[str]:
    """Make a temporary folder with a fresh store named `store.db`; it is removed with the store."""
    folder = tempfile.TemporaryDirectory(prefix="xinfu-", ignore_cleanup_errors=True)
    Path(folder.name, "store.db").write_bytes(_empty())
    return folder


@cache
def _empty() -> bytes:
    """The bytes of an empty store, cached because copying is faster than migrating."""
    with tempfile.TemporaryDirectory(prefix="xinfu-") as folder:
        path = Path(folder, "store.db")
        prepare(path, busy_timeout_s=1.0)
        return path.read_bytes()


def _make(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    path.chmod(0o600)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refusal(path: Path, error: sqlite3.Error, waited_s: float) -> ConfigError | ConflictError | StoreError:
    if is_busy(error):
        return errors.STORE_BUSY_FILE(path=path, waited_s=waited_s)
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return errors.STORE_FOREIGN_FILE(path=path)
    return sqlite_error(error)
