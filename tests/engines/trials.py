"""Pieces of Python that run in a process of their own, behind walls."""

import os
import select
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Final

import pytest

from xinfu.engines.confine import probe

ABILITIES: Final = probe()
WALLED: Final = pytest.mark.skipif(bool(ABILITIES.missing), reason=ABILITIES.missing or "none")
ROOTS: Final = tuple(sorted({sys.prefix, sys.base_prefix, str(Path(__file__).parents[2] / "src")}))
"""What an interpreter that still imports has to read."""

_PRELUDE: Final = """
import ctypes, errno, os, signal, socket, sys, threading
from xinfu.engines import confine, landlock, seccomp
from xinfu.engines.confine import Walls

def outcome(work):
    "The name of the error that a piece of work ends with, or its answer."
    try:
        return str(work())
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error.errno))
    except Exception as error:
        return type(error).__name__

def raw(number, *arguments):
    "The outcome of a system call by its number."
    libc = ctypes.CDLL(None, use_errno=True)
    result = libc.syscall(number, *arguments)
    return errno.errorcode[ctypes.get_errno()] if result < 0 else str(result)
"""


def run(source: str, *arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a piece of Python in a fresh interpreter."""
    return subprocess.run(
        [sys.executable, "-c", _PRELUDE + textwrap.dedent(source), *arguments],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2] / "src")},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def outcomes(source: str, *arguments: str) -> list[str]:
    """Run a piece of Python that ends well, and give the lines that it printed."""
    ended = run(source, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout.split("\n")[:-1]


def has_ended(pid: int, *, within_s: float = 30) -> bool:
    """Whether a process ends in time, which need not be a child of this one."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(within_s * 1000))
    finally:
        os.close(descriptor)
