"""HttpData-PUSH between two nodes: the provider sends the bytes, again after a failure, and says how it ended."""

import asyncio
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from tests.dataplanes.api import Api, Said, telling
from tests.nodes import OPEN, MovedClock, Site, World, configured, rule, site

from xinfu.node.config import IdentityTable
from xinfu.node.run import run_node
from xinfu.services.background import push

pytestmark = pytest.mark.asyncio(loop_scope="module")

DATA = bytes(range(256)) * 8192


async def agreed(
    world: World, dataset: str, policy: Mapping[str, Any] = OPEN, *, content: bytes = DATA
) -> str:
    """An agreement on a file of the provider's; gives the consumer's id of it."""
    offer = await world.provider.publish(dataset, policy, content=content)
    form = {"participant": world.provider.did, "dataset": dataset, "offer": offer}
    begun = await world.consumer.post("/negotiations", form)
    await world.consumer.reaches("negotiations", begun["id"], "FINALIZED")
    return await agreement_on(world.consumer, dataset)


async def agreement_on(site: Site, dataset: str) -> str:
    """The site's id of its agreement on a dataset."""
    found = (await site.get("/agreements", dataset=dataset))["items"]
    return str(found[0]["id"])


async def pushed(world: World, agreement: str, url: str, **more: str) -> dict[str, Any]:
    form = {"agreement": agreement, "push_to": {"url": url, **more}}
    begun: dict[str, Any] = await world.consumer.post("/transfers", form)
    return begun


async def uses(site: Site) -> list[dict[str, Any]]:
    async with site.node.parts.store.view(site.context.id) as view:
        found = await view.log.find(kind="use", limit=1000)
    return [msgspec.json.decode(each.canonical)["facts"] for each in found]


async def test_the_bytes_arrive_and_the_transfer_completes(world: World) -> None:
    agreement = await agreed(world, "push-whole")
    async with Api(telling("201 Created", b"")).open() as sink:
        begun = await pushed(world, agreement, f"{sink.url}/in?x=1", method="PUT", token="hush-hush")
        await world.consumer.reaches("transfers", begun["id"], "COMPLETED")
        said = sink.said[0]
    assert (said.method, said.target) == ("PUT", "/in?x=1")
    assert said.headers["authorization"] == "Bearer hush-hush"
    assert hashlib.sha256(said.body).digest() == hashlib.sha256(DATA).digest()
    assert (await uses(world.provider))[0]["bytes"] == len(DATA)


async def test_the_secret_of_an_address_is_kept_sealed_and_never_shown(world: World) -> None:
    agreement = await agreed(world, "push-secret")
    async with Api(telling("200 OK", b"")).open() as sink:
        begun = await pushed(world, agreement, sink.url, token="hush-hush")
        await world.consumer.reaches("transfers", begun["id"], "COMPLETED")
    for each in (world.provider, world.consumer):
        path = each.node.config.at(each.node.config.store.path)
        assert "hush-hush" not in str(await each.get("/transfers"))
        assert b"hush-hush" not in path.read_bytes() + path.with_name(f"{path.name}-wal").read_bytes()


async def test_a_receiver_that_fails_for_a_moment_is_tried_again(world: World) -> None:
    agreement = await agreed(world, "push-again")
    answers = iter(["503 Later", "500 Oh", "200 OK"])

    async def talk(said: Said, writer: Any) -> None:
        await telling(next(answers), b"")(said, writer)

    async with Api(talk).open() as sink:
        begun = await pushed(world, agreement, sink.url)
        await world.consumer.reaches("transfers", begun["id"], "COMPLETED")
        assert [len(said.body) for said in sink.said] == [len(DATA)] * 3


async def test_a_receiver_that_refuses_ends_the_transfer_with_a_reason_on_both_sides(world: World) -> None:
    agreement = await agreed(world, "push-refused")
    async with Api(telling("403 No", b"")).open() as sink:
        begun = await pushed(world, agreement, sink.url)
        ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert "push.refused" in str(ended)
    [theirs] = [
        each
        for each in (await world.provider.get("/transfers"))["items"]
        if each["dataset"] == "push-refused"
    ]
    over = await world.provider.reaches(
        "transfers", theirs["id"], "TERMINATED"
    )  # once its end is acknowledged
    assert "403" in str(over)


async def test_a_receiver_that_is_never_there_ends_the_transfer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(push, "TRIES", 2)
    agreement = await agreed(world, "push-nowhere")
    begun = await pushed(world, agreement, "http://127.0.0.1:9/")
    ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert "peer.unreachable" in str(ended)


async def test_a_policy_that_says_no_sends_nothing(world: World) -> None:
    agreement = await agreed(world, "push-once", rule("count", "lteq", 1))
    async with Api(telling("200 OK", b"")).open() as sink:
        first = await pushed(world, agreement, sink.url)
        await world.consumer.reaches("transfers", first["id"], "COMPLETED")
        second = await pushed(world, agreement, sink.url)
        await world.consumer.reaches("transfers", second["id"], "TERMINATED")
        assert len(sink.said) == 1


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://10.0.0.1/", "file:///etc/passwd"])
async def test_an_address_that_the_provider_never_calls_is_refused(world: World, url: str) -> None:
    agreement = await agreed(world, f"push-to-{hashlib.sha256(url.encode()).hexdigest()[:8]}")
    begun = await pushed(world, agreement, url)
    ended = await world.consumer.reaches("transfers", begun["id"], "TERMINATED")
    assert ended["state"] == "TERMINATED"


async def test_ending_the_agreement_cuts_a_push_to_a_receiver_that_stands_still(world: World) -> None:
    agreement = await agreed(world, "push-cut", content=bytes(64 * 1024 * 1024))
    cut = asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(1000)
        begun.set()
        await asyncio.sleep(0)
        try:
            await stopped.wait()
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
        cut.set()
        writer.close()

    begun, stopped = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(slow, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    await pushed(world, agreement, url)
    await begun.wait()
    theirs = await agreement_on(world.provider, "push-cut")
    await world.provider.post(f"/agreements/{theirs}/terminate", {"reason": "enough"})
    while len(world.provider.node.parts.running):
        await asyncio.sleep(0.01)
    stopped.set()
    await cut.wait()
    server.close()
    assert (await uses(world.provider))[-1]["bytes"] < 64 * 1024 * 1024


async def test_a_push_survives_a_restart_of_the_provider(tmp_path: Path) -> None:
    static = IdentityTable(kind="insecure-static")
    config, key = configured(tmp_path / "provider", identity=static)
    answers = {"status": "503 Later"}

    async def talk(said: Said, writer: Any) -> None:
        await telling(answers["status"], b"")(said, writer)

    async with (
        aiohttp.ClientSession() as session,
        Api(talk).open() as sink,
        site(tmp_path / "consumer", session, identity=static) as consumer,
    ):
        clock = MovedClock()
        async with run_node(config, clock=clock) as node:
            provider = Site(node, tmp_path / "provider", key, clock, session)
            pair = World(issuer=provider, provider=provider, consumer=consumer, session=session)
            offer = await provider.publish("push-again", content=DATA)
            form = {"participant": "provider", "at": provider.base, "dataset": "push-again", "offer": offer}
            negotiation = await consumer.post("/negotiations", form)
            await consumer.reaches("negotiations", negotiation["id"], "FINALIZED")
            agreement = await agreement_on(consumer, "push-again")
            begun = await pushed(pair, agreement, sink.url)
            while not sink.said:
                await asyncio.sleep(0.01)
        answers["status"] = "200 OK"
        async with run_node(config, clock=clock):
            await consumer.reaches("transfers", begun["id"], "COMPLETED")
        assert len(sink.said[-1].body) == len(DATA)
