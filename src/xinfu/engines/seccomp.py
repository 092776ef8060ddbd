"""Seccomp: which system calls a process may still make, as a list of those allowed.

Not on the list, and so refused with EPERM: sockets, execve, ptrace, keys, io_uring, bpf, mounts, namespaces, signals
to others, the memory of others, perf, userfaultfd, shared memory, and each call that a later kernel adds. Calls by
another architecture's numbers end the process. Follows: seccomp(2), linux/seccomp.h, linux/bpf_common.h.
"""

import ctypes
import errno
import fcntl
import os
import struct
import termios
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from xinfu.engines.calls import JUDGED, PLAIN
from xinfu.engines.kernel import Machine, call, machine, prctl

_LOAD, _EQUAL, _AT_LEAST, _AND, _RETURN = 0x20, 0x15, 0x35, 0x54, 0x06
"""BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_JMP|JGE|K, BPF_ALU|AND|K, BPF_RET|K."""
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
"""Offsets in struct seccomp_data."""
_KILL: Final = 0x80000000
_ALLOW: Final = 0x7FFF0000
_ERRNO: Final = 0x00050000
_X32: Final = 0x40000000

_SET_FILTER: Final = 1
_GET_ACTION: Final = 2
_ALL_THREADS: Final = 1
"""SECCOMP_FILTER_FLAG_TSYNC."""
_GET_SECCOMP: Final = 21
"""PR_GET_SECCOMP."""

_THREAD: Final = 0x00010000
_NAMESPACES: Final = 0x7E020000
_TRACING: Final = 0x00802000
"""CLONE_PTRACE and CLONE_UNTRACED."""
_SET_NAME, _GET_NAME, _SET_VMA = 15, 16, 0x53564D41
_PROT_EXEC: Final = 4
_FILE_COMMANDS: Final = (
    fcntl.F_DUPFD,
    fcntl.F_DUPFD_CLOEXEC,
    fcntl.F_GETFD,
    fcntl.F_SETFD,
    fcntl.F_GETFL,
    fcntl.F_SETFL,
    fcntl.F_GETLK,
    fcntl.F_SETLK,
    fcntl.F_SETLKW,
)
_TERMINAL_QUESTIONS: Final = (
    termios.TCGETS,
    termios.TIOCGWINSZ,
    termios.FIONREAD,
    termios.FIOCLEX,
    termios.FIONCLEX,
)

Code = list[tuple[int, int, int, int]]
"""Instructions: operation, jump if true, jump if false, constant."""


class Tasks(StrEnum):
    """How many threads and processes a confined process may still start, from the fewest."""

    NONE = "none"
    THREADS = "threads"
    PROCESSES = "processes"


def is_offered() -> bool:
    """Whether the kernel filters system calls, on an architecture whose numbers are known."""
    found = machine()
    if found is None:
        return False
    try:
        prctl(_GET_SECCOMP)
        call(found.seccomp, _GET_ACTION, 0, ctypes.byref(ctypes.c_uint32(_KILL)))
    except OSError:
        return False
    return True


def restrict_calls(tasks: Tasks = Tasks.NONE, *, code: bool = False) -> None:
    """Make no system call from now on, in any thread, but those on the list.

    Args:
        code: whether memory may still be made executable, as an import of a compiled module does.

    Raises:
        OSError: the kernel refused.
        RuntimeError: the architecture is unknown, or a thread could not be held.
    """
    found = machine()
    if found is None:
        raise RuntimeError("the numbers of system calls are not known for this architecture")
    lines = program(found, os.getpid(), tasks, code=code)
    body = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *each) for each in lines))
    head = ctypes.create_string_buffer(struct.pack("@HP", len(lines), ctypes.addressof(body)))
    if call(found.seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(head)) != 0:
        raise RuntimeError("a thread could not be held by the filter of system calls")


def program(on: Machine, pid: int, tasks: Tasks, *, code: bool) -> Code:
    """The filter as instructions of the kernel's packet filter.

    Args:
        pid: the process that may send signals to its own threads.
    """
    lines: Code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, on.audit),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if on.x32:
        lines += [(_AT_LEAST, 0, 1, _X32), (_RETURN, 0, 0, _KILL)]
    for numbers in PLAIN.values():
        lines += _rule(numbers[on.column], [(_RETURN, 0, 0, _ALLOW)])
    for name, body in _judged(pid, tasks, code=code).items():
        lines += _rule(JUDGED[name][on.column], body)
    return [*lines, _refusal(errno.EPERM)]


def _judged(pid: int, tasks: Tasks, *, code: bool) -> dict[str, Code]:
    clone: Code = [_refusal(errno.EPERM)]
    if tasks is Tasks.THREADS:
        clone = _if_bits(0, _THREAD | _NAMESPACES | _TRACING, _THREAD)
    if tasks is Tasks.PROCESSES:
        clone = _if_bits(0, _NAMESPACES | _TRACING, 0)
    executable = [_allowance()] if code else _if_bits(2, _PROT_EXEC, 0)
    wait = [_allowance() if tasks is Tasks.PROCESSES else _refusal(errno.ECHILD)]
    return {
        "open": _unless_emptying(1),
        "openat": _unless_emptying(2),
        "mmap": executable,
        "mprotect": executable,
        "clone": clone,
        # its flags lie in memory, where a filter cannot read them; the C library then takes `clone`
        "clone3": [_refusal(errno.ENOSYS)],
        "fcntl": _if_among(1, _FILE_COMMANDS),
        "ioctl": _if_among(1, _TERMINAL_QUESTIONS),
        "tgkill": _if_among(0, (pid,)),
        "prctl": _if_among(0, (_SET_NAME, _GET_NAME, _SET_VMA)),
        "prlimit64": _reading_limits(),
        "wait4": wait,
        "waitid": wait,
    }


def _rule(number: int | None, body: Code) -> Code:
    return [] if number is None else [(_EQUAL, 0, len(body), number), *body]


def _if_among(argument: int, values: Iterable[int]) -> Code:
    lines: Code = [_argument(argument)]
    for value in values:
        lines += [(_EQUAL, 0, 1, value), _allowance()]
    return [*lines, _refusal(errno.EPERM)]


def _if_bits(argument: int, mask: int, value: int) -> Code:
    """Allowed if these bits of an argument have this value."""
    judged: Code = [_argument(argument), (_AND, 0, 0, mask)]
    return [*judged, (_EQUAL, 0, 1, value), _allowance(), _refusal(errno.EPERM)]


def _unless_emptying(argument: int) -> Code:
    """Opening for reading that empties the file, which landlock sees from its third version on only."""
    judged: Code = [_argument(argument), (_AND, 0, 0, os.O_ACCMODE | os.O_TRUNC)]
    return [*judged, (_EQUAL, 0, 1, os.O_RDONLY | os.O_TRUNC), _refusal(errno.EPERM), _allowance()]


def _reading_limits() -> Code:
    """Reading the limits of itself (first argument 0), without new ones (third argument null, in both halves)."""
    lines: Code = []
    for offset in (0, 16, 20):
        lines += [(_LOAD, 0, 0, _ARGUMENTS + offset), (_EQUAL, 1, 0, 0), _refusal(errno.EPERM)]
    return [*lines, _allowance()]


def _argument(index: int) -> tuple[int, int, int, int]:
    return _LOAD, 0, 0, _ARGUMENTS + 8 * index


def _allowance() -> tuple[int, int, int, int]:
    return _RETURN, 0, 0, _ALLOW


def _refusal(code: int) -> tuple[int, int, int, int]:
    return _RETURN, 0, 0, _ERRNO | code
