"""Where a database is and how its sessions are set: an address without a password, and a password from elsewhere."""

import re
import socket
import stat
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
from asyncpg import Connection

from xinfu.errors import ConfigError

_CONNECT_S: Final = 10.0
_CALL_S: Final = 30.0
"""No statement of ours takes so long; a server that does not answer within it is taken for away."""
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
        """The database and where it is, for people."""
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
    """Let the kernel notice a server that is gone without a word; a session that only listens never would."""
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
        raise ConfigError(
            "store.password-in-url",
            "The address of the database holds a password.",
            "数据库地址中含有密码。",
            help_en="Put the password into [store] password_file (mode 0600), or name a file in PGPASSFILE.",
            help_zh="请将密码写入 [store] password_file（权限 0600），或用 PGPASSFILE 指定文件。",
        )
    if not known:
        raise ConfigError(
            "store.url",
            "The address of the store does not begin with postgresql://.",
            "存储地址须以 postgresql:// 开头。",
            help_en="Write [store] url as postgresql://user@host:port/database.",
            help_zh="[store] url 的写法为 postgresql://用户@主机:端口/数据库。",
        )


def _named(url: str) -> tuple[str, str]:
    """Host with port, and database, as far as the address names them."""
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
        raise ConfigError(
            "store.password-file",
            f"Others can read the password in {path.name}: its mode is {mode:04o}.",
            f"其他用户可读取 {path.name} 中的密码：其权限为 {mode:04o}。",
            help_en=f"Give it to its owner alone: chmod 600 {path.name}.",
            help_zh=f"请只允许所有者读取：chmod 600 {path.name}。",
        )
    if not password:
        raise _unusable(path)
    return password


def _unusable(path: Path) -> ConfigError:
    return ConfigError(
        "store.password-file",
        f"There is no password in {path.name}: the file is absent, empty or not to be read.",
        f"{path.name} 中没有密码：文件不存在、为空或无法读取。",
        help_en="Write the password alone into the file and give it mode 0600.",
        help_zh="请在文件中只写入密码，并将权限设为 0600。",
    )
