"""Writes files at a place that the user names: whole or not at all, and never over another file unless asked."""

import contextlib
import errno
import os
from pathlib import Path
from typing import Final

from xinfu.client import errors
from xinfu.errors import InputError

_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WHY: Final[dict[int, tuple[str, str]]] = {
    errno.ENOSPC: ("the disk is full", "磁盘空间已满"),
    errno.EDQUOT: ("the disk quota is used up", "磁盘配额已用完"),
    errno.EFBIG: ("files may not be so large here", "文件超过此处允许的大小"),
    errno.EROFS: ("the file system is read-only", "文件系统为只读"),
    errno.EACCES: ("permission denied", "没有写入权限"),
    errno.EPERM: ("permission denied", "没有写入权限"),
    errno.EISDIR: ("it is a folder", "它是文件夹"),
    errno.ENOTDIR: ("part of its path is a file, not a folder", "路径中有一段是文件而不是文件夹"),
    errno.ENOENT: ("the folder does not exist", "文件夹不存在"),
    errno.ENAMETOOLONG: ("the name is too long", "名称过长"),
    errno.EIO: ("the disk reports an error", "磁盘读写出错"),
}


def unwritable(path: Path, error: OSError, *, code: str = "save.failed", kept: bool = False) -> InputError:
    """Return the error for a place that cannot be written to, with help.

    Args:
        kept: whether a part of the data has arrived and is kept for the next call.
    """
    system = error.strerror or type(error).__name__
    en, zh = _WHY.get(error.errno or 0, (system, system))
    en_help, zh_help = "Choose another place with -o.", "请用 -o 指定其他位置。"
    if error.errno in _NO_ROOM:
        en_help, zh_help = (
            "Free some space, or choose another place with -o.",
            "请清理空间，或用 -o 指定其他位置。",
        )
        if kept:
            en_help += " What has arrived is kept: the same call goes on from there."
            zh_help += "已收到的部分会保留，再次执行同一命令即可继续。"
    return errors.SAVE_FAILED(
        code=code, path=path, name=path.name, why=en, why_zh=zh, help_en=en_help, help_zh=zh_help
    )


def check_free(path: Path, *, overwrite: bool) -> None:
    """Check that nothing at `path` prevents writing a file there.

    Raises:
        InputError: `save.exists`: a file is there and may not be overwritten. `save.failed`: a folder is there.
    """
    if path.is_dir():
        raise unwritable(path, OSError(errno.EISDIR, os.strerror(errno.EISDIR)))
    if not overwrite and os.path.lexists(path):
        raise exists(str(path))


def check_folder(path: Path) -> None:
    """Check that the folder of `path` exists.

    Raises:
        InputError: `save.no-folder`.
    """
    if not path.parent.is_dir():
        raise errors.SAVE_NO_FOLDER(path=path.parent)


def exists(place: str) -> InputError:
    """Return the error that something exists at `place` already."""
    return errors.SAVE_EXISTS(path=place)


def write_file(
    path: Path, content: bytes, *, overwrite: bool = False, mode: int = 0o666, code: str = "save.failed"
) -> None:
    """Write a whole file, or change nothing. An existing file with the same bytes stays.

    Raises:
        InputError: `save.exists`; `code`: it cannot be written.
    """
    if not overwrite and holds(path, content):
        return
    check_free(path, overwrite=overwrite)
    draft = path.with_name(f".{path.name[:200]}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise unwritable(path, error, code=code) from error


def holds(path: Path, content: bytes) -> bool:
    """Whether a file exists with exactly these bytes."""
    try:
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    except OSError:
        return False
