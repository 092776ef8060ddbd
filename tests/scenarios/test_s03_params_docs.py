"""The reference names every parameter and every figure of S03, with the default that holds."""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from xinfu_scenarios.s03.figures import Figures
from xinfu_scenarios.s03.params import Params

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/scenarios.md"


def leaves() -> Iterator[tuple[str, object]]:
    """Every key with its default; a key that holds a table by itself counts as one."""
    for group, values in json.loads(msgspec.json.encode(Params())).items():
        for key, value in values.items():
            yield f"{group}.{key}", value


def rows() -> dict[str, str]:
    """The rows of the reference by key."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        for name in cells[0].split(", "):
            found[name.strip("`")] = line
    return found


@pytest.mark.parametrize(
    ("key", "default"), list(leaves()), ids=lambda one: one if isinstance(one, str) else ""
)
def test_each_parameter_stands_in_the_reference_with_its_default(key: str, default: object) -> None:
    line = rows()[key]
    if isinstance(default, list) and default and isinstance(default[0], list):
        assert json.dumps(default, separators=(",", ":")) in line
    elif isinstance(default, str | int) and not key.startswith("columns."):
        assert str(default) in line
    elif isinstance(default, list):
        assert all(str(one) in line for one in default)


@pytest.mark.parametrize("key", [one.name for one in msgspec.structs.fields(Figures)])
def test_each_figure_stands_in_the_reference(key: str) -> None:
    assert key in rows()
