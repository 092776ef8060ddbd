"""The contract of ports/outbound.py: every implementation passes all of it."""

import gzip
from collections.abc import AsyncIterator

import pytest
from tests.peers.wire import Wire, answering, echoing, silent

from xinfu.errors import InputError, PeerError, RefusedError
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.outbound import MIB, Outbound, Purpose, StreamedAnswer


@pytest.fixture(params=["http"])
async def outbound(request: pytest.FixtureRequest) -> AsyncIterator[Outbound]:
    """Each implementation, in development: loopback may be called and nothing else that is not public."""
    made: dict[str, Outbound] = {"http": HttpOutbound(OutboundRules(development=True))}
    yield made[request.param]
    await made[request.param].close()


@pytest.mark.parametrize("status", [200, 201, 204, 400, 401, 404, 409, 500, 503])
async def test_every_status_is_an_answer(outbound: Outbound, status: int) -> None:
    raw = f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode()
    async with Wire(answering(raw)).open() as wire:
        answer = await outbound.request("POST", wire.url(), purpose=Purpose.PEER, body=b"{}")
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_an_answer_as_it_came_follows_no_redirect(outbound: Outbound, status: int) -> None:
    async with Wire().open() as other:
        raw = f"HTTP/1.1 {status} X\r\nLocation: {other.url()}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Wire(answering(raw)).open() as wire:
            answer = await outbound.request("GET", wire.url(), purpose=Purpose.SOURCE, as_is=True)
        assert (answer.status, answer.headers["location"]) == (status, other.url())
        assert other.heads == []


async def test_headers_come_in_lower_case_and_repeated_ones_joined(outbound: Outbound) -> None:
    raw = b"HTTP/1.1 200 OK\r\nLink: <a>; rel=next\r\nLINK: <b>; rel=previous\r\nContent-Length: 0\r\n\r\n"
    async with Wire(answering(raw)).open() as wire:
        answer = await outbound.request("GET", wire.url(), purpose=Purpose.PEER)
    assert answer.headers["link"] == "<a>; rel=next, <b>; rel=previous"
    assert list(answer.headers) == ["link", "content-length"]


async def test_method_headers_and_body_go_out_as_given(outbound: Outbound) -> None:
    async with Wire().open() as wire:
        await outbound.request(
            "PUT", wire.url(), purpose=Purpose.DATA, headers={"Authorization": "Bearer x"}, body=b"four"
        )
        head = wire.heads[0]
    assert head.startswith("PUT / HTTP/1.1\r\n")
    assert "Authorization: Bearer x\r\n" in head
    assert "Content-Length: 4\r\n" in head


async def test_a_compressed_answer_comes_inflated(outbound: Outbound) -> None:
    body = gzip.compress(b"catalog" * 1000)
    raw = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
    async with Wire(answering(raw)).open() as wire:
        answer = await outbound.request("GET", wire.url(), purpose=Purpose.PEER)
        assert "accept-encoding: gzip" in wire.heads[0].lower()
    assert answer.body == b"catalog" * 1000


@pytest.mark.parametrize("encoding", ["gzip", "br", "aws-chunked"])
async def test_an_answer_as_it_came_is_not_inflated(outbound: Outbound, encoding: str) -> None:
    raw = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: 3\r\n\r\nabc".encode()
    async with Wire(answering(raw)).open() as wire:
        answer = await outbound.request("GET", wire.url(), purpose=Purpose.SOURCE, as_is=True)
    assert (answer.body, answer.headers["content-encoding"]) == (b"abc", encoding)


@pytest.mark.parametrize(("limit", "fits"), [(999, False), (1000, True)])
async def test_the_limit_is_the_largest_body_that_is_read(outbound: Outbound, limit: int, fits: bool) -> None:
    async with Wire(answering(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + b"x" * 1000)).open() as wire:
        call = outbound.request("GET", wire.url(), purpose=Purpose.PEER, limit_bytes=limit)
        if fits:
            assert len((await call).body) == limit
        else:
            with pytest.raises(PeerError, match=r"peer\.too-large"):
                await call


async def test_a_stream_gives_status_and_headers_first_and_then_all_bytes(outbound: Outbound) -> None:
    body = bytes(range(256)) * 20_000
    head = f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(body)}\r\nETag: x\r\n\r\n".encode()
    async with (
        Wire(answering(head + body)).open() as wire,
        outbound.stream("GET", wire.url(), purpose=Purpose.DATA) as streamed,
    ):
        assert (streamed.status, streamed.headers["etag"], streamed.url) == (206, "x", wire.url())
        pieces = [piece async for piece in streamed.chunks(10_000)]
    assert b"".join(pieces) == body
    assert max(map(len, pieces)) <= 10_000


async def test_a_stream_that_breaks_off_says_so_and_keeps_what_came(outbound: Outbound) -> None:
    came: list[bytes] = []
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500
    async with (
        Wire(answering(raw)).open() as wire,
        outbound.stream("GET", wire.url(), purpose=Purpose.DATA) as streamed,
    ):
        with pytest.raises(PeerError, match=r"peer\.unreachable"):
            await gather(streamed, came)
    assert b"".join(came) == b"x" * 500


async def gather(streamed: StreamedAnswer, came: list[bytes]) -> None:
    async for piece in streamed.chunks():
        came += [piece]


async def test_a_body_that_is_made_as_it_is_sent_goes_out_whole(outbound: Outbound) -> None:
    async def made() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b"%03d" % number

    async with (
        Wire(echoing).open() as wire,
        outbound.stream("POST", wire.url(), purpose=Purpose.SOURCE, body=made()) as answer,
    ):
        came = b"".join([piece async for piece in answer.chunks()])
    assert came == b"".join(b"%03d" % number for number in range(100))


async def test_a_body_that_breaks_off_is_no_request(outbound: Outbound) -> None:
    async def made() -> AsyncIterator[bytes]:
        yield b"half"
        raise ConnectionError

    async with Wire(echoing).open() as wire:
        with pytest.raises(PeerError) as failed:
            async with outbound.stream("POST", wire.url(), purpose=Purpose.SOURCE, body=made()):
                pass
    assert failed.value.code == "peer.unreachable"


async def test_a_body_sent_as_a_stream_follows_no_redirect(outbound: Outbound) -> None:
    async def made() -> AsyncIterator[bytes]:
        yield b"once"

    async with Wire().open() as other:
        raw = f"HTTP/1.1 307 X\r\nLocation: {other.url()}\r\nContent-Length: 0\r\n\r\n".encode()
        async with Wire(answering(raw)).open() as wire:
            with pytest.raises(PeerError) as failed:
                async with outbound.stream("POST", wire.url(), purpose=Purpose.SOURCE, body=made()):
                    pass
        assert failed.value.code == "peer.redirect-refused"
        assert other.heads == []


async def test_the_silence_that_is_borne_is_the_caller_s_to_say(outbound: Outbound) -> None:
    async with Wire(silent).open() as wire:
        with pytest.raises(PeerError) as failed:
            async with outbound.stream("GET", wire.url(), purpose=Purpose.SOURCE, silence_s=0.2):
                pass
    assert failed.value.code == "peer.timeout"


async def test_nobody_there_is_unreachable(outbound: Outbound) -> None:
    async with Wire().open() as gone:
        url = gone.url()
    with pytest.raises(PeerError, match=r"peer\.unreachable"):
        await outbound.request("GET", url, purpose=Purpose.PEER)


@pytest.mark.parametrize("url", ["http://10.0.0.1/", "https://[fe80::1]/", "ftp://a.example/", "a", ""])
async def test_a_refused_address_is_the_giver_s_fault_in_check_and_ours_to_refuse_in_a_call(
    outbound: Outbound, url: str
) -> None:
    with pytest.raises(InputError, match=r"address\.refused"):
        outbound.check(url, purpose=Purpose.PEER)
    with pytest.raises(RefusedError, match=r"address\.refused"):
        await outbound.request("GET", url, purpose=Purpose.PEER)
    with pytest.raises(RefusedError, match=r"address\.refused"):
        async with outbound.stream("GET", url, purpose=Purpose.PEER):
            pass


async def test_a_refusal_names_the_address_the_rule_and_the_entry_that_helps(outbound: Outbound) -> None:
    with pytest.raises(InputError) as caught:
        outbound.check("https://10.0.0.1:8443/secret", purpose=Purpose.STATUS)
    error = caught.value
    for text in (error.en, error.zh):
        assert "https://10.0.0.1:8443" in text
        assert "private" in text
        assert "secret" not in text
    assert 'allow = [{ cidr = "10.0.0.1", purposes = ["status"] }]' in error.help_en
    assert 'allow = [{ cidr = "10.0.0.1", purposes = ["status"] }]' in error.help_zh


async def test_a_good_address_passes_the_check(outbound: Outbound) -> None:
    for url in ("https://peer.example/dsp", "https://8.8.8.8:8443/dsp?x=1", "http://localhost:1/dsp"):
        outbound.check(url, purpose=Purpose.PEER)


async def test_a_closed_client_calls_nobody(outbound: Outbound) -> None:
    async with Wire(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), requests=2).open() as wire:
        await outbound.request("GET", wire.url(), purpose=Purpose.PEER, limit_bytes=MIB)
        await outbound.close()
        with pytest.raises(PeerError, match=r"peer\.unreachable"):
            await outbound.request("GET", wire.url(), purpose=Purpose.PEER)
        assert len(wire.heads) == 1
