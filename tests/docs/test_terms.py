"""Chinese says one word for a thing: no sentence of the sources or of the README uses a word that the terms rule out."""

import ast
import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src"

TERMS: Final[dict[str, tuple[str, str]]] = {
    "service platform": ("服务平台", "平台节点"),
    "logical space, space": ("逻辑可信数据空间, 空间", "租户"),
    "provider / consumer / service provider": ("数据提供方 / 数据使用方 / 数据服务方", "卖家, 买家"),
    "data product (Dataset with Offers)": ("数据产品", "数据集 for the product"),
    "negotiation / offer / counter-offer / agreement": ("协商 / 要约 / 反要约 / 协议", "–"),
    "digital contract": ("数字合约", "智能合约"),
    "end / suspend / revoke (a credential)": ("终止·解除 / 中止 / 吊销", "撤销 for all"),
    "evidence / proof / receipt / witness": ("存证 / 存证证明 / 存证凭证 / 见证", "收据, 日志"),
    "filing receipt": ("备案回执", "注册凭证"),
    "demand centre": ("需求中心", "需求板"),
    "vault (landed data)": ("受控存储", "保险箱, 金库"),
    "secrets": ("密钥与口令", "vault"),
    "compute-to-data": ("原始数据不出域的计算", "计算到数据"),
    "level of control: at the provider / in the use environment / by contract only": (
        "管控方式: 提供侧技术管控 / 使用环境技术管控 / 仅合约约束",
        "强制等级",
    ),
}
"""Rows of the table of terms: English -> the Chinese words, and those that are not said."""

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
    assert {name: rows.get(name) for name in TERMS} == TERMS


def test_each_word_that_is_ruled_out_has_its_term() -> None:
    words = " ".join(chinese for chinese, _ in TERMS.values())
    for instead in WRONG.values():
        assert any(part in words for part in re.findall("[\u4e00-\u9fff]+", instead)), instead
