"""The address and session settings of a database. The address never holds the password."""

import re
import socket
import stat
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
from asyncpg import Connection

from xinfu.errors import ConfigError
from xinfu.stores import errors

_CONNECT_S: Final = 10.0
_CALL_S: Final = 30.0
"""No statement takes so long; a server that does not answer within it counts as unreachable."""
_SETTINGS: Final = {
    "application_name": "xinfu",
    "synchronous_commit": "on",  # D-15
    "idle_in_transaction_session_timeout": "60000",
    # Every statement walks an index, whatever the statistics of the moment say; a plan is made once.
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class Database:
    """A database that can be connected to.

    Args:
        url: `postgresql://user@host:port/database`, without a password.
        password_file: a file of mode 0600 that holds the password alone; without one the driver looks at
            PGPASSWORD, PGPASSFILE and ~/.pgpass.
        wait_s: how long a statement waits for a row that another step holds.

    Raises:
        ConfigError: `store.url`, `store.password-in-url`, `store.password-file`.
    """

    def __init__(self, url: str, *, password_file: Path | None = None, wait_s: float) -> None:
        _check(url)
        self._url = url
        self.server, self.database = _named(url)
        self._password = None if password_file is None else _password(password_file)
        self._settings = {**_SETTINGS, "lock_timeout": str(int(wait_s * 1000))}

    @property
    def shown(self) -> str:
        """The database and its server, as shown to people."""
        return f"{self.database} at {self.server}"

    async def connect(self) -> Connection:
        """A fresh connection. Raises what the driver raises."""
        connection = await asyncpg.connect(
            self._url,
            password=self._password,
            timeout=_CONNECT_S,
            command_timeout=_CALL_S,
            statement_cache_size=512,
            max_cached_statement_lifetime=0,
            max_cacheable_statement_size=0,
            server_settings=self._settings,
        )
        _keep_alive(connection)
        return connection


def _keep_alive(connection: Any) -> None:
    """Let the kernel notice a server that is gone silently; a session that only listens would never notice."""
    bound = connection._transport.get_extra_info("socket")
    if bound is None or bound.family not in (socket.AF_INET, socket.AF_INET6):
        return
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, name):
            bound.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _check(url: str) -> None:
    try:
        parts = urlsplit(url)
        known = parts.scheme in {"postgresql", "postgres"}
        secret = parts.password is not None or "password" in parse_qs(parts.query)
    except ValueError:
        known = secret = False
    # A host list ("a,b") has ports that urlsplit cannot read, so a password is looked for by hand as well.
    if secret or re.match(r"[a-z]+://[^/@]*:[^/@]*@", url):
        raise errors.STORE_PASSWORD_IN_URL()
    if not known:
        raise errors.STORE_URL()


def _named(url: str) -> tuple[str, str]:
    """The host with port, and the database, as far as the address names them."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    host = query.get("host", [parts.netloc.rpartition("@")[2].rpartition(":")[0]])[0]
    host = host or parts.netloc.rpartition("@")[2] or "localhost"
    port = query.get("port", [parts.netloc.rpartition(":")[2]])[0]
    port = port if port.isdecimal() else "5432"
    return f"{host}:{port}", parts.path.lstrip("/") or parts.username or "postgres"


def _password(path: Path) -> str:
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        password = path.read_text(encoding="utf-8").strip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unusable(path) from error
    if mode & 0o077:
        raise errors.STORE_PASSWORD_FILE(name=path.name, mode=mode)
    if not password:
        raise _unusable(path)
    return password


def _unusable(path: Path) -> ConfigError:
    return errors.STORE_PASSWORD_FILE_EMPTY(name=path.name)
