"""Calls to the Linux kernel that Python has no function for.

Only machines with x86_64 and aarch64 are known; on any other, `machine` is None and engines run nothing.
"""

import ctypes
import os
import platform
import sys
from typing import Final

import msgspec


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """An architecture, by the numbers that the kernel gives to it."""

    column: int
    """Of this architecture in the table of system calls."""
    audit: int
    """AUDIT_ARCH_* of linux/audit.h."""
    seccomp: int
    """The number of seccomp(2)."""
    x32: bool
    """Whether the kernel takes calls of a second numbering (x32) under the same AUDIT_ARCH."""


MACHINES: Final = {
    "x86_64": Machine(column=0, audit=0xC000003E, seccomp=317, x32=True),
    "aarch64": Machine(column=1, audit=0xC00000B7, seccomp=277, x32=False),
}
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_LIBC.syscall.restype = ctypes.c_long


def machine() -> Machine | None:
    """Return the architecture of this process, if engines know it."""
    if sys.platform != "linux" or sys.maxsize < 1 << 32 or sys.byteorder != "little":
        return None
    return MACHINES.get(platform.machine())


def call(number: int, *arguments: object) -> int:
    """Make a system call by its number.

    Args:
        arguments: numbers, and pointers made by ctypes.

    Raises:
        OSError: the kernel refused.
    """
    return _checked(_LIBC.syscall(ctypes.c_long(number), *(_word(each) for each in arguments)))


def prctl(option: int, *arguments: object) -> int:
    """Change or read a property of this process; see prctl(2).

    Raises:
        OSError: the kernel refused.
    """
    words = [_word(each) for each in (*arguments, 0, 0, 0, 0)[:4]]
    return _checked(_LIBC.prctl(ctypes.c_int(option), *words))


def capset(header: object, data: object) -> None:
    """Set the capabilities of this thread; see capset(2).

    Raises:
        OSError: the kernel refused.
    """
    _checked(_LIBC.capset(header, data))


def setfsuid(uid: int, gid: int) -> None:
    """Set the user and group that files are opened as; see setfsuid(2)."""
    _LIBC.setfsgid(ctypes.c_uint(gid))
    _LIBC.setfsuid(ctypes.c_uint(uid))


def _word(value: object) -> object:
    return ctypes.c_ulong(value & (1 << 64) - 1) if isinstance(value, int) else value


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
