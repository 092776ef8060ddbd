"""Fetching from a provider that sends too much, too little, or a manifest made for the purpose."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import Site, site
from tests.standing_still import measured

from xinfu import odrl
from xinfu.dsp import HTTP_ENDPOINT, DataAddress, EndpointProperty, Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.errors import PeerError, RefusedError
from xinfu.evidence import CHUNK_BYTES, Manifest
from xinfu.odrl import PolicyKind
from xinfu.ports.records import ADDRESSES, TRANSFERS, SealedAddress
from xinfu.services.agreements import lifecycle
from xinfu.services.fetching.fetch import fetch, list_files
from xinfu.services.processes import transfer

Serve = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Provided = Callable[[Serve], Awaitable[tuple[Site, str]]]
MUCH = 64
"""Chunks after which a reader that takes whatever comes has given itself away."""


@pytest.fixture
async def provided(tmp_path: Path) -> AsyncIterator[Provided]:
    """A consumer's node with a transfer that runs, whose address is answered by what a test gives."""
    async with AsyncExitStack() as stack:

        async def start(serve: Serve) -> tuple[Site, str]:
            server = RawTestServer(serve)
            await server.start_server()
            stack.push_async_callback(server.close)
            session = await stack.enter_async_context(aiohttp.ClientSession())
            made = await stack.enter_async_context(site(tmp_path / "consumer", session))
            return made, await _running(made, str(server.make_url("/data")))

        yield start


async def _running(made: Site, url: str) -> str:
    parts, now = made.node.parts, made.clock.now()
    record = TransferProcess(
        id=made.clock.new_id(),
        context="consumer",
        participant=made.did,
        role=Role.CONSUMER,
        peer="did:web:provider.example",
        state=State.STARTED,
        peer_base="https://provider.example/dsp",
        agreement_id="urn:example:agreement",
        dataset="air",
        format="HttpData-PULL",
        created=now,
        updated=now,
    )
    address = DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=url,
        properties=(EndpointProperty(name="authorization", value="token"),),
    )
    await lifecycle.take_over(
        parts,
        "consumer",
        wire_id="urn:example:agreement",
        peer="did:web:provider.example",
        dataset="air",
        role="consumer",
        policy=odrl.read({"permission": [{"action": "use"}]}, kind=PolicyKind.AGREEMENT),
    )
    name = transfer.address_name(record.id)
    envelope = parts.keyring.seal(msgspec.json.encode(address), context="consumer", name=name)
    async with parts.store.step("consumer") as step:
        await step.of(TRANSFERS).add(record)
        await step.of(ADDRESSES).add(
            SealedAddress(id=record.id, context="consumer", envelope=envelope, created=now)
        )
    return record.id


async def _endless(
    request: web.BaseRequest, first: bytes, status: int, sent: list[int]
) -> web.StreamResponse:
    answer = web.StreamResponse(status=status)
    await answer.prepare(request)
    await answer.write(first)
    for number in range(MUCH):
        await answer.write(bytes(CHUNK_BYTES))
        sent.append(number)
    return answer


async def _taken(made: Site, transfer_id: str, range_: str | None = None) -> bytes:
    async with fetch(made.node.parts, "consumer", transfer_id, range_=range_) as incoming:
        return b"".join([chunk async for chunk in incoming.chunks()])


async def test_what_comes_after_the_last_chunk_is_not_read(provided: Provided) -> None:
    data, sent = b"the whole file", list[int]()
    manifest = Manifest.of(len(data), [hashlib.sha256(data).digest()])

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return web.Response(body=msgspec.json.encode(manifest))
        return await _endless(request, data, 200, sent)

    made, transfer_id = await provided(serve)
    assert await asyncio.wait_for(_taken(made, transfer_id), 10) == data
    assert len(sent) < MUCH


async def test_a_refusal_without_an_end_is_read_no_further_than_its_first_words(provided: Provided) -> None:
    sent: list[int] = []

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return web.Response(status=404)
        return await _endless(request, b" " * CHUNK_BYTES, 403, sent)

    made, transfer_id = await provided(serve)
    with pytest.raises(RefusedError):
        await asyncio.wait_for(_taken(made, transfer_id), 10)
    assert len(sent) < MUCH


async def test_a_manifest_of_other_chunks_than_the_common_ones_verifies_nothing(provided: Provided) -> None:
    data = bytes(range(256)) * 16
    digests = [hashlib.sha256(data[at : at + 16]).digest() for at in range(0, len(data), 16)]
    manifest = Manifest.of(len(data), digests, chunk_size=16)

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return web.Response(body=msgspec.json.encode(manifest))
        return web.Response(body=data)

    made, transfer_id = await provided(serve)
    assert await _taken(made, transfer_id) == data
    async with made.node.parts.store.view("consumer") as view:
        [entry] = await view.log.find(kind="data.received", limit=10)
    assert msgspec.json.decode(entry.canonical)["facts"]["outcome"] == "unverified"


async def test_an_address_that_gives_the_data_itself_for_a_manifest_is_read_without_one(
    provided: Provided,
) -> None:
    sent: list[int] = []

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return await _endless(request, bytes(4 * CHUNK_BYTES), 200, sent)
        return web.Response(body=b"data")

    made, transfer_id = await provided(serve)
    assert await asyncio.wait_for(_taken(made, transfer_id), 20) == b"data"


async def test_an_answer_of_untold_length_reaches_the_reader_whole(provided: Provided) -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return web.Response(status=404)
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"hour,pm25\n")
        await answer.write(b"0,35\n")
        return answer

    made, transfer_id = await provided(serve)
    said = await made.api("GET", f"/transfers/{transfer_id}/content")
    assert (said.status, said.body) == (200, b"hour,pm25\n0,35\n")
    async with made.node.parts.store.view("consumer") as view:
        [entry] = await view.log.find(kind="data.received", limit=10)
    assert msgspec.json.decode(entry.canonical)["facts"]["outcome"] == "unverified"


async def test_an_empty_file_is_fetched(provided: Provided) -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        if request.path.endswith("/manifest"):
            return web.Response(body=msgspec.json.encode(Manifest.of(0, [])))
        return web.Response(status=416 if "range" in request.headers else 200)

    made, transfer_id = await provided(serve)
    assert await _taken(made, transfer_id) == b""


async def test_a_manifest_is_asked_for_once_and_then_only_asked_after(provided: Provided) -> None:
    contents, told = [b"a" * (CHUNK_BYTES + 5)], list[int]()

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        data = contents[-1]
        chunks = [data[at : at + CHUNK_BYTES] for at in range(0, len(data), CHUNK_BYTES)]
        manifest = Manifest.of(len(data), [hashlib.sha256(chunk).digest() for chunk in chunks])
        if request.path.endswith("/manifest"):
            told.append(304 if request.headers.get("If-None-Match") == f'"{manifest.root}"' else 200)
            body = None if told[-1] == 304 else msgspec.json.encode(manifest)
            return web.Response(status=told[-1], body=body)
        asked = request.http_range
        return web.Response(status=206, body=data[asked.start : asked.stop])

    made, transfer_id = await provided(serve)
    for start in (0, 7, CHUNK_BYTES):
        assert await _taken(made, transfer_id, f"bytes={start}-{start + 3}") == b"aaaa"
    contents.append(b"b" * (CHUNK_BYTES + 5))  # published anew
    assert await _taken(made, transfer_id, "bytes=0-3") == b"bbbb"
    assert told == [200, 304, 304, 200]


async def test_the_node_goes_on_while_a_large_manifest_is_read(provided: Provided) -> None:
    """It is held against its root, which takes a hash of each chunk."""
    manifest = Manifest.of(200_000 * CHUNK_BYTES, [bytes(32)] * 200_000)
    body = msgspec.json.encode(manifest)

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=body) if request.path.endswith("/manifest") else web.Response(status=403)

    made, transfer_id = await provided(serve)

    async def refused() -> None:
        with pytest.raises(RefusedError):
            await _taken(made, transfer_id)

    _, work = await measured(refused())
    assert work.in_one_go < work.aside / 4


async def test_a_listing_longer_than_we_read_is_refused_with_the_bound(provided: Provided) -> None:
    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=b'{"files":[' + b" " * (16 * CHUNK_BYTES) + b"]}")

    made, transfer_id = await provided(serve)
    with pytest.raises(PeerError) as caught:
        await list_files(made.node.parts, "consumer", transfer_id)
    assert caught.value.code == "peer.too-large"
    assert str(16 * CHUNK_BYTES) in caught.value.en


@pytest.mark.parametrize("status", [401, 403])
async def test_of_a_long_refusal_nothing_is_read(provided: Provided, status: int) -> None:
    """It is no problem of ours, so the provider's status is all that is told."""
    said = msgspec.json.encode({"code": "data.denied", "title": "x" * CHUNK_BYTES})

    async def serve(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status, body=said)

    made, transfer_id = await provided(serve)
    with pytest.raises(RefusedError) as caught:
        await list_files(made.node.parts, "consumer", transfer_id)
    assert caught.value.code == "peer.answer"
    assert str(status) in caught.value.en
