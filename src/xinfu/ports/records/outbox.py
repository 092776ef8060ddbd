"""Rows of the outbox: work that is promised and not yet done."""

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
    """Let the transfers of an agreement follow what has become of it."""
    INTERFACE = "interface"


Family: TypeAlias = Literal["negotiation", "transfer", "agreement", "contract"]
"""Of which sort a process is."""


class OutboxRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Work that a step promised to do later. Rows of one `process` are done in the order of `id`.

    For a MESSAGE `payload` is the body to be posted to `url`; for an ANSWER or a FLOW it is the order. A CALLBACK is
    posted to an address of our own operator; its `process` is no process, but the queue of that address.
    `sealed` says that the payload is an envelope of the keyring (it carries an endpoint token). `trace` is the
    `traceparent` that it was promised under.
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
