"""Open what lies beneath a folder, and nothing else.

A path is walked one component at a time from a folder that is held open, and no component may be a link
(threat F1): a rename while we walk can make the walk fail, never lead out. Only regular files are given.
"""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from xinfu.dataplanes import errors
from xinfu.errors import InputError, NotFoundError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def components(path: str) -> list[str]:
    """The parts of a relative path with forward slashes.

    Raises:
        NotFoundError: `file.not-found`: it is absolute, climbs, is empty in between or holds a NUL.
    """
    parts = path.split("/")
    if any(part in {"", ".", ".."} or "\0" in part or "\\" in part for part in parts):
        raise not_found()
    return parts


@contextmanager
def opened_folder(folder: Path) -> Iterator[int]:
    """The folder's descriptor. Links in the operator's own path to it are followed, once, here.

    Raises:
        InputError: `source.missing`.
    """
    try:
        descriptor = os.open(folder.resolve(strict=True), _FOLDER)
    except OSError as error:
        raise missing(str(folder)) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_beneath(root: int, path: str) -> int:
    """A descriptor of the regular file at `path` beneath the open folder `root`; the caller closes it.

    Raises:
        NotFoundError: `file.not-found`: nothing there, a link on the way, or no regular file.
    """
    *folders, name = components(path)
    at, ours = root, False
    try:
        for part in folders:
            below = os.open(part, _FOLDER, dir_fd=at)
            if ours:
                os.close(at)
            at, ours = below, True
        descriptor = os.open(name, _FILE, dir_fd=at)
    except OSError as error:
        raise not_found() from error
    finally:
        if ours:
            os.close(at)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise not_found()
    return descriptor


def walk_beneath(root: int, *, leave_out: Callable[[int], bool] = lambda _: False) -> Iterator[str]:
    """Relative paths of all regular files beneath `root`, in order; links are not followed and not given.

    Args:
        leave_out: whether an open folder is passed over, with all below it.
    """
    waiting: list[tuple[str, ...]] = [()]
    while waiting:
        folder = waiting.pop()
        descriptor = _descend(root, folder)
        try:
            if leave_out(descriptor):
                continue
            with os.scandir(descriptor) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
            below = [entry.name for entry in listed if entry.is_dir(follow_symlinks=False)]
            waiting += [(*folder, name) for name in reversed(below)]
            yield from (
                "/".join((*folder, entry.name)) for entry in listed if entry.is_file(follow_symlinks=False)
            )
        finally:
            os.close(descriptor)


def _descend(root: int, folder: tuple[str, ...]) -> int:
    at = os.dup(root)
    for part in folder:
        below = os.open(part, _FOLDER, dir_fd=at)
        os.close(at)
        at = below
    return at


def not_found() -> NotFoundError:
    """The error for any path that is not a file of the source; it is the same for all of them."""
    return errors.FILE_NOT_FOUND()


def missing(path: str) -> InputError:
    """The error for a source path that does not exist."""
    return errors.SOURCE_MISSING(path=path)
