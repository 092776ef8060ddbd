"""Visible text: shows code to a person exactly as it will run, and finds characters that would hide something.

Characters that have no shape, turn the direction of writing or move a cursor are not allowed in a programme at all.
Letters that only look like ASCII (fullwidth, mathematical) are not allowed either. Other letters beyond ASCII that are
not Chinese are allowed in texts and comments, and are shown by their number, since many of them look like ASCII.
Follows: Unicode TR 36 and TR 39; CVE-2021-42574 (bidirectional controls), CVE-2021-42694 (look-alikes).
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

WIDTH: Final = 100
"""Columns of a shown line; a longer one goes on in the next, so that nothing lies beyond the edge of a screen."""

_SHAPELESS: Final = frozenset(
    {
        0x034F,  # combining grapheme joiner
        0x115F,  # fillers of Hangul
        0x1160,
        0x3164,
        0xFFA0,
        0x17B4,  # inherent vowels of Khmer
        0x17B5,
        0x2800,  # blank of Braille
        *range(0x180B, 0x1810),  # Mongolian selectors
        *range(0xFE00, 0xFE10),  # variation selectors
        *range(0xE0000, 0xE1000),  # tags, further selectors
    }
)
_CHINESE: Final = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32000))
_SIGNS: Final = frozenset("，。、；：？！（）《》〈〉「」『』【】·—…℃°±×÷≤≥≠²³µ")
"""Signs of Chinese and of units; quotation marks are not among them, as they look like those that end a text."""


def hidden_character(text: str) -> tuple[int, str] | None:
    """The first character that would hide something: the number of its line, and its name as `U+202E`; None if none."""
    for number, line in enumerate(text.split("\n"), 1):
        for letter in line:
            if is_hiding(letter):
                return number, _number(letter)
    return None


def is_hiding(letter: str) -> bool:
    """Whether a character (no line feed) has no shape, moves what is around it, or is a variant of an ASCII letter."""
    if letter.isascii():
        return not letter.isprintable()
    category = unicodedata.category(letter)
    if category[0] in "CZ" or ord(letter) in _SHAPELESS:
        return True
    if category[0] == "L" or category in {"Nd", "Nl", "Pc"}:
        plain = unicodedata.normalize("NFKC", letter)
        return any(each.isascii() and (each.isalnum() or each == "_") for each in plain)
    return False


def show_text(text: str) -> str:
    """A text with each character that is not ASCII, Chinese or a plain sign shown by its number, as `‹U+0430›`."""
    return "".join(letter if _is_plain(letter) else f"‹{_number(letter)}›" for letter in text)


def show_code(code: str) -> Iterator[str]:
    """Yield the lines of a code with their numbers, none wider than the screen."""
    for number, line in enumerate(code.split("\n"), 1):
        shown = show_text(line)
        for at in range(0, max(len(shown), 1), WIDTH):
            mark = f"{number:>5} | " if at == 0 else "      ¦ "
            yield (mark + shown[at : at + WIDTH]).rstrip()


def _is_plain(letter: str) -> bool:
    if letter.isascii():
        return letter.isprintable()
    if is_hiding(letter):
        return False
    return letter in _SIGNS or any(first <= ord(letter) < end for first, end in _CHINESE)


def _number(letter: str) -> str:
    return f"U+{ord(letter):04X}"
