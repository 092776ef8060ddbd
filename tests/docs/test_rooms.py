"""The page on architecture names every room, and no room that is not there; rooms and the imports between them stay few."""

import ast
import re
from collections.abc import Iterator
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


@pytest.mark.parametrize(("package", "rooms", "imports"), [("services", 24, 100), ("odrl", 14, 65)])
def test_rooms_and_the_imports_between_them_stay_few(package: str, rooms: int, imports: int) -> None:
    seen = set(_imports(package))
    assert len(_rooms(package)) <= rooms
    assert 0 < len(seen) <= imports, sorted(seen)


def _rooms(package: str) -> set[str]:
    """The folders and single files of a package."""
    return {each.stem for each in (ROOT / "src/xinfu" / package).iterdir() if not each.stem.startswith("__")}


def _imports(package: str) -> Iterator[tuple[str, str]]:
    """Each room that imports another one, with that room."""
    base, rooms = f"xinfu.{package}", _rooms(package)
    for path in (ROOT / "src/xinfu" / package).rglob("*.py"):
        room = path.relative_to(ROOT / "src/xinfu" / package).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.ImportFrom) or node.module is None or room == "__init__":
                continue
            names = [f"{base}.{each.name}" for each in node.names] if node.module == base else [node.module]
            for name in names:
                other = name.removeprefix(f"{base}.").split(".")[0]
                if name.startswith(f"{base}.") and other in rooms and other != room:
                    yield room, other


def _tests(folder: Path) -> list[Path]:
    return list(folder.glob("test_*.py"))
