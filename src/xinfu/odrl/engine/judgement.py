"""The verdict of a program on what is asked, and the permission that opens, without reasons.

A use is judged by the flat closures of the rules, looked up by action; a negotiation and a look at an offer by the
outlook of their parts. Follows: usage-control §2; ODRL-RULES parts 1, 2 and 4.
"""

from collections.abc import Sequence

from xinfu.odrl.engine.compile import CompiledRule, Program
from xinfu.odrl.model.policy import PolicyKind
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.values.terms import KNOWN_ACTIONS, action_name, covered_actions
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def judge(program: Program, situation: Situation, phase: Phase) -> tuple[Verdict, CompiledRule | None]:
    """The verdict, and the permission that opens when it is YES."""
    asked = asked_action(situation)
    if phase is Phase.USE:
        return judge_use(program, asked, situation)
    found = NO
    for rule in candidates(program, asked, phase):
        permitted = rule.node.ask(situation, phase)
        if permitted is NO:
            continue
        verdict = permitted & ~judge_prohibitions(program, subject_of(rule, asked), situation, phase)
        if verdict is YES:
            return YES, rule
        found = found | verdict
    return (found if asked in KNOWN_ACTIONS else UNKNOWN), None


def asked_action(situation: Situation) -> str:
    """The action that is asked for, by its short name."""
    action = situation.action
    return action if action in KNOWN_ACTIONS else action_name(action)


def judge_use(program: Program, asked: str, situation: Situation) -> tuple[Verdict, CompiledRule | None]:
    """The verdict on a use and the permission that opens, by the flat closures of the rules for that action."""
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
            for barrier in against(program, asked):
                barred = barred | barrier.holds(situation)
        if barred is NO and permitted is YES:
            return YES, rule
        found = found | (permitted & ~barred)
    return (found if asked in KNOWN_ACTIONS else UNKNOWN), None


def candidates(program: Program, asked: str, phase: Phase) -> Sequence[CompiledRule]:
    """The permissions that cover what is asked for.

    A permission whose action is unknown may cover it, and stays unknown. A negotiation is about the offer as a
    whole, so a permission for less than what is named counts too.
    """
    if phase is Phase.USE:
        return program.granting.get(asked, program.granting[""])
    narrower = covered_actions(asked)
    return [
        rule
        for rule in program.permissions
        if asked in rule.covers or not rule.covers or rule.action in narrower
    ]


def subject_of(rule: CompiledRule, asked: str) -> str:
    """The action of `rule` that is asked for: the one asked, or in a negotiation the narrower one of the rule."""
    return asked if asked in rule.covers or not rule.covers else rule.action


def against(program: Program, subject: str) -> tuple[CompiledRule, ...]:
    """The prohibitions that may win over a permission of `subject`; all of them if that action is unknown."""
    barring = program.barring
    return barring.get(subject, barring[""]) if barring else ()


def judge_prohibitions(program: Program, subject: str, situation: Situation, phase: Phase) -> Verdict:
    """Whether a prohibition holds; in a negotiation, whether one will hold whatever the use is."""
    worst = NO
    for rule in against(program, subject):
        worst = worst | rule.node.fear(situation, phase)
    return worst
