"""Policy -> Program: every rule checked once and turned into closures.

`compile` never raises because of a policy. A rule with a part that cannot be read becomes a rule that is
always unknown, with the reason kept: it never opens, and as a prohibition it holds (D-14, R-POL-15). Programs
are immutable, safe in threads, and kept in a bounded cache by the digest of the policy.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Final

import msgspec

from xinfu.odrl.engine.faults import (
    Fault,
    carried_out,
    duty_fault,
    judged_conditions,
    policy_faults,
    rule_faults,
)
from xinfu.odrl.engine.logic import Ask, at_use
from xinfu.odrl.engine.match import matching_parts
from xinfu.odrl.engine.nodes import Node, broken_part, constraint_node, group
from xinfu.odrl.engine.registry import REGISTRY, Registry, in_duties
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.meters import Measure, Meter, Selection, select
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Duty,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Reference,
)
from xinfu.odrl.model.rule_ids import firsts, same_duties
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.odrl.model.transforms import TRANSFORMS, Transform
from xinfu.odrl.values.durations import Duration
from xinfu.odrl.values.operators import FactValue
from xinfu.odrl.values.quantities import Quantity
from xinfu.odrl.values.sorts import Moment, Sort
from xinfu.odrl.values.terms import KNOWN_ACTIONS, covered_actions, short
from xinfu.verdict import Verdict

Reader = Callable[[Situation], FactValue | None]

CACHED_PROGRAMS: Final = 1024

BEFORE_USE: Final = frozenset({"compensate", "obtainConsent", "reviewPolicy", "acceptTracking"})
"""Duties that have to be done before the use they belong to."""


class UseDuty(msgspec.Struct, frozen=True, kw_only=True):
    """A duty that comes with a use.

    Attributes:
        key: path of the duty, `permission[0].duty[1]` or `obligation[0]`; of a duty that several permissions share,
            the first of its paths.
        before: whether it has to be done before the use.
    """

    key: str
    action: str
    duty: Duty
    before: bool


class MeteredConstraint(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A constraint on something that is counted.

    Attributes:
        limit: the most that may be counted in all; None if the moments of use are noted instead.
        apart: the least time between the last use and the next.
        price: what each use takes of what was paid; only the payments say how much that is.
    """

    ask: Ask
    meter: Meter
    limit: int | None = None
    apart: Duration | None = None
    price: Quantity | None = None


class CompiledRule(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A permission or prohibition, ready to be judged.

    Attributes:
        key: where it stands, `permission[0]`.
        covers: the actions it speaks of; empty when its action is unknown.
        node: all that must hold.
        holds: the closure of `node` for a use.
        meters: what has to be counted before anything opens under it.
        transforms: what is done to the data before it leaves.
        counter: the key of its counters: that of the first piece of the written rule to which it belongs.
    """

    key: str
    action: str
    covers: frozenset[str]
    node: Node
    holds: Ask
    meters: tuple[MeteredConstraint, ...] = ()
    duties: tuple[UseDuty, ...] = ()
    transforms: tuple[Transform, ...] = ()
    counter: str = ""


class Program(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """A policy, compiled.

    Attributes:
        digest: SHA-256 of the policy, hexadecimal; the same for equal policies.
        permissions: the cheapest to grant first (without counter, with fewer duties).
        granting: each known action and the permissions that speak of it, in the order of `permissions`; under
            "" those whose action is unknown, which may speak of anything.
        barring: likewise the prohibitions that win over a permission, those of implied actions included; under
            "" all of them, for an action that is unknown.
        obligations: duties that the policy asks for in addition to its permissions.
        needs: the facts a situation must hold so that nothing is unknown for want of one.
        boundaries: the moments at which a constraint of time changes, ascending.
        stretches: how a stretch of time is read that a constraint bounds, and the bound.
    """

    kind: PolicyKind
    digest: str
    conflict: Conflict
    permissions: tuple[CompiledRule, ...]
    prohibitions: tuple[CompiledRule, ...]
    granting: Mapping[str, tuple[CompiledRule, ...]]
    barring: Mapping[str, tuple[CompiledRule, ...]]
    obligations: tuple[UseDuty, ...]
    needs: frozenset[Fact]
    boundaries: tuple[datetime, ...]
    stretches: tuple[tuple[Reader, Duration], ...] = ()

    @property
    def counters(self) -> tuple[str, ...]:
        """Keys of the counters that a situation must name, in order."""
        return tuple(sorted(fact.name for fact in self.needs if fact.kind is FactKind.COUNT))


def compile(policy: Policy, *, registry: Registry = REGISTRY) -> Program:  # noqa: A001 - the domain's word
    """The program of `policy`, from the cache if an equal policy was compiled before.

    Never raises because of the policy; a part that cannot be judged is unknown in the program.
    """
    large = too_large(policy)
    if large is not None:
        return _stopped(policy, Fault(code="policy.too-large", path="", name=large))
    try:
        encoded = msgspec.json.encode(policy)
    except UnicodeEncodeError:
        return _stopped(policy, Fault(code="policy.unreadable", path="", name="Unicode"))
    return cached_program(Source(encoded, registry))


def _stopped(policy: Policy, fault: Fault) -> Program:
    """The program of a policy with `fault`: a single permission that is always unknown."""
    rule = _compiled_rule("", "", broken_part(fault))
    return Program(
        kind=policy.kind,
        digest="",
        conflict=Conflict.INVALID,
        permissions=(rule,),
        prohibitions=(),
        granting={"": (rule,)},
        barring={},
        obligations=(),
        needs=frozenset(),
        boundaries=(),
    )


class Source(msgspec.Struct, frozen=True):
    """The source of a program; equal sources give the same program."""

    encoded: bytes
    registry: Registry


@lru_cache(maxsize=CACHED_PROGRAMS)
def cached_program(source: Source) -> Program:
    """The program of `source`, from a cache that evicts the least recently used."""
    policy = msgspec.json.decode(source.encoded, type=Policy)
    return _Compiler(policy, source.registry).program(hashlib.sha256(source.encoded).hexdigest())


class _Compiler:
    """The compilation of one policy."""

    def __init__(self, policy: Policy, registry: Registry) -> None:
        self.policy = policy
        self.registry = registry
        self.firsts = firsts(policy.permissions)
        self.same_duties = same_duties(policy)
        self.common = [broken_part(fault) for fault in policy_faults(policy, registry)]

    def program(self, digest: str) -> Program:
        policy = self.policy
        permissions = [self._permission(rule, i) for i, rule in enumerate(policy.permissions)]
        permissions.sort(key=_price)
        prohibitions = [self._prohibition(rule, i) for i, rule in enumerate(policy.prohibitions)]
        nodes = [node for rule in (*permissions, *prohibitions) for node in rule.node.walk()]
        moments = [value for node in nodes for value in node.values if isinstance(value, Moment)]
        return Program(
            kind=policy.kind,
            digest=digest,
            conflict=policy.conflict or Conflict.INVALID,
            permissions=tuple(permissions),
            prohibitions=tuple(prohibitions),
            granting=_by_action(permissions),
            barring=self._barring(prohibitions),
            obligations=tuple(
                self._owed(duty, f"obligation[{i}]", False) for i, duty in enumerate(policy.obligations)
            ),
            needs=frozenset(fact for node in nodes for fact in node.facts),
            boundaries=tuple(sorted({bound for moment in moments for bound in (moment.start, moment.end)})),
            stretches=tuple(_stretches(nodes)),
        )

    def _scope(self, rule: Permission | Prohibition, key: str) -> Iterator[Node]:
        """The parts that limit the rule to its party and its target: its own, or else those of the policy."""
        if rule.assignee is not None:
            yield from matching_parts("assignee", rule.assignee, f"{key}.assignee")
        elif self.policy.assignee is not None:
            yield from matching_parts("assignee", Reference(id=self.policy.assignee), "assignee")
        if rule.target is not None:
            yield from matching_parts("target", rule.target, f"{key}.target")
        elif self.policy.target is not None:
            yield from matching_parts("target", Reference(id=self.policy.target), "target")

    def _permission(self, rule: Permission, i: int) -> CompiledRule:
        key, counter = f"permission[{i}]", f"permission[{self.firsts[i]}]"
        parts = [*self.common, *self._scope(rule, key), *self._own(rule, key)]
        parts += self._constraints(rule, key, counter)
        for j, duty in enumerate(self.policy.obligations):
            parts += self._duty_faults(duty, f"obligation[{j}]")
        owed = []
        for j, duty in enumerate(rule.duties):
            path = f"{key}.duty[{j}]"
            parts += self._duty_faults(duty, path)
            owed.append(self._owed(duty, self.same_duties[path][0], comes_before(duty)))
            if duty.action not in TRANSFORMS:
                parts.append(_kept(owed[-1], path, self.same_duties[path]))
        node = group(key, parts)
        return msgspec.structs.replace(
            _compiled_rule(key, rule.action, node),
            counter=counter,
            meters=tuple(_metered(node)),
            duties=tuple(duty for duty in owed if duty.action not in TRANSFORMS),
            transforms=tuple(self._transforms(rule)),
        )

    def _transforms(self, rule: Permission) -> Iterator[Transform]:
        """The changes to the data before it leaves: those of the permission first, then those of each duty."""
        changing: list[Permission | Duty] = [rule]
        changing += [duty for duty in rule.duties if duty.action in TRANSFORMS]
        for each in changing:
            yield from carried_out(each, self.registry) or ()

    def _prohibition(self, rule: Prohibition, i: int) -> CompiledRule:
        key = f"prohibition[{i}]"
        parts = [*self.common, *self._scope(rule, key), *self._own(rule, key)]
        parts += self._constraints(rule, key, key)
        return _compiled_rule(key, rule.action, group(key, parts))

    def _barring(self, prohibitions: list[CompiledRule]) -> Mapping[str, tuple[CompiledRule, ...]]:
        """The prohibitions that can bar, by action; empty if the permission wins."""
        if self.policy.conflict is Conflict.PERM or not prohibitions:
            return {}
        found = _by_action(prohibitions)
        implying = {
            action: tuple(
                dict.fromkeys(rule for name in self._performed(action) for rule in found.get(name, ()))
            )
            for action in self.registry.implies
        }
        return found | implying | {"": tuple(prohibitions)}

    def _performed(self, action: str) -> tuple[str, ...]:
        """`action` and all actions that it implies."""
        performed = [action]
        for each in performed:
            performed += [name for name in self.registry.implies.get(each, ()) if name not in performed]
        return tuple(performed)

    def _own(self, rule: Permission | Prohibition | Duty, path: str) -> Iterator[Node]:
        """The faults of the rule itself, as broken parts."""
        yield from map(broken_part, rule_faults(rule, path))

    def _constraints(self, rule: Permission | Prohibition | Duty, path: str, counter: str) -> Iterator[Node]:
        zone = self.registry.zone(self.policy.profile)
        selection = select(rule.constraints, Selection(zone=zone))
        registry = in_duties(self.registry) if isinstance(rule, Duty) else self.registry
        for constraint, where in judged_conditions(rule, path, registry):
            yield constraint_node(constraint, where, counter, registry, selection)

    def _duty_faults(self, duty: Duty, path: str) -> Iterator[Node]:
        """The faults of a duty, as broken parts; a duty with a fault keeps its rule from opening anything."""
        yield from self._own(duty, path)
        for node in self._constraints(duty, path, path):
            yield from (inner for inner in node.walk() if inner.code)
        fault = duty_fault(duty, path, self.registry)
        if fault is not None:
            yield broken_part(fault)
        for i, inner_duty in enumerate(duty.consequences):
            yield from self._duty_faults(inner_duty, f"{path}.consequence[{i}]")

    def _owed(self, duty: Duty, key: str, before: bool) -> UseDuty:
        return UseDuty(key=key, action=duty.action, duty=duty, before=before)


def _compiled_rule(key: str, action: str, node: Node) -> CompiledRule:
    return CompiledRule(
        key=key, action=action, covers=_covers(action), node=node, holds=node.answers.use, counter=key
    )


def _by_action(rules: list[CompiledRule]) -> dict[str, tuple[CompiledRule, ...]]:
    """The rules by every action that they cover; under "" those that may cover any."""
    unnamed = tuple(rule for rule in rules if not rule.covers)
    found = dict.fromkeys(("", *KNOWN_ACTIONS), unnamed)
    if len(rules) == 1:
        return found | dict.fromkeys(rules[0].covers, tuple(rules))
    for action in frozenset[str]().union(*(rule.covers for rule in rules)):
        found[action] = tuple(rule for rule in rules if action in rule.covers or not rule.covers)
    return found


def _covers(action: str) -> frozenset[str]:
    return covered_actions(action) if action in KNOWN_ACTIONS else frozenset()


def _price(rule: CompiledRule) -> tuple[bool, int, int, bytes]:
    """The sort key of permissions; it does not depend on their places, as far as they differ."""
    return bool(rule.meters), len(rule.duties), len(rule.transforms), rule.action.encode()


def comes_before(duty: Duty) -> bool:
    """Whether `duty` has to be done before the use it belongs to: by its action, or as `event lt policyUsage` says."""
    return duty.action in BEFORE_USE or says_use(duty, "lt")


def says_use(duty: Duty, operator: str) -> bool:
    """Whether `duty` names the use: that it comes before (`lt`), or after it (`gt`)."""
    return any(
        isinstance(each, AtomicConstraint)
        and (each.left, each.operator) == ("event", operator)
        and [short(value) for value in each.values] == ["policyUsage"]
        for each in duty.constraints
    )


def _kept(owed: UseDuty, path: str, places: tuple[str, ...]) -> Node:
    """The duty stops nothing: it is done, where it comes before, and if it is late so is all that is due in addition.

    A duty that several permissions share has to be done once, in any of its `places` (R-ODRL-POL-13), and so has each
    of its consequences; one that was not done in time takes these with it (R-ODRL-RULE-08).
    """
    keys = frozenset(places)
    more = [frozenset(f"{key}.consequence[{i}]" for key in keys) for i in range(len(owed.duty.consequences))]
    missing = Verdict.UNKNOWN if owed.before else Verdict.NO

    def ask(situation: Situation) -> Verdict:
        done = situation.fulfilled
        if keys.isdisjoint(situation.overdue):
            return missing if owed.before and keys.isdisjoint(done) else Verdict.YES
        is_remedied = not keys.isdisjoint(done) and not any(each.isdisjoint(done) for each in more)
        return Verdict.YES if is_remedied else missing

    return Node(
        path=path,
        answers=at_use(ask),
        code="duty.unmet",
        name=owed.action,
        fact=Fact(kind=FactKind.DUTY, name=owed.key),
    )


def _metered(root: Node) -> Iterator[MeteredConstraint]:
    """The constraints whose meters have to be counted before anything opens under the rule."""
    for node in root.walk():
        operand, constraint = node.operand, node.constraint
        if operand is None or constraint is None or operand.meter is None:
            continue
        value, strictly = node.values[0], constraint.operator in ("lt", "gt")
        if operand.meter.measure is Measure.INTERVAL and isinstance(value, Duration):
            apart = Duration(value.months, value.microseconds + strictly)
            yield MeteredConstraint(ask=node.answers.use, meter=operand.meter, apart=apart)
        elif isinstance(value, Quantity):
            yield MeteredConstraint(ask=node.answers.use, meter=operand.meter, price=value)
        elif operand.meter.measure is Measure.ELAPSED:
            yield MeteredConstraint(ask=node.answers.use, meter=operand.meter)
        else:
            limit = value.least_microseconds if isinstance(value, Duration) else int(str(value))
            yield MeteredConstraint(ask=node.answers.use, meter=operand.meter, limit=limit - strictly)


def _stretches(nodes: Iterable[Node]) -> Iterator[tuple[Reader, Duration]]:
    """Stretches of time that a duration bounds, so that time alone changes the answer."""
    for node in nodes:
        if node.operand is not None and node.operand.sort is Sort.DURATION:
            yield from ((node.operand.read, value) for value in node.values if isinstance(value, Duration))
