"""States of a contract negotiation, as a table.

Both sides use this table; it does not know our own role. A pair of message and sender that is not in it is refused
and changes nothing. State None means that the first message is not acknowledged yet.

Either side may terminate in any state that is not terminal: the diagram of the specification names one
side in ACCEPTED, AGREED and VERIFIED, its text names both (A-01). A second offer while OFFERED is refused
(A-02). Follows: Dataspace Protocol 2025-1, Contract Negotiation Protocol, state machine.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from xinfu.dsp import moves
from xinfu.dsp.process import ProcessState
from xinfu.dsp.terms import Role


class State(ProcessState):
    """The states of a negotiation, in the words of the wire."""

    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ACCEPTED = "ACCEPTED"
    AGREED = "AGREED"
    VERIFIED = "VERIFIED"
    FINALIZED = "FINALIZED"
    TERMINATED = "TERMINATED"


class Kind(StrEnum):
    """The effects that messages have on a negotiation; the event message has two."""

    REQUEST = "REQUEST"
    OFFER = "OFFER"
    ACCEPT = "ACCEPT"
    AGREE = "AGREE"
    VERIFY = "VERIFY"
    FINALIZE = "FINALIZE"
    TERMINATE = "TERMINATE"


_C: Final = Role.CONSUMER
_P: Final = Role.PROVIDER

_ENDED_BY_BOTH: Final = {
    (Kind.TERMINATE, _C): State.TERMINATED,
    (Kind.TERMINATE, _P): State.TERMINATED,
}

TABLE: Final[Mapping[State | None, Mapping[tuple[Kind, Role], State]]] = {
    None: {(Kind.REQUEST, _C): State.REQUESTED, (Kind.OFFER, _P): State.OFFERED},
    State.REQUESTED: {
        (Kind.OFFER, _P): State.OFFERED,
        (Kind.AGREE, _P): State.AGREED,
        **_ENDED_BY_BOTH,
    },
    State.OFFERED: {
        (Kind.REQUEST, _C): State.REQUESTED,
        (Kind.ACCEPT, _C): State.ACCEPTED,
        **_ENDED_BY_BOTH,
    },
    State.ACCEPTED: {(Kind.AGREE, _P): State.AGREED, **_ENDED_BY_BOTH},
    State.AGREED: {(Kind.VERIFY, _C): State.VERIFIED, **_ENDED_BY_BOTH},
    State.VERIFIED: {(Kind.FINALIZE, _P): State.FINALIZED, **_ENDED_BY_BOTH},
    State.FINALIZED: {},
    State.TERMINATED: {},
}


def target(state: State | None, kind: Kind, sender: Role) -> State | None:
    """The state after `kind` from `sender`, or None if the table does not allow it."""
    return moves.target(TABLE, state, kind, sender)


def diagram() -> str:
    """Draw the table as a Mermaid state diagram, for the docs."""
    return moves.draw(TABLE)
