"""A source larger than the memory that its node has left flows through it whole."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

import msgspec
import pytest
from tests.dataplanes.api import Api, Spring

from xinfu.ports.sources import FileSource, HttpSource, Source

MIB: Final = 1024 * 1024
SPARE: Final = 96 * MIB
SIZE: Final = 256 * MIB

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is limited on Linux")


async def came(folder: Path, source: Source) -> int:
    """How many bytes flowed through a node with little memory left."""
    told = msgspec.json.encode(source).decode()
    folder.mkdir(exist_ok=True)
    arguments = ["-m", "tests.ports.flat_memory", str(folder), told, str(SPARE)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "MALLOC_ARENA_MAX": "2"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()[-2000:]
    return int(out)


async def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "node").mkdir()
    path = tmp_path / "node" / "large.bin"
    path.touch()
    os.truncate(path, SIZE)
    assert await came(tmp_path / "node", FileSource(path=str(path))) == SIZE


async def test_an_http_api(tmp_path: Path) -> None:
    async with Api(Spring(SIZE)).open() as api:
        assert await came(tmp_path / "node", HttpSource(url=api.url)) == SIZE
