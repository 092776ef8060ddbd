"""The life of a duty, as a table: pending -> due -> (claimed ->) fulfilled | overdue -> remedied | breached.

The table is the same for both sides: the debtor and the creditor follow the same states. A move that is not in it
changes nothing, and nothing leads out of an end. When a duty comes due, and until when it has to be done,
follows from its action and its constraints of time:

- `delayPeriod` and `elapsedTime` are counted from what triggers the duty, `dateTime` is itself the moment;
- `gt`, `gteq`, and any operator on a `delayPeriod`: not due before; otherwise `lt`, `lteq` and `eq`: until then, at
  the latest. The strictest of several counts;
- `event gt policyUsage` says that a use triggers it, `lt` that it comes before the use;
- a duty that comes after a use and names no end is to be done without delay: within `PROMPT`, once it is due.

Follows: usage-control §7; ODRL Information Model 2.2, 2.6.4 to 2.6.6.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.engine.compile import comes_before, says_use
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Policy, leaves
from xinfu.odrl.model.rule_ids import same_duties
from xinfu.odrl.model.transforms import TRANSFORMS
from xinfu.odrl.values.durations import Duration, after, read_duration
from xinfu.odrl.values.sorts import read_moment

PROMPT: Final = timedelta(hours=24)
"""The time allowed for a duty that comes after a use and names no end."""
_PROMPT: Final = Duration(0, PROMPT // timedelta(microseconds=1))
_COUNTED: Final = frozenset({"delayPeriod", "elapsedTime"})
TIMES: Final = _COUNTED | {"dateTime"}
"""The operands that say when a duty is due."""
_AT_THE_END: Final = frozenset({"delete", "uninstall", "alert"})
"""Duties that are due at the end of the agreement, unless they say otherwise; every alert is reported by then."""
_AT_LEAST: Final = frozenset({"gt", "gteq"})
_AT_MOST: Final = frozenset({"lt", "lteq", "eq"})


class DutyState(StrEnum):
    """The state of a duty."""

    PENDING = "pending"
    """Its trigger has not happened, or it is not due before a later moment."""
    DUE = "due"
    CLAIMED = "claimed"
    """The debtor says that it is done; the creditor has not confirmed it yet."""
    FULFILLED = "fulfilled"
    OVERDUE = "overdue"
    """Its time has passed. The uses it belongs to are refused, and its consequences are due in addition."""
    REMEDIED = "remedied"
    """Done late, with all that was due in addition."""
    BREACHED = "breached"
    WAIVED = "waived"
    """The creditor has waived it."""
    VOID = "void"
    """The permission it belongs to was never used, and never will be."""

    @property
    def is_end(self) -> bool:
        """Whether no move leads on from this state."""
        return not TABLE[self]

    @property
    def is_done(self) -> bool:
        """Whether a duty in this state no longer prevents a use."""
        return self in _DONE


class DutyMove(StrEnum):
    """A move of a duty from one state to another."""

    TRIGGER = "trigger"
    CLAIM = "claim"
    REFUSE = "refuse"
    FULFIL = "fulfil"
    LAPSE = "lapse"
    REMEDY = "remedy"
    BREACH = "breach"
    WAIVE = "waive"
    VOID = "void"


TABLE: Final[Mapping[DutyState, Mapping[DutyMove, DutyState]]] = {
    DutyState.PENDING: {
        DutyMove.TRIGGER: DutyState.DUE,
        DutyMove.CLAIM: DutyState.CLAIMED,
        DutyMove.FULFIL: DutyState.FULFILLED,
        DutyMove.WAIVE: DutyState.WAIVED,
        DutyMove.VOID: DutyState.VOID,
    },
    DutyState.DUE: {
        DutyMove.CLAIM: DutyState.CLAIMED,
        DutyMove.FULFIL: DutyState.FULFILLED,
        DutyMove.LAPSE: DutyState.OVERDUE,
        DutyMove.WAIVE: DutyState.WAIVED,
        DutyMove.VOID: DutyState.VOID,
    },
    DutyState.CLAIMED: {
        DutyMove.REFUSE: DutyState.DUE,
        DutyMove.FULFIL: DutyState.FULFILLED,
        DutyMove.WAIVE: DutyState.WAIVED,
    },
    DutyState.OVERDUE: {
        DutyMove.CLAIM: DutyState.OVERDUE,
        DutyMove.REFUSE: DutyState.OVERDUE,
        DutyMove.REMEDY: DutyState.REMEDIED,
        DutyMove.BREACH: DutyState.BREACHED,
        DutyMove.WAIVE: DutyState.WAIVED,
    },
    DutyState.FULFILLED: {},
    DutyState.REMEDIED: {},
    DutyState.BREACHED: {},
    DutyState.WAIVED: {},
    DutyState.VOID: {},
}
_DONE: Final = frozenset({DutyState.FULFILLED, DutyState.REMEDIED, DutyState.WAIVED, DutyState.VOID})


def target(state: DutyState, move: DutyMove) -> DutyState | None:
    """The state after `move`; None if the table has no such move."""
    return TABLE[state].get(move)


class Trigger(StrEnum):
    """The event that makes a duty due."""

    AGREEMENT = "agreement"
    """The conclusion of the agreement."""
    USE = "use"
    """A use of the permission that it belongs to; for each transfer anew."""
    END = "end"
    """The end of the agreement, whichever side ended it."""


class DutyTime(msgspec.Struct, frozen=True, kw_only=True):
    """The period in which a duty has to be done; None: it opens at once, or has no deadline."""

    opens: datetime | None = None
    deadline: datetime | None = None


def owed_duties(policy: Policy) -> Iterator[tuple[str, Duty]]:
    """Every duty that somebody has to follow, with its key: `permission[0].duty[1]`, `obligation[0]`.

    Duties that a data plane does to the data before it leaves are left out. A duty that several permissions share is
    listed under the first of its places alone: it has to be done once (R-ODRL-POL-13).
    """
    places = same_duties(policy)
    return ((key, duty) for key, duty in _listed(policy) if places.get(key, (key,))[0] == key)


def _listed(policy: Policy) -> Iterator[tuple[str, Duty]]:
    """The duties at every place where they occur."""
    listed = [
        *(
            (f"permission[{i}].duty[{j}]", duty)
            for i, rule in enumerate(policy.permissions)
            for j, duty in enumerate(rule.duties)
        ),
        *((f"obligation[{i}]", duty) for i, duty in enumerate(policy.obligations)),
    ]
    return ((key, duty) for key, duty in listed if duty.action not in TRANSFORMS)


def first_key(policy: Policy, key: str) -> str:
    """The key under which the duty at `key` is kept; consequences are kept under that of their duty."""
    top, dot, below = key.partition(".consequence")
    return same_duties(policy).get(top, (top,))[0] + dot + below


def consequences(key: str, duty: Duty) -> list[tuple[str, Duty]]:
    """The duties that become due in addition if the duty under `key` is not done in time."""
    return [(f"{key}.consequence[{i}]", each) for i, each in enumerate(duty.consequences)]


def duty_at(policy: Policy, key: str) -> Duty | None:
    """The duty under `key`; None if there is none."""
    found = duties_to(policy, key)
    return found[-1] if found else None


def duties_to(policy: Policy, key: str) -> tuple[Duty, ...]:
    """The duty under `key`, after the duties that it is a consequence of, outermost first; empty if there is none."""
    top, *below = key.split(".consequence")
    first = dict(_listed(policy)).get(top)
    found = () if first is None else (first,)
    for place in below:
        digits = place[1:-1]
        inner = found[-1].consequences if found else ()
        if not digits.isdecimal() or int(digits) >= len(inner):
            return ()
        found = (*found, inner[int(digits)])
    return found


def trigger_of(duty: Duty) -> Trigger:
    """The trigger of `duty`: the one of its action, unless its constraints of time say otherwise."""
    operands = {each.left for each in _timed(duty)}
    if comes_before(duty):
        return Trigger.AGREEMENT
    if operands & _COUNTED or says_use(duty, "gt"):
        return Trigger.USE
    if "dateTime" in operands:
        return Trigger.AGREEMENT
    return Trigger.END if duty.action in _AT_THE_END else Trigger.USE


def time_of(duty: Duty, triggered: datetime) -> DutyTime:
    """The period in which `duty` has to be done, if it was triggered at `triggered`."""
    opens: list[datetime] = []
    ends: list[datetime] = []
    for each in _timed(duty):
        first, last = _moments(each, triggered)
        opens += [first] if first is not None else []
        ends += [last] if last is not None else []
    opening = max(opens) if opens else None
    if not ends and not comes_before(duty):
        ends.append(_counted_from(opening or triggered, _PROMPT))
    deadline = min(ends) if ends else None
    if opening is not None and (opening <= triggered or (deadline is not None and deadline <= opening)):
        opening = None
    return DutyTime(opens=opening, deadline=deadline)


def _timed(duty: Duty) -> list[AtomicConstraint]:
    """The constraints of time; all parts of a logical constraint count, so the strictest applies."""
    return [
        part
        for constraint in duty.constraints
        for part, _ in leaves(constraint, "")
        if isinstance(part, AtomicConstraint) and part.left in _COUNTED | {"dateTime"}
    ]


def _moments(constraint: AtomicConstraint, triggered: datetime) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment that `constraint` allows; if it cannot be read, the duty is due at once."""
    text = constraint.values[0] if len(constraint.values) == 1 else ""
    if constraint.left == "dateTime":
        moment = read_moment(text)
        first, last = (moment.start, moment.end) if moment else (triggered, triggered)
    else:
        first = last = _counted_from(triggered, read_duration(text))
    if constraint.operator in _AT_LEAST or (constraint.left == "delayPeriod" and constraint.operator == "eq"):
        return first, None
    return (
        (None, first if constraint.operator == "lt" else last)
        if constraint.operator in _AT_MOST
        else (None, None)
    )


def _counted_from(triggered: datetime, duration: Duration | None) -> datetime:
    return triggered if duration is None else after(triggered, duration) or triggered
