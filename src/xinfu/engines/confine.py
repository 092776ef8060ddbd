"""The walls that a child process puts around itself before it touches anything foreign.

In this order: no privileges, death with its parent, limits of the operating system, no file but those named, no system
call but those needed. Nothing here can be undone by the process. Fails closed: an error leaves nothing to run.
Follows: TC609-6-2025-16, check 58 (sandbox).
"""

import ctypes
import os
import resource
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from xinfu.engines import kernel, landlock, seccomp
from xinfu.engines.kernel import prctl
from xinfu.engines.seccomp import Tasks

_DIE_WITH_PARENT, _SET_DUMPABLE, _KEEP_CAPABILITIES, _DROP_BOUND, _NO_NEW_PRIVILEGES = 1, 4, 8, 24, 38
_AMBIENT, _CLEAR_ALL = 47, 4
_CAPABILITY_HEADER: Final = struct.pack("=Ii", 0x20080522, 0)
_CAPABILITIES: Final = 64
_UIDS: Final = 0x7A000000
"""Added to the number of a process it gives a user of its own, so that its limit of processes counts nothing else."""
_NOBODY: Final = 65534
_NAMESPACE_TRIAL: Final = "import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare(0x10000000) != 0)"


class Walls(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a confined process may reach and take."""

    read: tuple[str | int, ...] = ()
    """Paths or open descriptors of files and folders."""
    write: tuple[str | int, ...] = ()
    """The same of folders in which files may be made, changed and removed."""
    memory_bytes: int
    """Of address space, beyond what the process has when it is confined."""
    processor_s: int
    file_bytes: int
    """Of one file that it writes."""
    descriptors: int = 64
    tasks: Tasks = Tasks.NONE
    task_count: int = 1
    """Of threads and processes with itself; held only where it has a user of its own."""
    code: bool = False
    """Whether compiled modules may still be imported."""


class Abilities(msgspec.Struct, frozen=True, kw_only=True):
    """The walls that this machine can build."""

    landlock: int
    """The version of its interface; 0: none."""
    seccomp: bool
    namespaces: bool
    """Whether this user may open a namespace of users."""
    missing: str = ""
    """Why nothing foreign may run here; empty: it may."""
    namespaces_missing: str = ""
    """Why no namespaces can be had; empty: they can."""


def confine(walls: Walls, *, parent: int) -> None:
    """Build all walls around this process, which has one thread so far.

    Args:
        parent: the process without which this one must not live.

    Raises:
        OSError: a file does not exist, or the kernel refused.
        RuntimeError: this machine lacks a wall, or the process has several threads.
    """
    is_alone = leave_privileges(parent)
    set_limits(walls, is_alone=is_alone)
    landlock.restrict_files(read=walls.read, write=walls.write)
    seccomp.restrict_calls(walls.tasks, code=walls.code)


def leave_privileges(parent: int) -> bool:
    """Give up every privilege, hide the memory from others, and die with `parent`.

    A process of root becomes a user of its own, who opens files as root's own files would be opened by a plain user:
    by their owner's permissions, without capabilities.

    Returns:
        Whether the process has a user of its own, for which limits of processes count.

    Raises:
        OSError: the kernel refused.
    """
    is_alone = os.geteuid() == 0 and _change_user()
    _drop_capabilities()
    prctl(_NO_NEW_PRIVILEGES, 1)
    # a change of user undoes the next two, so that they come after it
    prctl(_SET_DUMPABLE, 0)
    prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
    return is_alone


def set_limits(walls: Walls, *, is_alone: bool) -> None:
    """Set the limits of the operating system, which only fall.

    Args:
        is_alone: whether the process has a user of its own.
    """
    present = int(Path("/proc/self/statm").read_bytes().split()[0]) * resource.getpagesize()
    _limit(resource.RLIMIT_AS, present + walls.memory_bytes)
    _limit(resource.RLIMIT_CPU, walls.processor_s)
    _limit(resource.RLIMIT_FSIZE, walls.file_bytes)
    _limit(resource.RLIMIT_NOFILE, walls.descriptors)
    for none in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
        _limit(none, 0)
    if is_alone:
        _limit(resource.RLIMIT_NPROC, walls.task_count)


def probe() -> Abilities:
    """Find out which walls this machine can build."""
    version, filters = landlock.abi(), seccomp.is_offered()
    namespaces = _namespaces_missing()
    return Abilities(
        landlock=version,
        seccomp=filters,
        namespaces=not namespaces,
        missing="; ".join(_missing(version, filters=filters)),
        namespaces_missing=namespaces,
    )


def _missing(version: int, *, filters: bool) -> Iterator[str]:
    if kernel.machine() is None:
        yield "jobs run on Linux on x86_64 or aarch64 only"
        return
    if not version:
        yield "the kernel offers no landlock (Linux 5.13 or later, with landlock among its security modules)"
    if not filters:
        yield "the kernel offers no seccomp filters"


def _namespaces_missing() -> str:
    if sys.platform != "linux":
        return "namespaces of users exist on Linux only"
    trial = [sys.executable, "-I", "-S", "-c", _NAMESPACE_TRIAL]
    ended = subprocess.run(trial, env={}, capture_output=True, timeout=30, check=False)  # noqa: S603 - ourselves
    if ended.returncode:
        return "this user may not open a namespace of users (user.max_user_namespaces, or a security module)"
    return ""


def _change_user() -> bool:
    files = os.getuid(), os.getgid()
    prctl(_KEEP_CAPABILITIES, 1)
    for uid in (_UIDS + os.getpid(), _NOBODY):
        try:
            os.setgroups([])
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
        except OSError:  # not mapped in this namespace, or root without the capability
            continue
        # the right to become root again for files lies in the capabilities, which are dropped next
        _set_capabilities(effective=1 << 6 | 1 << 7)
        kernel.setfsuid(*files)
        return uid != _NOBODY
    return False


def _drop_capabilities() -> None:
    for each in range(_CAPABILITIES):
        try:
            prctl(_DROP_BOUND, each)
        except OSError:  # it does not exist, or the process has none to drop
            break
    prctl(_AMBIENT, _CLEAR_ALL)
    _set_capabilities(effective=0)


def _set_capabilities(effective: int) -> None:
    header = ctypes.create_string_buffer(_CAPABILITY_HEADER)
    low = effective & 0xFFFFFFFF
    kernel.capset(
        ctypes.byref(header),
        ctypes.byref(ctypes.create_string_buffer(struct.pack("=6I", low, low, 0, 0, 0, 0))),
    )


def _limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    most = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(kind, (most, most))
