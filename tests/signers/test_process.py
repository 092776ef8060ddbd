"""A process that holds keys leaves no image of its memory (M10)."""

import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource
from xinfu.signers.process import forbid_dumps
print(forbid_dumps(), resource.getrlimit(resource.RLIMIT_CORE)[0], ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="prctl is of Linux")
def test_after_forbidding_dumps_the_process_is_not_dumpable() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "0", "0"]
