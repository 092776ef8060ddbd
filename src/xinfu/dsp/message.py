"""Message: the base of everything that a protocol body can hold at its top."""

from typing import ClassVar

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A protocol message, acknowledgement, error, catalog or dataset.

    `wire_type` is the short `@type` of the wire. `id` is the wire's `@id`: for catalogs and datasets their
    name, for messages an identifier that senders add so that a late repeat can be distinguished from a new message.
    """

    wire_type: ClassVar[str] = ""

    id: str | None = None
