"""The node's own files, which are never a source: its keys, settings, store, vault, results and logs (D-34).

A file is recognized by its path after links are resolved, by its inode, and by its content: a copy of a key is a key.
Open files are checked, so that nothing can take the file's place between the check and the first byte.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from xinfu.dataplanes import errors
from xinfu.errors import RefusedError

_KEY_BYTES: Final = 16 * 1024
"""The size that no key file exceeds."""
STORE_TABLES: Final = ("hosted_contexts", "log_checkpoints", "outbox")
"""Tables by which the database of a node's store is recognized."""


class OwnFiles:
    """The files of the node itself, which must not be read as a source.

    Args:
        files: files of the node; a sibling whose name begins with theirs (`-wal`, `.bak`) is its own too.
        folders: folders of the node, with everything below them.
        secrets: files of the node whose contents are its own wherever a copy lies.
        logs: descriptors of files that the node writes its log to.
        is_key: whether this is the SHA-256 of an API key of the node, lower-case hex.
    """

    def __init__(
        self,
        *,
        files: Iterable[Path] = (),
        folders: Iterable[Path] = (),
        secrets: Iterable[Path] = (),
        logs: Iterable[int] = (),
        is_key: Callable[[str], bool] = lambda _: False,
    ) -> None:
        secret = tuple(secrets)
        self._files = tuple({_resolved(each) for each in (*files, *secret)})
        self._folders = tuple({_resolved(each) for each in folders})
        self._logs = tuple(logs)
        self._is_key = is_key
        self._digests = frozenset(map(_digest_of, secret)) - {None}

    def check(self, descriptor: int) -> None:
        """Refuse an open file that is the node's own.

        Raises:
            RefusedError: `source.own`.
        """
        if self.holds(descriptor):
            raise is_own()

    def check_path(self, path: str) -> None:
        """Refuse a path that leads to one of the node's own files. A path that leads nowhere passes.

        Raises:
            RefusedError: `source.own`.
        """
        with suppress(FileNotFoundError, NotADirectoryError):
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                self.check(descriptor)
            finally:
                os.close(descriptor)

    def holds(self, descriptor: int) -> bool:
        """Whether this open file or folder is the node's own."""
        status = os.fstat(descriptor)
        return (
            self._has_place(_path_of(descriptor))
            or _inode(status) in self._inodes()
            or (stat.S_ISREG(status.st_mode) and self._holds_key(descriptor, status))
            or (stat.S_ISREG(status.st_mode) and status.st_nlink > 1 and self._links_inside(status))
        )

    def _has_place(self, path: Path) -> bool:
        beside = any(path.parent == file.parent and path.name.startswith(file.name) for file in self._files)
        return beside or any(path.is_relative_to(folder) for folder in self._folders)

    def _inodes(self) -> set[tuple[int, int]]:
        found = set()
        for path in (*self._files, *self._folders):
            with suppress(OSError):
                found.add(_inode(path.stat()))
        for descriptor in self._logs:
            with suppress(OSError):
                status = os.fstat(descriptor)
                if stat.S_ISREG(status.st_mode):
                    found.add(_inode(status))
        return found

    def _holds_key(self, descriptor: int, status: os.stat_result) -> bool:
        if status.st_size > _KEY_BYTES:
            return False
        digest = _digest(os.pread(descriptor, _KEY_BYTES, 0))
        return digest in self._digests or self._is_key(digest)

    def _links_inside(self, status: os.stat_result) -> bool:
        """Whether another hard link of the file lies next to one of the node's files, or below one of its folders."""
        sought = _inode(status)
        beside = (
            each
            for file in self._files
            for each in _entries(file.parent)
            if each.name.startswith(file.name) and each.is_file(follow_symlinks=False)
        )
        below = (each for folder in self._folders for each in _below(folder))
        for each in (*beside, *below):
            with suppress(OSError):
                if _inode(each.stat(follow_symlinks=False)) == sought:
                    return True
        return False


def is_own() -> RefusedError:
    """The error for a source that is one of the node's own files."""
    return errors.SOURCE_OWN()


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _below(folder: Path) -> Iterable["os.DirEntry[str]"]:
    for each in _entries(folder):
        if each.is_dir(follow_symlinks=False):
            yield from _below(Path(each.path))
        else:
            yield each


def _inode(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


def _path_of(descriptor: int) -> Path:
    """The current path of an open file, with links resolved."""
    return Path(f"/proc/self/fd/{descriptor}").readlink()


def _resolved(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content.strip()).hexdigest()


def _digest_of(file: Path) -> str | None:
    try:
        content = file.read_bytes()
    except OSError:
        return None
    return _digest(content) if content.strip() and len(content) <= _KEY_BYTES else None
