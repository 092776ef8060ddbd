"""Read the address of a PostgreSQL source strictly: it names a user, a host and a database, and nothing more."""

from collections.abc import Awaitable, Callable
from typing import Final, NoReturn
from urllib.parse import parse_qsl, urlsplit

import msgspec

from xinfu.dataplanes.tables import errors

_TAKEN: Final = frozenset({"host", "sslmode", "sslrootcert"})
_ENCRYPTED: Final = frozenset({"require", "verify-ca", "verify-full"})

Reach = Callable[[str, str, bool], Awaitable[str]]
"""From the id of a context, a host, and whether TLS is demanded of it, to the checked IP address (or folder of a socket) to connect to.

Raises RefusedError (`address.refused`), OSError, TimeoutError.
"""


class DatabasePlace(msgspec.Struct, frozen=True, kw_only=True):
    """A database that is named by its address.

    Attributes:
        host: a name, an IP address, or the folder of a socket of this machine.
        encrypted: TLS is demanded.
        named_in_tls: the server proves its name in TLS, so it is connected to by name.
    """

    url: str
    host: str
    encrypted: bool
    named_in_tls: bool


def database_place(url: str) -> DatabasePlace:
    """Read an address.

    Raises:
        InputError: `source.url`: no `postgresql://user@host/database`, or it holds more than that.
    """
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
        port, host = parts.port, parts.hostname
    except ValueError as error:
        _refuse("it cannot be read", "无法解析", error)
    said = dict(query)
    if parts.scheme not in {"postgresql", "postgres"}:
        _refuse("it does not begin with postgresql://", "须以 postgresql:// 开头")
    if parts.password is not None:
        _refuse("it holds a password", "其中含有口令")
    if (
        not parts.username
        or len(parts.path) < 2
        or "," in parts.netloc
        or port == 0
        or len(said) != len(query)
    ):
        _refuse("it has to name one user, one host and one database", "须写明一个用户、一个主机和一个数据库")
    if not set(said) <= _TAKEN:
        _refuse("it says more than host, sslmode and sslrootcert", "只可另写 host、sslmode、sslrootcert")
    socket = said.get("host", "")
    if bool(host) == bool(socket) or (socket and not socket.startswith("/")):
        _refuse("its host is missing, or stands twice", "缺少主机，或写了两次")
    return DatabasePlace(
        url=url,
        host=host or socket,
        encrypted=said.get("sslmode") in _ENCRYPTED,
        named_in_tls=said.get("sslmode") == "verify-full",
    )


def _refuse(en: str, zh: str, cause: Exception | None = None) -> NoReturn:
    raise errors.SOURCE_URL(en=en, zh=zh) from cause
