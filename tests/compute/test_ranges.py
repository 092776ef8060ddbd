"""Ranges hold exactly the values that they say, and a narrower one holds no other."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.compute.ranges import (
    ChoiceRange,
    FlagRange,
    NumberRange,
    TextRange,
    ValueRange,
    describe_range,
    holds,
    is_usable,
    is_within,
)

NUMBERS = NumberRange(least=0, most=10.5)
WHOLE = NumberRange(least=-3, most=3, whole=True)
NUMBER = st.integers(-20, 20) | st.floats(-20, 20)
RANGES: st.SearchStrategy[ValueRange] = (
    st.builds(NumberRange, least=NUMBER, most=NUMBER, whole=st.booleans())
    | st.builds(ChoiceRange, choices=st.lists(st.sampled_from(["a", "b", "ccc", ""])).map(tuple))
    | st.builds(FlagRange, values=st.lists(st.booleans()).map(tuple))
    | st.builds(TextRange, longest=st.integers(0, 4))
)
VALUES = NUMBER | st.booleans() | st.sampled_from(["a", "b", "ccc", "dddd", ""])


@pytest.mark.parametrize(
    ("range_", "value"),
    [
        (NUMBERS, 0),
        (NUMBERS, 10.5),
        (WHOLE, -3),
        (WHOLE, 2.0),
        (ChoiceRange(choices=("甲", "b")), "甲"),
        (FlagRange(), True),
        (FlagRange(values=(False,)), False),
        (TextRange(longest=3), "abc"),
    ],
)
def test_a_value_is_in_its_range(range_: ValueRange, value: object) -> None:
    assert holds(range_, value)


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 2**53, 10**400, True, "1", None, [1]]
)
@pytest.mark.parametrize("range_", [NUMBERS, WHOLE, NumberRange(least=-1e308, most=1e308)])
def test_what_is_no_safe_number_is_in_no_range_of_numbers(range_: ValueRange, value: object) -> None:
    assert not holds(range_, value)


@pytest.mark.parametrize(
    ("range_", "value"),
    [
        (NUMBERS, -0.1),
        (WHOLE, 0.5),
        (ChoiceRange(choices=("a",)), "A"),
        (FlagRange(values=(False,)), True),
        (FlagRange(), 1),
        (TextRange(longest=3), "abcd"),
        (TextRange(longest=3), ""),
        (TextRange(longest=9), "a\u202eb"),
        (TextRange(longest=9), "a\nb"),
    ],
)
def test_another_value_is_not_in_the_range(range_: ValueRange, value: object) -> None:
    assert not holds(range_, value)


@pytest.mark.parametrize(
    "range_",
    [
        NumberRange(least=1, most=0),
        NumberRange(least=0.2, most=0.8, whole=True),
        NumberRange(least=float("-inf"), most=0),
        NumberRange(least=0, most=float("nan")),
        NumberRange(least=0, most=2**53),
        ChoiceRange(choices=()),
        ChoiceRange(choices=("a", "a")),
        ChoiceRange(choices=("a\u200b",)),
        FlagRange(values=()),
        TextRange(longest=0),
        TextRange(longest=10**6),
    ],
)
def test_an_empty_or_boundless_range_is_not_usable(range_: ValueRange) -> None:
    assert not is_usable(range_)


@given(RANGES, RANGES, VALUES)
def test_a_range_within_another_holds_none_that_the_other_does_not(
    inner: ValueRange, outer: ValueRange, value: Any
) -> None:
    if is_within(inner, outer) and holds(inner, value):
        assert holds(outer, value)


@given(RANGES.filter(is_usable))
def test_a_usable_range_lies_within_itself_and_survives_json(range_: ValueRange) -> None:
    assert is_within(range_, range_)
    assert msgspec.json.decode(msgspec.json.encode(range_), type=ValueRange) == range_


def test_ranges_are_described_in_both_languages() -> None:
    assert describe_range(NUMBERS, "en") == "a number from 0 to 10.5"
    assert describe_range(WHOLE, "zh") == "整数，-3 至 3"
    assert describe_range(NumberRange(least=4, most=4), "en") == "only 4"
    assert describe_range(ChoiceRange(choices=("all", "\u0430ll")), "en") == "one of 'all', '‹U+0430›ll'"
    assert describe_range(FlagRange(), "en") == "a flag: false/true"
    assert describe_range(TextRange(longest=5), "zh") == "任意文本，不超过 5 个字符"
