"""Comparisons of values that have an order, or may have none: numbers, quantities, durations.

Two values whose order nobody can tell (another unit, a month against days) are UNKNOWN under every operator.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from xinfu.odrl.values import durations, quantities
from xinfu.odrl.values.durations import Duration, Stretch
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.sorts import Sort, Value
from xinfu.verdict import Verdict, every, some

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

Order = Callable[[object, Value], int | None]
"""Below 0, 0 or above 0 as the fact is below, equal to or above the value; None when nobody can tell."""
Ordered: TypeAlias = Callable[[tuple[Value, ...]], Callable[[object], Verdict]]
"""From the right side to the test of a fact."""


def of_numbers(fact: object, value: Value) -> int | None:
    """Whole numbers and decimals, exactly."""
    if not isinstance(fact, int | Decimal) or not isinstance(value, int | Decimal):
        return None
    return (fact > value) - (fact < value)


def of_quantities(fact: object, value: Value) -> int | None:
    """Quantities of one unit."""
    if not isinstance(fact, Quantity) or not isinstance(value, Quantity):
        return None
    return quantities.order_quantities(fact, value)


def of_money(fact: object, value: Value) -> int | None:
    """Amounts of one currency."""
    if not isinstance(fact, Quantity) or not isinstance(value, Quantity):
        return None
    return quantities.order_of_money(fact, value)


def of_durations(fact: object, value: Value) -> int | None:
    """A stretch of time or a duration against a duration."""
    if not isinstance(value, Duration):
        return None
    if isinstance(fact, Stretch):
        return durations.order_of(fact, value)
    return durations.order_durations(fact, value) if isinstance(fact, Duration) else None


ORDERS: Final[Mapping[Sort, Order]] = {
    Sort.COUNT: of_numbers,
    Sort.SIZE: of_numbers,
    Sort.RATIO: of_numbers,
    Sort.DECIMAL: of_quantities,
    Sort.MONEY: of_money,
    Sort.DURATION: of_durations,
}


def operators_of(order: Order) -> dict[str, Ordered]:
    """All operators of a sort with this order; `isAllOf` of one value: every value on the right equals it."""
    return {
        "lt": _one(order, lambda found: found < 0),
        "lteq": _one(order, lambda found: found <= 0),
        "gt": _one(order, lambda found: found > 0),
        "gteq": _one(order, lambda found: found >= 0),
        "eq": _any(order),
        "neq": _none(order),
        "isAnyOf": _any(order),
        "isNoneOf": _none(order),
        "isAllOf": _all(order),
    }


def _one(order: Order, holds: Callable[[int], bool]) -> Ordered:
    def ordered(values: tuple[Value, ...]) -> Callable[[object], Verdict]:
        value = values[0]

        def test(fact: object) -> Verdict:
            found = order(fact, value)
            if found is None:
                return UNKNOWN
            return YES if holds(found) else NO

        return test

    return ordered


def _equal(order: Order, fact: object, value: Value) -> Verdict:
    found = order(fact, value)
    if found is None:
        return UNKNOWN
    return NO if found else YES


def _any(order: Order) -> Ordered:
    return lambda values: lambda fact: some(_equal(order, fact, value) for value in values)


def _none(order: Order) -> Ordered:
    return lambda values: lambda fact: ~some(_equal(order, fact, value) for value in values)


def _all(order: Order) -> Ordered:
    def ordered(values: tuple[Value, ...]) -> Callable[[object], Verdict]:
        if not values:
            return lambda _: UNKNOWN
        return lambda fact: every(_equal(order, fact, value) for value in values)

    return ordered
