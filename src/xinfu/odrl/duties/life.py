"""The life of a duty, as a table: pending -> due -> (claimed ->) fulfilled | overdue -> remedied | breached.

The table does not know which side it plays: who owes and who is owed follow the same states. A move that is not
in it changes nothing, and nothing leads out of an end. When a duty comes due, and until when it has to be done,
follows from its action and its constraints of time:

- `delayPeriod` and `elapsedTime` are counted from what triggers the duty, `dateTime` is itself the moment;
- `gt`, `gteq`, and whatever is said of a `delayPeriod`: not due before; else `lt`, `lteq` and `eq`: until then, at the
  latest. Of several the strictest counts;
- `event gt policyUsage` says that a use triggers it, `lt` that it comes before the use;
- what comes after a use and names no end is to be done without delay: within `PROMPT`, once it is due.

Follows: usage-control §7; ODRL Information Model 2.2, 2.6.4 to 2.6.6.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.engine.compile import comes_before, says_use
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Policy, leaves
from xinfu.odrl.model.shared import same_duties
from xinfu.odrl.model.transforms import TRANSFORMS
from xinfu.odrl.values.durations import Duration, after, read_duration
from xinfu.odrl.values.sorts import read_moment

PROMPT: Final = timedelta(hours=24)
"""How long there is for a duty that comes after a use and names no end."""
_PROMPT: Final = Duration(0, PROMPT // timedelta(microseconds=1))
_COUNTED: Final = frozenset({"delayPeriod", "elapsedTime"})
TIMES: Final = _COUNTED | {"dateTime"}
"""The operands that say when a duty is due."""
_AT_THE_END: Final = frozenset({"delete", "uninstall", "alert"})
"""Duties that are due when all is over, if they do not say otherwise; by then all that was abnormal has to be told."""
_AT_LEAST: Final = frozenset({"gt", "gteq"})
_AT_MOST: Final = frozenset({"lt", "lteq", "eq"})


class DutyState(StrEnum):
    """Where a duty stands."""

    PENDING = "pending"
    """What triggers it has not happened, or it is not due before a moment that is to come."""
    DUE = "due"
    CLAIMED = "claimed"
    """Who owes it says that it is done; who is owed has not said yes yet."""
    FULFILLED = "fulfilled"
    OVERDUE = "overdue"
    """Its time has passed. What it belongs to is refused, and its consequences are due in addition."""
    REMEDIED = "remedied"
    """Done late, with all that was due in addition."""
    BREACHED = "breached"
    WAIVED = "waived"
    """Who is owed does without."""
    VOID = "void"
    """What it belongs to was never used, and never will be."""

    @property
    def is_end(self) -> bool:
        """Nothing leads on from here."""
        return not TABLE[self]

    @property
    def is_done(self) -> bool:
        """It keeps nobody from a use any more."""
        return self in _DONE


class DutyMove(StrEnum):
    """What happens to a duty."""

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
    """The state after `move`, or None when that is no move."""
    return TABLE[state].get(move)


class Trigger(StrEnum):
    """What makes a duty due."""

    AGREEMENT = "agreement"
    """That it was agreed on."""
    USE = "use"
    """A use of the permission that it belongs to; for each transfer anew."""
    END = "end"
    """The end of the agreement, whoever brought it about."""


class DutyTime(msgspec.Struct, frozen=True, kw_only=True):
    """From when and until when a duty has to be done; None: at once, and without an end."""

    opens: datetime | None = None
    deadline: datetime | None = None


def owed_duties(policy: Policy) -> Iterator[tuple[str, Duty]]:
    """Every duty that somebody has to follow, with its key: `permission[0].duty[1]`, `obligation[0]`.

    What a data plane does to the data before it leaves is no such duty. One that several permissions share stands under
    the first of its places alone: it has to be done once (R-ODRL-POL-13).
    """
    places = same_duties(policy)
    return ((key, duty) for key, duty in _listed(policy) if places.get(key, (key,))[0] == key)


def _listed(policy: Policy) -> Iterator[tuple[str, Duty]]:
    """The duties wherever they stand."""
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
    """What becomes due in addition when the duty under `key` is not done in time."""
    return [(f"{key}.consequence[{i}]", each) for i, each in enumerate(duty.consequences)]


def duty_at(policy: Policy, key: str) -> Duty | None:
    """The duty that stands under `key`; None: there is none."""
    found = duties_to(policy, key)
    return found[-1] if found else None


def duties_to(policy: Policy, key: str) -> tuple[Duty, ...]:
    """The duty under `key` behind those that it is a consequence of, outermost first; empty: there is none."""
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
    """What makes `duty` due: its action says so, unless its constraints of time speak otherwise."""
    operands = {each.left for each in _timed(duty)}
    if comes_before(duty):
        return Trigger.AGREEMENT
    if operands & _COUNTED or says_use(duty, "gt"):
        return Trigger.USE
    if "dateTime" in operands:
        return Trigger.AGREEMENT
    return Trigger.END if duty.action in _AT_THE_END else Trigger.USE


def time_of(duty: Duty, triggered: datetime) -> DutyTime:
    """From when and until when `duty` has to be done, once it was triggered at `triggered`."""
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
    """The constraints that say when; parts of a logical constraint all count, so the strictest does."""
    return [
        part
        for constraint in duty.constraints
        for part, _ in leaves(constraint, "")
        if isinstance(part, AtomicConstraint) and part.left in _COUNTED | {"dateTime"}
    ]


def _moments(constraint: AtomicConstraint, triggered: datetime) -> tuple[datetime | None, datetime | None]:
    """Not before when, and not after when; what nobody can read says that it is due at once."""
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
