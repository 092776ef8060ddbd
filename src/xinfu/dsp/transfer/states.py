"""States of a transfer process, as a table.

Both sides use this table; it does not know our own role. A pair of message and sender that is not in it is refused
and changes nothing. State None means that the first message is not acknowledged yet.

Only the provider starts a requested transfer; a suspended one may be started again by either side (T-11).
Follows: Dataspace Protocol 2025-1, Transfer Process Protocol, state machine.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from xinfu.dsp import moves
from xinfu.dsp.process import ProcessState
from xinfu.dsp.terms import Role


class State(ProcessState):
    """The states of a transfer, in the words of the wire."""

    REQUESTED = "REQUESTED"
    STARTED = "STARTED"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    TERMINATED = "TERMINATED"


class Kind(StrEnum):
    """The effects that messages have on a transfer."""

    REQUEST = "REQUEST"
    START = "START"
    COMPLETE = "COMPLETE"
    SUSPEND = "SUSPEND"
    TERMINATE = "TERMINATE"


_C: Final = Role.CONSUMER
_P: Final = Role.PROVIDER

_ENDED_BY_BOTH: Final = {
    (Kind.TERMINATE, _C): State.TERMINATED,
    (Kind.TERMINATE, _P): State.TERMINATED,
}

TABLE: Final[Mapping[State | None, Mapping[tuple[Kind, Role], State]]] = {
    None: {(Kind.REQUEST, _C): State.REQUESTED},
    State.REQUESTED: {(Kind.START, _P): State.STARTED, **_ENDED_BY_BOTH},
    State.STARTED: {
        (Kind.COMPLETE, _C): State.COMPLETED,
        (Kind.COMPLETE, _P): State.COMPLETED,
        (Kind.SUSPEND, _C): State.SUSPENDED,
        (Kind.SUSPEND, _P): State.SUSPENDED,
        **_ENDED_BY_BOTH,
    },
    State.SUSPENDED: {
        (Kind.START, _C): State.STARTED,
        (Kind.START, _P): State.STARTED,
        **_ENDED_BY_BOTH,
    },
    State.COMPLETED: {},
    State.TERMINATED: {},
}


def target(state: State | None, kind: Kind, sender: Role) -> State | None:
    """The state after `kind` from `sender`, or None if the table does not allow it."""
    return moves.target(TABLE, state, kind, sender)


def diagram() -> str:
    """Draw the table as a Mermaid state diagram, for the docs."""
    return moves.draw(TABLE)
