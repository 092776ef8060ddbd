"""The data listener over HTTP: bytes, ranges, folders, refusals, and streams that stop within a second."""

import asyncio
import contextlib
import hashlib
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from tests.web.data.conftest import Listening
from tests.web.data.taking import Taking

from xinfu.errors import RefusedError
from xinfu.evidence import CHUNK_BYTES
from xinfu.ports.records import ASSETS, AgreementState
from xinfu.ports.sources import FolderSource
from xinfu.services.agreements import lifecycle
from xinfu.services.memory.running import stops_in

Start = Callable[..., Awaitable[Listening]]
BIG = 48 * CHUNK_BYTES


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


async def get(url: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return (
            answer.status,
            {key.lower(): value for key, value in answer.headers.items()},
            await answer.read(),
        )


async def test_a_file_comes_whole_with_its_length_root_and_no_store(serve: Start, tmp_path: Path) -> None:
    data = os.urandom(CHUNK_BYTES + 3)
    (tmp_path / "air.csv").write_bytes(data)
    listening = await serve("air.csv")
    url, token = await listening.token()
    status, headers, body = await get(url, bearer(token))
    assert (status, body) == (200, data)
    assert headers["content-type"] == "text/csv"
    assert headers["cache-control"] == "no-store"
    _, _, manifest = await get(f"{url}/manifest", bearer(token))
    assert headers["etag"].strip('"').encode() in manifest


async def test_a_range_is_answered_with_206(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"0123456789")
    listening = await serve("air.csv")
    url, token = await listening.token()
    status, headers, body = await get(url, bearer(token, Range="bytes=2-4"))
    assert (status, body, headers["content-range"]) == (206, b"234", "bytes 2-4/10")
    status, headers, _ = await get(url, bearer(token, Range="bytes=20-"))
    assert (status, headers["content-range"]) == (416, "bytes */10")


async def test_a_manifest_that_is_known_is_not_sent_again(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"one")
    listening = await serve("air.csv")
    url, token = await listening.token()
    _, told, manifest = await get(f"{url}/manifest", bearer(token))
    assert told["etag"].strip('"').encode() in manifest
    known = {"If-None-Match": told["etag"]}
    status, again, body = await get(f"{url}/manifest", bearer(token, **known))
    assert (status, again["etag"], body) == (304, told["etag"], b"")
    assert (await get(f"{url}/manifest", bearer(token, **{"If-None-Match": '"other"'})))[2] == manifest
    assert (await get(f"{url}/manifest", bearer("wrong", **known)))[0] == 401


async def test_a_slash_behind_the_address_changes_nothing(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"one")
    listening = await serve("air.csv")
    url, token = await listening.token()
    assert (await get(f"{url}/", bearer(token)))[::2] == (200, b"one")


async def test_a_media_type_never_becomes_a_header_of_its_own(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"x")
    listening = await serve("air.csv")
    async with listening.node.parts.store.step("bureau") as step:
        asset = await step.of(ASSETS).lock("air")
        await step.of(ASSETS).save(msgspec.structs.replace(asset, media_type="text/csv\r\nX-Injected: 1"))
    url, token = await listening.token()
    status, headers, _ = await get(url, bearer(token))
    assert (status, headers["content-type"]) == (200, "application/octet-stream")
    assert "x-injected" not in headers


async def test_an_empty_file_is_a_file(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"")
    listening = await serve("air.csv")
    url, token = await listening.token()
    assert (await get(url, bearer(token)))[::2] == (200, b"")


async def test_a_folder_is_listed_and_its_files_come_by_path(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air" / "2024").mkdir(parents=True)
    (tmp_path / "air" / "2024" / "数据 1.csv").write_bytes(b"one")
    (tmp_path / "air" / "b.csv").write_bytes(b"two")
    listening = await serve("air", FolderSource)
    url, token = await listening.token()
    _, _, listed = await get(f"{url}/listing", bearer(token))
    assert b"b.csv" in listed
    assert (await get(f"{url}/files/2024/数据 1.csv", bearer(token)))[2] == b"one"
    for path in (
        "files/../../node.toml",
        "files/%2e%2e/node.toml",
        "files/2024/%2e%2e/%2e%2e/master.key",
        "files//etc/passwd",
    ):
        status, _, body = await get(f"{url}/{path}", bearer(token))
        assert status in {403, 404, 405}
        assert b"development" not in body


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), (bearer("wrong"), 401), ({"Authorization": "Basic x"}, 401), (bearer(""), 401)],
)
async def test_without_a_good_token_nothing_is_told(
    serve: Start, tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    (tmp_path / "air.csv").write_bytes(b"secret")
    listening = await serve("air.csv")
    url, _ = await listening.token()
    for part in ("", "/manifest", "/listing"):
        answered, told, body = await get(url + part, headers)
        assert answered == status
        assert b"secret" not in body
        assert told["cache-control"] == "no-store"


async def test_a_token_of_another_transfer_is_refused(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"x")
    listening = await serve("air.csv")
    url, _ = await listening.token()
    _, other = await listening.token()
    assert (await get(url, bearer(other)))[0] == 403


async def test_the_token_is_taken_bare_too_as_edc_sends_it(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(b"x")
    listening = await serve("air.csv")
    url, token = await listening.token()
    assert (await get(url, {"Authorization": token}))[0] == 200


async def read_until_cut(
    url: str,
    token: str,
    *,
    pause_s: float,
    hurry: asyncio.Event | None = None,
    begun: asyncio.Event | None = None,
) -> int:
    """Bytes that came; the stream must end without its end.

    Args:
        hurry: once set, what was sent already is read without a pause.
        begun: set when the first bytes are here.
    """
    got = 0
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientConnectionError)):
            async with session.get(url, headers=bearer(token)) as answer:
                async for chunk in answer.content.iter_chunked(2**14):
                    got += len(chunk)
                    if begun is not None:
                        begun.set()
                    if hurry is None or not hurry.is_set():
                        await asyncio.sleep(pause_s)
    return got


async def test_ending_the_agreement_cuts_running_streams(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    tokens = [await listening.token() for _ in range(24)]
    hurry = asyncio.Event()
    readers = [
        asyncio.create_task(read_until_cut(url, token, pause_s=0.005, hurry=hurry)) for url, token in tokens
    ]
    async with asyncio.timeout(30):
        while len(listening.node.parts.running) < len(tokens):
            await asyncio.sleep(0.01)
    await end(listening)
    hurry.set()
    assert all(got < BIG for got in await asyncio.gather(*readers))
    async with asyncio.timeout(30):  # each is recorded after it was cut
        while len(listening.node.parts.running):
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("flows", [False, True], ids=["stands", "flows"])
async def test_nothing_is_handed_to_the_server_once_the_end_is_committed(
    serve: Start, tmp_path: Path, flows: bool
) -> None:
    """A second is what a network may need; the node needs none: it drops the connection with what still waits."""
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    reads = [(Taking(), *await listening.token()) for _ in range(24)]
    tasks = [
        asyncio.create_task(taking.read(listening.node.data, url, token)) for taking, url, token in reads
    ]
    takings = [taking for taking, _, _ in reads]
    await asyncio.gather(*(taking.begun.wait() for taking in takings))
    at_commit: list[int] = []

    def committed(topics: frozenset[str]) -> None:
        if not at_commit and list(stops_in(topics)):
            at_commit.extend(taking.handed for taking in takings)
            for taking in takings if flows else ():
                taking.go_on.set()  # the connection takes all that it is given, from this moment on

    listening.node.parts.store.watch(committed)
    await end(listening)
    async with asyncio.timeout(60):
        await asyncio.gather(*tasks)
    assert [taking.handed for taking in takings] == at_commit
    assert all(taking.dropped and not taking.whole for taking in takings)


async def end(listening: Listening, state: AgreementState = AgreementState.TERMINATED) -> None:
    """End the agreement, or suspend it."""
    await lifecycle.change(listening.node.parts, "bureau", listening.agreement.id, state, by="us")


async def test_a_reader_that_does_not_read_is_cut_as_well(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    url, token = await listening.token()
    host, port = url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**12)
    path = "/" + url.split("/", 3)[3]
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await reader.read(100)
    async with asyncio.timeout(30):
        while not len(listening.node.parts.running):
            await asyncio.sleep(0.01)
    await end(listening, AgreementState.SUSPENDED)
    async with asyncio.timeout(10):
        while len(listening.node.parts.running):
            await asyncio.sleep(0.01)
    writer.close()


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the loop has to come to close the socket")
async def test_a_stop_throws_away_what_the_system_holds_before_the_loop_goes_on(
    serve: Start, tmp_path: Path
) -> None:
    """A slow reader finds what its own system had received, and nothing more, however busy the node is."""
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    url, token = await listening.token()
    host, port = url.split("/")[2].split(":")
    path, loop = "/" + url.split("/", 3)[3], asyncio.get_running_loop()
    with socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        reader.setblocking(False)
        await loop.sock_connect(reader, (host, int(port)))
        asked = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
        await loop.sock_sendall(reader, asked.encode())
        assert (await loop.sock_recv(reader, 64)).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(0.5)  # the buffers of both sides fill
        agreement = listening.agreement
        over = RefusedError("agreement.terminated", "It is over.", "已结束。")
        assert listening.node.parts.running.stop("bureau", over, agreement=agreement.id) == 1
        reader.settimeout(30)  # the loop stands still from here
        found = 0
        with pytest.raises(ConnectionResetError):
            while True:
                found += len(reader.recv(1 << 20))
    assert found < 256 * 1024


async def test_a_reader_that_never_reads_is_not_waited_for(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv", more="[limits]\nreader_seconds = 1\n")
    url, token = await listening.token()
    host, port = url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**12)
    path = "/" + url.split("/", 3)[3]
    writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
    await reader.read(100)
    assert await _outcomes(listening) == ["cut"]
    writer.transport.abort()


async def test_a_stream_takes_flat_memory_whatever_the_size(serve: Start, tmp_path: Path) -> None:
    size = 300 * CHUNK_BYTES
    with (tmp_path / "air.csv").open("wb") as stream:
        stream.truncate(size)
    listening = await serve("air.csv")
    url, token = await listening.token()
    hashed, peak, before = hashlib.sha256(), 0, _resident()
    async with aiohttp.ClientSession() as session, session.get(url, headers=bearer(token)) as answer:
        async for chunk in answer.content.iter_chunked(CHUNK_BYTES):
            hashed.update(chunk)
            peak = max(peak, _resident())
    assert hashed.hexdigest() == hashlib.sha256(b"\0" * size).hexdigest()
    assert peak - before < 40 * CHUNK_BYTES


async def test_a_file_that_changes_mid_stream_is_cut(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    url, token = await listening.token()
    begun = asyncio.Event()
    reading = asyncio.create_task(read_until_cut(url, token, pause_s=0.002, begun=begun))
    await asyncio.wait_for(begun.wait(), 5)
    os.truncate(tmp_path / "air.csv", CHUNK_BYTES)
    got = await reading
    assert got < BIG


async def test_a_reader_that_goes_away_ends_its_use(serve: Start, tmp_path: Path) -> None:
    (tmp_path / "air.csv").write_bytes(os.urandom(BIG))
    listening = await serve("air.csv")
    url, token = await listening.token()
    async with aiohttp.ClientSession(read_bufsize=2**14) as session:
        answer = await session.get(url, headers=bearer(token))
        await answer.content.read(10)
        answer.close()
    async with asyncio.timeout(30):
        while len(listening.node.parts.running):
            await asyncio.sleep(0.01)
    assert await _outcomes(listening) == ["cut"]


async def _outcomes(listening: Listening) -> list[Any]:
    async with asyncio.timeout(30):
        while True:
            async with listening.node.parts.store.view("bureau") as view:
                found = await view.log.find(kind="use", limit=10)
            if found:
                return [msgspec.json.decode(each.canonical)["facts"]["outcome"] for each in found]
            await asyncio.sleep(0.01)


def _resident() -> int:
    with contextlib.suppress(OSError):
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return 0
