"""Left operands, as the engine knows them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

from xinfu.odrl.model.meters import Meter, Selection
from xinfu.odrl.model.situation import Fact, Situation
from xinfu.odrl.values.operators import TABLE, FactValue, Maker
from xinfu.odrl.values.sorts import Sort


class Control(StrEnum):
    """How far something is enforced; people see it before they sign (管控方式)."""

    PROVIDER = "provider"
    """Technically, at the provider: nothing is handed out against it."""
    ENVIRONMENT = "environment"
    """Technically, in the use environment of the consumer."""
    CONTRACT = "contract"
    """By the contract only."""
    CLOSED = "closed"
    """By refusing all: nobody can tell whether it holds, so nothing is handed out under it."""


class Operand(msgspec.Struct, frozen=True, kw_only=True):
    """A left operand: how it is read, compared, enforced and named.

    Attributes:
        control: how far it is enforced where data is handed out; CLOSED: no fact of it ever reaches a node.
        inside: how far the vault of the user's own node enforces it; None: as `within` says.
        read: its value in a situation; None when the fact is missing or unreadable.
        operators: those it takes, where these are fewer than its sort has.
        at_use: the fact exists only at a use, so that a negotiation cannot judge it.
        missing: code of the reason when there is no fact.
        failed: code of the reason when the fact does not fit.
        also: further facts it reads.
        narrow: the operand to judge these right sides with, where that differs.
        worded: a right side in the words of the fact, where the policy has others; None: it cannot be one.
        private: what the policy wants may name others; strangers do not get to see it.
        meter: what it reads, where something is counted.
        on: the same operand on another meter.
        by: the same operand, counted as this says; in place of `on` where not all of it is a meter.
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
    operators: frozenset[str] | None = None
    at_use: bool = False
    private: bool = False
    also: tuple[Fact, ...] = ()
    narrow: Callable[[tuple[str, ...]], "Operand"] | None = None
    meter: Meter | None = None
    on: Callable[[Meter], "Operand"] | None = None
    by: Callable[[Selection], "Operand"] | None = None
    inside: Control | None = None
    worded: Callable[[str], str | None] | None = None

    @property
    def within(self) -> Control:
        """How far a vault enforces it: what is technical where data is handed out is technical there too."""
        if self.inside is not None:
            return self.inside
        return Control.ENVIRONMENT if self.control is Control.PROVIDER else self.control

    @property
    def usable(self) -> Mapping[str, Maker]:
        """The comparisons it takes, by operator."""
        table = TABLE[self.sort]
        wanted = self.operators
        return table if wanted is None else {name: table[name] for name in table if name in wanted}

    def given(self, values: tuple[str, ...]) -> "Operand":
        """The operand to judge `values` with."""
        return self if self.narrow is None else self.narrow(values)

    def selected(self, selection: Selection) -> "Operand":
        """The operand that reads the meter which `selection` chooses."""
        if self.by is not None:
            return self.by(selection)
        if self.meter is None or self.on is None:
            return self
        return self.on(msgspec.structs.replace(self.meter, selection=selection))

    def resets(self, now: datetime | None) -> datetime | None:
        """The moment at which its meter next starts anew; None: never."""
        return None if self.meter is None or now is None else self.meter.ends(now)
