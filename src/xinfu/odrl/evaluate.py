"""The PDP: Program + Situation -> Decision. Total, deterministic, and open only on YES.

A permission that is unknown does not open; a prohibition that is unknown holds. Where a permission and a
prohibition meet, `perm` lets the permission win, `prohibit` the prohibition, and `invalid` or nothing voids the
policy: nothing is permitted (D-22). An offer grants nothing (R-ODRL-POL-03). Nothing that permits is a no
(R-ODRL-EVAL-07). Follows: usage-control §2; ODRL-RULES parts 1, 2 and 4.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.odrl.compile import CompiledRule, Owed, Program
from xinfu.odrl.durations import Duration, Stretch, after
from xinfu.odrl.explain import MAX_REASONS, Reason, failed, findings, reason_of
from xinfu.odrl.logic import Ask, all_of
from xinfu.odrl.meters import Meter
from xinfu.odrl.policy import PolicyKind
from xinfu.odrl.remedies import changed
from xinfu.odrl.situation import Phase, Situation
from xinfu.odrl.terms import INCLUDED_IN, action_name, covered
from xinfu.odrl.transforms import Transform
from xinfu.verdict import Verdict, every

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

_STEP: Final = timedelta(microseconds=1)


class Effect(StrEnum):
    """What the enforcement point does."""

    ALLOW = "allow"
    ALLOW_WITH = "allow-with"
    """Allow, and see to the transforms and duties that come with it."""
    DENY = "deny"


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """What has to be set aside, or noted, before anything opens.

    Attributes:
        limit: how much of it there may be in all; None where the moment of use is noted.
        apart: how far from the last use this one has to be at least.
    """

    meter: Meter
    limit: int | None = None
    apart: tuple[Duration, ...] = ()

    @property
    def key(self) -> str:
        """The meter's name within the policy."""
        return self.meter.key


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; one shape for all decisions.

    Attributes:
        verdict: YES exactly when the effect is not DENY.
        rule: the permission that opens, `permission[0]`; empty when none does.
        transforms: what is done to the data before it leaves, one after the other.
        duties: what comes with the use.
        reserve: counters from which a use must be set aside, else nothing opens.
        until: the answer holds up to this moment and not longer; None: time alone never changes it.
        reasons: why it is not YES, at most five.
        findings: every part with its verdict, when asked for.
    """

    effect: Effect
    verdict: Verdict
    rule: str = ""
    transforms: tuple[Transform, ...] = ()
    duties: tuple[Owed, ...] = ()
    reserve: tuple[Reserve, ...] = ()
    until: datetime | None = None
    reasons: tuple[Reason, ...] = ()
    findings: tuple[Reason, ...] = ()


def evaluate(
    program: Program, situation: Situation, *, phase: Phase = Phase.USE, explain: bool = False
) -> Decision:
    """Judge `situation` by `program`.

    Args:
        phase: in NEGOTIATION and ACCESS what only a use can tell (purpose, place, count, a beginning that has
            not come) is left to the use; an end that has passed and an unknown operand are not.
        explain: also list every part with its verdict in `findings`.

    Returns:
        Never raises for a policy or a situation; a non-YES decision has at least one reason.
    """
    decision = _decide(program, situation, phase)
    if not explain:
        return decision
    rules = (*program.permissions, *program.prohibitions)
    listed = tuple(found for rule in rules for found in findings(rule.key, rule.node, situation, phase))
    return msgspec.structs.replace(decision, findings=listed)


def _decide(program: Program, situation: Situation, phase: Phase) -> Decision:
    verdict, rule = _judged(program, situation, phase)
    if rule is not None:
        return _allowed(program, rule, situation, phase)
    return _denied(verdict, _until(program, situation), *_why(program, situation, phase))


def _judged(program: Program, situation: Situation, phase: Phase) -> tuple[Verdict, CompiledRule | None]:
    """The verdict, and the permission that opens when it is YES."""
    asked = _asked(situation)
    if phase is Phase.USE:
        return _used(program, asked, situation)
    found = NO
    for rule in _candidates(program, asked, phase):
        permitted = rule.node.ask(situation, phase)
        if permitted is NO:
            continue
        verdict = permitted & ~_barred(program, _subject(rule, asked), situation, phase)
        if verdict is YES:
            return YES, rule
        found = found | verdict
    return (found if asked in INCLUDED_IN else UNKNOWN), None


def _asked(situation: Situation) -> str:
    action = situation.action
    return action if action in INCLUDED_IN else action_name(action)


def _used(program: Program, asked: str, situation: Situation) -> tuple[Verdict, CompiledRule | None]:
    """As `_judged`, for a use: everything is looked up by action, and judged by the flat closures."""
    if program.kind is PolicyKind.OFFER:
        return NO, None
    permissions = program.granting.get(asked)
    if permissions is None:
        permissions = program.granting[""]
    found = NO
    for rule in permissions:
        permitted = rule.holds(situation)
        if permitted is NO:
            continue
        barred = NO
        if program.barring:
            for barrier in _against(program, asked):
                barred = barred | barrier.holds(situation)
        if barred is NO and permitted is YES:
            return YES, rule
        found = found | (permitted & ~barred)
    return (found if asked in INCLUDED_IN else UNKNOWN), None


def _why(program: Program, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    """Why nothing opens."""
    if program.kind is PolicyKind.OFFER and phase is Phase.USE:
        return (Reason(code="policy.not-agreed", verdict="no"),)
    asked = _asked(situation)
    if asked not in INCLUDED_IN:
        return (Reason(code="action.unknown", verdict="unknown", action=asked),)
    return _reasons(program, asked, situation, phase)


def _candidates(program: Program, asked: str, phase: Phase) -> Sequence[CompiledRule]:
    """The permissions that speak of what is asked for.

    One whose action is unknown may speak of it, and stays unknown. A negotiation is about the offer as a
    whole, so a permission for less than what is named counts too.
    """
    if phase is Phase.USE:
        return program.granting.get(asked, program.granting[""])
    narrower = covered(asked)
    return [
        rule
        for rule in program.permissions
        if asked in rule.covers or not rule.covers or rule.action in narrower
    ]


def _subject(rule: CompiledRule, asked: str) -> str:
    return asked if asked in rule.covers or not rule.covers else rule.action


def _against(program: Program, subject: str) -> tuple[CompiledRule, ...]:
    """The prohibitions that may win over a permission of `subject`; of an unknown one any may."""
    barring = program.barring
    return barring.get(subject, barring[""]) if barring else ()


def _barred(program: Program, subject: str, situation: Situation, phase: Phase) -> Verdict:
    """Whether a prohibition holds; in a negotiation, whether one will hold whatever the use is."""
    worst = NO
    for rule in _against(program, subject):
        worst = worst | rule.node.fear(situation, phase)
    return worst


def _allowed(program: Program, rule: CompiledRule, situation: Situation, phase: Phase) -> Decision:
    until = _until(program, situation)
    if not _asks_more(program, rule):
        return Decision(effect=Effect.ALLOW, verdict=YES, rule=rule.key, until=until)
    duties = (*rule.duties, *program.obligations)
    return Decision(
        effect=Effect.ALLOW_WITH if duties or rule.transforms else Effect.ALLOW,
        verdict=YES,
        rule=rule.key,
        transforms=rule.transforms,
        duties=duties,
        reserve=_reserve(rule, situation) if phase is Phase.USE else (),
        until=until,
    )


def _asks_more(program: Program, rule: CompiledRule) -> bool:
    """Whether anything comes with what `rule` allows."""
    return bool(rule.meters or rule.duties or rule.transforms or program.obligations)


def _reserve(rule: CompiledRule, situation: Situation) -> tuple[Reserve, ...]:
    """What the rule's meters take, each under all of its limits that hold."""
    found: dict[Meter, Reserve] = {}
    for each in rule.meters:
        if each.ask(situation) is YES:
            known = found.get(each.meter, Reserve(meter=each.meter))
            limits = [limit for limit in (known.limit, each.limit) if limit is not None]
            apart = known.apart if each.apart is None else (*known.apart, each.apart)
            found[each.meter] = Reserve(meter=each.meter, limit=min(limits, default=None), apart=apart)
    return tuple(sorted(found.values(), key=lambda each: each.key))


def _until(program: Program, situation: Situation) -> datetime | None:
    """The next moment at which a constraint of time changes; never later than the answer does."""
    now = situation.now
    if now is None or now.tzinfo is None:
        return None
    if not program.stretches:
        return _next(program.boundaries, situation)
    following = bisect_right(program.boundaries, now)
    moments = [*program.boundaries[following : following + 1], *_ends(program, situation, now)]
    return min(moments, default=None)


def _next(boundaries: tuple[datetime, ...], situation: Situation) -> datetime | None:
    now = situation.now
    if now is None or now.tzinfo is None:
        return None
    following = bisect_right(boundaries, now)
    return boundaries[following] if following < len(boundaries) else None


def _ends(program: Program, situation: Situation, now: datetime) -> Iterator[datetime]:
    """When a stretch of time has grown to its bound, and the first moment behind that."""
    for read, bound in program.stretches:
        stretch = read(situation)
        if isinstance(stretch, Stretch) and stretch.start is not None:
            end = after(stretch.start, bound)
            if end is not None:
                yield from (moment for moment in (end, end + _STEP) if moment > now)


def _denied(verdict: Verdict, until: datetime | None, *reasons: Reason) -> Decision:
    return Decision(effect=Effect.DENY, verdict=verdict, until=until, reasons=reasons[:MAX_REASONS])


def _reasons(program: Program, asked: str, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    """Why nothing opens: what the nearest permission lacks, or the prohibition that holds."""
    ways: list[tuple[Reason, ...]] = []
    for rule in _candidates(program, asked, phase):
        lacking = failed(rule.node, situation, phase)
        if lacking:
            helps = _would_open(program, asked, changed(lacking, situation), phase)
            ways.append(tuple(reason_of(rule.key, node, situation, phase, helps=helps) for node in lacking))
        else:
            ways.append(_held(program, _subject(rule, asked), situation, phase))
    if not ways:
        return (Reason(code="policy.no-permission", verdict="no", action=asked),)
    return min(ways, key=_far)


def _would_open(program: Program, asked: str, situation: Situation | None, phase: Phase) -> bool:
    """Whether a changed situation was tried and gives YES; only then is the change suggested."""
    if situation is None:
        return False
    return any(
        rule.node.ask(situation, phase) is YES
        and _barred(program, _subject(rule, asked), situation, phase) is NO
        for rule in _candidates(program, asked, phase)
    )


def _far(reasons: tuple[Reason, ...]) -> tuple[int, int]:
    """Nearest first; among equals the one that is a plain no says more than an unknown."""
    return len(reasons), sum(reason.verdict == "unknown" for reason in reasons)


def _held(program: Program, subject: str, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    for rule in _against(program, subject):
        verdict = rule.node.fear(situation, phase)
        if verdict is not NO:
            code = "prohibition.applies" if verdict is YES else "prohibition.unknown"
            return (_prohibited(rule, code, situation, phase),)
    return (Reason(code="policy.no-permission", verdict="no", action=subject),)


def _prohibited(rule: CompiledRule, code: str, situation: Situation, phase: Phase) -> Reason:
    """The prohibition, with the part of it that is not yet known to hold, or its first part that does."""
    lacking = failed(rule.node, situation, phase)
    parts = tuple(reason_of(rule.key, node, situation, phase) for node in lacking)
    parts = parts or findings(rule.key, rule.node, situation, phase)
    shown = parts[0] if parts else Reason(code=code, verdict="no", rule=rule.key)
    verdict = "no" if code == "prohibition.applies" else "unknown"
    return msgspec.structs.replace(
        shown, code=code, verdict=verdict, path=shown.path or rule.key, action=rule.action
    )


class Together(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """Several policies on one asset, made ready to be judged at once.

    Attributes:
        boundaries: the moments at which a constraint of time changes in any of them, ascending.
    """

    programs: tuple[Program, ...]
    boundaries: tuple[datetime, ...]


def together(programs: Iterable[Program]) -> Together:
    """The policies as one; to be made once and asked often."""
    listed = tuple(programs)
    boundaries = sorted({moment for program in listed for moment in program.boundaries})
    return Together(programs=listed, boundaries=tuple(boundaries))


class _Opened(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """The one permission that each of several policies has for an action, and one closure for all of them."""

    rules: tuple[CompiledRule, ...]
    holds: Ask
    are_bare: bool


@lru_cache(maxsize=256)
def _opened(policies: Together, asked: str) -> _Opened | None:
    """None when one of the policies has no such permission, or several, or prohibits anything."""
    rules = []
    for program in policies.programs:
        granting = program.granting.get(asked, program.granting[""])
        if len(granting) != 1 or program.barring or program.kind is PolicyKind.OFFER or program.stretches:
            return None
        rules.append(granting[0])
    if not rules:
        return None
    pairs = zip(policies.programs, rules, strict=True)
    return _Opened(
        rules=tuple(rules),
        holds=all_of([rule.node.answers for rule in rules]).use,
        are_bare=not any(_asks_more(program, rule) for program, rule in pairs),
    )


def evaluate_all(policies: Together, situation: Situation, *, phase: Phase = Phase.USE) -> Decision:
    """The decision of several policies on one asset: what `combine` makes of the decision of each, and quicker.

    What they ask alike is asked once. Reasons are looked for only in as many of them as can be shown.
    """
    opened = _opened(policies, _asked(situation)) if phase is Phase.USE else None
    if opened is not None and opened.holds(situation) is YES:
        if opened.are_bare:
            until = _next(policies.boundaries, situation)
            return Decision(effect=Effect.ALLOW, verdict=YES, rule=opened.rules[0].key, until=until)
        both = zip(policies.programs, opened.rules, strict=True)
        return combine(_allowed(program, rule, situation, phase) for program, rule in both)
    pairs: list[tuple[Program, CompiledRule]] = []
    closed: Verdict | None = None
    reasons: list[Reason] = []
    for program in policies.programs:
        verdict, rule = _judged(program, situation, phase)
        if rule is not None:
            pairs.append((program, rule))
            continue
        closed = verdict if closed is None else closed & verdict
        if len(reasons) < MAX_REASONS:
            reasons += _why(program, situation, phase)
        if closed is NO and len(reasons) >= MAX_REASONS:
            break
    if closed is None:
        return combine(_allowed(program, rule, situation, phase) for program, rule in pairs)
    return _denied(closed, _first_until(policies, situation), *reasons)


def _first_until(policies: Together, situation: Situation) -> datetime | None:
    if not any(program.stretches for program in policies.programs):
        return _next(policies.boundaries, situation)
    moments = (_until(program, situation) for program in policies.programs)
    return min((moment for moment in moments if moment is not None), default=None)


def combine(decisions: Iterable[Decision]) -> Decision:
    """One decision for several policies on one asset: all must allow (D-22); of none it is a no.

    The rule of the first stands for all; counters, duties and transforms of all come together.
    """
    listed = tuple(decisions)
    if not listed:
        return _denied(NO, None, Reason(code="policy.no-permission", verdict="no"))
    moments = [decision.until for decision in listed if decision.until is not None]
    until = min(moments) if moments else None
    closed = [decision for decision in listed if decision.verdict is not YES]
    if closed:
        verdict = every(decision.verdict for decision in closed)
        return _denied(verdict, until, *(reason for decision in closed for reason in decision.reasons))
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
