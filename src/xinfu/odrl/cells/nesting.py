"""Counters that include each other: a use counted in a day is also counted in its month and in the total.

A situation in which a day has counted more than its month is therefore impossible. `Space` leaves such boxes out of
a comparison, and a witness never shows one.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from xinfu.odrl.cells.axes import Axis
from xinfu.odrl.cells.boxes import Box
from xinfu.odrl.model.meters import SUMS, Meter
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.sorts import Value
from xinfu.odrl.values.windows import CounterOwner, Window

_WIDER: Final[Mapping[Window | None, tuple[Window | None, ...]]] = {
    Window.MINUTE: (Window.HOUR, Window.DAY, Window.WEEK, Window.MONTH, Window.YEAR, None),
    Window.HOUR: (Window.DAY, Window.WEEK, Window.MONTH, Window.YEAR, None),
    Window.DAY: (Window.WEEK, Window.MONTH, Window.YEAR, None),
    Window.WEEK: (None,),
    Window.MONTH: (Window.YEAR, None),
    Window.YEAR: (None,),
    None: (),
}
"""Each window and those in which it lies whole, by the clock of one zone."""


def lies_in(inner: Meter, outer: Meter) -> bool:
    """Whether `outer` counts all that `inner` counts, if both belong to rules under which the same uses count."""
    one, other = inner.selection, outer.selection
    if inner.measure is not outer.measure or inner.measure not in SUMS:
        return False
    if other.whose not in (one.whose, CounterOwner.PARTICIPANT):
        return False
    is_nested = other.window is one.window or other.window in _WIDER[one.window]
    return is_nested and (other.window is None or one.zone == other.zone)


class _Counter(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The axis of a counter, with the least and the greatest count of each cell."""

    meter: Meter
    bounds: tuple[tuple[float, float], ...]

    def of(self, cells: int) -> list[tuple[float, float]]:
        """The bounds of some cells."""
        return [bounds for i, bounds in enumerate(self.bounds) if cells >> i & 1]


class Nest:
    """The axes of counters, and which of them lie in which."""

    def __init__(self) -> None:
        self._counters: dict[int, _Counter] = {}

    def add(self, place: int, axis: Axis, meter: Meter, named: Iterable[Value]) -> None:
        """Add the axis at `place`: it shows what `meter` counts, in whole numbers, cut at the values `named`."""
        known, numbers = set(map(_number, named)), [_number(each) for each in axis.samples]
        order = [float("-inf"), *sorted(numbers), float("inf")]
        bounds = {
            at: (at, at) if at in known else (before + 1, behind - 1)
            for before, at, behind in zip(order, order[1:], order[2:], strict=False)
        }
        self._counters[place] = _Counter(meter=meter, bounds=tuple(bounds[each] for each in numbers))

    def is_possible(self, box: Box) -> bool:
        """Whether no counter has counted more in `box` than a counter that includes it."""
        return not any(self._is_more(box, inner, outer) for inner, outer in self._pairs(box))

    def _pairs(self, box: Box) -> Iterator[tuple[int, int]]:
        for inner, outer in itertools.permutations([each for each in self._counters if each in box], 2):
            if lies_in(self._counters[inner].meter, self._counters[outer].meter):
                yield inner, outer

    def _is_more(self, box: Box, inner: int, outer: int) -> bool:
        """Whether all cells of the one lie above all of the other."""
        least = min(self._counters[inner].of(box[inner]), key=lambda bounds: bounds[0])[0]
        most = max(self._counters[outer].of(box[outer]), key=lambda bounds: bounds[1])[1]
        return least > most


def _number(value: object) -> int:
    """The counted value in its own unit; for a time of use, the shortest that it can be, in microseconds."""
    return value.least_microseconds if isinstance(value, Duration) else int(str(value))
