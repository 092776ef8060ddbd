"""The tutorial's commands run, one after another, as they stand on the page."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tutorial" / "first-exchange.md"
BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PORT = re.compile(r"(?<!\d)2[12][123]8[123](?!\d)")


@pytest.mark.slow
@pytest.mark.timeout(900)  # ends what hangs; how fast the machine is does not matter
def test_the_first_tutorial_runs_as_written(tmp_path: Path) -> None:
    """But for its ports, which another node on this machine may have."""
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 8
    script = "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + "\n".join(blocks)
    ports = free_ports(sorted(set(PORT.findall(script))))
    assert len(ports) == 6
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith("XINFU")}
    with subprocess.Popen(
        ["bash", "-c", PORT.sub(lambda found: ports[found[0]], script)],
        cwd=tmp_path,
        env={**clean, "PATH": programs},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            said, complained = process.communicate()
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)  # its nodes too
            raise
    assert process.returncode == 0, said[-3000:] + complained[-3000:]
    assert "emergency-response" in said
    assert "purpose.not-included" in complained
    assert "Broken: " in said


def free_ports(written: list[str]) -> dict[str, str]:
    """For each port of the page one that is free."""
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in written]
        return dict(zip(written, (str(each.getsockname()[1]) for each in taken), strict=True))
