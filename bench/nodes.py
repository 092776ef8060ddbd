"""Nodes of xinfu as processes of their own, for as long as a block lasts."""

import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from xinfu.signers.keyring import create_master_key

NODE = """\
development = true
[listen.management]
port = 0
[listen.protocol]
port = 0
[listen.data]
port = 0
[data]
folders = ["{folder}"]
[[contexts]]
id = "{id}"
"""


class Started(msgspec.Struct, frozen=True, kw_only=True):
    """A running node: its addresses, and how long it took to be ready."""

    id: str
    folder: Path
    pid: int
    management: str
    data: str
    participant: str
    api_key: str
    ready_s: float

    @property
    def api(self) -> str:
        """The native API."""
        return f"{self.management}/api/v1"

    @property
    def headers(self) -> dict[str, str]:
        """The headers of every call."""
        return {"X-Api-Key": self.api_key}


@asynccontextmanager
async def node(name: str, folder: Path | None = None) -> AsyncIterator[Started]:
    """Start a node on free loopback ports. A folder that was used before is started unchanged."""
    with tempfile.TemporaryDirectory(prefix="xinfu-bench-") as fresh:
        home = folder or Path(fresh)
        if not (home / "node.toml").exists():
            prepare(home, name)
        started = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "xinfu", "run", "--config", str(home / "node.toml"), "--json"),
            stdout=asyncio.subprocess.PIPE,
            stderr=(home / "log").open("ab"),
        )
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), 30)
            ready_s = asyncio.get_running_loop().time() - started
            told = json.loads(line)
            yield Started(
                id=name,
                folder=home,
                pid=process.pid,
                management=told["urls"]["management"],
                data=told["urls"]["data"],
                participant=told["participants"][0]["participant"],
                api_key=(home / "api.key").read_text().strip(),
                ready_s=ready_s,
            )
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            await process.wait()


def pss_mb(pid: int) -> float:
    """Proportional set size of a process in MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1000
    raise RuntimeError("no Pss line")


def cpu_s(pid: int) -> float:
    """The processor seconds that a process has used, with its threads and system calls."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def prepare(home: Path, name: str, *, folder: str = ".", more: str = "") -> None:
    """Write the files that a node starts from. It serves files below `folder`; its node.toml ends with `more`."""
    create_master_key(home / "master.key")
    key = os.open(home / "api.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.write(key, secrets.token_urlsafe(32).encode())
    os.close(key)
    (home / "node.toml").write_text(NODE.format(id=name, folder=folder) + more)
