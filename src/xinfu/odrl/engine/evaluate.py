"""The PDP: Program + Situation -> Decision. Total, deterministic, and open only on YES.

A permission that is unknown does not open; a prohibition that is unknown holds. Where a permission and a
prohibition meet, `perm` lets the permission win, `prohibit` the prohibition, and `invalid` or nothing voids the
policy: nothing is permitted (D-22). An offer grants nothing (R-ODRL-POL-03). Nothing that permits is a no
(R-ODRL-EVAL-07). Follows: usage-control §2; ODRL-RULES parts 1, 2 and 4.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.odrl.engine.compile import CompiledRule, Program, UseDuty
from xinfu.odrl.engine.explain import MAX_REASONS, Reason, findings
from xinfu.odrl.engine.judgement import judge
from xinfu.odrl.engine.refusal_reasons import why_closed
from xinfu.odrl.model.meters import Meter
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.model.transforms import Transform
from xinfu.odrl.values.durations import Duration, Stretch, after
from xinfu.odrl.values.quantities import Quantity
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

_STEP: Final = timedelta(microseconds=1)


class Effect(StrEnum):
    """The effect of a decision at the enforcement point."""

    ALLOW = "allow"
    ALLOW_WITH = "allow-with"
    """Allow, and see to the transforms and duties that come with it."""
    DENY = "deny"


class Reserve(msgspec.Struct, frozen=True, kw_only=True):
    """An amount to set aside, or a use to note, before anything opens.

    Attributes:
        limit: the most that may be counted in all; None if the moment of use is noted instead.
        apart: the least times between the last use and this one.
        price: what a use takes of what was paid, in place of a limit.
    """

    meter: Meter
    limit: int | None = None
    apart: tuple[Duration, ...] = ()
    price: Quantity | None = None

    @property
    def key(self) -> str:
        """The meter's name within the policy."""
        return self.meter.key


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A decision on a use, a negotiation or access; one shape for all of them.

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
    duties: tuple[UseDuty, ...] = ()
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
    verdict, rule = judge(program, situation, phase)
    if rule is not None:
        return allow(program, rule, situation, phase)
    return deny(verdict, until_of(program, situation), *why_closed(program, situation, phase))


def allow(program: Program, rule: CompiledRule, situation: Situation, phase: Phase) -> Decision:
    """The decision that `rule` opens, with its transforms, duties and reserves."""
    until = until_of(program, situation)
    if not asks_more(program, rule):
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


def asks_more(program: Program, rule: CompiledRule) -> bool:
    """Whether anything comes with what `rule` allows."""
    return bool(rule.meters or rule.duties or rule.transforms or program.obligations)


def _reserve(rule: CompiledRule, situation: Situation) -> tuple[Reserve, ...]:
    """The reserves of the rule's meters, each under all of its limits that hold."""
    found: dict[Meter, Reserve] = {}
    for each in rule.meters:
        if each.ask(situation) is YES:
            known = found.get(each.meter, Reserve(meter=each.meter))
            limits = [limit for limit in (known.limit, each.limit) if limit is not None]
            apart = known.apart if each.apart is None else (*known.apart, each.apart)
            limit = min(limits, default=None)
            found[each.meter] = Reserve(meter=each.meter, limit=limit, apart=apart, price=each.price)
    return tuple(sorted(found.values(), key=lambda each: each.key))


def until_of(program: Program, situation: Situation) -> datetime | None:
    """The next moment at which a constraint of time changes; never later than the answer does."""
    now = situation.now
    if now is None or now.tzinfo is None:
        return None
    if not program.stretches:
        return next_of(program.boundaries, situation)
    following = bisect_right(program.boundaries, now)
    moments = [*program.boundaries[following : following + 1], *_ends(program, situation, now)]
    return min(moments, default=None)


def next_of(boundaries: tuple[datetime, ...], situation: Situation) -> datetime | None:
    """The first of `boundaries` that is to come."""
    now = situation.now
    if now is None or now.tzinfo is None:
        return None
    following = bisect_right(boundaries, now)
    return boundaries[following] if following < len(boundaries) else None


def _ends(program: Program, situation: Situation, now: datetime) -> Iterator[datetime]:
    """The moments at which a stretch of time reaches its bound, and the first moments after these."""
    for read, bound in program.stretches:
        stretch = read(situation)
        if isinstance(stretch, Stretch) and stretch.start is not None:
            end = after(stretch.start, bound)
            if end is not None:
                yield from (moment for moment in (end, end + _STEP) if moment > now)


def deny(verdict: Verdict, until: datetime | None, *reasons: Reason) -> Decision:
    """The decision that nothing opens, with the first of `reasons`."""
    return Decision(effect=Effect.DENY, verdict=verdict, until=until, reasons=reasons[:MAX_REASONS])
