"""A small world of participants: a clock that stands still, a network in memory, an issuer, two members.

Everything is real but the network: documents, keys, tokens, credentials and status lists are made by the
code that nodes use.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import Final

from xinfu.credentials import (
    MEMBERSHIP,
    DidDocument,
    OwnKey,
    SignatureChecks,
    StatusEntry,
    build_did_document,
    did_web_url,
    issue_credential,
    issue_status_list,
    new_bits,
    render_did_document,
    with_bit,
)
from xinfu.errors import NotFoundError, PeerError
from xinfu.identities.did_web import DidWebIdentity
from xinfu.identities.pace import Pace
from xinfu.identities.resolver import DidResolver
from xinfu.identities.status_lists import StatusLists
from xinfu.ports.identity import OwnIdentity
from xinfu.ports.outbound import MIB, HttpAnswer, Purpose, StreamedAnswer
from xinfu.ports.signer import Signer
from xinfu.signers.ed25519 import Ed25519Signer, Ed25519Verifier
from xinfu.signers.es256 import Es256Signer, Es256Verifier

START: Final = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
CHECKS: Final[SignatureChecks] = {"EdDSA": Ed25519Verifier(), "ES256": Es256Verifier()}


class StillClock:
    """A clock that moves only when it is told to."""

    def __init__(self) -> None:
        self.time = START
        self._ids = 0

    def now(self) -> datetime:
        return self.time

    def is_trusted(self) -> bool:
        return True

    def new_id(self) -> str:
        self._ids += 1
        return f"urn:uuid:0190b6f0-0000-7000-8000-{self._ids:012d}"

    def advance(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


class Network:
    """An Outbound in memory: pages by address, and a list of who was called.

    Attributes:
        calls: addresses in the order in which they were called.
        gate: while it is closed, nobody gets an answer.
    """

    def __init__(self) -> None:
        self.pages: dict[str, bytes] = {}
        self.calls: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    def check(self, url: str, *, purpose: Purpose, context: str | None = None) -> None:
        """Nothing is refused here."""

    def check_entry(self, entry: str) -> None:
        """Nothing is refused here."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        as_is: bool = False,
        limit_bytes: int = MIB,
        timeout_s: float = 30.0,
    ) -> HttpAnswer:
        self.calls.append(url)
        await self.gate.wait()
        page = self.pages.get(url)
        if page is None:
            raise PeerError("peer.unreachable", "Nobody answers.", "无人应答。")
        if len(page) > limit_bytes:
            raise PeerError("peer.too-large", "Too much.", "过大。")
        return HttpAnswer(status=200 if page else 404, headers={}, body=page, url=url)

    def stream(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        as_is: bool = False,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
        silence_s: float | None = None,
    ) -> AbstractAsyncContextManager[StreamedAnswer]:
        raise PeerError("peer.unreachable", "Nothing streams here.", "无流。")

    async def close(self) -> None:
        """Nothing is open."""


class Party:
    """A participant with its keys; publishes its document on the network."""

    def __init__(self, name: str, network: Network, *, es256: bool = False) -> None:
        self.did = f"did:web:{name}.example.org"
        self.network = network
        self.es256 = es256
        self.signers: list[Signer] = []
        self.credentials: tuple[str, ...] = ()
        self.public_url: str | None = None
        self.add_key("key-1")

    @property
    def signer(self) -> Signer:
        return self.signers[-1]

    @property
    def url(self) -> str:
        return did_web_url(self.did)

    @property
    def document(self) -> DidDocument:
        keys = [OwnKey(id=signer.key_id, jwk=signer.public_jwk()) for signer in self.signers]
        return build_did_document(
            self.did, keys, version_url=f"https://{self.did[8:]}/.well-known/dspace-version"
        )

    def add_key(self, fragment: str) -> Signer:
        kind = Es256Signer if self.es256 else Ed25519Signer
        self.signers.append(kind.generate(f"{self.did}#{fragment}"))
        self.publish()
        return self.signer

    def publish(self, document: DidDocument | None = None) -> None:
        self.network.pages[self.url] = render_did_document(document or self.document)

    def own(self) -> OwnIdentity:
        return OwnIdentity(
            did=self.did, signer=self.signer, credentials=self.credentials, public_url=self.public_url
        )


class Issuer(Party):
    """A small issuer with one status list."""

    def __init__(self, name: str, network: Network, clock: StillClock) -> None:
        super().__init__(name, network)
        self.clock = clock
        self.bits = new_bits()
        self.list_url = f"https://{name}.example.org/status/1"
        self.publish_list()

    def publish_list(self) -> None:
        now = self.clock.now()
        text = issue_status_list(
            self.signer,
            issuer=self.did,
            url=self.list_url,
            bits=self.bits,
            now=now,
            valid_until=now + timedelta(days=1),
        )
        self.network.pages[self.list_url] = text.encode()

    def revoke(self, index: int) -> None:
        self.bits = with_bit(self.bits, index, True)
        self.publish_list()

    def admit(
        self,
        party: Party,
        *,
        index: int = 7,
        kind: str = MEMBERSHIP,
        claims: Mapping[str, object] | None = None,
        valid_from: datetime | None = None,
        valid_until: datetime | None = None,
        status: bool = True,
    ) -> str:
        now = self.clock.now()
        return issue_credential(
            self.signer,
            id=self.clock.new_id(),
            issuer=self.did,
            holder=party.did,
            type=kind,
            claims=claims or {"memberOf": "yangtze"},
            valid_from=valid_from or now,
            valid_until=valid_until or now + timedelta(days=30),
            status=StatusEntry(url=self.list_url, index=index) if status else None,
        )


class World:
    """Two members of a space, with the node of the second one."""

    url: Final = "https://bob.example.org/protocol/catalog/request"
    body: Final = b'{"@type":"CatalogRequestMessage"}'

    def __init__(self, *, es256: bool = False) -> None:
        self.clock = StillClock()
        self.network = Network()
        self.issuer = Issuer("issuer", self.network, self.clock)
        self.alice = Party("alice", self.network, es256=es256)
        self.bob = Party("bob", self.network, es256=es256)
        for party in (self.alice, self.bob):
            party.credentials = (self.issuer.admit(party),)
        self.identity = self.node()

    def node(self, *, required: Sequence[str] = (), pace: Pace | None = None) -> DidWebIdentity:
        """A node that plays both members, with caches of its own."""
        return DidWebIdentity(
            own=self._own,
            resolver=DidResolver(self.network, self.clock, pace=pace),
            statuses=StatusLists(self.network, self.clock, CHECKS),
            trust={self.issuer.did: frozenset({MEMBERSHIP})},
            checks=CHECKS,
            clock=self.clock,
            required=frozenset(required),
        )

    def _own(self, context: str) -> OwnIdentity:
        parties = {"alice": self.alice, "bob": self.bob}
        if context not in parties:
            raise NotFoundError("context.not-found", "No such context.", "没有此上下文。")
        return parties[context].own()

    async def token(self, *, audience: str | None = None, url: str = url, body: bytes | None = body) -> str:
        """What alice sends to bob."""
        return await self.identity.prove(
            context="alice", audience=audience or self.bob.did, url=url, body=body
        )
