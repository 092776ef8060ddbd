"""Whether what is done to data before it leaves takes away at least as much as something else does.

Transforms are carried out one after the other, so each takes from what the others leave.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from xinfu.odrl.model.transforms import Columns, Mask, Resolution, Rows, Transform
from xinfu.odrl.values.quantities import order_quantities
from xinfu.verdict import Verdict, every, some

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

T = TypeVar("T", Columns, Mask, Resolution, Rows)


def as_strict(given: Sequence[Transform], wanted: Iterable[Transform]) -> Verdict:
    """Whether all that `wanted` keeps back is kept back by `given`."""
    kept = [_kept(given, each) for each in wanted]
    return every(kept) if kept else YES


def _kept(given: Sequence[Transform], wanted: Transform) -> Verdict:
    if wanted in given:
        return YES
    match wanted:
        case Columns():
            names = [set(each.names) for each in _of(given, Columns)]
            return YES if names and set.intersection(*names) <= set(wanted.names) else NO
        case Rows():
            tests = {test for each in _of(given, Rows) for test in each.tests}
            if set(wanted.tests) <= tests:
                return YES
            return NO if tests < set(wanted.tests) else UNKNOWN
        case Mask():
            masks = (each for each in _of(given, Mask) if each.action in (wanted.action, "anonymize"))
            masked = {name for each in masks for name in each.columns}
            return YES if set(wanted.columns) <= masked else NO
        case Resolution():
            kept = [_coarse(given, wanted, column) for column in wanted.columns]
            return every(kept) if kept else _coarse(given, wanted, None)
    return NO


def _coarse(given: Sequence[Transform], wanted: Resolution, column: str | None) -> Verdict:
    """Whether `given` leaves a column, or all of the data, no finer than `wanted`."""
    if column is not None:
        masked = any(column in each.columns for each in _of(given, Mask))
        if masked or any(column not in each.names for each in _of(given, Columns)):
            return YES
    about = (each for each in _of(given, Resolution) if not each.columns or column in each.columns)
    found = [_coarser(each, wanted) for each in about]
    return some(found) if found else NO


def _of(given: Iterable[Transform], kind: type[T]) -> Iterator[T]:
    return (each for each in given if isinstance(each, kind))


def _coarser(given: Resolution, wanted: Resolution) -> Verdict:
    found = order_quantities(given.least, wanted.least)
    if found is None:
        return UNKNOWN
    return YES if found >= 0 else NO
