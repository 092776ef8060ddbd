"""Receipts: one entry with all that is needed to check it offline, in one JSON file.

`proven` holds the entry, its way to the root, and the signed checkpoint. `attachments` hold what the other
side said: its token and the exact body that the token covers (DECISIONS D-02). `keys` hold proven entries
of kind `key.added` and `key.retired`: links from a key that a verifier trusts to the one that signed here,
so that a receipt outlives a rotation (D-20). `verify` in `verification` checks it.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from xinfu.evidence import errors
from xinfu.evidence.canonical import canonical, leaf_hash, parse, parse_canonical
from xinfu.evidence.checkpoint import Checkpoint
from xinfu.evidence.note import Note, NoteKey
from xinfu.evidence.tree import NodeReader, inclusion_proof, inclusion_trail

VERSION: Final = 1
TRAIL_BYTES: Final = 4


class ProvenEntry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An entry and its way into a signed checkpoint.

    Attributes:
        entry: the entry as a JSON object; its RFC 8785 bytes are the leaf.
        index: its place in the log.
        path: siblings from the leaf up, hex (RFC 9162 inclusion proof).
        trail: first bytes of each node from leaf to root, hex. They prove nothing; they locate damage.
        checkpoint: the signed note, witness lines included.
        key: public JWK of the log key that signed it.
    """

    entry: dict[str, object]
    index: int
    path: tuple[str, ...]
    trail: tuple[str, ...]
    checkpoint: str
    key: dict[str, str]

    @property
    def leaf(self) -> bytes:
        """The leaf hash of the entry."""
        return leaf_hash(canonical(self.entry))


class Attachments(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The signed parts of a message, exactly as they were received.

    Attributes:
        token: the Authorization value (with or without its scheme).
        body: the exact body, when it is UTF-8.
        body_base64: the exact body, when it is not.
        key: public JWK that the token was checked with on arrival.
    """

    token: str | None = None
    body: str | None = None
    body_base64: str | None = None
    key: dict[str, str] | None = None

    @property
    def body_bytes(self) -> bytes | None:
        """The body, or None when it was not kept; ValueError when its base64 is broken."""
        if self.body is not None:
            return self.body.encode()
        if self.body_base64 is None:
            return None
        data = base64.b64decode(self.body_base64, validate=True)
        if base64.b64encode(data).decode() != self.body_base64:
            raise ValueError("not the canonical base64")
        return data


class Receipt(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The proof of one entry, to hand over.

    Attributes:
        v: version of this format.
        origin: DID of the context whose log this is.
        proven: the entry that it is about.
        attachments: what the other side said, where the entry is about a message.
        keys: proven `key.added` and `key.retired` entries of the same log.
    """

    type: str
    v: int
    origin: str
    proven: ProvenEntry
    attachments: Attachments | None = None
    keys: tuple[ProvenEntry, ...] = ()

    def to_bytes(self) -> bytes:
        """The receipt as an indented JSON file; its entry has one canonical form however it is spaced."""
        return msgspec.json.format(canonical(self), indent=2) + b"\n"

    @classmethod
    def from_bytes(cls, data: bytes) -> "Receipt":
        """Read a receipt.

        Raises:
            InputError: `evidence.not-json`, `evidence.not-canonical`, `evidence.receipt-unreadable`.
        """
        try:
            value = parse(data)
            canonical(value)
            receipt = msgspec.convert(value, cls)
        except msgspec.ValidationError as error:
            raise errors.EVIDENCE_RECEIPT_UNREADABLE(why=str(error)) from error
        if (receipt.type, receipt.v) != (TYPE, VERSION):
            raise errors.EVIDENCE_RECEIPT_UNREADABLE(why=f"type {receipt.type!r}, version {receipt.v}")
        return receipt


TYPE: Final = "xinfu.receipt"


def prove(entry: bytes, index: int, *, checkpoint: str, read: NodeReader, key: NoteKey) -> ProvenEntry:
    """The way of an entry into a signed checkpoint.

    Args:
        entry: canonical bytes, as they were hashed.
        checkpoint: the signed note; its size decides which tree.
        read: the nodes of that tree.
        key: the log key that signed the checkpoint.

    Raises:
        IntegrityError: the entry is not canonical, or the note is malformed.
        InputError: `evidence.no-such-index`: the checkpoint does not reach the entry.
    """
    size = Checkpoint.parse(Note.parse(checkpoint).text).size
    path = inclusion_proof(index, size, read)
    trail = inclusion_trail(leaf_hash(entry), index, size, path) or ()
    return ProvenEntry(
        entry=msgspec.convert(parse_canonical(entry), dict[str, object]),
        index=index,
        path=tuple(node.hex() for node in path),
        trail=tuple(shorten(node) for node in trail),
        checkpoint=checkpoint,
        key=key.jwk(),
    )


def build(
    proven: ProvenEntry,
    *,
    attachments: Mapping[str, bytes] | None = None,
    keys: Sequence[ProvenEntry] = (),
) -> Receipt:
    """A receipt of a proven entry.

    Args:
        attachments: kept beside the entry, by name: `token`, `body`, `key` (a public JWK); none are needed.
        keys: proven `key.added` and `key.retired` entries of the same log, in any order.

    Raises:
        InputError: `evidence.receipt-unreadable`: an attachment that no receipt knows or can hold.
    """
    origin = Checkpoint.parse(Note.parse(proven.checkpoint).text).origin
    return Receipt(
        type=TYPE,
        v=VERSION,
        origin=origin,
        proven=proven,
        attachments=_attached(attachments) if attachments else None,
        keys=tuple(keys),
    )


def shorten(node: bytes) -> str:
    """Return a node of the trail in the short form of a receipt: the hex of its first bytes."""
    return node[:TRAIL_BYTES].hex()


def _attached(kept: Mapping[str, bytes]) -> Attachments:
    unknown = kept.keys() - {"token", "body", "key"}
    if unknown:
        raise errors.EVIDENCE_RECEIPT_UNREADABLE(why=f"attachment {min(unknown)!r}")
    body = kept.get("body")
    try:
        return Attachments(
            token=kept["token"].decode("ascii") if "token" in kept else None,
            key=msgspec.json.decode(kept["key"], type=dict[str, str]) if "key" in kept else None,
            **({} if body is None else _spelled(body)),
        )
    except (ValueError, msgspec.DecodeError) as error:
        raise errors.EVIDENCE_RECEIPT_UNREADABLE(why=f"an attachment: {error}") from error


def _spelled(body: bytes) -> dict[str, str]:
    try:
        return {"body": body.decode()}
    except UnicodeDecodeError:
        return {"body_base64": base64.b64encode(body).decode()}
