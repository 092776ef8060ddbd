"""The two READMEs say the same two commands."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def blocks(page: Path) -> list[str]:
    """Shell blocks of a page."""
    return re.findall(r"^```sh\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_a_readme_names_the_two_commands(readme: Path) -> None:
    commands = "".join(blocks(readme))
    assert re.search(r"^make demo\b", commands, re.MULTILINE)
    assert re.search(r"^make test\b", commands, re.MULTILINE)


def test_both_readmes_have_the_same_commands_and_sections() -> None:
    one, other = READMES
    strip = re.compile(r"\s+#.*$", re.MULTILINE)
    assert [strip.sub("", block) for block in blocks(one)] == [
        strip.sub("", block) for block in blocks(other)
    ]
    counts = [len(re.findall(r"^## ", page.read_text(encoding="utf-8"), re.MULTILINE)) for page in READMES]
    assert counts[0] == counts[1]


def test_each_readme_leads_to_the_other() -> None:
    assert "(README.zh-CN.md)" in READMES[0].read_text(encoding="utf-8")
    assert "(README.md)" in READMES[1].read_text(encoding="utf-8")


@pytest.mark.parametrize("readme", READMES, ids=lambda page: page.name)
def test_commands_that_a_readme_names_exist(readme: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z]+)", "".join(blocks(readme))))
    assert named <= targets
