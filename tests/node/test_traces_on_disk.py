"""What a running node leaves on a disk: no core dump, and nothing that another user of the machine can read."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.nodes import configured

TOML = """
development = true
[listen.management]
port = 0
[listen.protocol]
port = 0
[listen.data]
port = 0
[[contexts]]
id = "bureau"
"""


@asynccontextmanager
async def process(folder: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """A node as a process of its own, started under a umask that hides nothing."""
    configured(folder)  # makes the keys
    (folder / "node.toml").write_text(TOML)
    command = f"umask 000; ulimit -c unlimited; exec {sys.executable} -m xinfu run --config node.toml --json"
    made = await asyncio.create_subprocess_exec(
        "sh", "-c", command, cwd=folder, stdout=asyncio.subprocess.PIPE
    )
    assert made.stdout is not None
    try:
        json.loads(await asyncio.wait_for(made.stdout.readline(), 60))
        yield made
    finally:
        if made.returncode is None:
            made.kill()
            await made.wait()


async def test_a_node_in_development_dumps_no_core_either(tmp_path: Path) -> None:
    async with process(tmp_path / "bureau") as made:
        limits = Path(f"/proc/{made.pid}/limits").read_text()
        soft = next(line for line in limits.splitlines() if line.startswith("Max core file size")).split()[4]
        assert soft == "0"
        made.send_signal(signal.SIGABRT)
        await made.wait()
        assert not list((tmp_path / "bureau").glob("core*"))


async def test_what_a_node_writes_is_for_its_own_user_alone(tmp_path: Path) -> None:
    folder = tmp_path / "bureau"
    before = {"node.toml"}
    async with process(folder):
        written = [each for each in folder.rglob("*") if each.name not in before]
        assert {"xinfu.sqlite", "xinfu.sqlite-wal"} <= {each.name for each in written}
        loose = {each.name: oct(each.stat().st_mode) for each in written if each.stat().st_mode & 0o077}
        assert loose == {}
