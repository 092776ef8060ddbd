"""The PDF of a contract: its text can be taken out again, its letters are embedded, it holds nothing that acts."""

import pypdfium2
import pytest
from msgspec.structs import replace
from tests.contracts.samples import CONTRACT, NOW, NUMBER
from tests.web.documents.test_contract import BARE, RECEIPT, printed

from xinfu.contracts import Status
from xinfu.web.documents import paper


def texts(sheet: bytes) -> list[str]:
    """The text of each page, as a reader shows it."""
    return [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(sheet)]


@pytest.fixture(scope="module")
def sheet() -> bytes:
    long = tuple(f"第{i}条：争议先由双方协商，协商不成的提交平台运营方处理。" for i in range(60))
    return paper(printed(BARE, status=Status.SIGNED, signed=NOW, filing=RECEIPT, terms=long))


def test_its_text_can_be_taken_out_again(sheet: bytes) -> None:
    pages = texts(sheet)
    text = "".join("".join(pages).split())
    for said in (
        "设备运行数据使用合约",
        NUMBER,
        "签名有效，但为未经认证的签名",
        "itisnotacertifiedsignature",
        "仅合约约束",
        "第59条",
        "备案回执",
        RECEIPT.hash,
    ):
        assert said in text, said
    assert len(pages) > 1


def test_its_letters_are_embedded(sheet: bytes) -> None:
    assert b"/FontFile3" in sheet
    assert b"NotoSansSC" in sheet
    assert len(sheet) < 200_000, "only the letters that it uses"


def test_nothing_in_it_acts(sheet: bytes) -> None:
    assert not [
        word for word in (b"/JavaScript", b"/JS", b"/OpenAction <<", b"/Launch", b"/URI") if word in sheet
    ]


def test_a_draft_without_end_or_terms_is_printed_too() -> None:
    draft = replace(CONTRACT, number="urn:uuid:x", ends=None, terms=())
    made = paper(printed(number=draft.number, ends=None, terms=()))
    text = "".join(texts(made))
    assert "草稿" in text
    assert "未备案" in text


@pytest.mark.parametrize("name", ["عقد", "👩‍🔬", "a" * 120, "长" * 120, "\u200b", "(\\x)"])
def test_any_name_can_be_printed(name: str) -> None:
    assert paper(printed(name=name)).startswith(b"%PDF")
