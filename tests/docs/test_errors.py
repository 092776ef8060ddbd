"""docs/reference/errors.md lists the codes of the sources, and no others."""

import ast

import pytest
from tests.docs import codes

HELP = "run `make docs`"


def listed() -> set[str]:
    """Codes on the page."""
    rows = codes.PAGE.read_text(encoding="utf-8").splitlines()
    return {row.split("`")[1] for row in rows if row.startswith("| `")}


def in_sources() -> set[str]:
    """Codes in the sources."""
    return {row.split("`")[1] for row in codes.page().splitlines() if row.startswith("| `")}


def test_every_code_of_the_sources_is_listed() -> None:
    assert sorted(in_sources() - listed()) == [], HELP


def test_no_code_is_listed_that_the_sources_do_not_know() -> None:
    assert sorted(listed() - in_sources()) == [], HELP


def test_every_raised_error_says_its_sentence_in_both_languages() -> None:
    known = codes.families()
    silent = [
        f"{path.name}: {one.code}"
        for path, tree in codes.sources()
        for one in codes.raised(tree, known)
        if one.family and one.en and not one.zh
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise InputError("a.bc", "en", "zh")', [("a.bc", "InputError")]),
        ('raise errors.InputError(f"{kind}.exists", "en", "zh")', [("….exists", "InputError")]),
        ('def no(code, why): ...\nno("a.c-d", "en")', [("a.c-d", "")]),
        ('raise ValueError("a.bc")', []),
        ('raise InputError("no code", "en", "zh")', []),
    ],
    ids=["raised", "filled-in", "by-a-function", "foreign", "no-code"],
)
def test_codes_are_read_from_how_errors_are_made(source: str, found: list[tuple[str, str]]) -> None:
    tree = ast.parse(source)
    assert [(one.code, one.family) for one in codes.raised(tree, codes.families())] == found
