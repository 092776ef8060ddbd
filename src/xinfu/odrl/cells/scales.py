"""Samples on scales: every value that is named, and one in each gap before, between and after them.

Values without an order, such as a month and thirty days, have no scale. Each unit of an amount has its own.
"""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cmp_to_key
from typing import Final, TypeVar

from xinfu.odrl.values.durations import Duration, order_durations
from xinfu.odrl.values.operators import FactValue
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.sorts import Moment, Sort, Value

T = TypeVar("T")

_ANY_TIME: Final = datetime(2026, 1, 1, tzinfo=UTC)
_OTHER_UNIT: Final = "urn:unit:other"


def scale(sort: Sort, values: Iterable[Value]) -> tuple[FactValue, ...] | None:
    """Samples for an ordered sort, ascending; None if the sort or its values have no order."""
    named = tuple(values)
    match sort:
        case Sort.INSTANT:
            return tuple(_moments(named))
        case Sort.COUNT | Sort.SIZE:
            return tuple(_whole(value for value in named if isinstance(value, int)))
        case Sort.RATIO:
            return tuple(around([value for value in named if isinstance(value, Decimal)]))
        case Sort.MONEY | Sort.DECIMAL:
            return tuple(_quantities([value for value in named if isinstance(value, Quantity)]))
        case Sort.DURATION:
            return _durations({value for value in named if isinstance(value, Duration)})
    return None


def around(numbers: Iterable[Decimal]) -> Iterator[Decimal]:
    """Decimals and one in each gap around them."""
    found = sorted(set(numbers))
    if not found:
        return
    yield found[0] - 1
    for here, there in itertools.pairwise(found):
        yield here
        yield (here + there) / 2
    yield found[-1]
    yield found[-1] + 1


def moments(bounds: Sequence[datetime]) -> Iterator[datetime]:
    """Each bound, and a moment before the first; a stretch ends where the next begins, so a bound is its sample."""
    if bounds:
        with suppress(OverflowError):
            yield bounds[0] - timedelta(days=1)
    yield from bounds


def _moments(values: Iterable[Value]) -> Iterator[datetime]:
    found = [value for value in values if isinstance(value, Moment)]
    if not found:
        return iter((_ANY_TIME,))
    return moments(sorted({bound for moment in found for bound in (moment.start, moment.end)}))


def _whole(numbers: Iterable[int]) -> list[int]:
    """The named numbers and their neighbours, at least 1: a count includes the next use."""
    near = {number + step for number in numbers for step in (-1, 0, 1)} | {1}
    return sorted(number for number in near if number >= 1)


def _quantities(named: Sequence[Quantity]) -> Iterator[Quantity]:
    units = sorted({value.unit for value in named})
    for unit in units:
        for number in around(value.number for value in named if value.unit == unit):
            yield Quantity(number, unit)
    yield Quantity(Decimal(0), _OTHER_UNIT)


def _durations(named: set[Duration]) -> tuple[FactValue, ...] | None:
    if any(order_durations(one, other) is None for one, other in itertools.combinations(named, 2)):
        return None
    found = sorted(named, key=cmp_to_key(_decided))
    longer = [Duration(each.months, each.microseconds + 1) for each in found]
    shortest = Duration(0, 1)  # what a meter of time reads at least; none at all is a cell of its own
    return (*sorted({shortest, *found, *longer}, key=cmp_to_key(_decided)), Duration(0, 0))


def _decided(one: Duration, other: Duration) -> int:
    return order_durations(one, other) or 0
