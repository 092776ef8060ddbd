"""The facts of one act of using: who, with which proven claims, does what with what, why, when and where.

Every fact is verified by whoever fills it in; a fact that is not there is unknown, never assumed.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec


class FactKind(StrEnum):
    """The kinds of fact that a program can ask for."""

    NOW = "now"
    ASSIGNEE = "assignee"
    TARGET = "target"
    CLAIM = "claim"
    PURPOSE = "purpose"
    SPATIAL = "spatial"
    COUNT = "count"
    DUTY = "duty"
    PART_OF = "part-of"


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One fact that a program needs.

    Attributes:
        name: the claim's key, the counter's key or the duty's key; of PART_OF "target" or "assignee", whose
            collections are asked for; empty for the other kinds.
    """

    kind: FactKind
    name: str = ""


class Phase(StrEnum):
    """What is being decided.

    USE: a use, now. NEGOTIATION: whether to agree; what only a use can tell is left to the use.
    ACCESS: whether to show an offer; judged as in NEGOTIATION.
    """

    USE = "use"
    NEGOTIATION = "negotiation"
    ACCESS = "access"


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
        counts: uses already spent, by counter key (`Program.counters`); a counter never used is 0, not absent.
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
    fulfilled: frozenset[str] = frozenset()
    overdue: frozenset[str] = frozenset()
    part_of: Mapping[str, frozenset[str]] = msgspec.field(default_factory=dict)
