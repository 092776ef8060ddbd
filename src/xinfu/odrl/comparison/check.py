"""Check a policy before it is published: the node must be able to judge every word of it.

A peer's policy is read leniently, and what cannot be judged stays unknown; our own is refused, naming the fault.
"""

import difflib
from collections.abc import Iterator
from typing import Final

from xinfu.errors import InputError
from xinfu.odrl import errors
from xinfu.odrl.comparison.clashes import Clash, clashes
from xinfu.odrl.comparison.subsume import satisfiable
from xinfu.odrl.engine.faults import (
    Fault,
    atomic_fault,
    duty_fault,
    judged_conditions,
    logical_fault,
    policy_faults,
    rule_faults,
)
from xinfu.odrl.engine.registry import REGISTRY, Registry, in_duties
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    Duty,
    Permission,
    Policy,
    Prohibition,
    Rule,
    leaves,
)
from xinfu.odrl.values.terms import catenax_rest
from xinfu.verdict import Verdict

_FAULTS: Final = {
    "key.unknown": errors.POLICY_KEY_UNKNOWN,
    "action.unknown": errors.POLICY_ACTION_UNKNOWN,
    "operand.unknown": errors.POLICY_OPERAND_UNKNOWN,
    "operator.unknown": errors.POLICY_OPERATOR_UNKNOWN,
    "value.unreadable": errors.POLICY_VALUE_UNREADABLE,
    "profile.unknown": errors.POLICY_PROFILE_UNKNOWN,
    "unit.missing": errors.POLICY_UNIT_MISSING,
    "selector.alone": errors.POLICY_SELECTOR_ALONE,
    "selector.several": errors.POLICY_SELECTOR_SEVERAL,
    "status.stated": errors.POLICY_STATUS_STATED,
    "constraint.empty": errors.POLICY_CONSTRAINT_EMPTY,
    "sequence.unknown": errors.POLICY_SEQUENCE_UNKNOWN,
    "duty.unavailable": errors.POLICY_DUTY_UNAVAILABLE,
    "policy.wrapped": errors.POLICY_WRAPPED,
    "policy.too-large": errors.POLICY_TOO_LARGE_TO_PUBLISH,
}

_UNANSWERED: Final[dict[str, tuple[str, str]]] = {
    "BusinessPartnerGroup": (
        "This node keeps no groups of partners. Name participants (`recipient`), their numbers or a claim (`vc:TYPE.claim`).",
        "本节点不维护伙伴分组。请指定参与方（recipient）、业务伙伴编号或凭证声明（vc:类型.声明）。",
    ),
    "location": (
        "Say where it may be used with `spatial`, or ask for a claim of a credential such as `MembershipCredential.region`.",
        "请用 spatial 限定使用地域，或要求凭证声明，如 MembershipCredential.region。",
    ),
}
"""What to write in place of operands that EDC's samples use and no credential answers."""


def check(policy: Policy, *, registry: Registry = REGISTRY) -> None:
    """Refuse a policy that cannot be judged, that never permits anything, or that prohibits what it permits.

    Raises:
        InputError: the code is `policy.` and what is wrong (`policy.operand-unknown`); `facts` has `path` and
            `name` of the first fault. For `policy.permits-nothing` and `policy.conflicting`, `facts.clash` lists
            the paths of the parts that contradict each other.
    """
    fault = next(faults(policy, registry), None)
    if fault is not None:
        raise _refused(fault)
    found = clashes(policy, registry=registry)
    if satisfiable(policy, registry=registry).verdict is Verdict.NO:
        raise _never(found)
    barred = next((clash for clash in found if clash.barred), None)
    if barred is not None:
        raise _conflicting(barred)


def faults(policy: Policy, registry: Registry = REGISTRY) -> Iterator[Fault]:
    """All faults that keep `policy` from being judged, in the order of the document."""
    large = too_large(policy)
    if large is not None:
        yield Fault(code="policy.too-large", path="", name=large)
        return
    yield from policy_faults(policy, registry)
    for path, rule in _rules(policy):
        yield from _rule(rule, path, registry)


def _rules(policy: Policy) -> Iterator[tuple[str, Rule]]:
    yield from ((f"permission[{i}]", rule) for i, rule in enumerate(policy.permissions))
    yield from ((f"prohibition[{i}]", rule) for i, rule in enumerate(policy.prohibitions))
    yield from ((f"obligation[{i}]", rule) for i, rule in enumerate(policy.obligations))


def _rule(rule: Rule, path: str, registry: Registry) -> Iterator[Fault]:
    yield from rule_faults(rule, path)
    known = in_duties(registry) if isinstance(rule, Duty) else registry
    for constraint, where in judged_conditions(rule, path, known):
        yield from _constraint(constraint, where, known)
    match rule:
        case Permission():
            inner, key = rule.duties, "duty"
        case Prohibition():
            inner, key = rule.remedies, "remedy"
        case Duty():
            inner, key = rule.consequences, "consequence"
            fault = duty_fault(rule, path, registry)
            if fault is not None:
                yield fault
    for i, duty in enumerate(inner):
        yield from _rule(duty, f"{path}.{key}[{i}]", registry)


def _constraint(constraint: Constraint, path: str, registry: Registry) -> Iterator[Fault]:
    for part, where in leaves(constraint, path):
        if isinstance(part, AtomicConstraint):
            fault = atomic_fault(part, where, registry.operand(part.left, where), registry)
        else:
            fault = logical_fault(part, where)
        if fault is not None:
            yield fault


def _refused(fault: Fault) -> InputError:
    where, where_zh = (f" at {fault.path}", f"{fault.path} 处") if fault.path else ("", "")
    help_en, help_zh = _help(fault)
    return _FAULTS[fault.code](
        path=fault.path, name=fault.name, where=where, where_zh=where_zh, help_en=help_en, help_zh=help_zh
    )


def _never(found: tuple[Clash, ...]) -> InputError:
    """The refusal of a policy that permits nothing at all: it has no permission, or each can never hold."""
    parts = tuple(part for clash in found for part in clash.parts)
    why_en = "".join(f" {_list(clash.parts)} contradict each other: {clash.en}." for clash in found)
    why_zh = "".join(f"{_list(clash.parts)} 相互矛盾：{clash.zh}。" for clash in found)
    return errors.POLICY_PERMITS_NOTHING(
        path="permission", name="", clash=" ".join(parts), why_en=why_en, why_zh=why_zh
    )


def _conflicting(clash: Clash) -> InputError:
    barriers = _list(clash.parts)
    return errors.POLICY_CONFLICTING(
        path=clash.rule, name=barriers, clash=" ".join((clash.rule, *clash.parts))
    )


def _list(parts: tuple[str, ...]) -> str:
    return ", ".join(parts) or "permission"


def _help(fault: Fault) -> tuple[str, str]:
    if fault.code == "status.stated":
        return (
            "Leave `status` out; the node counts and measures itself.",
            "请去掉 status，由节点自行计数和测量。",
        )
    if fault.code == "value.unreadable" and fault.hint:
        return f"Write it like {fault.hint[0]}.", f"请写成类似 {fault.hint[0]} 的形式。"
    if fault.code == "operand.unknown" and (catenax_rest(fault.name) or fault.name) in _UNANSWERED:
        return _UNANSWERED[catenax_rest(fault.name) or fault.name]
    near = difflib.get_close_matches(fault.name, fault.hint, n=1)
    if near:
        return f'Did you mean "{near[0]}"?', f"是否想写“{near[0]}”？"
    if not fault.hint or len(fault.hint) > 12:
        return "", ""
    listed = ", ".join(fault.hint)
    return f"Known here: {listed}.", f"此处可用：{listed}。"
