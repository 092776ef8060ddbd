"""What the engine knows of a left operand."""

from collections.abc import Callable
from enum import StrEnum

import msgspec

from xinfu.odrl.operators import FactValue
from xinfu.odrl.situation import Fact, Situation
from xinfu.odrl.sorts import Sort


class Control(StrEnum):
    """How far something is enforced; people see it before they sign (管控方式)."""

    PROVIDER = "provider"
    """Technically, at the provider: nothing is handed out against it."""
    ENVIRONMENT = "environment"
    """Technically, in the use environment of the consumer."""
    CONTRACT = "contract"
    """By the contract only."""


class Operand(msgspec.Struct, frozen=True, kw_only=True):
    """One left operand.

    Attributes:
        read: its value in a situation; None when the fact is missing or unreadable.
        at_use: the fact exists only at a use, so that a negotiation cannot judge it.
        missing: code of the reason when there is no fact.
        failed: code of the reason when the fact does not fit.
        also: further facts it reads.
        narrow: the operand to judge these right sides with, where that differs.
        private: what the policy wants may name others; strangers do not get to see it.
    """

    name: str
    sort: Sort
    fact: Fact
    read: Callable[[Situation], FactValue | None]
    control: Control
    missing: str
    failed: str
    zh: str
    en: str
    example: str
    at_use: bool = False
    private: bool = False
    also: tuple[Fact, ...] = ()
    narrow: Callable[[tuple[str, ...]], "Operand"] | None = None

    def given(self, values: tuple[str, ...]) -> "Operand":
        """The operand to judge `values` with."""
        return self if self.narrow is None else self.narrow(values)
