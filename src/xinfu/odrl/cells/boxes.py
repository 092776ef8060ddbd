"""Boxes: products of cells, one dimension an axis; an axis that a box does not name is open in it.

The situations in which a rule holds are a union of boxes. Boxes are intersected and subtracted; each box that is
made counts against a budget. Follows: usage-control §8.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

MAX_BOXES: Final = 10_000
MAX_LOOKS: Final = 100_000

Box = Mapping[int, int]
"""Axis -> its cells as bits, never 0."""


class OverBudget(Exception):  # noqa: N818 - nobody's error: what was asked is then unknown
    """More boxes than the budget allows."""


class Budget:
    """The number of boxes that one question may still make, and of comparisons between two boxes."""

    def __init__(self, boxes: int = MAX_BOXES, looks: int = MAX_LOOKS) -> None:
        self._boxes = boxes
        self._looks = looks

    def look(self, times: int) -> None:
        """Count comparisons of two boxes.

        Raises:
            OverBudget: there were too many.
        """
        self._looks -= times
        if self._looks < 0:
            raise OverBudget

    def make(self, boxes: int = 1) -> None:
        """Count boxes that are made.

        Raises:
            OverBudget: there were too many.
        """
        self._boxes -= boxes
        if self._boxes < 0:
            raise OverBudget


def meet(one: Box, other: Box) -> Box | None:
    """The intersection of two boxes; None if it is empty."""
    both = dict(one)
    for axis, cells in other.items():
        shared = both.get(axis, cells) & cells
        if not shared:
            return None
        both[axis] = shared
    return both


def meets(ones: Sequence[Box], others: Sequence[Box], budget: Budget) -> list[Box]:
    """The intersection of two sets of boxes, as boxes."""
    found: list[Box] = []
    budget.look(len(ones) * len(others))
    for one in ones:
        parts: list[Box] = []
        for other in others:
            both = meet(one, other)
            if both == one:  # it lies in the other whole, so its parts in further ones say nothing more
                parts = [one]
                break
            parts += [both] if both is not None else []
        budget.make(len(parts))
        found += parts
    return found


def minus(box: Box, taken: Box, full: Sequence[int]) -> list[Box]:
    """`box` without `taken`, in boxes that do not overlap.

    Args:
        full: all cells of each axis.
    """
    if meet(box, taken) is None:
        return [box]
    left: list[Box] = []
    inside = dict(box)
    for axis, cells in taken.items():
        have = inside.get(axis, full[axis])
        if outside := have & ~cells:
            left.append({**inside, axis: outside})
        inside[axis] = have & cells
    return left


def without(boxes: Sequence[Box], taken: Iterable[Box], full: Sequence[int], budget: Budget) -> list[Box]:
    """`boxes` without all of `taken`."""
    left = list(boxes)
    for each in taken:
        budget.look(len(left))
        rest: list[Box] = []
        for box in left:
            parts = minus(box, each, full)
            if len(parts) > 1:
                budget.make(len(parts))
            rest += parts
        left = rest
        if not left:
            break
    return left
