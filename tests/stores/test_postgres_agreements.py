"""One negotiation gives one agreement, whichever worker learns first that the other side has it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest
from tests.dialog import asked, transfer_request
from tests.stores.postgres_server import Server
from tests.stores.test_postgres_nodes import pair

pytestmark = pytest.mark.slow

_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"


class Hold:
    """Lets nobody store an agreement, and counts who waits."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def waited_for_by(self, count: int) -> None:
        """Return when so many sessions wait for a lock."""
        async with asyncio.timeout(8):
            while await self._connection.fetchval(_WAITING) < count:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def held(url: str) -> AsyncIterator[Hold]:
    """Until the block ends, whoever inserts an agreement waits."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE agreements IN SHARE MODE")
            yield Hold(connection)
    finally:
        await connection.close()


async def test_an_acknowledgement_and_a_request_for_the_data_at_once_conclude_one_agreement(
    server: Server, tmp_path: Path
) -> None:
    """The dispatcher records that FINALIZED was acknowledged while the consumer, who has it, asks for the data."""
    url = await asyncio.to_thread(server.bare)
    async with pair(tmp_path, url) as both:
        offer_id = await both.one.publish("air", content=b"1\n")
        talk = await asked(both.peer, both.one, offer_id, "air")
        wire_id = (await talk.hears("ContractAgreementMessage")).json["agreement"]["@id"]
        async with held(url) as lock:
            assert (await talk.say("ContractAgreementVerificationMessage")).status == 200
            await talk.hears("ContractNegotiationEventMessage")
            await lock.waited_for_by(1)
            wanted = transfer_request(both.peer, wire_id)
            asking = asyncio.create_task(
                both.peer.send(both.one.did, f"{both.one.base}/transfers/request", wanted)
            )
            await lock.waited_for_by(2)
        assert (await asking).status == 201
        await both.one.reaches("negotiations", talk.pid, "FINALIZED")
        assert (await both.one.get("/agreements", wire_id=wire_id))["total"] == 1
        entries = await both.one.get("/evidence/entries", process=talk.pid, limit=1000)
        told = [row["entry"]["facts"].get("to") for row in entries]
        assert told.count("FINALIZED") == 1
        assert [row["entry"]["kind"] for row in entries].count("agreement.concluded") == 1
