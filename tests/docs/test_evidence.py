"""docs/reference/evidence.md names every kind of entry and its facts."""

import re
from pathlib import Path

from xinfu.evidence.entry import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "evidence.md"


def rows() -> dict[str, tuple[set[str], set[str]]]:
    """Kind -> facts that always stand, facts that may be absent."""
    found: dict[str, tuple[set[str], set[str]]] = {}
    before = ""
    for kind, facts in re.findall(
        r"^\| `([a-z.]+)` \| [^|]* \| ([^|]*) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    ):
        told = before if facts.strip() == "as above" else facts
        must, _, may = told.partition(";")
        found[kind] = (set(re.findall(r"`(\w+)`", must)), set(re.findall(r"`(\w+)`", may)))
        before = told
    return found


def test_every_kind_of_entry_stands_on_the_page_with_its_facts() -> None:
    assert rows() == {name: (set(kind.must), set(kind.may)) for name, kind in KINDS.items()}
