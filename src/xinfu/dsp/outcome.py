"""The outcomes of handling a message: a transition, a repeat, or a refusal.

They are values, not errors, because each is an ordinary outcome of a message. A refusal changes nothing.
"""

from enum import StrEnum
from typing import Generic, TypeVar

import msgspec

from xinfu.errors import ProtocolError

Record = TypeVar("Record")


class Transition(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The message is accepted; `record` is the process after it.

    `created` is true if the message opened the process (answer 201). `acknowledged` is true if our own
    message in transit counts as received (its outbox row is done). `drop_sending` is true if
    our own message has become pointless and must not be delivered any more.
    """

    record: Record
    created: bool = False
    acknowledged: bool = False
    drop_sending: bool = False


class Repeat(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The message was accepted before: give the same answer, and do nothing else."""

    record: Record


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """The message is refused (400); the process is unchanged."""

    error: ProtocolError


class PeerFinding(StrEnum):
    """The result of comparing the peer's state of a process with ours (D-12).

    ACKNOWLEDGED: the peer has changed state, so our message arrived. UNCHANGED: it has our state. ENDED: the peer has
    ended the process, and so have we now. DIVERGED: the states do not fit; the process has to be terminated
    (R-GEN-12).
    """

    ACKNOWLEDGED = "acknowledged"
    UNCHANGED = "unchanged"
    ENDED = "ended"
    DIVERGED = "diverged"


class Reconciliation(msgspec.Struct, Generic[Record], frozen=True, kw_only=True):
    """The process after a comparison with the peer's state, and the result of the comparison."""

    record: Record
    standing: PeerFinding
