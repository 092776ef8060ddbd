"""O1 to O3 against real sockets: what must not be reached counts its connections, and they stay at zero."""

import itertools
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from tests.peers.authority import Authority
from tests.peers.wire import Names, Wire, answering

from xinfu.errors import InputError, PeerError, RefusedError
from xinfu.peers.names import LookUp
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import AllowEntry, OutboundRules
from xinfu.ports.outbound import Purpose

DEVELOPMENT = OutboundRules(development=True)


@asynccontextmanager
async def calling(
    rules: OutboundRules = DEVELOPMENT, *, look_up: LookUp | None = None
) -> AsyncIterator[HttpOutbound]:
    outbound = HttpOutbound(rules, look_up=look_up)
    try:
        yield outbound
    finally:
        await outbound.close()


FORMS = (
    "127.0.0.1",
    "2130706433",
    "0177.0.0.1",
    "0x7f000001",
    "0x7f.0.0.1",
    "127.1",
    "127.0.0.1.",
    "0.0.0.0",
    "0",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::1]",
    "[::]",
    "[64:ff9b::7f00:1]",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "any.localhost",
    "good.example@127.0.0.1",
    "\uff11\uff12\uff17.0.0.1",
    "127\u30020.0.1",
    "\u24dbocalhost",
    "%6cocalhost",
    "good.example\\@127.0.0.1",
    "good.example#@127.0.0.1",
    "10.0.0.1",
    "169.254.169.254",
)


@pytest.mark.parametrize("host", FORMS)
async def test_outbound_refuses_every_form_of_an_inner_address(host: str, canary: Wire) -> None:
    async with calling(OutboundRules()) as outbound:
        for purpose, scheme in itertools.product(Purpose, ("http", "https")):
            url = f"{scheme}://{host}:{canary.port}/"
            with pytest.raises(InputError, match=r"address\.refused"):
                outbound.check(url, purpose=purpose)
            with pytest.raises(RefusedError, match=r"address\.refused"):
                await outbound.request("GET", url, purpose=purpose)
    assert canary.connections == 0


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "fe80::1%lo"]
)
async def test_outbound_refuses_a_name_that_leads_to_an_inner_address(ip: str, canary: Wire) -> None:
    names = Names(peer_test=[[ip]])
    async with calling(OutboundRules(), look_up=names) as outbound:
        outbound.check(f"https://peer.test:{canary.port}/", purpose=Purpose.PEER)
        with pytest.raises(RefusedError, match=r"address\.refused"):
            await outbound.request("POST", f"https://peer.test:{canary.port}/", purpose=Purpose.PEER)
    assert canary.connections == 0


async def test_one_inner_address_among_public_ones_refuses_the_name(canary: Wire) -> None:
    names = Names(peer_test=[["203.0.114.7", "127.0.0.1"]])
    async with calling(OutboundRules(), look_up=names) as outbound:
        with pytest.raises(RefusedError) as caught:
            await outbound.request("GET", f"https://peer.test:{canary.port}/", purpose=Purpose.DATA)
    assert "peer.test" in caught.value.en
    assert "127.0.0.1/" not in caught.value.en
    assert 'cidr = "127.0.0.1", purposes = ["data"]' in caught.value.help_en
    assert canary.connections == 0


async def test_a_system_name_of_this_machine_is_refused_after_its_look_up(canary: Wire) -> None:
    name = socket.gethostname()
    async with calling(OutboundRules()) as outbound:
        with pytest.raises((RefusedError, PeerError)):
            await outbound.request("GET", f"https://{name}:{canary.port}/", purpose=Purpose.PEER)
    assert canary.connections == 0


@pytest.mark.parametrize("name", ["localhost", "any.name.localhost"])
async def test_names_under_localhost_are_this_machine_without_asking_anyone(name: str) -> None:
    async with Wire().open() as wire, calling() as outbound:
        answer = await outbound.request("GET", wire.url(name), purpose=Purpose.DID)
        assert answer.status == 200
        assert f"Host: {name}:{wire.port}" in wire.heads[0]


async def test_a_name_that_moves_to_loopback_is_refused_when_it_is_connected_to_again(
    canary: Wire, authority: Authority
) -> None:
    """O2: the check and the connection see one answer, and the next connection asks and checks again."""
    names = Names(peer_test=[["127.0.0.2"], ["127.0.0.1"]])
    rules = OutboundRules(allow=(AllowEntry(cidr="127.0.0.2/32"),), ca_file=authority.ca_file)
    tls = authority.server("peer.test")
    async with (
        Wire().open("127.0.0.2", canary.port, tls) as first,
        calling(rules, look_up=names) as outbound,
    ):
        url = f"https://peer.test:{canary.port}/"
        assert (await outbound.request("GET", url, purpose=Purpose.PEER)).status == 200
        assert (len(first.heads), names.asked) == (1, ["peer.test"])
        with pytest.raises(RefusedError, match=r"address\.refused"):
            await outbound.request("GET", url, purpose=Purpose.PEER)
        assert names.asked == ["peer.test", "peer.test"]
    assert canary.connections == 0


async def test_an_open_connection_stays_with_the_address_that_was_checked(canary: Wire) -> None:
    """O2: while a connection is kept, a changed name changes nothing."""
    reply = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    names = Names(localhost=[["127.0.0.2"], ["127.0.0.1"]])
    async with (
        Wire(reply, requests=9).open("127.0.0.2", canary.port) as first,
        calling(look_up=names) as outbound,
    ):
        for _ in range(2):
            await outbound.request("GET", f"http://localhost:{canary.port}/", purpose=Purpose.PEER)
        assert (first.connections, len(first.heads), names.asked) == (1, 2, ["localhost"])
    assert canary.connections == 0


async def test_what_one_purpose_may_reach_is_not_lent_to_another() -> None:
    rules = OutboundRules(
        allow=(AllowEntry(host="peer.test", purposes=(Purpose.PEER,), http=True),),
        sources=(AllowEntry(cidr="0.0.0.0/0", http=True),),
    )
    reply = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
    names = Names(peer_test=[["127.0.0.1"]])
    async with Wire(reply, requests=9).open() as wire, calling(rules, look_up=names) as outbound:
        url = f"http://peer.test:{wire.port}/"
        await outbound.request("GET", url, purpose=Purpose.PEER)
        with pytest.raises(RefusedError, match=r"address\.refused"):
            await outbound.request("GET", url, purpose=Purpose.DATA)
        assert wire.connections == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("purpose", [Purpose.PEER, Purpose.PLATFORM])
async def test_a_protocol_message_follows_no_redirect(status: int, purpose: Purpose, canary: Wire) -> None:
    async with redirecting(status, f"http://127.0.0.1:{canary.port}/") as wire, calling() as outbound:
        with pytest.raises(PeerError, match=r"peer\.redirect-refused"):
            await outbound.request("POST", wire.url(), purpose=purpose, body=b"{}")
    assert canary.connections == 0


TARGETS = {
    "loopback": "http://127.0.0.1:{port}/",
    "loopback over tls": "https://127.0.0.1:{port}/",
    "localhost": "http://localhost.:{port}/",
    "decimal": "http://2130706433:{port}/",
    "mapped": "http://[::ffff:127.0.0.1]:{port}/",
    "user-info": "http://peer.test@127.0.0.1:{port}/",
    "no scheme": "//127.0.0.1:{port}/",
    "rebound": "http://inner.test:{port}/",
    "file": "file:///etc/passwd",
    "ftp": "ftp://127.0.0.1:{port}/",
    "gopher": "gopher://127.0.0.1:{port}/_x",
    "metadata": "http://169.254.169.254/latest/meta-data",
    "header": "http://peer.test/\x01",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("purpose", [Purpose.DID, Purpose.STATUS, Purpose.DATA])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS.keys())
async def test_a_redirect_to_an_inner_address_or_another_scheme_is_refused(
    target: str, purpose: Purpose, status: int, canary: Wire
) -> None:
    rules = OutboundRules(allow=(AllowEntry(host="peer.test", http=True),))
    names = Names(peer_test=[["127.0.0.2"]], inner_test=[["127.0.0.1"]])
    where = target.format(port=canary.port)
    async with (
        redirecting(status, where, "127.0.0.2") as wire,
        calling(rules, look_up=names) as outbound,
    ):
        with pytest.raises((PeerError, RefusedError)) as caught:
            await outbound.request(
                "GET", wire.url("peer.test"), purpose=purpose, headers={"Authorization": "Bearer x"}
            )
        assert caught.value.code in ("peer.redirect-refused", "address.refused", "peer.malformed")
        assert wire.connections == 1
    assert canary.connections == 0


async def test_data_follows_three_redirects_and_not_four() -> None:
    for length, followed in ((3, True), (4, False)):
        async with Wire().open() as end:
            hops = f"http://127.0.0.1:{end.port}/end"
            async with chain(length, hops) as first, calling() as outbound:
                if followed:
                    answer = await outbound.request("GET", first, purpose=Purpose.DATA)
                    assert (answer.body, answer.url) == (b"ok", hops)
                else:
                    with pytest.raises(PeerError, match=r"peer\.redirect-refused"):
                        await outbound.request("GET", first, purpose=Purpose.DATA)
                    assert end.connections == 0


async def test_credentials_do_not_follow_to_another_origin() -> None:
    headers = {
        "Authorization": "Bearer secret",
        "X-Api-Key": "secret",
        "Cookie": "a=secret",
        "Range": "bytes=0-1",
    }
    async with Wire().open() as other, redirecting(307, f"http://127.0.0.1:{other.port}/") as wire:
        async with calling() as outbound:
            await outbound.request("GET", wire.url(), purpose=Purpose.DATA, headers=headers)
        assert "secret" in wire.heads[0]
        assert "secret" not in other.heads[0]
        assert "Range: bytes=0-1" in other.heads[0]


async def test_credentials_stay_within_one_origin() -> None:
    replies = [
        b"HTTP/1.1 307 Temporary Redirect\r\nLocation: /there\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    ]
    async with Wire(answering(*replies)).open() as wire, calling() as outbound:
        await outbound.request(
            "GET", wire.url(), purpose=Purpose.DATA, headers={"Authorization": "Bearer secret"}
        )
        assert "GET /there " in wire.heads[1]
        assert "Authorization: Bearer secret" in wire.heads[1]


async def test_a_post_follows_303_as_a_get_without_a_body() -> None:
    async with Wire().open() as end, redirecting(303, f"http://127.0.0.1:{end.port}/") as wire:
        async with calling() as outbound:
            await outbound.request("POST", wire.url(), purpose=Purpose.DATA, body=b"abc")
        assert end.heads[0].startswith("GET / ")
        assert "content-" not in end.heads[0].lower()


async def test_a_post_does_not_follow_302() -> None:
    async with Wire().open() as end, redirecting(302, f"http://127.0.0.1:{end.port}/") as wire:
        async with calling() as outbound:
            with pytest.raises(PeerError, match=r"peer\.redirect-refused"):
                await outbound.request("POST", wire.url(), purpose=Purpose.DATA, body=b"abc")
        assert end.connections == 0


async def test_no_proxy_is_taken_from_the_environment(canary: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{canary.port}")
    async with Wire().open("127.0.0.2") as wire, calling() as outbound:
        await outbound.request("GET", f"http://127.0.0.2:{wire.port}/", purpose=Purpose.PEER)
        assert wire.connections == 1
    assert canary.connections == 0


async def test_no_cookie_comes_back() -> None:
    raw = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with Wire(answering(raw)).open() as wire, calling() as outbound:
        for _ in range(2):
            await outbound.request("GET", f"http://localhost:{wire.port}/", purpose=Purpose.PEER)
        assert all("cookie" not in head.lower() for head in wire.heads)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "b\r\nX-C: d"),
        ("X-A", "b\nX-C: d"),
        ("X-A", "b\x00"),
        ("X-A", "\u4fe1"),
        ("X-A: b\r\nX-C", "d"),
        ("X A", "b"),
        ("", "b"),
        ("Host", "other.example"),
        ("content-length", "0"),
        ("Transfer-Encoding", "chunked"),
        ("Connection", "X-A"),
        ("Proxy-Authorization", "b"),
    ],
)
async def test_a_header_that_could_smuggle_is_not_sent(name: str, value: str, canary: Wire) -> None:
    async with calling() as outbound:
        with pytest.raises(InputError, match=r"address\.header") as caught:
            await outbound.request(
                "GET", f"http://127.0.0.1:{canary.port}/", purpose=Purpose.PEER, headers={name: value}
            )
    assert "X-C" not in str(caught.value)
    assert canary.connections == 0


@pytest.mark.parametrize("url", ["/a\r\nX-C: d", "/a b", "/a\n", "/\x00"])
async def test_a_line_in_the_path_is_not_sent(url: str, canary: Wire) -> None:
    async with calling() as outbound:
        with pytest.raises(RefusedError, match=r"address\.refused"):
            await outbound.request("GET", f"http://127.0.0.1:{canary.port}{url}", purpose=Purpose.PEER)
    assert canary.connections == 0


@pytest.mark.parametrize("method", ["CONNECT", "TRACE", "get", "GET /x HTTP/1.1\r\nHost: a\r\n\r\nGET", ""])
async def test_an_unusual_method_is_not_sent(method: str, canary: Wire) -> None:
    async with calling() as outbound:
        with pytest.raises(InputError, match=r"address\.method"):
            await outbound.request(method, f"http://127.0.0.1:{canary.port}/", purpose=Purpose.PEER)
    assert canary.connections == 0


async def test_an_error_names_host_and_port_and_never_path_or_query() -> None:
    async with calling() as outbound:
        with pytest.raises(PeerError) as caught:
            await outbound.request("GET", "http://127.0.0.1:1/secret?token=secret", purpose=Purpose.PEER)
    assert caught.value.code == "peer.unreachable"
    assert "http://127.0.0.1:1" in caught.value.en
    assert "secret" not in caught.value.en + caught.value.zh + repr(caught.value.facts)


async def test_the_path_goes_out_as_it_was_given() -> None:
    async with Wire().open() as wire, calling() as outbound:
        target = "/negotiations/urn%3Auuid%3A1/a%2Fb/../c?x=%E4%BF%A1&x=1"
        await outbound.request("GET", wire.url() + target[1:], purpose=Purpose.PEER)
        assert wire.heads[0].splitlines()[0] == f"GET {target} HTTP/1.1"
        assert f"Host: 127.0.0.1:{wire.port}" in wire.heads[0]


@asynccontextmanager
async def redirecting(status: int, location: str, host: str = "127.0.0.1") -> AsyncIterator[Wire]:
    raw = f"HTTP/1.1 {status} Moved\r\nLocation: {location}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    async with Wire(answering(raw.encode("latin-1"))).open(host) as wire:
        yield wire


@asynccontextmanager
async def chain(length: int, end: str) -> AsyncIterator[str]:
    """`length` servers that redirect one to the next, the last to `end`; gives the first address."""
    if length == 0:
        yield end
        return
    async with chain(length - 1, end) as following, redirecting(302, following) as wire:
        yield wire.url()
