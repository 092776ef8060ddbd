"""Meters: what is counted while something is used, for which party, and over which time.

A constraint on a metered operand (`count lteq 5`) concerns one meter. Selectors say more about it:
`unitOfCount eq participant`, `timeWindow eq P1D`; a selector applies to all metered constraints of its own list.
Follows: usage-control §6; ODRL 2.2, left operand `unitOfCount`; TC609-6-2025-14, `timeWindow` and `frequency`.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.model.policy import AtomicConstraint, Constraint
from xinfu.odrl.values.windows import CounterOwner, Per, Unit, Window, begins, ends, read_unit

SELECTORS: Final = frozenset({"unitOfCount", "timeWindow"})
"""Left operands that say how others are counted, and are no condition by themselves."""


class Measure(StrEnum):
    """The measures of meters; the value is the left operand that asks for it."""

    COUNT = "count"
    BYTES = "bytes"
    ROWS = "rows"
    METERED = "meteredTime"
    """Microseconds of use, those that go on included."""
    ELAPSED = "elapsedTime"
    """Since the first use."""
    INTERVAL = "timeInterval"
    """Since the last use."""
    PAID = "payAmount"
    """Millionths of a currency that were settled, or of a price that uses have taken of it."""


_METERED: Final = frozenset(
    {
        *(measure.value for measure in Measure if measure is not Measure.PAID),
        "frequency",
        "dataSize",
        "dateRecord",
        "dataRecord",
    }
)
SUMS: Final = frozenset({Measure.COUNT, Measure.BYTES, Measure.ROWS, Measure.METERED})
"""Measures that add up; for the others the moments of use are remembered."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """How the metered constraints of one list are counted.

    Attributes:
        per_use: for a sum of money, whether each use takes that amount.
        zone: the policy's clock, in minutes east of UTC.
    """

    window: Window | None = None
    whose: CounterOwner = CounterOwner.AGREEMENT
    per_use: bool = False
    zone: int = 0

    def with_unit(self, unit: Unit | None) -> "Selection":
        """This selection, narrowed by what one selector says."""
        match unit:
            case Window():
                return msgspec.structs.replace(self, window=unit)
            case CounterOwner():
                return msgspec.structs.replace(self, whose=unit)
            case Per():
                return msgspec.structs.replace(self, per_use=True)
        return self


class Meter(msgspec.Struct, frozen=True, kw_only=True):
    """A meter of one rule.

    Attributes:
        rule: the rule it belongs to, `permission[0]`.
    """

    rule: str
    measure: Measure
    selection: Selection = Selection()

    @property
    def key(self) -> str:
        """The meter's name within a policy: `permission[0]`, `permission[0]/bytes/P1D/participant`."""
        chosen = self.selection
        window = f"{chosen.window.value}{_offset(chosen.zone)}" if chosen.window else ""
        whose = chosen.whose.value if chosen.whose is not CounterOwner.AGREEMENT else ""
        measure = self.measure.value if self.measure is not Measure.COUNT else ""
        per = Per.USE.value if chosen.per_use else ""
        return "/".join((self.rule, *filter(None, (measure, window, whose, per))))

    def begins(self, at: datetime) -> datetime | None:
        """The beginning of the meter's window at that time; None if it has no window."""
        window = self.selection.window
        return None if window is None else begins(window, at, _zone(self.selection.zone))

    def ends(self, at: datetime) -> datetime | None:
        """The moment at which the meter next starts anew; None: never."""
        window = self.selection.window
        return None if window is None else ends(window, at, _zone(self.selection.zone))


def is_metered(left: str) -> bool:
    """Whether a left operand is counted as uses go on, so that it can be spent."""
    return left in _METERED


def is_selected(left: str) -> bool:
    """Whether a selector next to this left operand says how it is counted."""
    return left in _METERED or left == Measure.PAID.value


def select(constraints: Iterable[Constraint], outer: Selection) -> Selection:
    """The selection for the metered constraints of `constraints`, which all have to hold."""
    for each in constraints:
        if isinstance(each, AtomicConstraint) and each.left in SELECTORS and len(each.values) == 1:
            outer = outer.with_unit(read_unit(each.values[0]))
    return outer


def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes)) if minutes else UTC


def _offset(minutes: int) -> str:
    return "" if not minutes else f"{minutes:+d}"
