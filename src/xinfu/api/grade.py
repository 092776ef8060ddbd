"""Grades of data (分类分级): the scale, and how an asset is graded."""

from typing import Any

from xinfu.api.shape import View


class DemandView(View, frozen=True, kw_only=True):
    """Something that each permission of an offer keeps, and how to write it."""

    name: str
    zh: str
    en: str
    help_zh: str
    help_en: str


class GradeView(View, frozen=True, kw_only=True):
    """A grade of data.

    Attributes:
        name: by language; `means` what data of it is.
        least: all that its offers keep.
        default: the policy of an offer for which none is stated; null: it has to be stated.
        by_hand: a person agrees to each contract.
    """

    number: int
    name: dict[str, str]
    means: dict[str, str]
    least: list[DemandView]
    default: dict[str, Any] | None
    by_hand: bool


class ScaleView(View, frozen=True, kw_only=True):
    """Every grade, the lowest first."""

    items: list[GradeView]


class ShortfallView(View, frozen=True, kw_only=True):
    """A demand of the grade that a rule does not meet, and what would make the rule allowed."""

    rule: str
    demand: str
    zh: str
    en: str
    help_zh: str
    help_en: str


class WithheldView(View, frozen=True, kw_only=True):
    """A withheld offer, and what its policy lacks; `lacks` is empty where there is no grade."""

    definition: str
    policy: str
    lacks: list[ShortfallView]


class GradedView(View, frozen=True, kw_only=True):
    """How an asset is graded.

    Attributes:
        grade: what counts; None: it is not offered.
        stated: what was stated of it; None: what counts is that of its context.
        withheld: its offers that are not made.
        agreements: wire ids of its live agreements under terms that are weaker than what the grade asks for.
    """

    asset: str
    grade: int | None
    stated: int | None
    withheld: list[WithheldView]
    agreements: list[str]
