"""The page on what people complain of names tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "explanation" / "what-people-complain-of.md"
ROWS = re.findall(r"^\| (\d+) \| (.*) \| (.*) \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@cache
def named_in(path: str) -> frozenset[str]:
    """The names of the tests of a file."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def test_there_are_25_rows_in_order() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 26))


@pytest.mark.parametrize(("number", "shown"), [(row[0], row[3]) for row in ROWS])
def test_each_row_is_shown_by_tests_that_exist(number: str, shown: str) -> None:
    named = re.findall(r"`([^`:]+)::(test_\w+)`", shown)
    assert named, f"row {number} names no test"
    assert [f"{path}::{name}" for path, name in named if name not in named_in(path)] == []
