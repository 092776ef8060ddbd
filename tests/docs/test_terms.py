"""Chinese says one word for a thing: no sentence of the sources or of the README uses a word that the terms rule out."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from tests.docs.terms import TERMS

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"

WRONG: Final[dict[str, str]] = {
    "数据集": "数据产品",
    "(?<!备案)回执": "存证凭证, or 备案回执 for that of a filing",
    "还价": "反要约",
    "撤销": "终止 for an agreement, 吊销 for a credential",
    "机密": "密钥与口令",
    "收据": "存证凭证",
    "智能合约": "数字合约",
    "租户": "空间",
    "卖家": "数据提供方",
    "买家": "数据使用方",
    "平台节点": "服务平台",
    "注册凭证": "备案回执",
    "需求板": "需求中心",
    "保险箱|金库": "受控存储",
    "计算到数据": "原始数据不出域的计算",
    "强制等级": "管控方式",
}
"""What is not said, as a pattern -> what is."""


@cache
def chinese() -> tuple[tuple[str, str], ...]:
    """Every Chinese sentence: of the sources, of their templates, and of the README, with where it stands."""
    found: list[tuple[str, str]] = []
    for path in sorted(SOURCES.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            (f"{path.relative_to(ROOT)}:{node.lineno}", node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
    pages = [*sorted(SOURCES.rglob("*.html")), ROOT / "README.zh-CN.md"]
    for path in pages:
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [(f"{path.relative_to(ROOT)}:{number}", line) for number, line in enumerate(lines, 1)]
    return tuple((where, said) for where, said in found if re.search("[\u4e00-\u9fff]", said))


def test_there_are_sentences_to_read() -> None:
    assert len(chinese()) > 1000


@pytest.mark.parametrize("wrong", WRONG)
def test_no_chinese_sentence_says_a_word_that_the_terms_rule_out(wrong: str) -> None:
    said = [f"{where}: {text.strip()[:60]}" for where, text in chinese() if re.search(wrong, text)]
    assert said == [], f"say {WRONG[wrong]}"


def test_the_terms_are_those_of_the_table(shared: Path) -> None:
    table = (shared / "style" / "TERMS.md").read_text(encoding="utf-8")
    rows = {
        cells[0]: (cells[1], cells[2])
        for cells in (
            [cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()
            if line.startswith("|")
        )
        if len(cells) == 3
    }
    assert {name: rows.get(name) for name in TERMS} == {name: cells[:2] for name, cells in TERMS.items()}


def test_each_word_that_is_ruled_out_has_its_term() -> None:
    words = " ".join(chinese for chinese, *_ in TERMS.values())
    for instead in WRONG.values():
        assert any(part in words for part in re.findall("[\u4e00-\u9fff]+", instead)), instead
