"""A small log kept in memory as a node keeps it: entries, tiles, one checkpoint after each batch."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

from tests.evidence.signing import Key, b64url

from xinfu.evidence import (
    Anchors,
    Checkpoint,
    Entry,
    Frontier,
    ProvenEntry,
    Tile,
    grow,
    key_facts,
    node_reader,
    prove,
    reader_of,
)

OWN = "did:web:bureau.example"
PEER = "did:web:emergency.example"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def uuid7(number: int) -> str:
    return f"urn:uuid:01890000-0000-7000-8000-{number:012x}"


def state_entry(number: int, **changes: object) -> Entry:
    """An entry about a negotiation's state."""
    fields: dict[str, object] = {
        "id": uuid7(number),
        "at": NOON + timedelta(seconds=number),
        "context": "bureau",
        "process": uuid7(900),
        "agreement": None,
        "peer": PEER,
        "facts": {"from": "REQUESTED", "to": "AGREED", "by": "provider", "reason": f"第{number}条"},
    }
    return Entry.of("negotiation.state", **(fields | changes))  # type: ignore[arg-type]  # built for tests


class Book:
    """A log of one origin; `key` signs the checkpoints and may be changed between them."""

    def __init__(self, key: Key, origin: str = OWN) -> None:
        self.key = key
        self.origin = origin
        self.entries: list[bytes] = []
        self.frontier = Frontier()
        self.tiles: dict[Tile, bytes] = {}
        self.checkpoint = ""
        self.now = NOON

    @property
    def head(self) -> Checkpoint:
        return Checkpoint.of(self.origin, self.frontier.size, self.frontier.root(), self.now)

    def append(self, *entries: Entry) -> int:
        """Append a batch and sign; gives the index of its first entry."""
        first = self.frontier.size
        leaves = [entry.leaf_hash() for entry in entries]
        self.tiles |= grow(first, leaves, reader_of(self.tiles))
        self.frontier = self.frontier.extend(leaves)
        self.entries += [entry.to_bytes() for entry in entries]
        head = self.head
        self.checkpoint = head.signed(self.key.note_key(self.origin), self.key.sign(head.text().encode()))
        return first

    def prove(self, index: int) -> ProvenEntry:
        read = node_reader(self.frontier.size, reader_of(self.tiles))
        key = self.key.note_key(self.origin)
        return prove(self.entries[index], index, checkpoint=self.checkpoint, read=read, key=key)

    def add_key(self, key: Key, number: int) -> ProvenEntry:
        """Record that `key` is a key of this log from now on."""
        facts = key_facts(f"{self.origin}#k{number}", key.jwk)
        entry = Entry.of("key.added", id=uuid7(number), at=NOON, context="bureau", facts=facts)
        return self.prove(self.append(entry))

    def retire_key(self, key: Key, number: int, **more: bool) -> ProvenEntry:
        """Record that `key` has ended."""
        facts = key_facts(f"{self.origin}#k{number}", key.jwk) | more
        entry = Entry.of("key.retired", id=uuid7(number), at=NOON, context="bureau", facts=facts)
        return self.prove(self.append(entry))


def trusting(*keys: Key, tokens: tuple[Key, ...] = ()) -> Anchors:
    """Anchors for the log of OWN and the messages of PEER."""
    return Anchors(
        logs={OWN: tuple(key.jwk for key in keys)}, tokens={PEER: tuple(key.jwk for key in tokens)}
    )


def token(key: Key, body: bytes, **claims: object) -> str:
    """The Authorization value of a message from PEER to OWN over `body`."""
    now = int(NOON.timestamp())
    said: dict[str, object] = {
        "iss": PEER,
        "sub": PEER,
        "aud": OWN,
        "iat": now,
        "exp": now + 300,
        "jti": "1",
        "digest": hashlib.sha256(body).hexdigest(),
        "htu": "https://bureau.example/negotiations/request",
    } | claims
    said = {name: value for name, value in said.items() if value is not None}
    first = {"alg": key.alg, "typ": "JWT", "kid": f"{PEER}#k1"}
    signed = ".".join(b64url(json.dumps(part).encode()) for part in (first, said))
    return f"Bearer {signed}.{b64url(key.sign(signed.encode()))}"


def message_entry(number: int, body: bytes, authorization: str, **facts: str) -> Entry:
    """The entry that a node writes about a message that came in."""
    stated: dict[str, str] = {
        "type": "ContractRequestMessage",
        "digest": hashlib.sha256(body).hexdigest(),
        "signed": "body",
        "token_digest": hashlib.sha256(authorization.encode()).hexdigest(),
        "url": "https://bureau.example/negotiations/request",
    } | facts
    return Entry.of(
        "message.received",
        id=uuid7(number),
        at=NOON + timedelta(seconds=2),
        context="bureau",
        process=uuid7(900),
        peer=PEER,
        facts=stated,
    )
