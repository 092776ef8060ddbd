"""A policy as sentences for people: one for each rule, in Chinese or English.

Rules that cannot be judged are stated as such. The sentences explain the rules; the rules decide.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from xinfu.odrl.duties.parties import ACTING, debtor_of
from xinfu.odrl.engine.faults import (
    Fault,
    atomic_fault,
    conditions,
    judged_conditions,
    logical_fault,
    policy_faults,
    references,
    rule_faults,
    selector_fault,
)
from xinfu.odrl.engine.registry import REGISTRY, Registry, in_duties
from xinfu.odrl.model.meters import SELECTORS, SUMS, Selection, select
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Duty,
    Logic,
    Permission,
    Policy,
    Prohibition,
    Reference,
    Rule,
    duties_of,
)
from xinfu.odrl.model.rule_ids import whole_rules
from xinfu.odrl.operands import Operand
from xinfu.odrl.operands.party import MEMBERSHIP, PRESENT
from xinfu.odrl.operands.time import DELAY_OF_DUTY
from xinfu.odrl.operands.trait import CONTRACT_FILING, ENVIRONMENT, EVENT, FILED, IN_A_VAULT
from xinfu.odrl.values.sorts import Sort, read_moment
from xinfu.odrl.wire.anchor import constraint_at, from_agreement
from xinfu.odrl.words import lexicon
from xinfu.odrl.words.counting import clock, limit, payment
from xinfu.odrl.words.lexicon import Words, pick

ALL: Final = Selection()
"""Counted for ever, under one agreement."""
_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)


def sentences(policy: Policy, language: str, *, registry: Registry = REGISTRY) -> list[str]:
    """The rules of `policy` as sentences, in the order of the policy.

    Args:
        language: "zh" or "en".
    """
    writer = _Writer(language, registry)
    said = [writer.rule(rule, lexicon.PERMISSION, *more) for rule, *more in whole_rules(policy.permissions)]
    said += [writer.rule(rule, lexicon.PROHIBITION) for rule in policy.prohibitions]
    said += [writer.rule(duty, lexicon.OBLIGATION) for duty in policy.obligations]
    if not policy.permissions:
        said.append(pick(lexicon.NOTHING, language))
    if policy.permissions and policy.prohibitions:
        said.append(pick(lexicon.CLASH[policy.conflict or Conflict.INVALID], language))
    scope = writer.join(filter(None, (policy.assignee, policy.target)), lexicon.LIST)
    if scope:
        said.append(writer.say(lexicon.WHOM, scope))
    zone = registry.zone(policy.profile)
    if zone:
        said.append(clock(zone, language))
    whole = [fault.name for fault in policy_faults(policy, registry)]
    if whole:
        said.append(writer.say(lexicon.UNREAD_WHOLE, ", ".join(whole)))
    return said


class _Writer:
    """Writes in one language."""

    def __init__(self, language: str, registry: Registry) -> None:
        self.language = language
        self.registry = registry

    def say(self, said: Words, *filled: str) -> str:
        return pick(said, self.language).format(*filled)

    def join(self, parts: Iterable[str], between: Words = lexicon.JOIN) -> str:
        return pick(between, self.language).join(parts)

    def rule(self, rule: Rule, form: Words, *pieces: Rule) -> str:
        """The sentence of a rule with its full stop; `pieces` are the other pieces of the same written rule."""
        actions = dict.fromkeys(self.action(each.action) for each in (rule, *pieces))
        said = self.say(form, self.join(actions, lexicon.LIST)) + self._scope(rule, *pieces)
        said += self._conditions(rule) + self._duties(rule)
        unread = ", ".join(fault.name or "action" for fault in rule_faults(rule, ""))
        if unread:
            form = lexicon.UNREAD if isinstance(rule, Permission | Duty) else lexicon.UNREAD_BARRIER
            said = self.join([said, self.say(form, unread)])
        return said + self.say(lexicon.STOP)

    def action(self, action: str) -> str:
        return self.say(lexicon.ACTIONS[action]) if action in lexicon.ACTIONS else action or "?"

    def _scope(self, rule: Rule, *pieces: Rule) -> str:
        """The targets and parties that the rule itself names."""
        debtor = debtor_of(rule) if isinstance(rule, Duty) else None
        apart = {"assigner"} if debtor is None else {"assigner", "assignee", *ACTING}
        listed = (each for piece in (rule, *pieces) for each in references(piece))
        named = (reference for name, reference in listed if name not in apart)
        said = self.join(dict.fromkeys(self._named(each) for each in named if each.names), lexicon.LIST)
        by = self.say(lexicon.BY, debtor) if debtor is not None else ""
        return by + (self.say(lexicon.SCOPE, said) if said else "")

    def _named(self, reference: Reference) -> str:
        """A party or a target by its id, or whatever is part of it."""
        name = reference.names[0]
        return self.say(lexicon.MEMBERS_OF, name) if reference.is_collection else name

    def _conditions(self, rule: Rule) -> str:
        said = self._parts(rule)
        if not said:
            return ""
        form = lexicon.CONDITIONS if isinstance(rule, Permission | Duty) else lexicon.CONDITIONS_BARRIER
        return self.say(form, said)

    def _duties(self, rule: Rule) -> str:
        duties = duties_of(rule)
        if not duties:
            return ""
        said = self.join((self.duty(duty) for duty in duties), lexicon.LIST)
        if isinstance(rule, Permission):
            return self.say(lexicon.DUTIES, said)
        return self.say(lexicon.CONSEQUENCES if isinstance(rule, Duty) else lexicon.REMEDIES, said)

    def duty(self, duty: Duty) -> str:
        said = self.action(duty.action)
        parts = self._parts(duty)
        if parts:
            said += self.say(lexicon.INSIDE, parts)
        return said + self._scope(duty) + self._duties(duty)

    def _parts(self, rule: Rule) -> str:
        """The conditions of a rule, and what it does to the data."""
        writer = _Writer(self.language, in_duties(self.registry)) if isinstance(rule, Duty) else self
        return writer.parts(rule)

    def parts(self, rule: Rule) -> str:
        """The conditions of a rule and what it does to the data, in the words of this writer."""
        held = [part for part, _ in judged_conditions(rule, "", self.registry)]
        stated = (part for part, _ in conditions(rule, "") if part not in held)
        forms = [self.form(part) for part in stated if isinstance(part, AtomicConstraint)]
        return self.join(([self._together(held)] if held else []) + forms)

    def form(self, constraint: AtomicConstraint) -> str:
        """Columns, rows or a resolution, in which data leaves."""
        values = self.join(constraint.values, lexicon.LIST)
        return self.say(
            lexicon.FORMS[constraint.left], values + (f" {constraint.unit}" if constraint.unit else "")
        )

    def _together(self, parts: Sequence[Constraint], outer: Selection = ALL) -> str:
        """Conditions that all hold; selectors are expressed with what they count."""
        selection = select(parts, outer)
        shown = [part for part in parts if getattr(part, "left", "") not in SELECTORS]
        if selector_fault(parts, "") is not None:
            shown = list(parts)
        return self.join(self.constraint(part, selection) for part in shown)

    def constraint(self, constraint: Constraint, selection: Selection = ALL) -> str:
        """One condition, without a full stop; `selection` says how it is counted."""
        if isinstance(constraint, AtomicConstraint):
            return self._atomic(constraint, selection)
        if logical_fault(constraint, "") is not None:
            return self._unread(constraint.op.value)
        if constraint.op is Logic.AND:
            said = self._together(constraint.parts, selection)
            return said if _is_one(constraint.parts) else self.say(lexicon.LOGIC[constraint.op], said)
        parts = self.join(self.constraint(part, selection) for part in constraint.parts)
        return self.say(lexicon.LOGIC[constraint.op], parts)

    def _atomic(self, constraint: AtomicConstraint, selection: Selection) -> str:
        operand = self.registry.operand(constraint.left, "")
        fault = atomic_fault(_standing(constraint), "", operand, self.registry)
        if operand is None or fault is not None:
            return self._unread(_named(constraint, fault))
        if operand.meter is not None and operand.meter.measure in SUMS:
            return limit(constraint, operand, selection, self.language)
        if constraint.operator == "eq" and constraint.values == (PRESENT,):
            return self._present(operand)
        if operand is ENVIRONMENT and (constraint.operator, constraint.values) == ("eq", (IN_A_VAULT,)):
            return self.say(lexicon.IN_A_VAULT)
        if operand is CONTRACT_FILING and (constraint.operator, constraint.values) == ("eq", (FILED,)):
            return self.say(lexicon.FILED)
        forms = lexicon.MOMENTS if operand.sort is Sort.INSTANT else lexicon.OPERATORS
        if operand is EVENT:
            return self.say(lexicon.EVENTS[constraint.operator])
        if constraint.operator in lexicon.DAYS and operand.sort is Sort.INSTANT and _is_day(constraint):
            forms = lexicon.DAYS
        if operand is DELAY_OF_DUTY:
            return self.say(lexicon.DELAY, lexicon.length(constraint.values[0], self.language))
        unit = f" {constraint.unit}" if constraint.unit else ""
        values = self.join((self._plain(value, operand) + unit for value in constraint.values), lexicon.LIST)
        name = self.say((operand.zh, operand.en))
        said = self.say(forms[constraint.operator], name, values)
        return payment(said, selection, self.language) if operand.by is not None else said

    def _plain(self, value: str, operand: Operand) -> str:
        """The value as written; a moment with a blank for its T, a length of time in words."""
        if operand.sort is Sort.DURATION:
            return lexicon.length(value, self.language)
        counted = from_agreement(value) if operand.sort is Sort.INSTANT else None
        if counted is not None:
            return self.say(lexicon.AGREED[counted[0]], lexicon.length(counted[1], self.language))
        return value.replace("T", " ", 1) if operand.sort is Sort.INSTANT else value

    def _present(self, operand: Operand) -> str:
        if operand is MEMBERSHIP:
            return self.say(lexicon.MEMBER)
        if operand.name.startswith("vc:"):
            return self.say(lexicon.CREDENTIAL, operand.fact.name)
        return self.say(lexicon.OPERATORS["eq"], self.say((operand.zh, operand.en)), PRESENT)

    def _unread(self, name: str) -> str:
        return self.say(("无法判定的约束（{0}）", "a constraint that cannot be judged ({0})"), name)


def _is_day(constraint: AtomicConstraint) -> bool:
    moment = read_moment(constraint.values[0])
    return moment is not None and moment.end - moment.start > timedelta(seconds=1)


def _standing(constraint: AtomicConstraint) -> AtomicConstraint:
    """`constraint` with a moment in place of a time that counts from the agreement, whenever that is made."""
    found = constraint_at(constraint, _SOME_TIME)
    return found if isinstance(found, AtomicConstraint) else constraint


def _is_one(parts: Sequence[Constraint]) -> bool:
    """Whether `parts` are a single condition, apart from its selectors."""
    return len([part for part in parts if getattr(part, "left", "") not in SELECTORS]) == 1


def _named(constraint: AtomicConstraint, fault: Fault | None) -> str:
    status = "" if constraint.status is None else f"status {constraint.status}"
    said = " ".join(
        filter(None, (constraint.left, constraint.operator, ", ".join(constraint.values), status))
    )
    return said or (fault.name if fault is not None else "")


def clause(part: Constraint | Duty | Permission | Prohibition, language: str, registry: Registry) -> str:
    """A part of a policy in words that can stand inside a sentence."""
    writer = _Writer(language, registry)
    match part:
        case Duty():
            return writer.duty(part)
        case Permission() | Prohibition():
            form = lexicon.PERMISSION if isinstance(part, Permission) else lexicon.PROHIBITION
            return writer.rule(part, form).removesuffix(pick(lexicon.STOP, language))
        case AtomicConstraint(left=left) if left in lexicon.FORMS:
            return writer.form(part)
    return writer.constraint(part)
