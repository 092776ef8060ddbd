"""Lines: kept, given up, never mixed up; on both event loops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvloop

from xinfu.errors import PeerError
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.outbound import HttpAnswer, Purpose

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """Says what it is told for each request, and counts its connections."""

    def __init__(self, *said: bytes, closes: bool = False) -> None:
        self.connections = 0
        self.heard: list[bytes] = []
        self.url = ""
        self._said = list(said)
        self._closes = closes

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0] or 0)
                self.heard.append(head + await reader.readexactly(length))
                writer.write(self._said.pop(0) if len(self._said) > 1 else self._said[0])
                if self._closes:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()


@asynccontextmanager
async def listening(peer: Peer) -> AsyncIterator[HttpOutbound]:
    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/inbox"
    outbound = HttpOutbound(OutboundRules(development=True))
    try:
        yield outbound
    finally:
        await outbound.close()
        server.close()


async def post(outbound: HttpOutbound, peer: Peer, body: bytes = b"{}") -> HttpAnswer:
    return await outbound.request("POST", peer.url, purpose=Purpose.PEER, body=body)


async def test_a_line_is_kept_for_the_next_message() -> None:
    peer = Peer(OK)
    async with listening(peer) as outbound:
        for number in range(5):
            answer = await post(outbound, peer, str(number).encode())
            assert (answer.status, answer.body) == (200, b"ok")
    assert peer.connections == 1
    assert [each[-1:] for each in peer.heard] == [b"0", b"1", b"2", b"3", b"4"]


def test_the_same_on_the_loop_that_nodes_run_on() -> None:
    peer = Peer(OK)

    async def story() -> None:
        async with listening(peer) as outbound:
            for _ in range(3):
                assert (await post(outbound, peer)).body == b"ok"

    uvloop.run(story())
    assert peer.connections == 1


async def test_messages_at_the_same_time_have_lines_of_their_own() -> None:
    peer = Peer(OK)
    async with listening(peer) as outbound:
        answers = await asyncio.gather(*(post(outbound, peer) for _ in range(4)))
        assert [each.body for each in answers] == [b"ok"] * 4
    assert 1 <= peer.connections <= 4
    assert len(peer.heard) == 4


async def test_a_line_that_the_peer_closes_is_not_used_again() -> None:
    peer = Peer(OK.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n"), closes=True)
    async with listening(peer) as outbound:
        for _ in range(3):
            assert (await post(outbound, peer)).body == b"ok"
    assert peer.connections == 3


async def test_an_interim_answer_is_passed_over() -> None:
    peer = Peer(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK)
    async with listening(peer) as outbound:
        answer = await post(outbound, peer)
    assert (answer.status, answer.body) == (200, b"ok")
    assert "link" not in answer.headers


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\n\r\nall of it", closes=True)
    async with listening(peer) as outbound:
        assert (await post(outbound, peer)).body == b"all of it"


async def test_headers_of_one_name_are_joined() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nLink: <a>\r\nlink: <b>\r\nContent-Length: 0\r\n\r\n")
    async with listening(peer) as outbound:
        assert (await post(outbound, peer)).headers["link"] == "<a>, <b>"


@pytest.mark.parametrize(
    ("said", "closes", "code"),
    [
        (b"", True, "peer.unreachable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", True, "peer.unreachable"),
        (b"not HTTP at all\r\n\r\n", False, "peer.malformed"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000, False, "peer.malformed"),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", False, "peer.malformed"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n", False, "peer.too-large"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: 0\r\n\r\n", False, "peer.malformed"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", False, "peer.redirect-refused"),
    ],
)
async def test_what_is_no_legal_answer_is_refused_and_the_line_is_not_kept(
    said: bytes, closes: bool, code: str
) -> None:
    peer = Peer(said, closes=closes)
    async with listening(peer) as outbound:
        with pytest.raises(PeerError) as raised:
            await post(outbound, peer)
    assert raised.value.code == code


async def test_what_comes_unasked_ends_the_line() -> None:
    peer = Peer(OK + OK.replace(b"OK\r\n", b"OK\r\nX-More: 1\r\n").replace(b"ok", b"no"), OK)
    async with listening(peer) as outbound:
        first = await post(outbound, peer)
        assert (first.body, first.headers) == (b"ok", {"content-length": "2"})
        assert (await post(outbound, peer)).body == b"ok"
    assert peer.connections == 2


async def test_a_caller_that_goes_away_leaves_no_answer_for_the_next() -> None:
    peer = Peer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", OK)
    async with listening(peer) as outbound:
        waiting = asyncio.create_task(post(outbound, peer))
        while not peer.heard:
            await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await post(outbound, peer)).body == b"ok"
    assert peer.connections == 2


async def test_a_closed_client_calls_nobody() -> None:
    peer = Peer(OK)
    async with listening(peer) as outbound:
        await outbound.close()
        with pytest.raises(PeerError):
            await post(outbound, peer)
    assert peer.connections == 0
