"""Landlock: which files a process may still open, and no network, by rules that it can only make stricter.

Every right that the kernel knows is taken away, then given back for the files and folders that are named. A rule
holds for the file itself and not for its name, so that a file put in its place later is not open.
Follows: landlock(7), ABI 1 to 7.
"""

import ctypes
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from xinfu.engines.kernel import call, machine

_CREATE: Final = 444
_ADD: Final = 445
_RESTRICT: Final = 446
_VERSION: Final = 1
"""LANDLOCK_CREATE_RULESET_VERSION."""
_PATH_BENEATH: Final = 1

EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << bit for bit in range(6))
MAKE_DIR, MAKE_REG = 1 << 7, 1 << 8
REFER, TRUNCATE, IOCTL_DEV = 1 << 13, 1 << 14, 1 << 15
_OF_A_FILE: Final = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
READ: Final = READ_FILE | READ_DIR
WRITE: Final = READ | WRITE_FILE | TRUNCATE | REMOVE_FILE | REMOVE_DIR | MAKE_REG | MAKE_DIR
"""Of a job's own folder: plain files and folders, but no links, sockets, pipes or devices."""

_FILE_RIGHTS: Final = ((1, 13), (2, 14), (3, 15), (5, 16))
"""From which ABI on how many rights of files exist."""
_TCP: Final = 0b11
_SCOPES: Final = 0b11
"""Signals to processes outside, and abstract sockets of processes outside."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


def abi() -> int:
    """The version of landlock that the kernel offers; 0: none."""
    if machine() is None:
        return 0
    try:
        return call(_CREATE, None, 0, _VERSION)
    except OSError:
        return 0


def restrict_files(*, read: Iterable[str | int] = (), write: Iterable[str | int] = ()) -> None:
    """Open no file from now on but those named, and no network.

    Args:
        read: paths or open descriptors of files and folders that stay readable.
        write: the same of folders in which files may be made, changed and removed.

    Raises:
        OSError: a path does not exist, or the kernel refused.
        RuntimeError: the process has several threads, of which only this one would be held.
    """
    if len(list(Path("/proc/self/task").iterdir())) != 1:
        raise RuntimeError("landlock holds one thread only, and this process has several")
    version = abi()
    files = (1 << max(count for since, count in _FILE_RIGHTS if since <= version)) - 1
    wanted = _Ruleset(files, _TCP if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    ruleset = call(_CREATE, ctypes.byref(wanted), ctypes.sizeof(wanted), 0)
    try:
        for each in read:
            _allow(ruleset, each, READ & files)
        for each in write:
            _allow(ruleset, each, WRITE & files)
        call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, place: str | int, rights: int) -> None:
    descriptor = place if isinstance(place, int) else os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _OF_A_FILE
        rule = _PathBeneath(rights, descriptor)
        call(_ADD, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        if descriptor != place:
            os.close(descriptor)
