"""A run takes the approved arguments and no others."""

from typing import Any

import msgspec
import pytest
from tests.compute.programme_samples import programme

from xinfu.compute.arguments import check_arguments, narrow_arguments, read_arguments
from xinfu.compute.ranges import ChoiceRange, FlagRange, NumberRange, TextRange, ValueRange
from xinfu.errors import XinfuError

DECLARED = programme().arguments


def test_defaults_are_filled_in() -> None:
    assert check_arguments(DECLARED, {"threshold": 12.5}) == {
        "threshold": 12.5,
        "site": "all",
        "weighted": False,
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({}, "programme.argument-missing"),
        ({"threshold": None}, "programme.argument-missing"),
        ({"threshold": 1, "more": 1}, "programme.argument-unknown"),
        ({"threshold": 1, "inputs": {}}, "programme.argument-unknown"),
        ({"threshold": 1001}, "programme.argument-outside"),
        ({"threshold": float("nan")}, "programme.argument-outside"),
        ({"threshold": True}, "programme.argument-outside"),
        ({"threshold": "1"}, "programme.argument-outside"),
        ({"threshold": [1]}, "programme.argument-outside"),
        ({"threshold": 1, "site": "south"}, "programme.argument-outside"),
        ({"threshold": 1, "weighted": 0}, "programme.argument-outside"),
    ],
)
def test_other_arguments_are_refused(given: dict[str, Any], code: str) -> None:
    with pytest.raises(XinfuError) as told:
        check_arguments(DECLARED, given)
    assert told.value.code == code


def test_a_whole_number_in_any_spelling_is_the_same_argument() -> None:
    [whole] = msgspec.convert(
        [{"name": "k", "accepts": {"type": "number", "least": 1, "most": 9, "whole": True}}],
        type=list[type(DECLARED[0])],  # type: ignore[misc]
    )
    assert repr(check_arguments([whole], {"k": 3.0})) == "{'k': 3}"


def test_an_approval_narrows_ranges_and_drops_a_default_outside_of_them() -> None:
    ranges: dict[str, ValueRange] = {
        "threshold": NumberRange(least=100, most=200),
        "site": ChoiceRange(choices=("north",)),
    }
    narrowed = narrow_arguments(DECLARED, ranges)
    assert narrowed[2] == DECLARED[2]
    assert check_arguments(narrowed, {"threshold": 100, "site": "north"})["site"] == "north"
    for given in ({"threshold": 100}, {"threshold": 99, "site": "north"}):
        with pytest.raises(XinfuError):
            check_arguments(narrowed, given)


@pytest.mark.parametrize(
    ("name", "range_", "code"),
    [
        ("threshold", NumberRange(least=-1, most=10), "programme.range-wider"),
        ("threshold", NumberRange(least=5, most=4), "programme.range-wider"),
        ("threshold", ChoiceRange(choices=("1",)), "programme.range-wider"),
        ("site", TextRange(longest=3), "programme.range-wider"),
        ("weighted", FlagRange(values=()), "programme.range-wider"),
        ("nothing", FlagRange(), "programme.argument-undeclared"),
    ],
)
def test_an_approval_widens_nothing(name: str, range_: ValueRange, code: str) -> None:
    with pytest.raises(XinfuError) as told:
        narrow_arguments(DECLARED, {name: range_})
    assert told.value.code == code


@pytest.mark.parametrize(
    "text", ["[]", "1", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": Infinity}', "{", "[" * 100_000]
)
def test_arguments_are_one_json_object_with_one_meaning(text: str) -> None:
    with pytest.raises(XinfuError) as told:
        read_arguments(text)
    assert told.value.code in {"programme.arguments-unreadable", "evidence.not-json"}
    assert read_arguments('{"a": 1}') == {"a": 1}
