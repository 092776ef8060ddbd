"""Recognition of repeats: incoming messages that were accepted before.

A peer that lost our answer sends its message again (R-IDM-02). A repeat is recognised by the digest of its body: while
our state is still the one it led to, and at any later time only if it carries an `@id` of its own, because a
body without one may be a new message with the same content.

An opening message is recognised by its content without the `@id`, because the sender's pid in it is unique and EDC
gives each attempt to send it a fresh `@id`.
"""

import hashlib
from typing import Final, Protocol

import msgspec

from xinfu.dsp.message import Message

_REMEMBERED: Final = 16


class MessageMemory(Protocol):
    """The fields of a process that hold the digests of accepted messages."""

    @property
    def opening(self) -> str | None: ...
    @property
    def last_received(self) -> str | None: ...
    @property
    def seen(self) -> tuple[str, ...]: ...


def is_repeat(record: MessageMemory, digest: str) -> bool:
    """Whether the body with `digest` was accepted before."""
    return digest in (record.opening, record.last_received) or digest in record.seen


def opening_digest(body: bytes) -> str:
    """SHA-256 of the content of an opening message without its `@id`; `body` is the JSON object that was read."""
    said = msgspec.json.decode(body, type=dict[str, object])
    said.pop("@id", None)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def remember(record: MessageMemory, message: Message, digest: str) -> tuple[str, ...]:
    """The digests to keep in `seen` after `message` was accepted."""
    if message.id is None:
        return record.seen
    return (*record.seen, digest)[-_REMEMBERED:]
