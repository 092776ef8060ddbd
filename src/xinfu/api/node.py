"""Structs of a node's own condition and history: findings, events, evidence."""

from datetime import datetime
from typing import Any

from xinfu.api.shape import View


class Finding(View, frozen=True, kw_only=True):
    """A finding of the doctor; `grade` is "ok", "warning" or "fault"."""

    code: str
    grade: str
    en: str
    zh: str
    help_en: str = ""
    help_zh: str = ""
    about: str = ""


class Examination(View, frozen=True, kw_only=True):
    """The findings of the doctor; `grade` is the worst of them."""

    at: datetime
    grade: str
    findings: list[Finding]


class Happening(View, frozen=True, kw_only=True):
    """An entry of the evidence log, as a line of a timeline."""

    entry: str
    at: datetime
    kind: str
    facts: dict[str, Any]


class EntryView(View, frozen=True, kw_only=True):
    """An entry of the evidence log as it was signed; `index` is None for the moment until it is numbered."""

    id: str
    row: int
    index: int | None
    entry: dict[str, Any]
