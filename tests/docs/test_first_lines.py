"""First lines of docstrings are plain English: no riddle for a subject, and none of the words that hide the verb.

A package comes in as soon as its first lines are clean.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

import xinfu
import xinfu_scenarios

ROOT: Final = Path(xinfu.__file__).parent
BENCH: Final = Path(__file__).resolve().parents[2] / "bench"
CLEAN: Final = (
    "api",
    "certificates",
    "cli",
    "client",
    "contracts",
    "credentials",
    "dataplanes",
    "dsp",
    "engines",
    "evidence",
    "identities",
    "node",
    "odrl",
    "peers",
    "ports",
    "s3",
    "services",
    "signers",
    "stores",
    "web",
)
BANNED: Final = re.compile(
    r"^(?i:who|whom|whose|what|it|its|those|nobody|nothing|of)\b"
    r"|(?<!there )\bis no\b|\b(one that|of ours|goes by|stands|beside|told|tells)\b"
)
"""A beginning that leaves out the subject, or a word in whose place a plain verb belongs."""


def first_lines(package: Path) -> Iterator[str]:
    """The place and the text of each first line below a package."""
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                line = (ast.get_docstring(node) or "").split("\n")[0]
                if BANNED.search(line):
                    yield f"{path.relative_to(package)}:{getattr(node, 'lineno', 1)}: {line}"


@pytest.mark.parametrize("package", CLEAN)
def test_first_lines_are_plain_english(package: str) -> None:
    assert (ROOT / package / "__init__.py").is_file()
    assert not list(first_lines(ROOT / package))


@pytest.mark.parametrize("folder", [Path(xinfu_scenarios.__file__).parent, BENCH], ids=["scenarios", "bench"])
def test_first_lines_of_the_scenarios_and_benches_are_plain_english(folder: Path) -> None:
    assert any(folder.rglob("*.py"))
    assert not list(first_lines(folder))


@pytest.mark.parametrize(
    "line", ["What a key signs.", "It is sent.", "A node that is told of it.", "Of all one."]
)
def test_a_riddle_is_found(tmp_path: Path, line: str) -> None:
    (tmp_path / "riddle.py").write_text(f'"""{line}"""\n', encoding="utf-8")
    assert list(first_lines(tmp_path)) == [f"riddle.py:1: {line}"]
