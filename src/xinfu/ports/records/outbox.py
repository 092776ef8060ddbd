"""Rows of the outbox: work that a step has promised and that is not done yet."""

from datetime import datetime
from enum import StrEnum
from typing import Literal, TypeAlias

import msgspec


class Delivery(StrEnum):
    """The kinds of work that an outbox row promises."""

    MESSAGE = "message"
    ANSWER = "answer"
    FLOW = "flow"
    CALLBACK = "callback"
    PUSH = "push"
    NOTICE = "notice"
    """Tell another xinfu node of a change of an agreement or a duty."""
    STOP = "stop"
    """Apply a change of an agreement to its transfers."""
    INTERFACE = "interface"


Family: TypeAlias = Literal["negotiation", "transfer", "agreement", "contract"]
"""The kinds of process that outbox rows belong to."""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of work that a step promised to do later. Rows of one `process` are done in the order of `id`.

    For a MESSAGE `payload` is the body to be posted to `url`; for an ANSWER or a FLOW it is the order. A CALLBACK is
    posted to an address of our own operator; its `process` is not a process, but the queue of that address.
    `sealed` means that the payload is an envelope of the keyring (it carries an endpoint token). `trace` is the
    `traceparent` of the work that promised it.
    """

    id: int
    context: str
    family: Family
    process: str
    delivery: Delivery
    kind: str
    peer: str
    url: str
    payload: bytes
    sealed: bool
    attempts: int
    due: datetime
    created: datetime
    last_error: str | None = None
    trace: str | None = None
