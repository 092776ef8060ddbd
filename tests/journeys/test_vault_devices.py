"""A vault on a device of its own, which gets full in the middle of a landing."""

import os
import random
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.journeys.landing import entries, land, read, transferred
from tests.nodes import World
from tests.nodes import world as open_world

from xinfu.node.config import VaultTable

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(os.getuid() != 0, reason="mounts a file system, which only root may"),
]

MIB = 1 << 20
CONTENT = random.Random(2).randbytes(5 * MIB)


def mounted(folder: Path, *options: str) -> None:
    """Mount, or mount anew, a file system in memory."""
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode()}")


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path_factory.mktemp("device")
    mounted(folder, "size=3m")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def small(tmp_path_factory: pytest.TempPathFactory, device: Path) -> AsyncIterator[World]:
    """Three nodes whose vaults lie there."""
    async with open_world(tmp_path_factory.mktemp("small"), vault=VaultTable(folder=str(device))) as made:
        yield made


async def test_a_full_disk_stops_a_landing_which_goes_on_when_there_is_room(
    small: World, device: Path
) -> None:
    assert device.stat().st_dev != small.consumer.folder.stat().st_dev
    transfer = await transferred(small, "five-mebibytes", content=CONTENT, vault=True)
    stopped = await land(small, transfer, "STOPPED")
    assert stopped["code"] == "vault.full"
    assert "磁盘已满" in stopped["reason"]["zh"]
    assert (await read(small, stopped)).code == "vault.not-landed"
    mounted(device, "remount", "size=16m")
    landed = await land(small, transfer)
    assert (landed["id"], landed["verified"], landed["size_bytes"]) == (stopped["id"], True, len(CONTENT))
    assert (await read(small, landed)).body == CONTENT
    assert len(await entries(small, landed, "vault.landed")) == 1


async def test_a_key_that_cannot_be_made_stops_a_landing(small: World, device: Path) -> None:
    transfer = await transferred(small, "no-key", content=b"x", vault=True)
    mounted(device, "remount", "ro")
    try:
        stopped = await land(small, transfer, "STOPPED")
        assert stopped["code"] == "vault.unwritable"
    finally:
        mounted(device, "remount", "rw")
    assert (await read(small, await land(small, transfer))).body == b"x"
