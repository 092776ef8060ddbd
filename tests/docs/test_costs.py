"""The page on what a change costs names files that are there, and counts them right."""

import inspect
import re
from pathlib import Path

import pytest

from xinfu.ports.records import KINDS
from xinfu.ports.store import Step
from xinfu.stores.sql.step import SqlStep
from xinfu.stores.sql.tables import RECORDS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/explanation/what-a-change-costs.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
NAMED = re.compile(r"`((?:src/xinfu/)?[\w/]+(?:\.py|\.toml|/))`")
SOURCE_QUESTION = re.compile(r"SourceKind\.(?!ROWS)\w+|isinstance\([^)]*\b(?!RowsSource)\w+Source\b")


def _path(name: str) -> Path:
    return ROOT / name if name.startswith("src/") or name == "pyproject.toml" else ROOT / "src/xinfu" / name


@pytest.mark.parametrize("name", SECTIONS)
def test_the_files_of_an_example_are_there(name: str) -> None:
    named = NAMED.findall(SECTIONS[name])
    assert named
    assert [each for each in named if not _path(each).exists()] == []


@pytest.mark.parametrize("name", SECTIONS)
def test_the_bare_count_is_that_of_the_table(name: str) -> None:
    rows = re.findall(r"^\| `", SECTIONS[name], re.MULTILINE)
    assert re.findall(r"^Bare: (\d+) files", SECTIONS[name], re.MULTILINE) == [str(len(rows))]


def test_an_operand_of_the_provider_is_named_in_the_files_of_its_example_alone() -> None:
    found = {
        str(each.relative_to(ROOT))
        for each in (ROOT / "src/xinfu").rglob("*.py")
        if '"language"' in each.read_text(encoding="utf-8") and "scenarios" not in each.parts
    }
    assert found == set(re.findall(r"^\| `([^`]+)`", SECTIONS["A left operand"], re.MULTILINE))


def test_no_use_case_asks_for_a_kind_of_source_by_name() -> None:
    """What it has to know of a kind stands beside the struct; the rows of a file are a source of our own making."""
    asking = {
        str(each.relative_to(ROOT)): found
        for each in (ROOT / "src/xinfu/services").rglob("*.py")
        if (found := SOURCE_QUESTION.findall(each.read_text(encoding="utf-8")))
    }
    assert asking == {}


def test_the_path_of_a_message_is_written_in_the_table_alone() -> None:
    found = {
        str(each.relative_to(ROOT / "src/xinfu"))
        for each in (ROOT / "src/xinfu").rglob("*.py")
        if re.search(r'"[^" ]*agreement/verification"', each.read_text(encoding="utf-8"))
    }
    assert found == {"dsp/negotiation/messages.py"}


def test_a_use_case_reaches_every_kind_of_record_by_the_kind_alone() -> None:
    """The protocol of a step names no kind, so a new one changes neither the port nor the step of a store."""
    named = {"Records", "RecordsTable"}
    for step in (Step, SqlStep):
        parts = [each.fget for each in vars(step).values() if isinstance(each, property)]
        given = [str(inspect.get_annotations(part)["return"]) for part in parts if part is not None]
        assert [each for each in given if any(f"{name}[" in each for name in named)] == []


def test_a_store_makes_the_table_of_a_kind_from_the_kind_alone() -> None:
    naming = [
        str(each.relative_to(ROOT))
        for each in (ROOT / "src/xinfu/stores").rglob("*.py")
        if re.search(r"payments", each.read_text(encoding="utf-8"), re.IGNORECASE)
        and "versions" not in each.parts
    ]
    assert naming == []
    for kind in KINDS:
        columns = {each.name: each.optional for each in RECORDS[kind].columns}
        assert columns == {**{each.name: each.optional for each in kind.columns}, "record": False}
