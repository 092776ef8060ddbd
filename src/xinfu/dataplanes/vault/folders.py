"""The folders of a vault, walked from its root without following a link.

    objects/<context>/<object>/<file>   sealed files
    keys/<context>/<object>             the sealed key of each object

Names are made by the node: the id of a context, the UUID of an object, and for a file a digest of what the provider
calls it. Anything but a folder or file of its own in their place (a link, a device) is refused.
"""

import errno
import hashlib
import os
import re
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from xinfu.dataplanes.vault import errors
from xinfu.dataplanes.vault.sealing import damaged
from xinfu.errors import StoreError

OBJECTS: Final = "objects"
KEYS: Final = "keys"

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_UUID: Final = "urn:uuid:"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def name_of(id_: str) -> str:
    """The name of a folder or file for an id that the node gave.

    Raises:
        ValueError: it is not an id that a node gives.
    """
    name = id_.removeprefix(_UUID)
    if not _NAME.fullmatch(name):
        raise ValueError(f"no name in a vault: {id_!r}")
    return name


def file_name(path: str) -> str:
    """The name of the sealed file of what the provider calls `path`."""
    return hashlib.sha256(path.encode()).hexdigest()[:32]


@contextmanager
def folder(root: Path, *names: str, make: bool = False) -> Iterator[int]:
    """Open a folder beneath `root`. With `make`, missing folders are made with mode 0700 and synced to disk.

    Raises:
        FileNotFoundError: it is not there. OSError: it cannot be made, or a link is in the way.
        ValueError: as `name_of`.
    """
    parts = [name_of(each) for each in names]
    if make:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
    at = os.open(root.resolve(strict=True), _FOLDER)
    try:
        for name in parts:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, 0o700, dir_fd=at)
                    os.fsync(at)
            below = os.open(name, _FOLDER, dir_fd=at)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def open_file(at: int, name: str, flags: int) -> int:
    """Open a regular file in an open folder, and return its descriptor. A new file gets mode 0600.

    Raises:
        FileNotFoundError: it is not there. IntegrityError: `vault.damaged`: it is a link or a device.
    """
    try:
        descriptor = os.open(name, flags | _FILE, 0o600, dir_fd=at)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise damaged() from error
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise damaged()
    return descriptor


class Handle:
    """An open file that threads work on. It is closed only when no thread uses it.

    A task that is cancelled leaves its thread behind: without this, the thread could write into whatever file has got
    the number of the closed one meanwhile.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()
        self._closing = False

    @contextmanager
    def held(self) -> Iterator[int]:
        """The descriptor, open until the block is left.

        Raises:
            OSError: it is closed.
        """
        with self._lock:
            self.check()
            yield self._descriptor

    def check(self) -> None:
        """Raise OSError if the file is about to be closed. Long work calls this now and then."""
        if self._closing:
            raise OSError(errno.EBADF, "closed")

    def close(self) -> None:
        """Close the file as soon as no thread uses it. Blocking."""
        self._closing = True
        with self._lock:
            descriptor, self._descriptor = self._descriptor, -1
            if descriptor >= 0:
                os.close(descriptor)


def clear(root: Path, *names: str) -> None:
    """Remove a folder of files, if it exists."""
    *above, last = names
    try:
        with folder(root, *names) as at:
            with os.scandir(at) as entries:
                names_there = [entry.name for entry in entries]
            for name in names_there:
                os.unlink(name, dir_fd=at)
        with folder(root, *above) as at:
            os.rmdir(last, dir_fd=at)
            os.fsync(at)
    except FileNotFoundError:
        return


def failed(error: OSError) -> StoreError:
    """The error for a vault that cannot be written."""
    why = error.strerror or type(error).__name__
    if error.errno in _FULL:
        return errors.VAULT_FULL()
    return errors.VAULT_UNWRITABLE(why=why)
