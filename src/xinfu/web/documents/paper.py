"""A contract's document as a PDF: A4, both languages, Chinese letters embedded.

It says what the page says, line by line, in one typeface whose used letters are embedded, so it reads alike everywhere.
Two packages do that, of an extra of their own: they weigh more than a node that prints nothing should carry.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import segno

from xinfu.web import errors
from xinfu.web.documents.contract import ContractDocument, Line, PartyText, RuleText, Text

if TYPE_CHECKING:
    from fpdf import FPDF

_FONT: Final = "NotoSansSC"
_INK: Final = (28, 27, 25)
_QUIET: Final = (91, 87, 79)
_ACCENT: Final = (179, 38, 30)
_CODE_MM: Final = 34.0


def paper(document: ContractDocument) -> bytes:
    """The document as a PDF. It takes seconds of processor; call it outside the loop.

    Raises:
        ConfigError: `extra.missing`: the extra `print` is not installed.
    """
    return _Sheet(_blank(document.name), document).whole()


def _blank(title: str) -> "FPDF":
    try:
        from fpdf import FPDF
        from pylopdf_fonts_zh_cn import sans_path
    except ImportError as error:
        raise errors.EXTRA_MISSING() from error
    made = FPDF(format="A4")
    made.set_margins(18, 18, 18)
    made.set_auto_page_break(auto=True, margin=18)
    made.add_font(_FONT, fname=str(sans_path()))
    made.set_title(title)
    made.set_lang("zh-CN")
    made.add_page()
    return made


class _Sheet:
    """Writes the document from top to bottom."""

    def __init__(self, pdf: "FPDF", document: ContractDocument) -> None:
        self._pdf = pdf
        self._document = document

    def whole(self) -> bytes:
        document = self._document
        self._line("数字合约 Digital contract", 11, _ACCENT)
        self._line(document.name, 18)
        self._both(document.status, 11, _ACCENT if document.is_draft else _INK)
        self._record(document.head)
        self._heading("当事方", "Parties")
        for party in document.parties:
            self._party(party)
        self._heading("标的", "What it is about")
        self._record(document.products)
        self._heading("规则与管控方式", "Rules and how far each is enforced")
        for number, rule in enumerate(document.rules, 1):
            self._rule(number, rule)
        if document.terms:
            self._heading("补充条款", "Supplementary terms")
            for number, term in enumerate(document.terms, 1):
                self._line(f"{number}. {term}", 10.5)
        self._filing()
        self._line("各方签署的合约文本的摘要（SHA-256）Digest of the text that the parties sign", 8, _QUIET)
        self._line(document.digest, 8, _QUIET)
        return bytes(self._pdf.output())

    def _party(self, party: PartyText) -> None:
        self._line(f"{party.role.zh} {party.role.en}：{party.name}", 11)
        self._record(party.lines)
        self._both(party.signature, 10, _ACCENT if party.holds is False else _INK)
        self._pdf.ln(2)

    def _rule(self, number: int, rule: RuleText) -> None:
        self._line(f"{number}. {rule.said.zh}", 10.5)
        self._line(rule.said.en, 9, _QUIET)
        if rule.level:
            self._line(f"[{rule.control.zh}] {rule.why.zh}", 9)
            self._line(f"[{rule.control.en}] {rule.why.en}", 8, _QUIET)
        for duty in rule.duties:
            self._both(duty, 9)
        self._pdf.ln(2)

    def _filing(self) -> None:
        self._heading("备案回执", "Filing receipt")
        if not self._document.receipt:
            self._line("未备案 Not filed", 10.5)
            return
        self._record(self._document.receipt)
        self._code(self._document.code)

    def _code(self, text: str) -> None:
        """The QR code, as squares."""
        pdf = self._pdf
        rows = [list(row) for row in segno.make(text, micro=False, error="m").matrix_iter(border=2)]
        side = _CODE_MM / len(rows)
        if pdf.will_page_break(_CODE_MM + 4):
            pdf.add_page()
        left, top = pdf.l_margin, pdf.get_y() + 2
        pdf.set_fill_color(0)
        for y, row in enumerate(rows):
            for x, is_dark in enumerate(row):
                if is_dark:
                    pdf.rect(left + x * side, top + y * side, side, side, style="F")
        pdf.set_y(top + _CODE_MM + 2)

    def _heading(self, zh: str, en: str) -> None:
        self._pdf.ln(3)
        self._line(f"{zh}  {en}", 13)
        y = self._pdf.get_y()
        self._pdf.line(self._pdf.l_margin, y, self._pdf.w - self._pdf.r_margin, y)
        self._pdf.ln(2)

    def _record(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self._line(_named(line), 10)

    def _both(self, text: Text, size: float, colour: tuple[int, int, int] = _INK) -> None:
        self._line(text.zh, size, colour)
        if text.en != text.zh:
            self._line(text.en, size - 1.5, _QUIET)

    def _line(self, text: str, size: float, colour: tuple[int, int, int] = _INK) -> None:
        pdf = self._pdf
        pdf.set_font(_FONT, size=size)
        pdf.set_text_color(*colour)
        pdf.multi_cell(0, size * 0.5, text, align="L", new_x="LMARGIN", new_y="NEXT")


def _named(line: Line) -> str:
    """Name and value in both languages, each once where they are the same."""
    name = line.name.zh if line.name.en == line.name.zh else f"{line.name.zh} {line.name.en}"
    value = line.value.zh if line.value.en == line.value.zh else f"{line.value.zh} / {line.value.en}"
    return f"{name}：{value}"
