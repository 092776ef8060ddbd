"""Findings of an examination of a deployment: each states one fact and what to do about it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.errors import XinfuError


class Grade(StrEnum):
    """The severity of a finding. A FAULT locks partners out or loses something; a WARNING may do so soon."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The result of one check of an examination.

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
    """The findings of an examination in the order in which they were made; `grade` is the worst of them."""

    at: datetime
    grade: Grade
    findings: tuple[Finding, ...]


_WORST: Final = (Grade.FAULT, Grade.WARNING, Grade.OK)


def examination(findings: list[Finding], at: datetime) -> Examination:
    """Combine findings into an examination with the worst grade among them."""
    found = {each.grade for each in findings}
    grade = next((each for each in _WORST if each in found), Grade.OK)
    return Examination(at=at, grade=grade, findings=tuple(findings))


def fine(code: str, en: str, zh: str, *, about: str = "") -> Finding:
    """A finding that a check passed."""
    return Finding(code=code, grade=Grade.OK, en=en, zh=zh, about=about)


def finding_of(
    code: str, error: XinfuError, *, about: str = "", help_en: str = "", help_zh: str = ""
) -> Finding:
    """A finding of grade FAULT from an error that a check met; the error's own help goes before the given one."""
    return Finding(
        code=code,
        grade=Grade.FAULT,
        en=f"{error.en} [{error.code}]",
        zh=f"{error.zh}[{error.code}]",
        help_en=error.help_en or help_en,
        help_zh=error.help_zh or help_zh,
        about=about,
    )
