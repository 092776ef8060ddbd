"""The table of comparisons: sort of value, operator -> test, three-valued.

What has an order is compared in orders.py; here stand moments, texts, terms, regions, addresses and claims. A
pair that is not in the table cannot be compared: refused at publication, unknown from a peer. A fact of another
sort is unknown. Empty lists: `isAnyOf` is NO, `isNoneOf` is YES, `isAllOf` is UNKNOWN.
Follows: ODRL 2.2, 3.12 Operator; ODRL-RULES part 3.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final

from xinfu.odrl.values import addresses
from xinfu.odrl.values.addresses import Address
from xinfu.odrl.values.durations import Duration, Stretch
from xinfu.odrl.values.orders import ORDERS, Ordered, operators_of
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.regions import Region, part_of_region, same_region
from xinfu.odrl.values.sorts import Moment, Sort, Value, read_claim, read_moment, read_number
from xinfu.odrl.values.taxonomy import Taxonomy
from xinfu.verdict import Verdict, every, some

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

FactValue = (
    datetime
    | int
    | Decimal
    | Duration
    | Stretch
    | Quantity
    | str
    | Region
    | Address
    | frozenset[str]
    | tuple[str, ...]
)
"""What an operand reads; a frozenset are the events that have happened, a tuple several values at once."""
Test = Callable[[FactValue], Verdict]
Maker = Callable[[tuple[Value, ...], Taxonomy], Test]

LISTS: Final = frozenset({"isAnyOf", "isNoneOf", "isAllOf"})
"""Operators whose right side is a list; a single value is a list of one. All others take one value."""


def _said(holds: bool) -> Verdict:
    return YES if holds else NO


def before(bound: datetime) -> Test:
    """YES strictly before `bound`."""
    return lambda fact: _said(fact < bound) if isinstance(fact, datetime) else UNKNOWN


def since(bound: datetime) -> Test:
    """YES at `bound` and after it."""
    return lambda fact: _said(fact >= bound) if isinstance(fact, datetime) else UNKNOWN


def _within(moment: Moment) -> Test:
    return lambda fact: _said(moment.start <= fact < moment.end) if isinstance(fact, datetime) else UNKNOWN


def _moment(make: Callable[[Moment], Test]) -> Maker:
    def maker(values: tuple[Value, ...], _: Taxonomy) -> Test:
        value = values[0]
        return make(value) if isinstance(value, Moment) else _never

    return maker


def _never(_: FactValue) -> Verdict:
    return UNKNOWN


def _not(maker: Maker) -> Maker:
    def negated(values: tuple[Value, ...], taxonomy: Taxonomy) -> Test:
        test = maker(values, taxonomy)
        return lambda fact: ~test(fact)

    return negated


def _by_order(ordered: Ordered) -> Maker:
    return lambda values, _: ordered(values)


def _any_address(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = _addresses(values)
    return lambda fact: (
        some(addresses.same_address(fact, one) for one in wanted) if isinstance(fact, Address) else UNKNOWN
    )


def _all_addresses(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = _addresses(values)
    if not wanted:
        return _never
    return lambda fact: (
        every(addresses.same_address(fact, one) for one in wanted) if isinstance(fact, Address) else UNKNOWN
    )


def _in_network(values: tuple[Value, ...], _: Taxonomy) -> Test:
    outer = _addresses(values)[0]
    return lambda fact: addresses.part_of_address(fact, outer) if isinstance(fact, Address) else UNKNOWN


def _around_network(values: tuple[Value, ...], _: Taxonomy) -> Test:
    inner = _addresses(values)[0]
    return lambda fact: addresses.part_of_address(inner, fact) if isinstance(fact, Address) else UNKNOWN


def _addresses(values: tuple[Value, ...]) -> tuple[Address, ...]:
    return tuple(value for value in values if isinstance(value, Address))


def _happened(values: tuple[Value, ...], _: Taxonomy) -> Test:
    """The test that an event is among those that have happened."""
    event = str(values[0])
    return lambda fact: _said(event in fact) if isinstance(fact, frozenset) else UNKNOWN


def _understood(_: tuple[Value, ...], __: Taxonomy) -> Test:
    """The test of a selector, which says how others are counted: always YES, as it sets no condition by itself."""
    return lambda _: YES


def _any_text(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = frozenset(values)

    def test(fact: FactValue) -> Verdict:
        if isinstance(fact, str):
            return YES if fact in wanted else NO
        return _said(not wanted.isdisjoint(fact)) if isinstance(fact, tuple) else UNKNOWN

    return test


def _all_text(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = frozenset(values)
    if not wanted:
        return _never

    def test(fact: FactValue) -> Verdict:
        if isinstance(fact, str):
            return _said(wanted == {fact})
        return _said(wanted <= set(fact)) if isinstance(fact, tuple) else UNKNOWN

    return test


def _is_claim(wanted: str) -> Callable[[str], bool]:
    """Whether a value is `wanted`: the same number, instant or text, or an instant within the day that is wanted."""
    day = read_moment(wanted)

    def is_claim(found: str) -> bool:
        said = read_claim(found) or found
        if said == wanted or day is None:
            return said == wanted
        moment = read_moment(said)
        return moment is not None and day.start <= moment.start and moment.end <= day.end

    return is_claim


def _any_claim(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = [_is_claim(str(value)) for value in values]

    def test(fact: FactValue) -> Verdict:
        found = _values(fact)
        return UNKNOWN if found is None else _said(any(one(each) for one in wanted for each in found))

    return test


def _all_claims(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = [_is_claim(str(value)) for value in values]

    def test(fact: FactValue) -> Verdict:
        found = _values(fact)
        return UNKNOWN if found is None else _said(all(any(map(one, found)) for one in wanted))

    return test if wanted else _never


def _claim_below(values: tuple[Value, ...], taxonomy: Taxonomy) -> Test:
    same, below = _any_claim(values[:1], taxonomy), _term_below(values, taxonomy)
    return lambda fact: same(fact) | below(fact)


def _values(fact: FactValue) -> tuple[str, ...] | None:
    if isinstance(fact, str):
        return (fact,)
    return fact if isinstance(fact, tuple) else None


def _term_below(values: tuple[Value, ...], taxonomy: Taxonomy) -> Test:
    above = str(values[0])

    def test(fact: FactValue) -> Verdict:
        if isinstance(fact, str):
            return taxonomy.within(fact, above)
        return some(taxonomy.within(item, above) for item in fact) if isinstance(fact, tuple) else UNKNOWN

    return test


def _term_above(values: tuple[Value, ...], taxonomy: Taxonomy) -> Test:
    below = str(values[0])

    def test(fact: FactValue) -> Verdict:
        if isinstance(fact, str):
            return taxonomy.within(below, fact)
        return some(taxonomy.within(below, item) for item in fact) if isinstance(fact, tuple) else UNKNOWN

    return test


def _regions(values: tuple[Value, ...]) -> tuple[Region, ...]:
    return tuple(value for value in values if isinstance(value, Region))


def _any_region(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = _regions(values)
    return lambda fact: (
        some(same_region(fact, one) for one in wanted) if isinstance(fact, Region) else UNKNOWN
    )


def _all_regions(values: tuple[Value, ...], _: Taxonomy) -> Test:
    wanted = _regions(values)
    return lambda fact: (
        every(same_region(fact, one) for one in wanted) if isinstance(fact, Region) else UNKNOWN
    )


def _in_region(values: tuple[Value, ...], _: Taxonomy) -> Test:
    outer = _regions(values)[0]
    path, length = outer.path, len(outer.path)

    def test(fact: FactValue) -> Verdict:
        if not isinstance(fact, Region):
            return UNKNOWN
        return YES if fact.path[:length] == path else part_of_region(fact, outer)

    return test


def _around_region(values: tuple[Value, ...], _: Taxonomy) -> Test:
    inner = _regions(values)[0]
    return lambda fact: part_of_region(inner, fact) if isinstance(fact, Region) else UNKNOWN


def _ordered_claim(compare: Callable[[Decimal, Decimal], bool], make: Callable[[Moment], Test]) -> Maker:
    """Order of a claim with one value: two numbers, or two moments; anything else is unknown."""

    def maker(values: tuple[Value, ...], _: Taxonomy) -> Test:
        text = str(values[0])
        number, moment = read_number(text), read_moment(text)
        if number is not None:
            return lambda fact: _by_number(fact, number, compare)
        return _by_moment(make(moment)) if moment is not None else _never

    return maker


def _by_number(fact: FactValue, wanted: Decimal, compare: Callable[[Decimal, Decimal], bool]) -> Verdict:
    found = read_number(fact[0]) if isinstance(fact, tuple) and len(fact) == 1 else None
    return UNKNOWN if found is None else _said(compare(found, wanted))


def _by_moment(test: Test) -> Test:
    def tested(fact: FactValue) -> Verdict:
        found = read_moment(fact[0]) if isinstance(fact, tuple) and len(fact) == 1 else None
        return UNKNOWN if found is None else test(found.start)

    return tested


_TEXTS: Final[dict[str, Maker]] = {
    "eq": _any_text,
    "neq": _not(_any_text),
    "isAnyOf": _any_text,
    "isNoneOf": _not(_any_text),
    "isAllOf": _all_text,
}
_MOMENTS: Final[dict[str, Callable[[Moment], Test]]] = {
    "lt": lambda moment: before(moment.start),
    "lteq": lambda moment: before(moment.end),
    "gt": lambda moment: since(moment.end),
    "gteq": lambda moment: since(moment.start),
    "eq": _within,
}
_HIERARCHY: Final[dict[str, Maker]] = {"isA": _term_below, "isPartOf": _term_below, "hasPart": _term_above}

TABLE: Final[Mapping[Sort, Mapping[str, Maker]]] = {
    Sort.INSTANT: {name: _moment(make) for name, make in _MOMENTS.items()} | {"neq": _not(_moment(_within))},
    **{
        sort: {name: _by_order(make) for name, make in operators_of(order).items()}
        for sort, order in ORDERS.items()
    },
    Sort.PARTY: _TEXTS,
    Sort.ID: _TEXTS,
    Sort.ADDRESS: {
        "eq": _any_address,
        "neq": _not(_any_address),
        "isAnyOf": _any_address,
        "isNoneOf": _not(_any_address),
        "isAllOf": _all_addresses,
        "isA": _in_network,
        "isPartOf": _in_network,
        "hasPart": _around_network,
    },
    Sort.EVENT: {"gt": _happened, "lt": _not(_happened)},
    Sort.UNIT: {"eq": _understood},
    Sort.WINDOW: {"eq": _understood},
    Sort.TERM: _TEXTS | _HIERARCHY,
    Sort.REGION: {
        "eq": _any_region,
        "neq": _not(_any_region),
        "isAnyOf": _any_region,
        "isNoneOf": _not(_any_region),
        "isAllOf": _all_regions,
        "isA": _in_region,
        "isPartOf": _in_region,
        "hasPart": _around_region,
    },
    Sort.CLAIM: {
        "eq": _any_claim,
        "neq": _not(_any_claim),
        "isAnyOf": _any_claim,
        "isNoneOf": _not(_any_claim),
        "isAllOf": _all_claims,
        "isA": _claim_below,
        "isPartOf": _claim_below,
        "hasPart": _all_claims,
    }
    | {
        "lt": _ordered_claim(Decimal.__lt__, _MOMENTS["lt"]),
        "lteq": _ordered_claim(Decimal.__le__, _MOMENTS["lteq"]),
        "gt": _ordered_claim(Decimal.__gt__, _MOMENTS["gt"]),
        "gteq": _ordered_claim(Decimal.__ge__, _MOMENTS["gteq"]),
    },
}
