"""Two workers of one node on one database: what one of them does holds at the other, and a restart of the
database is survived by both."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import aiohttp
import msgspec
import pytest
from tests.dialog import agreed, endpoint, transfer
from tests.nodes import MovedClock, Site, configured, rule
from tests.stores.postgres_server import Server
from tests.stranger import Stranger, offer, stranger, urn

from xinfu.node.config import Config, Listener, ListenTable, StoreTable
from xinfu.node.run import run_node
from xinfu.ports.records import KeyUse

pytestmark = pytest.mark.slow

BIG = 64 * 1024 * 1024


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """Both workers; whoever looks for the node finds `one`."""

    one: Site
    two: Site
    session: aiohttp.ClientSession
    peer: Stranger

    def at_two(self, address: str) -> str:
        """An address of the node's data, asked of the other worker."""
        return address.replace(self.one.urls["data"], _own(self.two, "data"))


@asynccontextmanager
async def pair(folder: Path, url: str) -> AsyncIterator[Pair]:
    """Two running workers and a stranger; both workers start at once, on a database without tables."""
    config, key = configured(folder / "bureau", store=StoreTable(url=url, connections=4))
    protocol, data = _listener(), _listener()
    first = _on(config, protocol, data)
    second = _on(config, *(_elsewhere(each) for each in (protocol, data)))
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        clock = MovedClock()
        nodes = [run_node(each, clock=clock) for each in (first, second)]
        one, two = await asyncio.gather(*(stack.enter_async_context(each) for each in nodes))
        sites = [Site(node, folder / "bureau", key, clock, session) for node in (one, two)]
        peer = await stack.enter_async_context(stranger(session))
        yield Pair(one=sites[0], two=sites[1], session=session, peer=peer)


def _on(config: Config, protocol: Listener, data: Listener) -> Config:
    management = Listener(host="127.0.0.1", port=0)
    listen = ListenTable(management=management, protocol=protocol, data=data)
    return msgspec.structs.replace(config, listen=listen)


def _listener() -> Listener:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    return Listener(host="127.0.0.1", port=port, public_url=f"http://localhost:{port}")


def _elsewhere(listener: Listener) -> Listener:
    return msgspec.structs.replace(listener, port=0)


def _own(site: Site, name: str) -> str:
    bound: socket.socket = getattr(site.node.sockets, name)
    return f"http://localhost:{bound.getsockname()[1]}"


async def _read(address: str, token: str, flows: asyncio.Event) -> int:
    """How many bytes came, slowly, before the stream broke off; `flows` once the first has come."""
    got = 0
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            async with session.get(address, headers={"Authorization": f"Bearer {token}"}) as answer:
                assert answer.status == 200
                async for chunk in answer.content.iter_chunked(2**14):
                    got += len(chunk)
                    flows.set()
                    await asyncio.sleep(0.005)
    return got


@pytest.mark.parametrize("ended", ["agreement", "transfer"])
async def test_what_is_ended_at_one_worker_stops_at_the_other_within_a_second(
    server: Server, tmp_path: Path, ended: str
) -> None:
    async with pair(tmp_path, await asyncio.to_thread(server.bare)) as both:
        offer_id = await both.one.publish("air", content=os.urandom(BIG))
        contract = await agreed(both.peer, both.one, offer_id, "air")
        talk = await transfer(both.peer, both.one, contract)
        address, token = endpoint(await talk.hears("TransferStartMessage"))
        flows = asyncio.Event()
        reading = asyncio.create_task(_read(both.at_two(address), token, flows))
        await asyncio.wait_for(flows.wait(), 10)
        assert len(both.two.node.parts.running) == 1
        if ended == "agreement":
            (found,) = (await both.one.get("/agreements"))["items"]
            await both.one.post(f"/agreements/{found['id']}/suspend", {})
        else:
            assert (await talk.say("TransferSuspensionMessage", code="PAUSE")).status == 200
        async with asyncio.timeout(30):
            while len(both.two.node.parts.running):
                await asyncio.sleep(0.01)
        assert await reading < BIG
        again = await both.session.get(both.at_two(address), headers={"Authorization": f"Bearer {token}"})
        assert again.status == 403


async def _answers(both: Pair, address: str, token: str, keys: list[str]) -> dict[str, list[int]]:
    """What each key was answered, asked for at both workers at once."""

    async def ask(place: str, key: str) -> int:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        return (await both.one.send("GET", place, headers=headers)).status

    places = (address, both.at_two(address))
    asked = [(key, place) for key in keys for place in places * 2]
    told = await asyncio.gather(*(ask(place, key) for key, place in asked))
    return {
        key: [status for (each, _), status in zip(asked, told, strict=True) if each == key] for key in keys
    }


async def test_reads_under_one_key_are_one_use_at_both_workers(server: Server, tmp_path: Path) -> None:
    async with pair(tmp_path, await asyncio.to_thread(server.bare)) as both:
        policy = rule("count", "lteq", 3)
        offer_id = await both.one.publish("air", policy, content=b"1\n")
        terms = offer(offer_id, "air", policy)
        contract = await agreed(both.peer, both.one, offer_id, "air", offer=terms)
        talk = await transfer(both.peer, both.one, contract)
        address, token = endpoint(await talk.hears("TransferStartMessage"))
        told = await _answers(both, address, token, [f"k-{n}" for n in range(8)])
        assert sorted(told.values()) == [[200] * 4] * 3 + [[403] * 4] * 5
        again = await _answers(both, address, token, list(told))
        assert again == told


async def test_both_workers_use_just_what_was_paid_for(server: Server, tmp_path: Path) -> None:
    price = [
        {"leftOperand": "payAmount", "operator": "gteq", "rightOperand": "0.50", "unit": "CNY"},
        {"leftOperand": "unitOfCount", "operator": "eq", "rightOperand": "use"},
    ]
    policy = {"@type": "Set", "permission": [{"action": "use", "constraint": price}]}
    async with pair(tmp_path, await asyncio.to_thread(server.bare)) as both:
        offer_id = await both.one.publish("air", policy, content=b"1\n")
        terms = offer(offer_id, "air", policy)
        contract = await agreed(both.peer, both.one, offer_id, "air", offer=terms)
        (found,) = (await both.one.get("/agreements"))["items"]
        form = {"agreement": found["id"], "receipt": "r-1", "amount": "2.20", "currency": "CNY"}
        paid = await asyncio.gather(*(site.post("/payments", form) for site in (both.one, both.two) * 4))
        assert len({each["id"] for each in paid}) == 1
        talk = await transfer(both.peer, both.one, contract)
        address, token = endpoint(await talk.hears("TransferStartMessage"))
        told = await _answers(both, address, token, [f"k-{n}" for n in range(12)])
        assert sorted(told.values()) == [[200] * 4] * 4 + [[403] * 4] * 8


async def test_a_deadline_is_kept_by_one_worker_and_known_to_both(server: Server, tmp_path: Path) -> None:
    async with pair(tmp_path, await asyncio.to_thread(server.bare)) as both:
        end = (both.one.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        form = {"wire_id": urn(), "peer": both.peer.did, "dataset": "d", "role": "provider"}
        made = await both.one.post("/agreements", {**form, "policy": rule("dateTime", "lt", end)})
        both.one.clock.moved = timedelta(hours=2)  # both workers go by this clock
        async with asyncio.timeout(10):
            while (await both.two.get(f"/agreements/{made['id']}"))["state"] != "EXPIRED":
                await asyncio.sleep(0.05)
        await asyncio.sleep(2.5)  # the other one has looked at the time since
        entries = await both.two.get("/evidence/entries", kind="agreement.state")
        assert [row["entry"]["facts"]["to"] for row in entries] == ["EXPIRED"]


async def test_workers_that_start_at_once_have_the_same_keys_also_after_a_rotation(
    server: Server, tmp_path: Path
) -> None:
    async with pair(tmp_path, await asyncio.to_thread(server.bare)) as both:
        context = both.one.context.id
        cabinets = [site.node.keys for site in (both.one, both.two)]

        def known() -> list[object]:
            return [(each.document(context), each.log_signer(context).public_jwk()) for each in cabinets]

        assert known()[0] == known()[1]
        for use in (KeyUse.MESSAGE, KeyUse.LOG):
            before = known()[0]
            await cabinets[1].rotate(context, use)
            async with asyncio.timeout(30):
                while known()[0] != known()[1]:
                    await asyncio.sleep(0.01)
            assert known()[0] != before


async def test_negotiations_go_on_after_the_database_was_away(own_server: Server, tmp_path: Path) -> None:
    async with pair(tmp_path, await asyncio.to_thread(own_server.bare)) as both:
        offer_id = await both.one.publish("air", content=b"1\n")
        await agreed(both.peer, both.one, offer_id, "air")
        await asyncio.to_thread(own_server.stop, "immediate")
        waiting = asyncio.create_task(agreed(both.peer, both.one, offer_id, "air"))
        await asyncio.sleep(1)
        assert not waiting.done()
        await asyncio.to_thread(own_server.start)
        async with asyncio.timeout(15):
            await waiting
            contract = await agreed(both.peer, both.one, offer_id, "air")
            talk = await transfer(both.peer, both.one, contract)
            address, token = endpoint(await talk.hears("TransferStartMessage"))
            said = await both.one.send(
                "GET", both.at_two(address), headers={"Authorization": f"Bearer {token}"}
            )
        assert (said.status, said.body) == (200, b"1\n")


async def test_who_asks_while_the_database_is_away_is_told_so_and_all_goes_on_when_it_is_back(
    own_server: Server, tmp_path: Path
) -> None:
    async with pair(tmp_path, await asyncio.to_thread(own_server.bare)) as both:
        offer_id = await both.one.publish("air", content=b"1\n")
        contract = await agreed(both.peer, both.one, offer_id, "air")
        talk = await transfer(both.peer, both.one, contract)
        address, token = endpoint(await talk.hears("TransferStartMessage"))

        async def asked() -> list[int]:
            said = await asyncio.gather(
                both.one.api("GET", "/agreements"),
                both.one.send("GET", address, headers={"Authorization": f"Bearer {token}"}),
                both.two.api("POST", "/publications", {"asset": {}, "policy": {}}),
                both.two.api("GET", "/transfers"),
            )
            codes = [each.code for each in said if each.status == 503]
            assert set(codes) <= {"store.away"}
            return [each.status for each in said]

        assert await asked() == [200, 200, 400, 200]
        await asyncio.to_thread(own_server.stop, "immediate")
        assert await asked() == [503, 503, 400, 503]
        await asyncio.to_thread(own_server.start)
        while await asked() != [200, 200, 400, 200]:
            await asyncio.sleep(0.1)
        while await _uses(both.one) < 2:  # a use is recorded after its last byte
            await asyncio.sleep(0.1)


async def _uses(site: Site) -> int:
    """How many uses the log has."""
    async with site.node.parts.store.view("bureau") as view:
        return len(await view.log.find(kind="use", limit=10))
