"""Clients of EDC's management API that others wrote: where each is installed, and one flow of it as a process."""

import asyncio
import hashlib
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from tests.conftest import absent

HERE: Final = Path(__file__).parent
NPM: Final = "edc-connector-client"
LONGEST_S: Final = 90
"""A flow takes a few seconds; this only bounds one that hangs."""


def folder(client: str) -> Path:
    """Where `make peers` has installed this client, in the version that its lock pins; skips where it has not."""
    lock = HERE / "npm" / "package-lock.json" if client == NPM else HERE / f"{client}.lock"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    found = cache / "xinfu" / f"{client}-{hashlib.sha256(lock.read_bytes()).hexdigest()[:16]}"
    if not found.is_dir():
        absent(f"the client {client} is not installed: run `make peers`")
    return found


def command(client: str, work: Path) -> list[str]:
    """The program that plays the client's flow."""
    installed = folder(client)
    if client != NPM:
        script = HERE / f"flow_{client.replace('-', '_')}.py"
        return [str(installed / "bin" / "python"), str(script)]
    if not shutil.which("node"):
        absent(f"the client {client} needs node: run `make peers`")
    script = work / "flow.mjs"
    shutil.copy(HERE / "npm" / "flow.mjs", script)
    (work / "node_modules").symlink_to(installed / "node_modules")
    return ["node", str(script)]


async def play(client: str, work: Path, told: Mapping[str, Any]) -> dict[str, Any]:
    """What the flow of a client has seen; fails with what it printed if it did not come to its end.

    Args:
        told: where the two nodes are, and what is to be moved.
    """
    process = await asyncio.create_subprocess_exec(
        *command(client, work),
        msgspec.json.encode(told).decode(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        said, complained = await asyncio.wait_for(process.communicate(), LONGEST_S)
    except TimeoutError:
        process.kill()
        said, complained = await process.communicate()
    sys.stderr.write(complained.decode(errors="replace"))
    assert process.returncode == 0, complained.decode(errors="replace")[-2000:]
    seen: dict[str, Any] = msgspec.json.decode(said.splitlines()[-1])
    return seen
