"""Why a program does not open: what its nearest permission lacks, or the prohibition that holds."""

import msgspec

from xinfu.odrl.engine.compile import CompiledRule, Program
from xinfu.odrl.engine.explain import Reason, failed_parts, findings, reason_of
from xinfu.odrl.engine.judgement import against, asked_action, candidates, judge_prohibitions, subject_of
from xinfu.odrl.engine.remedies import change
from xinfu.odrl.model.policy import PolicyKind
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.values.terms import KNOWN_ACTIONS
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def why_closed(program: Program, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    """Why nothing opens."""
    if program.kind is PolicyKind.OFFER and phase is Phase.USE:
        return (Reason(code="policy.not-agreed", verdict="no"),)
    asked = asked_action(situation)
    if asked not in KNOWN_ACTIONS:
        return (Reason(code="action.unknown", verdict="unknown", action=asked),)
    return _reasons(program, asked, situation, phase)


def _reasons(program: Program, asked: str, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    """Why nothing opens: what the nearest permission lacks, or the prohibition that holds."""
    ways: list[tuple[Reason, ...]] = []
    for rule in candidates(program, asked, phase):
        lacking = failed_parts(rule.node, situation, phase)
        if lacking:
            helps = _would_open(program, asked, change(lacking, situation), phase)
            ways.append(tuple(reason_of(rule.key, node, situation, phase, helps=helps) for node in lacking))
        else:
            ways.append(_held(program, subject_of(rule, asked), situation, phase))
    if not ways:
        return (Reason(code="policy.no-permission", verdict="no", action=asked),)
    return min(ways, key=_far)


def _would_open(program: Program, asked: str, situation: Situation | None, phase: Phase) -> bool:
    """Whether a changed situation was tried and gives YES; only then is the change suggested."""
    if situation is None:
        return False
    return any(
        rule.node.ask(situation, phase) is YES
        and judge_prohibitions(program, subject_of(rule, asked), situation, phase) is NO
        for rule in candidates(program, asked, phase)
    )


def _far(reasons: tuple[Reason, ...]) -> tuple[int, int]:
    """The sort key of reasons: fewest first; among equals a plain no, which says more, before an unknown."""
    return len(reasons), sum(reason.verdict == "unknown" for reason in reasons)


def _held(program: Program, subject: str, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    for rule in against(program, subject):
        verdict = rule.node.fear(situation, phase)
        if verdict is not NO:
            code = "prohibition.applies" if verdict is YES else "prohibition.unknown"
            return (_prohibited(rule, code, situation, phase),)
    return (Reason(code="policy.no-permission", verdict="no", action=subject),)


def _prohibited(rule: CompiledRule, code: str, situation: Situation, phase: Phase) -> Reason:
    """The prohibition, with the part of it that is not yet known to hold, or its first part that does."""
    lacking = failed_parts(rule.node, situation, phase)
    parts = tuple(reason_of(rule.key, node, situation, phase) for node in lacking)
    parts = parts or findings(rule.key, rule.node, situation, phase)
    shown = parts[0] if parts else Reason(code=code, verdict="no", rule=rule.key)
    verdict = "no" if code == "prohibition.applies" else "unknown"
    return msgspec.structs.replace(
        shown, code=code, verdict=verdict, path=shown.path or rule.key, action=rule.action
    )
