"""Boxes: products of cells, one dimension an axis; an axis that a box does not name is open in it.

The situations in which a rule holds are a union of boxes. Boxes meet and are taken from each other; the boxes that
are made are counted, so that nobody can ask for more than the budget. Follows: usage-control §8.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

MAX_BOXES: Final = 10_000

Box = Mapping[int, int]
"""Axis -> its cells as bits, never 0."""


class OverBudget(Exception):  # noqa: N818 - nobody's error: what was asked is then unknown
    """More boxes than the budget allows."""


class Budget:
    """How many boxes may still be made, for one question."""

    def __init__(self, boxes: int = MAX_BOXES) -> None:
        self.left = boxes

    def spend(self) -> None:
        """Count one box.

        Raises:
            OverBudget: it was one too many.
        """
        self.left -= 1
        if self.left < 0:
            raise OverBudget


def meet(one: Box, other: Box) -> Box | None:
    """What lies in both; None when nothing does."""
    both = dict(one)
    for axis, cells in other.items():
        shared = both.get(axis, cells) & cells
        if not shared:
            return None
        both[axis] = shared
    return both


def meets(ones: Sequence[Box], others: Sequence[Box], budget: Budget) -> list[Box]:
    """What lies in one of `ones` and in one of `others`."""
    found = []
    for one in ones:
        for other in others:
            budget.spend()
            both = meet(one, other)
            if both is not None:
                found.append(both)
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
        rest: list[Box] = []
        for box in left:
            budget.spend()
            rest += minus(box, each, full)
        left = rest
        if not left:
            break
    return left
