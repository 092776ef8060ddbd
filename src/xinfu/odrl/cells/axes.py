"""The axes of a comparison: one for each fact and sort of value that policies ask about, cut into cells.

Every value that a policy names cuts its axis, so that within a cell each constraint has one verdict. One sample
represents the whole cell, and the operators themselves judge it: an interval with open or closed ends, a finite
set, everything but a set, the nodes below a term or a region are each a set of cells, kept as the bits of a number.
The highest bit is the cell in which the fact is missing, if it can be. Facts of different sorts, an instant and a duration,
never share an axis. Follows: usage-control §8.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator

import msgspec

from xinfu.odrl.cells.topics import Topic
from xinfu.odrl.model.situation import FactKind
from xinfu.odrl.values.operators import FactValue, Test
from xinfu.odrl.values.sorts import Moment, Value
from xinfu.verdict import Verdict


class Axis(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The axis of one fact, cut into cells.

    Attributes:
        samples: a value of each cell, the lowest first if the values have an order.
        alike: cells that a constraint which names these values cannot tell apart, as bits, group by group.
    """

    topic: Topic
    samples: tuple[FactValue, ...]
    alike: Callable[[tuple[Value, ...]], Iterable[int]]

    @property
    def known(self) -> int:
        """All cells in which the fact is present."""
        return (1 << len(self.samples)) - 1

    @property
    def full(self) -> int:
        """All cells, including the one of a missing fact; a meter has none, as it shows 0 before it first runs."""
        return self.known if self.topic.kind is FactKind.COUNT else (2 << len(self.samples)) - 1

    def judged(self, test: Test, groups: Iterable[int]) -> tuple[int, int]:
        """The cells in which `test` is YES and those in which it is NO; one cell of each group is tested."""
        yes = no = 0
        for cells in groups:
            verdict = test(self.samples[lowest(cells)])
            if verdict is Verdict.YES:
                yes |= cells
            elif verdict is Verdict.NO:
                no |= cells
        return yes, no


def lowest(cells: int) -> int:
    """The first of some cells."""
    return (cells & -cells).bit_length() - 1


def each(count: int) -> Iterator[int]:
    """The first `count` cells, one at a time."""
    return (1 << i for i in range(count))


def stretches(places: Iterable[int], count: int) -> Iterator[int]:
    """The cells at `places`, and what lies between them."""
    start = 0
    for place in sorted(set(places)):
        if start < place:
            yield (1 << place) - (1 << start)
        yield 1 << place
        start = place + 1
    if start < count:
        yield (1 << count) - (1 << start)


def split(groups: Iterable[int], by: Iterable[int]) -> list[int]:
    """`groups`, each cut in what lies in a set of `by` and what does not."""
    found = list(groups)
    for cells in by:
        found = [part for group in found for part in (group & cells, group & ~cells) if part]
    return found


def points(values: Iterable[Value]) -> Iterator[Hashable]:
    """The places at which `values` cut their axis: a stretch of time at both ends, any other value at itself."""
    for value in values:
        if isinstance(value, Moment):
            yield value.start
            yield value.end
        else:
            yield value
