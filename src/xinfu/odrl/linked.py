"""A policy with its names as readers of JSON-LD need them.

Whoever processes a message as JSON-LD compares IRIs, and gives a bare name the namespace of its own context: EDC
makes `edc:membership` of `membership`, and refuses an agreement whose `dateTime` is not the `odrl:dateTime` of its
own offer. Whole names pass through unchanged; `read` takes both. Follows: DSP 2025-1, Schemas & Contexts;
DSP-RULES T-18.
"""

from msgspec.structs import replace

from xinfu.odrl.operands import operand
from xinfu.odrl.policy import Constraint, Duty, LogicalConstraint, Permission, Policy, Prohibition
from xinfu.odrl.terms import LEFT_OPERANDS, OWN, WRITTEN, whole


def linked(policy: Policy) -> Policy:
    """The same policy, each name of ODRL with its prefix and each operand of ours as a URN."""
    return replace(
        policy,
        permissions=tuple(_permission(rule) for rule in policy.permissions),
        prohibitions=tuple(_prohibition(rule) for rule in policy.prohibitions),
        obligations=tuple(_duty(rule) for rule in policy.obligations),
    )


def _permission(rule: Permission) -> Permission:
    duties = tuple(_duty(each) for each in rule.duties)
    return replace(rule, action=whole(rule.action), constraints=_constraints(rule.constraints), duties=duties)


def _prohibition(rule: Prohibition) -> Prohibition:
    remedies = tuple(_duty(each) for each in rule.remedies)
    return replace(
        rule, action=whole(rule.action), constraints=_constraints(rule.constraints), remedies=remedies
    )


def _duty(rule: Duty) -> Duty:
    consequences = tuple(_duty(each) for each in rule.consequences)
    return replace(
        rule, action=whole(rule.action), constraints=_constraints(rule.constraints), consequences=consequences
    )


def _constraints(constraints: tuple[Constraint, ...]) -> tuple[Constraint, ...]:
    return tuple(_constraint(each) for each in constraints)


def _constraint(constraint: Constraint) -> Constraint:
    if isinstance(constraint, LogicalConstraint):
        return replace(constraint, parts=_constraints(constraint.parts))
    return replace(constraint, left=_operand(constraint.left))


def _operand(left: str) -> str:
    is_ours = left not in LEFT_OPERANDS and left not in WRITTEN and ":" not in left
    return OWN + left if is_ours and operand(left, "") is not None else whole(left)
