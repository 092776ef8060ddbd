"""A policy with its names as readers of JSON-LD need them.

Whoever processes a message as JSON-LD compares IRIs, and gives a bare name the namespace of its own context: EDC
makes `edc:membership` of `membership`, and refuses an agreement whose `dateTime` is not the `odrl:dateTime` of its
own offer. Whole names pass through unchanged; `read` takes both. Follows: DSP 2025-1, Schemas & Contexts;
DSP-RULES T-18.
"""

from typing import TypeVar

from msgspec.structs import replace

from xinfu.odrl.model.policy import (
    Constraint,
    Duty,
    LogicalConstraint,
    Permission,
    Policy,
    Prohibition,
    Reference,
)
from xinfu.odrl.operands import operand
from xinfu.odrl.values.terms import LEFT_OPERANDS, OWN, WRITTEN, expand_name

R = TypeVar("R", Permission, Prohibition, Duty)


def link(policy: Policy) -> Policy:
    """The same policy, with a prefix at each name of ODRL and a URN for each of xinfu's own operands."""
    return replace(
        policy,
        permissions=tuple(_rule(rule) for rule in policy.permissions),
        prohibitions=tuple(_rule(rule) for rule in policy.prohibitions),
        obligations=tuple(_rule(rule) for rule in policy.obligations),
    )


def _rule(rule: R) -> R:
    inner: dict[str, object] = {
        name: tuple(_rule(duty) for duty in getattr(rule, name))
        for name in ("duties", "remedies", "consequences")
        if hasattr(rule, name)
    }
    for name in ("target", "assigner", "assignee"):
        reference: Reference | None = getattr(rule, name)
        if reference is not None:
            inner[name] = replace(reference, refinements=_constraints(reference.refinements))
    return replace(
        rule,
        action=expand_name(rule.action),
        refinements=_constraints(rule.refinements),
        constraints=_constraints(rule.constraints),
        **inner,
    )


def _constraints(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(_constraint(each) for each in constraints)


def _constraint(constraint: Constraint) -> Constraint:
    if isinstance(constraint, LogicalConstraint):
        return replace(constraint, parts=_constraints(constraint.parts))
    return replace(constraint, left=_operand(constraint.left))


def _operand(left: str) -> str:
    is_ours = left not in LEFT_OPERANDS and left not in WRITTEN and ":" not in left
    return OWN + left if is_ours and operand(left, "") is not None else expand_name(left)
