"""Which incoming message is a repeat of one that was accepted.

A peer that lost our answer sends again (R-IDM-02). A repeat is recognised by the digest of its body: at once
while our state is still the one it led to, and at any later time if it carries an `@id` of its own, for a
body without one may be a new message that merely says the same.

The message that opens a process is known by what it says, for its sender's pid is unique: EDC gives each try to
send it a fresh `@id`.
"""

import hashlib
from typing import Final, Protocol

import msgspec

from xinfu.dsp.message import Message

_REMEMBERED: Final = 16


class MessageMemory(Protocol):
    """The fields of a process in which accepted messages are remembered."""

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
    """SHA-256 of what an opening message says, but for its `@id`; `body` is the JSON object that was read."""
    said = msgspec.json.decode(body, type=dict[str, object])
    said.pop("@id", None)
    return hashlib.sha256(msgspec.json.encode(said, order="deterministic")).hexdigest()


def remember(record: MessageMemory, message: Message, digest: str) -> tuple[str, ...]:
    """The digests to keep in `seen` after `message` was accepted."""
    if message.id is None:
        return record.seen
    return (*record.seen, digest)[-_REMEMBERED:]
