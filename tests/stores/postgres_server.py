"""A PostgreSQL server of our own: as a user of its own, in a temporary folder, on a socket in that folder (D-24)."""

import asyncio
import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import asyncpg
from tests.conftest import absent

from xinfu.stores.postgres import PostgresStore, open_postgres
from xinfu.stores.sql.tables import TABLES

PASSWORD = "only for tests"
_SETTINGS = """
listen_addresses = ''
unix_socket_permissions = 0777
max_connections = 200
fsync = {fsync}
shared_buffers = 32MB
autovacuum_naptime = 5s
log_min_messages = warning
"""
_ACCESS = """
local all secured scram-sha-256
local all all trust
"""


def binaries() -> Path | None:
    """The folder of initdb, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: each.parts[-3])
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


class Server:
    """A running server with an empty database to copy, whose owner is `xinfu`."""

    def __init__(self, folder: Path, binary: Path) -> None:
        self.folder = folder
        self._binary = binary
        self._names = (f"t{number}" for number in itertools.count())

    def url(self, database: str, *, user: str = "xinfu") -> str:
        """Where a database is; without a password."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def database(self) -> str:
        """A fresh database with the tables of a store, and its address."""
        name = next(self._names)
        self.sql(f"CREATE DATABASE {name} TEMPLATE empty_store STRATEGY file_copy")
        return self.url(name)

    def bare(self) -> str:
        """A fresh database without tables, and its address."""
        name = next(self._names)
        self.sql(f"CREATE DATABASE {name} TEMPLATE template0 STRATEGY file_copy")
        return self.url(name)

    def copy(self, database: str) -> str:
        """A copy of a database that nobody is connected to, and its address."""
        name = next(self._names)
        self.sql(f"CREATE DATABASE {name} TEMPLATE {database} STRATEGY file_copy")
        return self.url(name)

    def sql(self, *statements: str, database: str = "postgres") -> None:
        """Run statements as the superuser."""
        asyncio.run(_run(self.url(database), statements))

    def start(self) -> None:
        """Start, and wait until it answers."""
        self._control("start", "-w", "-l", str(self.folder / "log"))

    def stop(self, how: str = "fast") -> None:
        """Stop: `fast` ends all sessions, `immediate` is a crash."""
        self._control("stop", "-w", "-m", how)

    def kill_sessions(self) -> None:
        """End every session but the one that does it."""
        self.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")

    def _control(self, *words: str) -> None:
        run(self._binary / "pg_ctl", "-D", self.folder / "data", *words)


def run(*words: str | Path) -> None:
    """Run a program of PostgreSQL; it refuses to run as root, so then as `postgres`."""
    as_root = os.getuid() == 0
    subprocess.run(
        [str(word) for word in words],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        user="postgres" if as_root else None,
        group="postgres" if as_root else None,
        extra_groups=[] if as_root else None,
        cwd="/",
    )


@contextmanager
def serving(*, fsync: bool = False) -> Iterator[Server]:
    """A server for as long as the block lasts; skips where PostgreSQL is absent."""
    binary = binaries()
    if binary is None:
        absent("PostgreSQL is absent (no initdb): `make peers` installs it")
        raise AssertionError
    folder = Path(tempfile.mkdtemp(prefix="xinfu-pg-"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    folder.chmod(0o755)
    server = Server(folder, binary)
    try:
        data = folder / "data"
        run(binary / "initdb", "-D", data, "-U", "xinfu", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS.format(fsync="on" if fsync else "off"))
            settings.write(f"unix_socket_directories = '{folder}'\n")
        (data / "pg_hba.conf").write_text(_ACCESS)
        server.start()
        try:
            server.sql("CREATE DATABASE empty_store TEMPLATE template0")
            asyncio.run(_migrate(server.url("empty_store")))
            yield server
        finally:
            server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@cache
def one() -> tuple[Server, object]:
    """The server of this test session; `end` stops it."""
    context = serving()
    return context.__enter__(), context


def end() -> None:
    """Stop the server of this test session, if one was started."""
    if one.cache_info().currsize:
        _shared_database.cache_clear()
        one()[1].__exit__(None, None, None)  # type: ignore[attr-defined]  # a context manager
        one.cache_clear()


async def open_in(folder: Path) -> PostgresStore:
    """The store that belongs to `folder`: empty the first time, the same one later.

    All folders have one database, one after another: to empty it is faster than to make one.
    """
    url = await asyncio.to_thread(_shared_database)
    marker = folder / "is-mine"
    if not marker.exists():
        marker.touch()
        await _run(url, ("; ".join(f"DELETE FROM {table.name}" for table in TABLES),))
    return await open_postgres(url)


@cache
def _shared_database() -> str:
    return one()[0].database()


async def _run(url: str, statements: tuple[str, ...]) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _migrate(url: str) -> None:
    await (await open_postgres(url)).close()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours at once."""
    process.send_signal(signal.SIGKILL)
    process.wait()
