"""The largest ends and counts that a grade accepts as a limit of an offer.

An end that nobody lives to see ends nothing, and a number that nobody reaches limits nothing. So an end lies at most
`LONGEST` after the moment at which the offer is judged, a length of time is no longer than that, and a count is at
most `MOST`. Follows: decision 0041.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from xinfu.odrl.values.durations import Duration, after, order_durations
from xinfu.odrl.values.sorts import Moment, Value

LONGEST: Final = Duration(10 * 12, 0)
"""Ten years: how far away an end may lie, and how long a time may run, to count as one."""
MOST: Final[Mapping[str, int]] = {"count": 1_000_000, "rows": 1_000_000_000_000, "bytes": 10**15}
"""How much may be counted: uses, rows, bytes (1 PB)."""


def is_near(value: Value, now: datetime) -> bool:
    """Whether a moment, or a length of time that begins now, is over within `LONGEST`."""
    farthest = after(now, LONGEST)
    if isinstance(value, Moment):
        return farthest is not None and value.end <= farthest
    return isinstance(value, Duration) and _at_most(value, LONGEST)


def is_little(measure: str, value: Value) -> bool:
    """Whether a limit on what this left operand counts can be reached, as a number of at most `MOST`."""
    if isinstance(value, Duration):
        return _at_most(value, LONGEST)
    return isinstance(value, int) and measure in MOST and value <= MOST[measure]


def _at_most(value: Duration, bound: Duration) -> bool:
    found = order_durations(value, bound)
    return found is not None and found <= 0
