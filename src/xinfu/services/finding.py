"""What an examination of a deployment found: one thing each, with what to do about it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.errors import XinfuError


class Grade(StrEnum):
    """How bad it is. A FAULT keeps partners out or loses something; a WARNING soon may, or is worth a look."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at.

    Attributes:
        code: stable, dotted lower case; docs/reference/findings.md.
        about: what it is about: a context, an address, a file name; "" for the whole node.
    """

    code: str
    grade: Grade
    en: str
    zh: str
    help_en: str = ""
    help_zh: str = ""
    about: str = ""


class Examination(msgspec.Struct, frozen=True, kw_only=True):
    """All findings, in the order in which they were made; `grade` is the worst."""

    at: datetime
    grade: Grade
    findings: tuple[Finding, ...]


_WORST: Final = (Grade.FAULT, Grade.WARNING, Grade.OK)


def examination(findings: list[Finding], at: datetime) -> Examination:
    """The findings as one."""
    found = {each.grade for each in findings}
    grade = next((each for each in _WORST if each in found), Grade.OK)
    return Examination(at=at, grade=grade, findings=tuple(findings))


def fine(code: str, en: str, zh: str, *, about: str = "") -> Finding:
    """It is as it should be."""
    return Finding(code=code, grade=Grade.OK, en=en, zh=zh, about=about)


def finding_of(
    code: str, error: XinfuError, *, about: str = "", help_en: str = "", help_zh: str = ""
) -> Finding:
    """A fault: an error that was met while looking. What would help is its own word, else the one given."""
    return Finding(
        code=code,
        grade=Grade.FAULT,
        en=f"{error.en} [{error.code}]",
        zh=f"{error.zh}[{error.code}]",
        help_en=error.help_en or help_en,
        help_zh=error.help_zh or help_zh,
        about=about,
    )
