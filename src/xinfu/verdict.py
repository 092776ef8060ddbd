"""Verdict: yes, no or unknown; only yes opens anything.

Strong Kleene logic: under *all* NO beats UNKNOWN beats YES, under *any* YES beats UNKNOWN beats NO.
`every` of no verdicts is UNKNOWN: an empty list of proofs proves nothing.
"""

from collections.abc import Iterable
from enum import Enum
from typing import NoReturn


class Verdict(Enum):
    """The result of a check. It cannot be used as a bool: write `verdict is Verdict.YES`."""

    NO = 0
    UNKNOWN = 1
    YES = 2

    def __bool__(self) -> NoReturn:
        raise TypeError("a Verdict is not a bool: write `verdict is Verdict.YES`")

    def __and__(self, other: "Verdict") -> "Verdict":
        return self if self._value_ <= other._value_ else other

    def __or__(self, other: "Verdict") -> "Verdict":
        return self if self._value_ >= other._value_ else other

    def __invert__(self) -> "Verdict":
        return _SWAPPED[self]


_SWAPPED = {Verdict.NO: Verdict.YES, Verdict.UNKNOWN: Verdict.UNKNOWN, Verdict.YES: Verdict.NO}


def every(verdicts: Iterable[Verdict]) -> Verdict:
    """YES if there is at least one verdict and all are YES; NO beats UNKNOWN."""
    lowest: Verdict | None = None
    for verdict in verdicts:
        lowest = verdict if lowest is None else lowest & verdict
    return Verdict.UNKNOWN if lowest is None else lowest


def some(verdicts: Iterable[Verdict]) -> Verdict:
    """YES if any verdict is YES; NO if there are no verdicts."""
    highest = Verdict.NO
    for verdict in verdicts:
        highest = highest | verdict
    return highest


def exactly_one(verdicts: Iterable[Verdict]) -> Verdict:
    """YES if one verdict is YES and all others NO; two YES give NO even with an UNKNOWN."""
    listed = list(verdicts)
    if listed.count(Verdict.YES) > 1:
        return Verdict.NO
    if Verdict.UNKNOWN in listed:
        return Verdict.UNKNOWN
    return Verdict.YES if Verdict.YES in listed else Verdict.NO
