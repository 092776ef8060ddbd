"""The facts of one use: the party and its proven claims, the action, the target, the purpose, the time and place.

Every fact is verified by whoever fills it in; a fact that is not there is unknown, never assumed.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec

from xinfu.odrl.model.meters import Meter


class FactKind(StrEnum):
    """The kinds of fact that a program can ask for."""

    NOW = "now"
    ASSIGNEE = "assignee"
    TARGET = "target"
    CLAIM = "claim"
    PURPOSE = "purpose"
    SPATIAL = "spatial"
    COUNT = "count"
    """What a meter has counted, or when it last ran."""
    DUTY = "duty"
    PART_OF = "part-of"
    AGREED = "agreed"
    TRAIT = "trait"
    """Something that is known of the dataset, of the way it is handed over, or of the machine that asks."""
    PAID = "paid"
    """What is settled; of a price what is left of it."""
    EVENT = "event"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that a program needs.

    Attributes:
        name: the key of the claim, meter or duty, the name of the trait; of PART_OF "target" or "assignee", whose
            collections are asked for; empty for the other kinds.
        meter: of a COUNT, which meter is to be read; of PAID, which sum.
    """

    kind: FactKind
    name: str = ""
    meter: Meter | None = None


class Phase(StrEnum):
    """The kind of decision that is being made.

    USE: a use, now. NEGOTIATION: whether to agree; what only a use can tell is left to the use.
    ACCESS: whether to show an offer; judged as in NEGOTIATION.
    """

    USE = "use"
    NEGOTIATION = "negotiation"
    ACCESS = "access"


class Marks(msgspec.Struct, frozen=True):
    """When something was first and last used; both None: never."""

    first: datetime | None = None
    last: datetime | None = None


class Situation(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of one use.

    Attributes:
        now: aware; None when the clock is not trusted (a naive time counts as None).
        assignee: the verified identity of who asks, never a name from a request body.
        claims: what was proven. The key of a type (`MembershipCredential`) stands for a verified credential
            of that type, `MembershipCredential.memberOf` for a value in it; values are texts.
        action: what is asked for; a short name or IRI.
        target: the dataset that is asked for.
        purpose: declared in the request and recorded; a declaration, not a proof.
        spatial: ISO 3166 or GB/T 2260 code of where the use takes place, attested.
        counts: what is spent, by the key of the meter (`Program.counters`), what is set aside included; a meter
            that never ran is 0, not absent. Uses, bytes and rows as numbers, metered time in microseconds.
        marks: when there were uses, by the key of the meter.
        traits: what is known of the dataset and of how it is handed over, by name of the left operand; of the
            machine that asks only what is attested.
        agreed: when the agreement was made, aware.
        paid: amounts that are settled under the agreement, by currency; none: nothing was paid; None: billing cannot be
            asked.
        settled: the same of sums that a window or a participant selects, by the key of the meter; of a price of uses
            what is left to be spent.
        events: those that have happened under the agreement; None when nobody knows.
        fulfilled: keys of the duties that are proven done.
        overdue: keys of the duties whose time has passed before they were done.
        part_of: each asset and party whose collections are known, and those it is part of.
    """

    now: datetime | None = None
    assignee: str | None = None
    claims: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    action: str = "use"
    target: str | None = None
    purpose: str | None = None
    spatial: str | None = None
    counts: Mapping[str, int] = msgspec.field(default_factory=dict)
    marks: Mapping[str, Marks] = msgspec.field(default_factory=dict)
    traits: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    agreed: datetime | None = None
    paid: Mapping[str, Decimal] | None = None
    settled: Mapping[str, Mapping[str, Decimal]] = msgspec.field(default_factory=dict)
    events: frozenset[str] | None = None
    fulfilled: frozenset[str] = frozenset()
    overdue: frozenset[str] = frozenset()
    part_of: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
