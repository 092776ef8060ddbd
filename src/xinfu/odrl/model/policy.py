"""The contents of a policy, as frozen values.

Terms have their short names (`terms.short`). Members that are not understood are kept in `unread`, survive writing,
and make their rule unknown; at the top of a policy they make every rule unknown (DECISIONS D-14).
Every rule is atomic: one action, one target, one party for each function; a compact policy is split when it is
read, and the pieces keep the id of the rule they come from (R-ODRL-POL-10 to 12).
A policy without rules permits nothing. Follows: ODRL Information Model 2.2.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec


class PolicyKind(StrEnum):
    """The kind of a policy: terms alone, an offer that grants nothing yet, or an agreement."""

    SET = "Set"
    OFFER = "Offer"
    AGREEMENT = "Agreement"


class Conflict(StrEnum):
    """The strategy when a permission and a prohibition meet; absent means `invalid` (D-22)."""

    PERM = "perm"
    PROHIBIT = "prohibit"
    INVALID = "invalid"


class Logic(StrEnum):
    """How the parts of a logical constraint combine."""

    AND = "and"
    OR = "or"
    XONE = "xone"
    AND_SEQUENCE = "andSequence"


class UnreadMember(msgspec.Struct, frozen=True, kw_only=True):
    """A member of the document that is not understood: its key as spelled there, its value as JSON text."""

    key: str
    json: str


class AtomicConstraint(msgspec.Struct, frozen=True, kw_only=True, tag_field="form", tag="atomic"):
    """`left` compared by `operator` with `right`.

    Attributes:
        right: the value's text, or several texts; a list of one means the same as the one.
        data_type: type of the right side if the document names one, for example `xsd:dateTime`.
        unit: of the right side, for example a currency.
        status: the value to compare, where the policy itself states it (R-ODRL-CON-03). Reports on documents compare
            it; nothing is published or opened by such a constraint (D-40).
        reference: address of the right side; it is never fetched, so the constraint is unknown.
        id: the constraint's own `@id`; it means nothing to the verdict.
    """

    left: str
    operator: str
    right: str | tuple[str, ...]
    data_type: str | None = None
    unit: str | None = None
    status: str | None = None
    reference: str | None = None
    id: str | None = None
    unread: tuple[UnreadMember, ...] = ()

    @property
    def values(self) -> tuple[str, ...]:
        """The right side as a tuple, also when it is a single value."""
        return (self.right,) if isinstance(self.right, str) else self.right


class LogicalConstraint(msgspec.Struct, frozen=True, kw_only=True, tag_field="form", tag="logical"):
    """Several constraints combined by `op`; `and` of nothing is unknown, not yes."""

    op: Logic
    parts: tuple["AtomicConstraint | LogicalConstraint", ...]
    id: str | None = None
    unread: tuple[UnreadMember, ...] = ()


Constraint = AtomicConstraint | LogicalConstraint


def leaves(constraint: Constraint, path: str) -> Iterator[tuple[Constraint, str]]:
    """`constraint` and all inside it with their paths, in the order of the document."""
    yield constraint, path
    if isinstance(constraint, LogicalConstraint):
        for i, part in enumerate(constraint.parts):
            yield from leaves(part, f"{path}.{constraint.op.value}[{i}]")


class Reference(msgspec.Struct, frozen=True, kw_only=True):
    """An asset or a party as a rule names it: alone, or as every member of a collection.

    Attributes:
        id: its `uid`; None for a refined collection, which is named by its source.
        source: of a collection: what the members are part of, beside the `uid`.
        refinements: what a member must meet so that the rule speaks of it.
    """

    id: str | None = None
    source: str | None = None
    is_collection: bool = False
    refinements: tuple[Constraint, ...] = ()
    unread: tuple[UnreadMember, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The ids under which the world may know it."""
        return tuple(name for name in (self.id, self.source) if name)


class PartyFunction(msgspec.Struct, frozen=True, kw_only=True):
    """A party of a duty with its function, such as the party to inform: `informedParty`."""

    function: str
    party: Reference


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """An action that has to be done: a duty of a permission, or an obligation of the policy.

    Attributes:
        refinements: what the act must meet to count as the action.
        consequences: what becomes due in addition when the duty is not done.
        target: what it is about; None: the target of its rule.
        assigner: the creditor; None: the assigner of its rule.
        assignee: the debtor; None: the assignee of its rule (R-ODRL-RULE-05).
        parties: other parties it is about, each by function.
    """

    action: str
    refinements: tuple[Constraint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    consequences: tuple["Duty", ...] = ()
    target: Reference | None = None
    assigner: Reference | None = None
    assignee: Reference | None = None
    parties: tuple[PartyFunction, ...] = ()
    id: str | None = None
    unread: tuple[UnreadMember, ...] = ()


class Permission(msgspec.Struct, frozen=True, kw_only=True):
    """An action that may be done if all constraints hold; `duties` come with it.

    Attributes:
        refinements: what the act must meet so that the rule speaks of it.
        target: its target, if that is not the policy's.
        assigner: the party that grants, if that is not the policy's assigner.
        assignee: the party that it binds, if that is not the policy's assignee.
    """

    action: str
    refinements: tuple[Constraint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    duties: tuple[Duty, ...] = ()
    target: Reference | None = None
    assigner: Reference | None = None
    assignee: Reference | None = None
    id: str | None = None
    unread: tuple[UnreadMember, ...] = ()


class Prohibition(msgspec.Struct, frozen=True, kw_only=True):
    """An action that must not be done while the constraints hold; unknown counts as holding.

    Attributes:
        refinements: what the act must meet so that the rule speaks of it.
        remedies: duties that are owed once it was done all the same.
        target: its target, if that is not the policy's.
        assigner: the party that forbids, if that is not the policy's assigner.
        assignee: the party that it binds, if that is not the policy's assignee.
    """

    action: str
    refinements: tuple[Constraint, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    remedies: tuple[Duty, ...] = ()
    target: Reference | None = None
    assigner: Reference | None = None
    assignee: Reference | None = None
    id: str | None = None
    unread: tuple[UnreadMember, ...] = ()


Rule = Permission | Prohibition | Duty


def duties_of(rule: Rule) -> tuple[Duty, ...]:
    """The duties inside `rule`: of a permission, remedies of a prohibition, consequences of a duty."""
    if isinstance(rule, Permission):
        return rule.duties
    return rule.consequences if isinstance(rule, Duty) else rule.remedies


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The rules under which a target can be used.

    Attributes:
        target: the target of the rules; in an agreement the dataset's id. None: any target.
        assigner: the party that grants.
        assignee: the party that receives; None: any party.
        conflict: None means `invalid`: a permission that meets a prohibition voids the policy.
        profile: vocabularies that the policy needs; an unknown name makes every rule unknown.
        inherits: policies whose rules it takes over; unknown until `inherit` has put them in.
        timestamp: when an agreement was made, as written in it.
    """

    kind: PolicyKind
    id: str | None = None
    target: str | None = None
    assigner: str | None = None
    assignee: str | None = None
    permissions: tuple[Permission, ...] = ()
    prohibitions: tuple[Prohibition, ...] = ()
    obligations: tuple[Duty, ...] = ()
    conflict: Conflict | None = None
    profile: tuple[str, ...] = ()
    inherits: tuple[str, ...] = ()
    timestamp: str | None = None
    unread: tuple[UnreadMember, ...] = ()
