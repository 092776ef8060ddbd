"""Several policies on one asset: all must allow (D-22).

`combine` joins decisions. `together` prepares the policies once, so that `evaluate_all` asks a common question only
once, however many policies there are.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

import msgspec

from xinfu.odrl.engine.compile import CompiledRule, Program
from xinfu.odrl.engine.evaluate import Decision, Effect, allow, asks_more, deny, next_of, until_of
from xinfu.odrl.engine.explain import MAX_REASONS, Reason
from xinfu.odrl.engine.judgement import asked_action, judge
from xinfu.odrl.engine.logic import Ask, all_of
from xinfu.odrl.engine.refusal_reasons import why_closed
from xinfu.odrl.model.policy import PolicyKind
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.verdict import Verdict, every

YES, NO = Verdict.YES, Verdict.NO


class PolicySet(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Several policies on one asset, made ready to be judged at once.

    Attributes:
        boundaries: the moments at which a constraint of time changes in any of them, ascending.
    """

    programs: tuple[Program, ...]
    boundaries: tuple[datetime, ...]


def together(programs: Iterable[Program]) -> PolicySet:
    """The policies as one; to be made once and asked often."""
    listed = tuple(programs)
    boundaries = sorted({moment for program in listed for moment in program.boundaries})
    return PolicySet(programs=listed, boundaries=tuple(boundaries))


class _SharedPermission(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The one permission that each of several policies has for an action, and one closure for all of them."""

    rules: tuple[CompiledRule, ...]
    holds: Ask
    are_bare: bool


@lru_cache(maxsize=256)
def _opened(policies: PolicySet, asked: str) -> _SharedPermission | None:
    """The only permission of each policy for `asked`; None if a policy has none or several, or prohibits anything."""
    rules = []
    for program in policies.programs:
        granting = program.granting.get(asked, program.granting[""])
        if len(granting) != 1 or program.barring or program.kind is PolicyKind.OFFER or program.stretches:
            return None
        rules.append(granting[0])
    if not rules:
        return None
    pairs = zip(policies.programs, rules, strict=True)
    return _SharedPermission(
        rules=tuple(rules),
        holds=all_of([rule.node.answers for rule in rules]).use,
        are_bare=not any(asks_more(program, rule) for program, rule in pairs),
    )


def evaluate_all(policies: PolicySet, situation: Situation, *, phase: Phase = Phase.USE) -> Decision:
    """The decision of several policies on one asset: the same as `combine` on the decision of each, but faster.

    A common question is asked once. Reasons are collected only until there are as many as can be shown.
    """
    opened = _opened(policies, asked_action(situation)) if phase is Phase.USE else None
    if opened is not None and opened.holds(situation) is YES:
        if opened.are_bare:
            until = next_of(policies.boundaries, situation)
            return Decision(effect=Effect.ALLOW, verdict=YES, rule=opened.rules[0].key, until=until)
        both = zip(policies.programs, opened.rules, strict=True)
        return combine(allow(program, rule, situation, phase) for program, rule in both)
    pairs: list[tuple[Program, CompiledRule]] = []
    closed: Verdict | None = None
    reasons: list[Reason] = []
    for program in policies.programs:
        verdict, rule = judge(program, situation, phase)
        if rule is not None:
            pairs.append((program, rule))
            continue
        closed = verdict if closed is None else closed & verdict
        if len(reasons) < MAX_REASONS:
            reasons += why_closed(program, situation, phase)
        if closed is NO and len(reasons) >= MAX_REASONS:
            break
    if closed is None:
        return combine(allow(program, rule, situation, phase) for program, rule in pairs)
    return deny(closed, _first_until(policies, situation), *reasons)


def _first_until(policies: PolicySet, situation: Situation) -> datetime | None:
    if not any(program.stretches for program in policies.programs):
        return next_of(policies.boundaries, situation)
    moments = (until_of(program, situation) for program in policies.programs)
    return min((moment for moment in moments if moment is not None), default=None)


def combine(decisions: Iterable[Decision]) -> Decision:
    """Combine the decisions of several policies on one asset: all must allow (D-22); without any it denies.

    The rule is that of the first decision; counters, duties and transforms of all are joined.
    """
    listed = tuple(decisions)
    if not listed:
        return deny(NO, None, Reason(code="policy.no-permission", verdict="no"))
    moments = [decision.until for decision in listed if decision.until is not None]
    until = min(moments) if moments else None
    closed = [decision for decision in listed if decision.verdict is not YES]
    if closed:
        verdict = every(decision.verdict for decision in closed)
        return deny(verdict, until, *(reason for decision in closed for reason in decision.reasons))
    with_more = any(decision.effect is Effect.ALLOW_WITH for decision in listed)
    return Decision(
        effect=Effect.ALLOW_WITH if with_more else Effect.ALLOW,
        verdict=YES,
        rule=listed[0].rule,
        transforms=tuple(each for decision in listed for each in decision.transforms),
        duties=tuple(duty for decision in listed for duty in decision.duties),
        reserve=tuple(reserve for decision in listed for reserve in decision.reserve),
        until=until,
    )
