"""docs/reference/operands.md names every operand and how far it is enforced."""

import re
from pathlib import Path

from xinfu.odrl.operands import OPERANDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "operands.md"


def test_every_operand_stands_on_the_page_with_its_level_of_control() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]* \| (\w+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert dict(rows) == {name: str(make("counter").control) for name, make in OPERANDS.items()}
