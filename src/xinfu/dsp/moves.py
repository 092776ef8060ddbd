"""Lookups in a state table, and the rule for two messages that cross in transit.

A sender changes state when its message is acknowledged (R-GEN-11). Until then its message is *sending*, and the
other side may already have changed state. So an incoming message is tried from the present state first, then from
the state that our own message leads to: if it is legal only there, it counts as our acknowledgement
(R-IDM-03).

Two messages that cross and exclude each other are decided by rank, which both sides compute alike: a
termination ranks above everything, a finalization or completion above a suspension, and all other messages lowest.
The side whose message ranks higher refuses the other message; the other side drops its own. Both end in one state.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from xinfu.dsp.terms import Role

State = TypeVar("State", bound=StrEnum)
Kind = TypeVar("Kind", bound=StrEnum)

_RANK: Final = {"TERMINATE": 3, "FINALIZE": 2, "COMPLETE": 2, "SUSPEND": 1}


class Move(msgspec.Struct, Generic[State], frozen=True, kw_only=True):
    """The state that an incoming message leads to, and its effect on our own message in transit."""

    to: State
    acknowledged: bool = False
    drop_sending: bool = False


class Crossing(msgspec.Struct, frozen=True, kw_only=True):
    """A legal message that is excluded by our own message in transit, which ranks higher."""


def target(
    table: Mapping[State | None, Mapping[tuple[Kind, Role], State]],
    state: State | None,
    kind: Kind,
    sender: Role,
) -> State | None:
    """The state after `kind` from `sender`; None if the table does not allow it. State None: before the first message."""
    return table[state].get((kind, sender))


def settle(
    table: Mapping[State | None, Mapping[tuple[Kind, Role], State]],
    state: State | None,
    sending: Kind | None,
    role: Role,
    kind: Kind,
) -> Move[State] | Crossing | None:
    """Decide what `kind` from our counterparty leads to, given our own message `sending` in transit, if any.

    Args:
        role: our own role.

    Returns:
        None if the message is legal neither now nor after our own.
    """
    to = None if state is None else target(table, state, kind, role.other)
    if to is not None:
        return _direct(table, to, sending, role, kind)
    moved = None if sending is None else target(table, state, sending, role)
    to = None if moved is None else target(table, moved, kind, role.other)
    return None if to is None else Move(to=to, acknowledged=True)


def _direct(
    table: Mapping[State | None, Mapping[tuple[Kind, Role], State]],
    to: State,
    sending: Kind | None,
    role: Role,
    kind: Kind,
) -> Move[State] | Crossing:
    if sending is None or target(table, to, sending, role) is not None:
        return Move(to=to)
    if _RANK.get(sending, 0) > _RANK.get(kind, 0):
        return Crossing()
    return Move(to=to, drop_sending=True)


def draw(table: Mapping[State | None, Mapping[tuple[Kind, Role], State]]) -> str:
    """Draw the table as a Mermaid state diagram: one arrow for each move, labelled with message and senders."""
    arrows: dict[tuple[str, str, str], list[str]] = {}
    for state, moves in table.items():
        for (kind, sender), to in moves.items():
            arrows.setdefault((state or "[*]", str(to), str(kind)), []).append(str(sender))
    lines = [f"    {a} --> {b}: {kind} ({', '.join(senders)})" for (a, b, kind), senders in arrows.items()]
    ends = [f"    {state} --> [*]" for state, moves in table.items() if not moves]
    return "\n".join(["stateDiagram-v2", *lines, *ends]) + "\n"
