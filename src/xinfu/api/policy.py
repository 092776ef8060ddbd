"""Policies as they are shown, and what may be done under them."""

from datetime import datetime
from typing import Any

from xinfu.api.shape import View


class RulesView(View, frozen=True, kw_only=True):
    """A policy for people: each rule as a sentence, with how far it is enforced."""

    zh: list[str]
    en: list[str]
    levels: list[dict[str, str]]

    def sentences(self, language: str) -> list[str]:
        """The rules in "zh" or "en"."""
        return self.zh if language == "zh" else self.en


class PolicyView(View, frozen=True, kw_only=True):
    """A policy as ODRL, and as sentences."""

    odrl: dict[str, Any]
    rules: RulesView


class PolicyDefinitionView(View, frozen=True, kw_only=True):
    """A stored policy."""

    id: str
    policy: PolicyView
    created: datetime
    updated: datetime


class TermsView(View, frozen=True, kw_only=True):
    """An offer or agreement under its id."""

    id: str
    policy: PolicyView


class ControlView(View, frozen=True, kw_only=True):
    """How far something is enforced here: the level, and what it holds for, in both languages."""

    level: str
    zh: str
    en: str
