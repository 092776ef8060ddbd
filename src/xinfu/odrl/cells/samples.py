"""A sample value for each cell of an axis, chosen from the values that policies name on it.

Two facts that no constraint on the axis can tell apart lie in one cell. If a cell holds no named value, its sample
is made up.
"""

import itertools
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from xinfu.odrl.cells.axes import Axis, each, points, split, stretches
from xinfu.odrl.cells.scales import around, moments, scale
from xinfu.odrl.cells.topics import Topic
from xinfu.odrl.model.situation import FactKind
from xinfu.odrl.operands import Operand
from xinfu.odrl.operands.party import PRESENT
from xinfu.odrl.values.addresses import Address
from xinfu.odrl.values.hosts import hosts
from xinfu.odrl.values.operators import FactValue
from xinfu.odrl.values.regions import Region, read_region
from xinfu.odrl.values.sorts import Sort, Value, read_moment, read_number
from xinfu.odrl.values.taxonomy import Taxonomy

MAX_CELLS: Final = 4_096
"""Cells of one axis; what needs more is not compared."""
MAX_RELATED: Final = 64
"""Regions in one constraint whose relations are told apart; with more, every cell is asked."""
MAX_GROUPS: Final = 8
"""Groups of texts that a claim may hold or not, each for itself."""

_TREE: Final = frozenset({"isA", "isPartOf", "hasPart"})
_EACH: Final = frozenset({"isAllOf", "hasPart"})
_ORDER: Final = frozenset({"lt", "lteq", "gt", "gteq"})
_SEVERAL: Final = frozenset({FactKind.CLAIM, FactKind.TRAIT})
"""Facts that are lists of texts."""
_PARTLY_ORDERED: Final = frozenset({Sort.DURATION, Sort.MONEY, Sort.DECIMAL})
_APART: Final = tuple(Region((code,)) for code in ("CN", "HK", "MO", "TW"))
"""Where the codes do not tell whether one lies in the other."""
_LETTERS: Final = "ZYXWVUTSRQPONMLKJIHGFEDCBA"


Samples = tuple[FactValue, ...]
Alike = Callable[[tuple[Value, ...]], Iterable[int]]


class NamedValues(msgspec.Struct, frozen=True, kw_only=True):
    """The operator of one constraint, and the values that it names on an axis."""

    operator: str
    values: tuple[Value, ...]


def axis(
    topic: Topic, operand: Operand | None, named: Sequence[NamedValues], taxonomy: Taxonomy
) -> Axis | None:
    """The axis of `topic`, cut by all that is named on it; None when that takes too many cells.

    Args:
        operand: what reads the fact; None for the parties and targets that a rule itself speaks of.
    """
    samples, alike = _cut(topic, operand, named, taxonomy)
    if samples is None or len(samples) > MAX_CELLS:
        return None
    return Axis(topic=topic, samples=samples, alike=alike(samples))


def _cut(
    topic: Topic, operand: Operand | None, named: Sequence[NamedValues], taxonomy: Taxonomy
) -> tuple[Samples | None, Callable[[Samples], Alike]]:
    if topic.kind is FactKind.PART_OF:
        return (topic.names, ()), _each
    if topic.kind is FactKind.EVENT:
        return tuple(map(frozenset, _subsets(sorted(_texts_of(named))))), _each
    if operand is not None and topic.kind in _SEVERAL and topic.sort in (Sort.CLAIM, Sort.TERM):
        return _lists(operand, named, taxonomy), _each
    if topic.sort is Sort.REGION:
        return tuple(_regions(named)), _related
    if topic.sort in (Sort.TERM, Sort.PARTY, Sort.ID):
        return _texts(named, taxonomy), _each if _climbs(named) else _named
    values = (value for one in named for value in one.values)
    if topic.sort is Sort.ADDRESS:
        return hosts(value for value in values if isinstance(value, Address)), _each
    return scale(topic.sort, values), _each if topic.sort in _PARTLY_ORDERED else _named


def _each(samples: Samples) -> Alike:
    """Make each cell a group of its own."""
    return lambda _: each(len(samples))


def _named(samples: Samples) -> Alike:
    """Make each named value a group of its own, and each gap between named values one group."""
    places: dict[Hashable, int] = {sample: i for i, sample in enumerate(samples)}
    return lambda values: stretches((places[at] for at in points(values) if at in places), len(samples))


def _related(samples: Samples) -> Alike:
    """Group regions by their relation to each named one: around it, inside it, in its country, or elsewhere."""
    inside: dict[tuple[str, ...], int] = {}
    here: dict[tuple[str, ...], int] = {}
    for i, sample in enumerate(samples):
        path = sample.path if isinstance(sample, Region) else ()
        here[path] = 1 << i
        for end in range(len(path) + 1):
            inside[path[:end]] = inside.get(path[:end], 0) | 1 << i
    apart = [here.get(region.path, 0) for region in _APART]

    def alike(values: tuple[Value, ...]) -> Iterable[int]:
        paths = {value.path for value in values if isinstance(value, Region)}
        if len(paths) > MAX_RELATED:
            return each(len(samples))
        groups = split([inside[()]], apart)
        for path in paths:
            around = sum(here.get(path[:end], 0) for end in range(1, len(path)))
            groups = split(groups, (here[path], inside[path], around, inside[path[:1]]))
        return groups

    return alike


def unlike(texts: Iterable[str]) -> str:
    """A text that is none of `texts`."""
    taken = set(texts)
    names = itertools.chain(["other"], (f"other-{i}" for i in itertools.count(2)))
    return next(name for name in names if name not in taken)


def _texts_of(named: Iterable[NamedValues]) -> set[str]:
    return {str(value) for one in named for value in one.values}


def _climbs(named: Iterable[NamedValues]) -> bool:
    return any(one.operator in _TREE for one in named)


def _texts(named: Iterable[NamedValues], taxonomy: Taxonomy) -> tuple[str, ...]:
    """Every text that is named, all terms where it counts what lies below what, and one more."""
    texts = _texts_of(named)
    if _climbs(named):
        texts |= set(taxonomy.broader)
    return (*sorted(texts), unlike(texts))


def _regions(named: Iterable[NamedValues]) -> Iterator[Region]:
    """All named regions, all regions around them, and one region inside each of these that no constraint names."""
    regions = {value for one in named for value in one.values if isinstance(value, Region)}
    around = {Region(region.path[:i]) for region in regions for i in range(1, len(region.path))}
    tree = regions | around | set(_APART)
    yield from sorted(regions, key=lambda region: region.path)
    yield from sorted(tree - regions, key=lambda region: region.path)
    for region in (Region(()), *tree):
        inside = next((each for each in _inside(region) if each not in tree), None)
        if inside is not None:
            yield inside


def _inside(region: Region) -> Iterator[Region]:
    """Regions directly inside `region`; the one without a path is the world."""
    pairs = ("".join(pair) for pair in itertools.product(_LETTERS, repeat=2))
    if not region.path:
        codes: Iterable[str] = itertools.chain(("DE", "FR", "JP"), pairs)
    elif region.path[0] == "CN":
        codes = ("".join(region.path[1:]) + f"{i:02}" for i in range(1, 100))
    else:
        codes = (f"{region.path[0]}-{pair}" for pair in pairs)
    for found in map(read_region, codes):
        if found is not None and found.path[:-1] == region.path:
            yield found


def _lists(
    operand: Operand, named: Sequence[NamedValues], taxonomy: Taxonomy
) -> tuple[tuple[str, ...], ...] | None:
    """The lists that a fact may hold: any named texts, with or without another; None if these cannot be enumerated.

    One text represents all texts that no constraint distinguishes; where their order matters, each text is listed.
    """
    if operand.sort is Sort.CLAIM and "." not in operand.fact.name and not operand.also:
        return ((PRESENT,),)
    texts = _texts_of(named)
    if _climbs(named) and texts & taxonomy.broader.keys():
        return None
    always = (PRESENT,) if operand.also else ()
    groups = [text for text in _groups(named) if text not in always]
    if len(groups) > MAX_GROUPS:
        return None
    sets = _subsets(groups)
    found = [(*always, *chosen) for chosen in sets if chosen]
    found += [(*always, *chosen, unlike(texts)) for chosen in sets]
    if any(one.operator in _ORDER for one in named):
        found += [(text,) for text in _in_order(texts)]
    return tuple(dict.fromkeys(found))


def _subsets(texts: Sequence[str]) -> list[tuple[str, ...]]:
    return [chosen for size in range(len(texts) + 1) for chosen in itertools.combinations(texts, size)]


def _groups(named: Sequence[NamedValues]) -> list[str]:
    """One text for each group of texts that the same constraints name, in order."""
    where: dict[str, list[int]] = {}
    for i, one in enumerate(named):
        for value in one.values:
            where.setdefault(str(value), []).append(i)
    alone = {text for one in named if one.operator in _EACH for text in map(str, one.values)}
    alone |= {
        text for text in where if read_moment(text) is not None
    }  # an instant may lie in a day that is named
    return sorted(
        {(text if text in alone else tuple(places)): text for text, places in where.items()}.values()
    )


def _in_order(texts: set[str]) -> Iterator[str]:
    """Texts that lie at, between and beyond those which are numbers or moments, and are none of them."""
    yield from sorted(texts)
    numbers = sorted({number for text in texts if (number := read_number(text)) is not None})
    for near in around(numbers):
        spellings = (f"{near:f}{zeros}" for zeros in ("", ".0", ".00", "0", "00"))
        yield from itertools.islice(
            (text for text in spellings if text not in texts and read_number(text) == near), 1
        )
    found = [moment for text in texts if (moment := read_moment(text)) is not None]
    for bound in moments(sorted({bound for moment in found for bound in (moment.start, moment.end)})):
        spellings = (bound.isoformat(timespec=step) for step in ("seconds", "milliseconds", "microseconds"))
        yield from itertools.islice(
            (text for text in spellings if text not in texts and _is_at(text, bound)), 1
        )


def _is_at(text: str, bound: datetime) -> bool:
    found = read_moment(text)
    return found is not None and found.start == bound
