"""Translate errors of PostgreSQL and its driver into errors of the store."""

from typing import Final, NoReturn

from asyncpg.exceptions import DataError, InterfaceError, InternalClientError, PostgresError

from xinfu.errors import ConflictError, StoreError
from xinfu.stores import errors

_AWAY: Final = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "25P03", "08000", "08001", "08003", "08004", "08006"}
)
"""The server stops, starts or ended the connection; it may well be back soon."""
_CROWDED: Final = "53300"
_FULL: Final = "53100"
_WAITED: Final = frozenset({"55P03", "40P01", "40001"})
"""Waited too long for a lock, or in a circle."""


LOST: Final = (OSError, TimeoutError, PostgresError, InterfaceError, InternalClientError)
"""Everything that the driver raises."""


def code_of(error: Exception) -> str:
    """The SQLSTATE code of an error, five characters; empty if it did not come from the server."""
    return str(error.sqlstate or "") if isinstance(error, PostgresError) else ""


def is_away(error: Exception) -> bool:
    """Whether the connection is lost or cannot be opened now; another attempt may succeed."""
    if isinstance(error, (OSError, TimeoutError, InterfaceError, InternalClientError)):
        return True
    return code_of(error) in {*_AWAY, _CROWDED}


def is_refused_value(error: Exception) -> bool:
    """Whether the driver refused a value before it sent anything, so that the transaction can go on."""
    return isinstance(error, DataError) and error.severity is None


def postgres_error(error: Exception) -> StoreError:
    """The error of the store for an error of the driver; nothing of the step was kept."""
    if is_away(error):
        return away()
    code = code_of(error)
    if code == _FULL:
        return errors.STORE_FULL_DATABASE()
    if code in _WAITED:
        return errors.STORE_LOCKED()
    return errors.STORE_BROKEN_DATABASE(error=code or type(error).__name__)


def away() -> StoreError:
    """The error for a database that cannot be reached; nothing of the step was kept."""
    return errors.STORE_AWAY()


def unsure() -> StoreError:
    """The error for a connection that broke during a COMMIT, so that its outcome is unknown."""
    return errors.STORE_UNSURE()


def crowded(waited_s: float) -> ConflictError:
    """The error for a step that waited too long for a free connection."""
    return errors.STORE_BUSY_CONNECTIONS(waited_s=waited_s)


def refuse_value(error: Exception) -> NoReturn:
    """Raise the error for a value that no column can hold.

    Raises:
        InputError: `store.text-unusable`.
    """
    raise errors.STORE_TEXT_UNUSABLE() from error
