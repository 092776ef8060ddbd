"""Ranges of values: declared for the arguments of a programme and for the columns of its output.

A range says which JSON values are in it. Numbers are finite and whole numbers lie within ±(2^53 - 1), so that every
side reads the same value.
"""

import math
from typing import Final, TypeGuard

import msgspec

from xinfu.compute.visible import is_hiding, show_text
from xinfu.evidence.canonical import SAFE_INTEGER

Value = bool | int | float | str

MOST_CHOICES: Final = 1000
LONGEST_TEXT: Final = 1000
"""Characters of a choice, and of a text that a range may allow."""


class NumberRange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="number"
):
    """The numbers from `least` to `most`, both included; only whole ones if `whole` is set."""

    least: int | float
    most: int | float
    whole: bool = False


class ChoiceRange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="choice"
):
    """The listed texts."""

    choices: tuple[str, ...]


class FlagRange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="flag"
):
    """True and false, or one of them."""

    values: tuple[bool, ...] = (False, True)


class TextRange(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag="text"
):
    """Any text of printable characters, of at most `longest`."""

    longest: int


ClosedRange = NumberRange | ChoiceRange | FlagRange
"""The ranges that free text cannot pass."""
ValueRange = ClosedRange | TextRange


def is_usable(range_: ValueRange) -> bool:
    """Whether a range is not empty and within the limits of this module."""
    match range_:
        case NumberRange(least=least, most=most, whole=whole):
            is_number = _is_number(least) and _is_number(most)
            return is_number and math.ceil(least) <= most if whole else is_number and least <= most
        case ChoiceRange(choices=choices):
            is_listed = 0 < len(choices) <= MOST_CHOICES and len({*choices}) == len(choices)
            return is_listed and all(_is_text(each, LONGEST_TEXT) for each in choices)
        case FlagRange(values=values):
            return 0 < len(values) == len({*values})
        case TextRange(longest=longest):
            return 0 < longest <= LONGEST_TEXT


def holds(range_: ValueRange, value: object) -> bool:
    """Whether a JSON value is in the range; true and false are no numbers."""
    match range_:
        case NumberRange(least=least, most=most, whole=whole):
            if not _is_number(value) or not least <= value <= most:
                return False
            return not whole or value == int(value)
        case ChoiceRange(choices=choices):
            return type(value) is str and value in choices
        case FlagRange(values=values):
            return type(value) is bool and value in values
        case TextRange(longest=longest):
            return type(value) is str and _is_text(value, longest)


def is_within(inner: ValueRange, outer: ValueRange) -> bool:
    """Whether every value of `inner` is in `outer`; a choice may stand in place of a text."""
    match inner, outer:
        case NumberRange(), NumberRange():
            return outer.least <= inner.least and inner.most <= outer.most and inner.whole >= outer.whole
        case ChoiceRange(), ChoiceRange() | TextRange():
            return all(holds(outer, each) for each in inner.choices)
        case FlagRange(), FlagRange():
            return {*inner.values} <= {*outer.values}
        case TextRange(), TextRange():
            return inner.longest <= outer.longest
    return False


def describe_range(range_: ValueRange, language: str) -> str:
    """A range as words in `language` ("zh" or "en")."""
    is_zh = language == "zh"
    match range_:
        case NumberRange(least=least, most=most, whole=whole):
            if least == most:
                return f"仅 {least}" if is_zh else f"only {least}"
            kind = ("整数" if whole else "数值") if is_zh else ("a whole number" if whole else "a number")
            return f"{kind}，{least} 至 {most}" if is_zh else f"{kind} from {least} to {most}"
        case ChoiceRange(choices=choices):
            listed = ", ".join(show_text(repr(each)) for each in choices)
            return f"以下之一：{listed}" if is_zh else f"one of {listed}"
        case FlagRange(values=values):
            listed = "/".join("true" if each else "false" for each in values)
            return f"真假值：{listed}" if is_zh else f"a flag: {listed}"
        case TextRange(longest=longest):
            return (
                f"任意文本，不超过 {longest} 个字符" if is_zh else f"any text of at most {longest} characters"
            )


def _is_number(value: object) -> TypeGuard[int | float]:
    if type(value) is int:
        return -SAFE_INTEGER <= value <= SAFE_INTEGER
    return type(value) is float and math.isfinite(value)


def _is_text(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and not any(map(is_hiding, text))
