"""SIGKILL of the node that lets data land: it goes on by itself from the chunks that are there, and nothing is in the clear."""

import asyncio
import hashlib
import random
from pathlib import Path
from typing import Any, Final

import pytest
from tests.journeys.kill.pair import CONSUMER, LOOK_S, PATIENCE_S, PROVIDER, Pair, Victim, pair

MIB: Final = 1 << 20
SIZE: Final = 96 * MIB
MARK: Final = b"PM2.5 at station songjia"


async def reaches(node: Victim, path: str, *states: str) -> dict[str, Any]:
    """What a GET shows once it is in one of `states`."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            _, shown = await node.api("GET", path)
            if shown["state"] in states:
                found: dict[str, Any] = shown
                return found
            await asyncio.sleep(LOOK_S)


async def transferred(nodes: Pair, file: Path) -> str:
    """A started transfer of a file of the provider's."""
    provider, consumer = nodes.nodes[PROVIDER], nodes.nodes[CONSUMER]
    asset = {"id": "large", "source": {"kind": "file", "path": str(file)}, "grade": 1}
    policy = {"@type": "Set", "permission": [{"action": "use"}]}
    status, _ = await provider.api("POST", "/publications", {"asset": asset, "policy": policy})
    assert status == 201
    _, opened = await consumer.api("POST", "/negotiations", {"participant": provider.did, "dataset": "large"})
    await reaches(consumer, f"/negotiations/{opened['id']}", "FINALIZED")
    _, found = await consumer.api("GET", f"/agreements?negotiation={opened['id']}")
    form = {"agreement": found["items"][0]["id"], "vault": True}
    _, made = await consumer.api("POST", "/transfers", form)
    await reaches(consumer, f"/transfers/{made['id']}", "STARTED")
    return str(made["id"])


def sealed(node: Victim) -> Path:
    """The one sealed file of a node's vault."""
    [found] = [path for path in (node.folder / "vault" / "objects").rglob("*") if path.is_file()]
    return found


async def grown(node: Victim, beyond: int) -> int:
    """Wait until so much of it is there; gives how much."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            there = [each for each in (node.folder / "vault").rglob("*") if each.is_file()]
            size = max((each.stat().st_size for each in there), default=0)
            if size > beyond:
                return size
            await asyncio.sleep(0.001)


@pytest.mark.timeout(180)
async def test_a_landing_goes_on_after_a_kill_and_is_what_was_published(tmp_path: Path) -> None:
    content = MARK + random.Random(9).randbytes(SIZE - len(MARK))
    async with pair(tmp_path) as nodes:
        provider, consumer = nodes.nodes[PROVIDER], nodes.nodes[CONSUMER]
        file = provider.folder / "data" / "large.bin"
        await asyncio.to_thread(file.write_bytes, content)
        transfer = await transferred(nodes, file)
        _, landing = await consumer.api("POST", "/vault", {"transfer": transfer})
        await grown(consumer, 8 * MIB)
        await consumer.kill()
        there = sealed(consumer).stat().st_size
        assert 8 * MIB < there < SIZE
        head = sealed(consumer).read_bytes()[:64]
        await consumer.start()
        shown = await reaches(consumer, f"/vault/{landing['id']}", "LANDED", "STOPPED")
        assert (shown["state"], shown["size_bytes"], shown["verified"]) == ("LANDED", SIZE, True)
        assert sealed(consumer).read_bytes()[:64] == head, "it went on with the same file"
        _, entries = await consumer.api("GET", f"/evidence/entries?process={transfer}&kind=data.received")
        assert sum(each["entry"]["facts"]["bytes"] for each in entries) < SIZE, (
            "what was there was not fetched again"
        )
        _, files = await consumer.api("GET", f"/vault/{landing['id']}/files")
        assert files[0]["size"] == SIZE
        status, digest = await consumer.digest(f"/vault/{landing['id']}/content")
        assert (status, digest) == (200, hashlib.sha256(content).hexdigest())
        lying = (path for path in consumer.folder.rglob("*") if path.is_file())
        assert not [path for path in lying if MARK in path.read_bytes()]
