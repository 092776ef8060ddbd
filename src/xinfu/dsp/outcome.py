"""What handling a message can give: a transition, a repeat, or a refusal.

These are values, not errors: each is an ordinary way for a message to end. A refusal changes nothing.
"""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from xinfu.errors import ProtocolError

Record = TypeVar("Record")


class Transition(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The message was accepted; `record` is the process after it.

    `created` is true when the message opened the process (answer 201). `acknowledged` is true when our own
    message that was still on its way counts as received (its outbox row is done). `drop_sending` is true when
    our own message has become pointless and must not be delivered any more.
    """

    record: Record
    created: bool = False
    acknowledged: bool = False
    drop_sending: bool = False


class Repeat(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The message was accepted before: answer as then, do nothing else."""

    record: Record


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The message is refused (400); the process stays what it was."""

    error: ProtocolError


class PeerFinding(StrEnum):
    """What the peer's state says about our own message, when we went and looked (D-12).

    ACKNOWLEDGED: the peer has moved, our message arrived. UNCHANGED: it has not. ENDED: the peer has ended
    the process, and so have we now. DIVERGED: the states do not fit; it has to be terminated (R-GEN-12).
    """

    ACKNOWLEDGED = "acknowledged"
    UNCHANGED = "unchanged"
    ENDED = "ended"
    DIVERGED = "diverged"


class Reconciliation(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The process after a look at the peer's state, and what that look showed."""

    record: Record
    standing: PeerFinding
