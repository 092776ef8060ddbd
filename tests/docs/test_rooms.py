"""The page on architecture names every room, and no room that is not there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/architecture.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["services", "odrl"])
def test_the_page_names_the_rooms_of_a_package(package: str) -> None:
    _, table = PAGE.split(f"| room of `{package}` |")
    named = re.findall(r"^\| `(\w+)` \|", table.split("\n\n")[0], flags=re.MULTILINE)
    folder = ROOT / "src/xinfu" / package
    assert sorted(named) == sorted(each.parent.name for each in folder.glob("*/__init__.py"))


@pytest.mark.parametrize("package", ["services", "odrl"])
def test_the_tests_of_a_room_bear_its_name(package: str) -> None:
    folders = [each for each in (ROOT / "tests" / package).iterdir() if each.is_dir() and _tests(each)]
    assert folders
    for each in folders:
        assert (ROOT / "src/xinfu" / package / each.name).is_dir(), each


def _tests(folder: Path) -> list[Path]:
    return list(folder.glob("test_*.py"))
