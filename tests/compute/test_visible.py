"""Code is shown as it runs: nothing hides, nothing lies beyond the edge, no escape reaches a terminal."""

import sys
import unicodedata

import pytest

from xinfu.compute.visible import WIDTH, hidden_character, is_hiding, show_code, show_text

TRICKS = {
    "override": "\u202e",
    "isolate": "\u2066",
    "zero width": "\u200b",
    "byte order mark": "\ufeff",
    "soft hyphen": "\u00ad",
    "no-break space": "\u00a0",
    "ideographic space": "\u3000",
    "line separator": "\u2028",
    "escape": "\x1b",
    "backspace": "\b",
    "carriage return": "\r",
    "tab": "\t",
    "form feed": "\f",
    "nul": "\0",
    "delete": "\x7f",
    "control of eight bits": "\x9b",
    "fullwidth letter": "\uff4f",
    "mathematical letter": "\U0001d428",
    "long s": "\u017f",
    "fullwidth line": "\uff3f",
    "filler": "\u3164",
    "selector": "\ufe0f",
    "tag": "\U000e0041",
    "private": "\ue000",
    "unassigned": "\u0378",
}


@pytest.mark.parametrize("trick", TRICKS)
def test_a_character_that_hides_is_found_with_its_line(trick: str) -> None:
    letter = TRICKS[trick]
    assert is_hiding(letter)
    assert hidden_character(f"a = 1\n# {letter}\n") == (2, f"U+{ord(letter):04X}")


def test_nothing_without_a_shape_passes() -> None:
    for number in range(sys.maxunicode + 1):
        letter = chr(number)
        if letter != " " and (not letter.isprintable() or letter.isspace()):
            assert is_hiding(letter), hex(number)


def test_no_letter_that_python_reads_as_an_ascii_name_passes() -> None:
    for number in range(128, sys.maxunicode + 1):
        plain = unicodedata.normalize("NFKC", chr(number))
        if plain.isascii() and f"a{plain}".isidentifier() and f"a{chr(number)}".isidentifier():
            assert is_hiding(chr(number)), hex(number)


def test_chinese_and_ascii_are_shown_as_they_are_and_look_alikes_by_number() -> None:
    assert show_text("统计故障：5 µg/m³") == "统计故障：5 µg/m³"
    assert show_text("p\u0430y ’ ＂") == "p‹U+0430›y ‹U+2019› ‹U+FF02›"
    assert hidden_character("统计\n故障") is None


def test_a_long_line_goes_on_below_and_no_letter_is_lost() -> None:
    line = "x = 1" + " " * 500 + "; leak()"
    shown = list(show_code(f"a\n\n{line}\n"))
    assert shown[:2] == ["    1 | a", "    2 |"]
    assert all(len(each) <= WIDTH + 8 for each in shown)
    assert shown[-2].endswith("; leak()")
    assert shown[-2].startswith("      ¦ ")
    assert shown[-1] == "    4 |"
