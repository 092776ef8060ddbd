"""Two workers of a consumer on one database and one vault: an end at one stops a read at the other, and one proof is left."""

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import OPEN, Site, site
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_nodes import Pair, pair

pytestmark = pytest.mark.slow

MIB = 1 << 20
SIZE = 48 * MIB


async def landed(both: Pair, provider: Site) -> tuple[dict[str, Any], str]:
    """An object that landed through the first worker; and our id of its agreement."""
    await provider.publish("large", OPEN, content=bytes(SIZE))
    opened = await both.one.post("/negotiations", {"participant": provider.did, "dataset": "large"})
    await both.one.reaches("negotiations", opened["id"], "FINALIZED")
    agreement = (await both.one.get("/agreements", negotiation=opened["id"]))["items"][0]["id"]
    transfer = (await both.one.post("/transfers", {"agreement": agreement, "vault": True}))["id"]
    await both.one.reaches("transfers", transfer, "STARTED")
    made = await both.one.post("/vault", {"transfer": transfer})
    return await both.one.reaches("vault", made["id"], "LANDED", "STOPPED"), agreement


async def test_what_landed_at_one_worker_is_read_and_ended_at_the_other(
    server: Server, tmp_path: Path
) -> None:
    async with (
        pair(tmp_path, await asyncio.to_thread(server.bare)) as both,
        site(tmp_path / "provider", both.session) as provider,
    ):
        object_, agreement = await landed(both, provider)
        assert object_["state"] == "LANDED", object_
        url = f"{both.two.urls['management']}/api/v1/vault/{object_['id']}/content"
        headers = {"X-Api-Key": both.two.api_key}
        async with (
            aiohttp.ClientSession(read_bufsize=2**16) as session,
            session.get(url, headers=headers) as answer,
        ):
            await answer.content.read(MIB)
            assert len(both.two.node.parts.running) == 1
            await both.one.post(f"/agreements/{agreement}/terminate", {"reason": "enough"})
            async with asyncio.timeout(30):
                while len(both.two.node.parts.running):
                    await asyncio.sleep(0.01)
            with pytest.raises(aiohttp.ClientError):
                while await answer.content.read(MIB):
                    pass
        for worker in (both.one, both.two):
            await worker.reaches("vault", object_["id"], "DESTROYED")
        found = await both.one.get("/evidence/entries", process=object_["id"], kind="vault.destroyed")
        assert len(found) == 1
        folder = both.one.folder / "vault"
        assert not [path for path in folder.rglob("*") if path.is_file()]
