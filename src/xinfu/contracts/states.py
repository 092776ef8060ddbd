"""States of a digital contract, as a table: status, event, mover -> status.

The standard describes flows and no table. It has no status for "filed", so filing is a move from signed to signed
that adds a receipt; a platform that did not see the negotiation learns of the signatures by the filing. Both sides and
the platform use this table; a pair of event and mover that is not in it is refused and changes nothing. A withdrawn
contract has the status "ended", because the standard has no other. Follows: TC609-6-2025-14, 7, A.2, A.3.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from xinfu.contracts import errors
from xinfu.contracts.terms import Status


class Event(StrEnum):
    """The events in the life of a contract."""

    CREATE = "create"
    NEGOTIATE = "negotiate"
    SIGN = "sign"
    CONCLUDE = "conclude"
    REFUSE = "refuse"
    FILE = "file"
    EXECUTE = "execute"
    WITHDRAW = "withdraw"
    TERMINATE = "terminate"
    EXPIRE = "expire"


class Mover(StrEnum):
    """The roles that can cause an event."""

    INITIATOR = "initiator"
    PARTY = "party"
    PLATFORM = "platform"


_I: Final = Mover.INITIATOR
_A: Final = Mover.PARTY
_P: Final = Mover.PLATFORM
_ANYONE: Final = (_I, _A, _P)
_PARTIES: Final = (_I, _A)

Move = tuple[Event, Mover]


def _by(event: Event, movers: tuple[Mover, ...], to: Status) -> dict[Move, Status]:
    return {(event, mover): to for mover in movers}


TABLE: Final[Mapping[Status | None, Mapping[Move, Status]]] = {
    None: _by(Event.CREATE, (_I, _P), Status.INITIATED),
    Status.INITIATED: {
        **_by(Event.NEGOTIATE, _ANYONE, Status.NEGOTIATING),
        **_by(Event.SIGN, _PARTIES, Status.NEGOTIATING),
        **_by(Event.FILE, (_P,), Status.SIGNED),
        **_by(Event.WITHDRAW, (_I,), Status.ENDED),
    },
    Status.NEGOTIATING: {
        **_by(Event.NEGOTIATE, _ANYONE, Status.NEGOTIATING),
        **_by(Event.SIGN, _PARTIES, Status.NEGOTIATING),
        **_by(Event.CONCLUDE, _PARTIES, Status.SIGNED),
        **_by(Event.REFUSE, _ANYONE, Status.SIGNING_FAILED),
        **_by(Event.WITHDRAW, (_I,), Status.ENDED),
    },
    Status.SIGNED: {
        **_by(Event.FILE, _ANYONE, Status.SIGNED),
        **_by(Event.EXECUTE, _ANYONE, Status.EXECUTING),
        **_by(Event.TERMINATE, _ANYONE, Status.ENDED),
        **_by(Event.EXPIRE, _ANYONE, Status.ENDED),
    },
    Status.SIGNING_FAILED: {},
    Status.EXECUTING: {
        **_by(Event.EXECUTE, _ANYONE, Status.EXECUTING),
        **_by(Event.TERMINATE, _ANYONE, Status.ENDED),
        **_by(Event.EXPIRE, _ANYONE, Status.ENDED),
    },
    Status.ENDED: {},
}


def next_status(status: Status | None, event: Event, mover: Mover) -> Status:
    """The status after `event` by `mover`.

    Raises:
        ConflictError: `contract.state`: the table does not allow it; nothing has changed.
    """
    to = TABLE[status].get((event, mover))
    if to is None:
        at = status.value if status else "–"
        raise errors.CONTRACT_STATE(status=at, event=event.value, by=mover.value)
    return to


def diagram() -> str:
    """Draw the table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2"]
    for status, moves in TABLE.items():
        sums: dict[tuple[str, str], list[str]] = {}
        for (event, mover), to in moves.items():
            sums.setdefault((event.value, to.value), []).append(mover.value)
        at = "[*]" if status is None else status.value
        lines += [f"    {at} --> {to}: {event} ({', '.join(by)})" for (event, to), by in sums.items()]
    return "\n".join(lines) + "\n"
