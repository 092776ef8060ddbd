"""Prevents memory dumps of a process that holds keys.

Follows: threat M10.
"""

import ctypes
import resource
import sys
from typing import Final

SET_DUMPABLE: Final = 4
"""PR_SET_DUMPABLE of prctl(2)."""


def forbid_cores() -> None:
    """No core dump, which would hold keys."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def forbid_dumps() -> bool:
    """No core dump, and no other process of the same user that reads this one's memory.

    It also takes files such as /proc/PID/smaps from that user (root may still read them).

    Returns:
        Whether the kernel agreed; elsewhere than on Linux only core dumps are forbidden, and it is False.
    """
    forbid_cores()
    if sys.platform != "linux":
        return False
    code: int = ctypes.CDLL(None, use_errno=True).prctl(SET_DUMPABLE, 0, 0, 0, 0)
    return code == 0
