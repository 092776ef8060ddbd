"""Every operation on duties, on the vault and on explanations answers what its schema says, between two nodes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.journeys.landing import land, transferred
from tests.nodes import OPEN, World
from tests.services.agreements.test_duties import DIGEST, duty, forward, read, under, until
from tests.stranger import urn
from tests.web.api.pages import GoodCall, calling, listed, page_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAID = {"receipt": "bank-7", "amount": "5.00", "currency": "CNY"}
AREAS = ("duties", "vault", "explanation", "dry-run")


async def test_every_operation_on_usage_answers_what_its_schema_says(world: World) -> None:
    page = await page_of(world.consumer)
    called = []
    async for each in _calls(world):
        called.append(each.key)
        await each.made(page)
    assert set(called) == set(listed(*AREAS))
    assert len(called) == len(set(called))


async def _calls(world: World) -> AsyncIterator[GoodCall]:
    """Each is made before the next is asked for."""
    async for each in _of_vault(world):
        yield each
    async for each in _of_duties(world):
        yield each
    query = f"participant={world.consumer.did.replace('%', '%25')}&dataset=x"
    site = world.provider
    yield GoodCall(site=site, method="GET", path="/explanation", target=f"/explanation?{query}")
    yield calling(site, "POST", "/dry-run", body={"policy": dict(OPEN)})


async def _of_vault(world: World) -> AsyncIterator[GoodCall]:
    site = world.consumer
    transfer = await transferred(world, urn(), content=b"0123")
    yield calling(site, "POST", "/vault", body={"transfer": transfer["id"]})
    id_ = (await land(world, transfer))["id"]
    yield calling(site, "GET", "/vault")
    for each in ("", "/files", "/may", "/content", "/export"):
        yield calling(site, "GET", "/vault/{id}" + each, id_)
    yield calling(site, "POST", "/vault/{id}/passes", id_, {"life_s": 60})
    yield calling(site, "POST", "/vault/{id}/destroy", id_)
    yield calling(site, "GET", "/vault/{id}/proof", id_)


async def _of_duties(world: World) -> AsyncIterator[GoodCall]:
    """A duty of the consumer's for each way in which one ends."""
    mine, _ = await _due(world, "inform")
    yield calling(world.consumer, "GET", "/duties")
    yield calling(world.consumer, "GET", "/duties/{id}", mine)
    yield calling(world.consumer, "POST", "/duties/{id}/fulfil", mine, {"digests": [DIGEST]})
    mine, theirs = await _due(world, "compensate")
    await world.consumer.post(f"/duties/{mine}/fulfil", PAID)
    await until(world.provider, f"/duties/{theirs}", lambda shown: shown["state"] == "claimed")
    yield calling(world.provider, "POST", "/duties/{id}/refuse", theirs, {"reason": "nothing came"})
    _, theirs = await _due(world, "inform")
    yield calling(world.provider, "POST", "/duties/{id}/waive", theirs, {"reason": "We saw it."})
    _, theirs = await _due(world, "inform")
    await forward(world, timedelta(hours=25))
    await until(world.provider, f"/duties/{theirs}", lambda shown: shown["state"] == "overdue")
    yield calling(world.provider, "POST", "/duties/{id}/breach", theirs, {"reason": "never done"})


async def _due(world: World, action: str) -> tuple[str, str]:
    """A duty that is due: its ids at the consumer and at the provider."""
    agreement, there = await under(world, {"action": action})
    await read(world, agreement["id"])
    mine = await duty(world.consumer, agreement["id"], "due", action)
    theirs = await duty(world.provider, there, "due", action)
    return mine["id"], theirs["id"]
