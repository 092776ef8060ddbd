"""More connections than the process may have open files: it refuses some, and lives on."""

import asyncio
import json
import shlex
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from tests.nodes import configured

FILES = 200
TOML = """\
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
async def node_with_few_files(folder: Path) -> AsyncIterator[int]:
    """A node as a process of its own that may open FILES files; gives the port of its data listener."""
    configured(folder)  # makes the keys
    (folder / "node.toml").write_text(TOML)
    command = shlex.join(
        [sys.executable, "-m", "xinfu", "run", "--config", str(folder / "node.toml"), "--json"]
    )
    process = await asyncio.create_subprocess_exec(
        "sh", "-c", f"ulimit -n {FILES}; exec {command}", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        told = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
        yield int(told["urls"]["data"].rpartition(":")[2])
    finally:
        process.terminate()
        await process.wait()


async def health(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """The answer to one request; nothing where the connection is none any more."""
    with suppress(ConnectionError, asyncio.IncompleteReadError):
        writer.write(b"GET /health HTTP/1.1\r\nHost: node\r\n\r\n")
        return await asyncio.wait_for(reader.readuntil(b"}"), 60)
    return b""


@pytest.mark.parametrize("many", [FILES // 2, 2 * FILES])
async def test_a_crowd_of_idle_connections_never_keeps_a_new_one_out(tmp_path: Path, many: int) -> None:
    async with node_with_few_files(tmp_path / "bureau") as port:
        idle = [await asyncio.open_connection("127.0.0.1", port) for _ in range(many)]
        newest = await asyncio.open_connection("127.0.0.1", port)
        assert (await health(*newest)).startswith(b"HTTP/1.1 200 ")
        for _, writer in [*idle, newest]:
            writer.transport.abort()
