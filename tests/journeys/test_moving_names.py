"""Names that change their addresses, and status lists that stand elsewhere: what a running node outside development calls.

A peer speaks TLS at 127.0.0.2, which the node's operator opened; its certificate is good everywhere. A listener that
nobody opened stands at 127.0.0.1, at the same port and with the same certificate: whoever connects there has lost.
The address of the peer stands for a public one, as nothing of a test leaves the machine.

Follows: threats O1, O2, J4.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import pytest
from tests.dialog import first_request
from tests.nodes import ANYWHERE, Said, Site, rule, site
from tests.peers.authority import Authority
from tests.peers.wire import Wire
from tests.stranger import Stranger, message, stranger

from xinfu.credentials.issuing import issue_credential, issue_status_list
from xinfu.credentials.status import StatusEntry, new_bits
from xinfu.node.config import ListenTable, OutboundTable, Tls, Trust, TrustedIssuer
from xinfu.peers.rules import AllowEntry

NAME: Final = "peer.test"
OTHER: Final = "other.test"
OPEN: Final = "127.0.0.2"
INNER: Final = {
    "loopback": ["127.0.0.1"],
    "metadata": ["169.254.169.254"],
    "private": ["10.0.0.1"],
    "loopback of IPv6": ["::1"],
    "loopback written as IPv6": ["::ffff:127.0.0.1"],
    "one inner address among others": [OPEN, "127.0.0.1"],
    "an inner address before others": ["127.0.0.1", OPEN],
    "a public and an inner address": ["93.184.216.34", "10.0.0.1"],
}


class Moving:
    """Answers for every name: `rows` in turn, the last one for ever."""

    def __init__(self) -> None:
        self.rows: list[Sequence[str]] = [[OPEN]]
        self.asked: list[str] = []
        self._news = asyncio.Condition()

    async def __call__(self, name: str) -> Sequence[str]:
        async with self._news:
            self.asked.append(name)
            self._news.notify_all()
        return self.rows.pop(0) if len(self.rows) > 1 else self.rows[0]

    async def is_asked(self, times: int) -> None:
        """Wait until it was asked so often."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.asked) >= times)


class Lists:
    """Where a status list stands: answers with `raws` in turn, the last one for ever."""

    def __init__(self) -> None:
        self.wire = Wire()
        self.raws: list[bytes] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.raws.pop(0) if len(self.raws) > 1 else self.raws[0])
        await writer.drain()


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """A node outside development, a peer at an address that is open, and a listener at one that is not."""

    site: Site
    peer: Stranger
    trap: Wire
    names: Moving
    lists: Lists

    @property
    def list_url(self) -> str:
        """Where the peer's status list stands."""
        return self.lists.wire.url(NAME, "https") + "status/1"

    async def catalog(self) -> Said:
        """What the node's operator is told who asks for the peer's catalog."""
        return await self.site.api("GET", "/catalog", participant=self.peer.did)

    async def told(self, path: str, body: object, *credentials: str) -> Said:
        """What the peer is told by the node, through the proxy that speaks TLS for it."""
        data = msgspec.json.encode(body)
        shown: dict[str, Any] = {"vp": _presentation(self.peer.did, *credentials)} if credentials else {}
        token = self.peer.token(self.site.did, self.site.base + path, data, **shown)
        port = self.site.node.sockets.protocol.getsockname()[1]
        url = f"http://127.0.0.1:{port}/dsp/node/2025-1{path}"
        return await self.peer.send(self.site.did, url, data, token=token)


@pytest.fixture
async def outside(tmp_path: Path) -> AsyncIterator[Outside]:
    authority, names = Authority(tmp_path), Moving()
    tls = authority.server(NAME, OTHER)
    lists = Lists()
    proxy = msgspec.structs.replace(ANYWHERE, public_url="https://node.example")
    async with (
        aiohttp.ClientSession() as session,
        Wire().open(tls=tls) as trap,
        Wire(lists.talk).open(OPEN, tls=tls) as lists.wire,
        stranger(session, secured=tls, name=NAME, host=OPEN, port=trap.port) as peer,
        site(
            tmp_path / "node",
            session,
            look_up=names,
            development=False,
            listen=ListenTable(management=ANYWHERE, protocol=proxy, data=proxy),
            tls=Tls(ca_file=str(authority.ca_file)),
            outbound=OutboundTable(allow=(AllowEntry(cidr=f"{OPEN}/32"),)),
            trust=Trust(issuers=(TrustedIssuer(did=peer.did),)),
        ) as made,
    ):
        yield Outside(site=made, peer=peer, trap=trap, names=names, lists=lists)


async def test_a_peer_at_an_open_address_is_called(outside: Outside) -> None:
    """Else none of the refusals here would mean anything."""
    await outside.catalog()
    assert [each.path for each in outside.peer.heard] == ["/2025-1/catalog/request"]
    assert outside.peer.fetched == 1
    assert set(outside.names.asked) == {NAME}


@pytest.mark.parametrize("where", INNER)
async def test_a_name_that_leads_inside_is_not_called(outside: Outside, where: str) -> None:
    outside.names.rows = [INNER[where]]
    said = await outside.catalog()
    assert (said.status, said.code) == (502, "did.unresolved"), said
    assert said.json["facts"]["cause"] == "address.refused"
    assert (outside.trap.connections, outside.peer.touched) == (0, 0)


@pytest.mark.parametrize("where", INNER)
async def test_a_name_that_moves_inside_is_not_called_again(outside: Outside, where: str) -> None:
    """The DID document came from the address that was checked; the next connection needs one that is checked as well."""
    outside.names.rows = [[OPEN], INNER[where]]
    said = await outside.catalog()
    assert (said.status, said.code) == (403, "address.refused"), said
    assert outside.trap.connections == 0
    assert outside.peer.touched == outside.peer.fetched == 1


@pytest.mark.parametrize("where", INNER)
async def test_a_callback_whose_name_moves_inside_is_not_called(outside: Outside, where: str) -> None:
    outside.names.rows = [[OPEN], INNER[where]]
    offer = await outside.site.publish("air")
    said = await outside.told("/negotiations/request", first_request(outside.peer, offer, "air"))
    assert said.status == 201, said
    await outside.names.is_asked(3)  # the node has tried, and tries again
    assert outside.trap.connections == 0
    assert outside.peer.heard == []
    assert outside.peer.touched == outside.peer.fetched == 1


TARGETS: Final = {
    "loopback": "https://127.0.0.1:{trap}/",
    "loopback as a number": "https://2130706433:{trap}/",
    "localhost": "https://localhost:{trap}/",
    "the metadata service": "http://169.254.169.254/latest",
    "a private address": "https://10.0.0.1/",
    "plain http": "http://peer.test:{lists}/status/1",
    "a file": "file:///etc/passwd",
    "itself": "/status/1",
    "a name that leads inside": "https://other.test:{trap}/",
}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_status_list_that_stands_elsewhere_is_followed(outside: Outside, status: int) -> None:
    """Else none of the refusals here would mean anything."""
    outside.lists.raws = [_redirect(status, "/status/elsewhere"), _signed_list(outside)]
    assert await _shown(outside) == ["air"]
    assert len(outside.lists.wire.heads) == 2


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("target", TARGETS)
async def test_a_status_list_is_not_followed_inside_or_in_circles(
    outside: Outside, target: str, status: int
) -> None:
    """The list cannot be had, so the credential opens nothing."""
    url = TARGETS[target].format(trap=outside.trap.port, lists=outside.lists.wire.port)
    outside.names.rows = [[OPEN], [OPEN], ["127.0.0.1"]]
    if target == "itself":
        outside.names.rows = [[OPEN]]
    outside.lists.raws = [_redirect(status, url)]
    assert await _shown(outside) == []
    assert outside.trap.connections == 0
    assert len(outside.lists.wire.heads) == (4 if target == "itself" else 1)


@pytest.mark.parametrize("where", INNER)
async def test_a_status_list_whose_name_moves_inside_is_not_called(outside: Outside, where: str) -> None:
    outside.names.rows = [[OPEN], INNER[where]]
    outside.lists.raws = [_signed_list(outside)]
    assert await _shown(outside) == []
    assert (outside.trap.connections, outside.lists.wire.connections) == (0, 0)


async def _shown(outside: Outside) -> list[str]:
    """Which datasets the peer sees who shows a credential that it signed for itself."""
    await outside.site.publish("air", access=rule("MembershipCredential.role", "eq", "city"))
    now = datetime.now(UTC)
    credential = issue_credential(
        outside.peer.signer,
        id="urn:uuid:00000000-0000-4000-8000-000000000001",
        issuer=outside.peer.did,
        holder=outside.peer.did,
        claims={"role": "city"},
        valid_from=now - timedelta(minutes=1),
        valid_until=now + timedelta(hours=1),
        status=StatusEntry(url=outside.list_url, index=7),
    )
    said = await outside.told("/catalog/request", message("CatalogRequestMessage"), credential)
    assert said.status == 200, said
    return [each["@id"] for each in said.json.get("dataset", [])]


def _presentation(holder: str, *credentials: str) -> dict[str, Any]:
    return {
        "@context": ["https://www.w3.org/2018/credentials/v1"],
        "type": ["VerifiablePresentation"],
        "holder": holder,
        "verifiableCredential": list(credentials),
    }


def _redirect(status: int, to: str) -> bytes:
    return f"HTTP/1.1 {status} Elsewhere\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


def _signed_list(outside: Outside) -> bytes:
    """An answer with the peer's status list, in which nothing is revoked."""
    now = datetime.now(UTC)
    text = issue_status_list(
        outside.peer.signer,
        issuer=outside.peer.did,
        url=outside.list_url,
        bits=new_bits(),
        now=now - timedelta(seconds=1),
        valid_until=now + timedelta(hours=1),
    )
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
    return (head + text).encode()
