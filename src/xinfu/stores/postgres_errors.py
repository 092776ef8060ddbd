"""What PostgreSQL says when something is wrong, as errors of ours."""

from typing import Final, NoReturn

from asyncpg.exceptions import DataError, InterfaceError, InternalClientError, PostgresError

from xinfu.errors import ConflictError, InputError, StoreError

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
    """The five characters of SQL for what happened; empty where no server said any."""
    return str(error.sqlstate or "") if isinstance(error, PostgresError) else ""


def is_away(error: Exception) -> bool:
    """The connection is gone or none is to be had now; another one may work."""
    if isinstance(error, (OSError, TimeoutError, InterfaceError, InternalClientError)):
        return True
    return code_of(error) in {*_AWAY, _CROWDED}


def is_refused_value(error: Exception) -> bool:
    """A value was refused before anything was sent: the transaction can go on."""
    return isinstance(error, DataError) and error.severity is None


def postgres_error(error: Exception) -> StoreError:
    """What the one who asked should read; nothing of the step was kept."""
    if is_away(error):
        return away()
    code = code_of(error)
    if code == _FULL:
        return StoreError(
            "store.full",
            "The disk of the store is full; nothing of this step was kept.",
            "存储所在磁盘已满，本步骤未保存任何内容。",
            help_en="Make room on the database's disk and try again.",
            help_zh="请清理数据库磁盘空间后重试。",
        )
    if code in _WAITED:
        return StoreError(
            "store.locked",
            "Another step held what this one needs for too long; nothing of this step was kept.",
            "另一步骤占用所需记录过久，本步骤未保存任何内容。",
            help_en="Try again.",
            help_zh="请重试。",
        )
    return StoreError(
        "store.broken",
        f"The store cannot be written or read ({code or type(error).__name__}); nothing of this step was kept.",
        f"存储无法读写（{code or type(error).__name__}），本步骤未保存任何内容。",
        help_en="Look at the database's own log.",
        help_zh="请查看数据库日志。",
    )


def away() -> StoreError:
    """No connection, and nothing of the step was kept."""
    return StoreError(
        "store.away",
        "The database cannot be reached; nothing of this step was kept.",
        "无法连接数据库，本步骤未保存任何内容。",
        help_en="It is tried again by itself; look whether the database runs.",
        help_zh="系统会自动重试，请检查数据库是否在运行。",
    )


def unsure() -> StoreError:
    """The connection broke while the step was being committed."""
    return StoreError(
        "store.unsure",
        "The connection to the database broke during the commit: the step was kept whole or not at all.",
        "提交过程中数据库连接中断：该步骤要么完整保存，要么完全未保存。",
        help_en="Look, or repeat: a repeat changes nothing that was kept.",
        help_zh="请查看结果或重试：已保存的内容不会因重试而改变。",
    )


def crowded(waited_s: float) -> ConflictError:
    """All connections were taken for too long."""
    return ConflictError(
        "store.busy",
        f"No connection to the database became free within {waited_s:g} seconds.",
        f"{waited_s:g} 秒内没有空闲的数据库连接。",
        help_en="Try again; allow more connections in [store] if this lasts.",
        help_zh="请重试；若持续出现，请在 [store] 中增加连接数。",
    )


def refuse_value(error: Exception) -> NoReturn:
    """A value that no column can hold.

    Raises:
        InputError: `store.text-unusable`.
    """
    raise InputError(
        "store.text-unusable",
        "A value is no Unicode text, or a number beyond 64 bits.",
        "某个值不是合法的 Unicode 文本，或是超出 64 位的整数。",
    ) from error
