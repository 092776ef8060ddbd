"""The shortest way from an offer to bytes, between two nodes over HTTP."""

import pytest
from tests.nodes import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_published_file_is_found_negotiated_and_pulled(world: World) -> None:
    content = b"hour,pm25\n0,35\n"
    await world.provider.publish("air", content=content)
    shown = await world.consumer.get("/catalog", participant=world.provider.did)
    assert [each["id"] for each in shown["datasets"]] == ["air"]
    agreement = await world.agree("air")
    transfer = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    await world.consumer.reaches("transfers", transfer["id"], "STARTED")
    pulled = await world.consumer.api("GET", f"/transfers/{transfer['id']}/content")
    assert (pulled.status, pulled.body) == (200, content)
