"""Proofs about policies: that one lies within another, that one can ever be used, that two contradict.

Each answer is YES, NO or UNKNOWN. A situation that shows an answer was confirmed by the evaluator; what holds for all
situations is proven over their boxes. A policy with a part that cannot be judged, and one that takes too many cases,
is UNKNOWN: it needs a person. Follows: usage-control §8.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.odrl.cells.boxes import Box, OverBudget, meets, without
from xinfu.odrl.cells.space import Space
from xinfu.odrl.cells.topics import IncomparablePolicy
from xinfu.odrl.cells.witness import Witness, replay, situation
from xinfu.odrl.comparison.binding import binds_others, judge_remedies
from xinfu.odrl.comparison.compare import equivalent
from xinfu.odrl.comparison.normal import normal
from xinfu.odrl.comparison.strength import keeps
from xinfu.odrl.comparison.transform_strength import as_strict
from xinfu.odrl.engine.compile import CompiledRule, Program, compile  # noqa: A004 - the domain's word
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.limits import too_large
from xinfu.odrl.model.policy import Conflict, Duty, Permission, Policy, Prohibition
from xinfu.odrl.model.rule_ids import distinct_duties
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.model.transforms import TRANSFORMS
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN

TRIED: Final = 16
"""Situations that the evaluator tries before an answer is left open."""


class WitnessedVerdict(msgspec.Struct, frozen=True, kw_only=True):
    """An answer, and the situation that shows it.

    Attributes:
        witness: the situation that shows the answer, if a situation can.
        code: why it is UNKNOWN: the code of a fault, or one of `compare.`; `path` and `name` say where.
    """

    verdict: Verdict
    witness: Witness | None = None
    code: str = ""
    path: str = ""
    name: str = ""


def satisfiable(policy: Policy, *, registry: Registry = REGISTRY) -> WitnessedVerdict:
    """Whether `policy` permits anything in any situation; YES comes with such a situation."""
    return _answered((policy,), lambda: _Question((policy,), registry).satisfiable())


def within(inner: Policy, outer: Policy, *, registry: Registry = REGISTRY) -> WitnessedVerdict:
    """Whether `outer` permits whatever `inner` permits, for no more in return.

    NO with a situation that `inner` permits and `outer` does not, or in which `outer` asks for a duty that `inner`
    does not.
    """
    proof = _answered((inner, outer), lambda: _Question((inner, outer), registry).within())
    if proof.verdict is UNKNOWN and not (too_large(inner) or too_large(outer)):
        # Whatever nobody can judge lies within itself.
        is_same = equivalent(inner, outer, registry=registry) and outer.assignee in (None, inner.assignee)
        return WitnessedVerdict(verdict=YES) if is_same else proof
    return proof


def conflicts(one: Policy, other: Policy, *, registry: Registry = REGISTRY) -> WitnessedVerdict:
    """Whether one of the two permits what the other prohibits, whichever would win; YES with a situation."""
    return _answered((one, other), lambda: _Question((one, other), registry).conflicts())


def _answered(policies: Sequence[Policy], ask: Callable[[], WitnessedVerdict]) -> WitnessedVerdict:
    """The answer of `ask`; UNKNOWN with the reason if the policies cannot be compared."""
    large = next(filter(None, map(too_large, policies)), None)
    if large is not None:
        return WitnessedVerdict(verdict=UNKNOWN, code="policy.too-large", name=large)
    try:
        return ask()
    except IncomparablePolicy as found:
        return WitnessedVerdict(verdict=UNKNOWN, code=found.code, path=found.path, name=found.name)
    except OverBudget:
        return WitnessedVerdict(verdict=UNKNOWN, code="compare.too-many")


class _Question:
    """A question about one or two policies, over the space of both."""

    def __init__(self, policies: Sequence[Policy], registry: Registry) -> None:
        _same_assigner(policies)
        self.policies = _of_one_target(policies)
        self.registry = registry
        self.programs = [compile(policy, registry=registry) for policy in self.policies]
        self.space = Space(self.programs, registry)

    def satisfiable(self) -> WitnessedVerdict:
        (program,) = self.programs
        found = [box for rule in program.permissions for box in self._free(program, self.space.holds(rule))]
        return self._shown(found, lambda shown: shown.decisions[0].verdict is YES, at=YES, otherwise=NO)

    def within(self) -> WitnessedVerdict:
        one, other = self.programs
        opened = {rule.key: self.space.holds(rule) for rule in other.permissions}
        beyond = [box for rule in one.permissions for box in self._beyond(rule, opened)]
        proof = self._shown(beyond, _only_first, at=NO, otherwise=YES)
        if proof.verdict is not YES:
            return proof
        self._counted_apart(opened)
        self._done_apart()
        for rule in one.permissions:
            proof = self._owes(rule, opened)
            if proof.verdict is not YES:
                return proof
        return self._remedied()

    def conflicts(self) -> WitnessedVerdict:
        pairs = [*self._pairs(0, 1), *self._pairs(1, 0)]
        for rule, barrier in pairs:
            both = meets(self.space.holds(rule), self.space.holds(barrier), self.space.budget)
            proof = self._shown(both, _clash(rule, barrier), at=YES, otherwise=NO)
            if proof.verdict is not NO:
                return replace(proof, path=rule.key, name=barrier.key)
        for rule, barrier in pairs:
            if self._unsure(rule, barrier):
                return WitnessedVerdict(
                    verdict=UNKNOWN, code="compare.unconfirmed", path=rule.key, name=barrier.key
                )
        return WitnessedVerdict(verdict=NO)

    def _pairs(self, permits: int, prohibits: int) -> list[tuple[CompiledRule, CompiledRule]]:
        return list(
            itertools.product(self.programs[permits].permissions, self.programs[prohibits].prohibitions)
        )

    def _unsure(self, rule: CompiledRule, barrier: CompiledRule) -> bool:
        """Whether all facts can be present while it remains unknown if the prohibition holds."""
        known = {place: axis.known for place, axis in enumerate(self.space.axes, start=1)}
        boxes = meets([known], self.space.holds(rule), self.space.budget)
        return bool(self._minus(boxes, self.space.free_of(barrier)))

    def _free(self, program: Program, boxes: Sequence[Box]) -> Sequence[Box]:
        """The boxes that the policy's own prohibitions leave free."""
        for barrier in _barriers(program):
            boxes = meets(boxes, self.space.free_of(barrier), self.space.budget) if boxes else boxes
        return boxes

    def _minus(self, boxes: Sequence[Box], taken: Iterable[Box]) -> list[Box]:
        left = without(boxes, taken, self.space.full, self.space.budget)
        return [box for box in left if self.space.nest.is_possible(box)]

    def _beyond(self, rule: CompiledRule, opened: dict[str, list[Box]]) -> list[Box]:
        """The boxes that `rule` opens and the other policy does not open, or bars."""
        one, other = self.programs
        boxes = self.space.holds(rule)
        near = (opened[each.key] for each in other.permissions if each.covers & rule.covers)
        found = self._minus(boxes, itertools.chain.from_iterable(near))
        for barrier in _barriers(other):
            if not self.space.covers(barrier) & self.space.covers(rule):
                continue
            found += self._minus(boxes, self.space.free_of(barrier))
        return [box for box in self._free(one, found) if self.space.nest.is_possible(box)]

    def _counted_apart(self, opened: dict[str, list[Box]]) -> None:
        """Refuse to compare if two counters of the first policy could spend one counter of the other twice."""
        one, other = self.programs
        drawing: dict[str, set[str]] = {}
        for rule in other.permissions:
            facts = (fact for node in rule.node.walk() for fact in node.facts)
            if any(fact.meter is not None and fact.name.startswith(rule.counter) for fact in facts):
                near = (each for each in one.permissions if each.covers & rule.covers)
                found = {each.counter for each in near if self._overlap(each, opened[rule.key])}
                drawing.setdefault(rule.counter, set()).update(found)
        for counter, found in drawing.items():
            if len(found) > 1:
                raise IncomparablePolicy("compare.counter", path=counter)

    def _done_apart(self) -> None:
        """Refuse to compare if the first policy shares a duty, done once, that the other asks for several times."""
        ones, others = (
            Counter(normal(duty, self.registry) for duty in distinct_duties(policy))
            for policy in self.policies
        )
        for rule in self.policies[0].permissions:
            for duty in rule.duties:
                said = normal(duty, self.registry)
                if duty.id is not None and ones[said] < others[said]:
                    raise IncomparablePolicy("compare.duty", path="permission", name=duty.action)

    def _overlap(self, rule: CompiledRule, boxes: Sequence[Box]) -> bool:
        return bool(meets(self.space.holds(rule), boxes, self.space.budget))

    def _owes(self, rule: CompiledRule, opened: dict[str, list[Box]]) -> WitnessedVerdict:
        """Whether the other policy opens wherever `rule` opens, without asking for more."""
        given = self._duties(0, rule.key)
        if any(binds_others(duty) for duty in given) and not self._asked_alike(given, opened):
            return WitnessedVerdict(verdict=UNKNOWN, code="compare.duty", path=rule.key)
        strength = {
            each.key: keeps(given, self._duties(1, each.key), self.registry)
            & as_strict(rule.transforms, each.transforms)
            for each in self.programs[1].permissions
        }
        if all(verdict is YES for verdict in strength.values()):
            return WitnessedVerdict(verdict=YES)
        boxes = self._free(self.programs[0], self.space.holds(rule))
        kept = (opened[key] for key, verdict in strength.items() if verdict is YES)
        left = self._minus(boxes, itertools.chain.from_iterable(kept))
        if not left:
            return WitnessedVerdict(verdict=YES)
        unsure = (opened[key] for key, verdict in strength.items() if verdict is UNKNOWN)
        weaker = self._minus(left, itertools.chain.from_iterable(unsure))
        proof = self._shown(weaker, self._owes_less, at=NO, otherwise=UNKNOWN)
        return (
            proof
            if proof.verdict is NO
            else WitnessedVerdict(verdict=UNKNOWN, code="compare.duty", path=rule.key)
        )

    def _asked_alike(self, given: Iterable[Duty], opened: Iterable[str]) -> bool:
        """Whether every duty that names parties of its own is also in the other policy, word for word."""
        theirs = {normal(duty, self.registry) for key in opened for duty in self._duties(1, key)}
        return all(normal(duty, self.registry) in theirs for duty in given if binds_others(duty))

    def _duties(self, side: int, key: str) -> tuple[Duty, ...]:
        """All duties owed for a use under the permission with this key, except what is done to the data."""
        policy = self.policies[side]
        keys = (f"permission[{i}]" for i in range(len(policy.permissions)))
        rule: Permission = dict(zip(keys, policy.permissions, strict=True))[key]
        return tuple(duty for duty in (*rule.duties, *policy.obligations) if duty.action not in TRANSFORMS)

    def _owes_less(self, shown: Witness) -> bool:
        if any(decision.verdict is not YES for decision in shown.decisions):
            return False
        given, wanted = (self._duties(side, each.rule) for side, each in enumerate(shown.decisions))
        first, second = shown.decisions
        leaves_more = as_strict(first.transforms, second.transforms) is NO
        return leaves_more or keeps(given, wanted, self.registry) is NO

    def _remedied(self) -> WitnessedVerdict:
        """Whether the remedies of the first policy include all those of the other."""
        one, other = self.policies
        for policy in self.policies:
            judge_remedies(policy, self.registry)
        remedies = [remedy for barrier in one.prohibitions for remedy in barrier.remedies]
        wanted = [remedy for barrier in other.prohibitions for remedy in barrier.remedies]
        kept = keeps(remedies, wanted, self.registry)
        theirs = {normal(duty, self.registry) for duty in wanted}
        if any(binds_others(duty) and normal(duty, self.registry) not in theirs for duty in remedies):
            kept = UNKNOWN
        return (
            WitnessedVerdict(verdict=YES)
            if kept is YES
            else WitnessedVerdict(verdict=UNKNOWN, code="compare.remedy")
        )

    def _shown(
        self, boxes: Sequence[Box], shows: Callable[[Witness], bool], *, at: Verdict, otherwise: Verdict
    ) -> WitnessedVerdict:
        """`at` with a situation in `boxes` that the evaluator confirms; `otherwise` if there are no boxes."""
        if not boxes:
            return WitnessedVerdict(verdict=otherwise)
        for box, sparing in itertools.product(boxes[:TRIED], (False, True)):
            facts = situation(self.space, box, self.programs, sparing=sparing)
            witness = replay(self.programs, facts)
            if shows(witness):
                return WitnessedVerdict(verdict=at, witness=witness)
        return WitnessedVerdict(verdict=UNKNOWN, code="compare.unconfirmed")


def _same_assigner(policies: Sequence[Policy]) -> None:
    """Refuse to compare what two different parties grant."""
    named = {policy.assigner for policy in policies}
    for policy in policies:
        rules: tuple[Permission | Prohibition, ...] = (*policy.permissions, *policy.prohibitions)
        named |= {name for rule in rules if rule.assigner is not None for name in rule.assigner.names}
    named.discard(None)
    if len(named) > 1:
        raise IncomparablePolicy("compare.assigner", path="assigner")


def names_target(policy: Policy) -> bool:
    """Whether the policy or one of its rules names a target; an offer in a catalog does not."""
    rules: tuple[Permission | Prohibition, ...] = (*policy.permissions, *policy.prohibitions)
    return policy.target is not None or any(rule.target is not None for rule in rules)


def _of_one_target(policies: Sequence[Policy]) -> list[Policy]:
    """The policies to compare: without their targets if one of them names none, since it then has the same target."""
    if all(map(names_target, policies)):
        return list(policies)
    return [replace(policy, target=None) for policy in policies]


def _barriers(program: Program) -> Iterator[CompiledRule]:
    """The prohibitions that win over permissions."""
    return iter(() if program.conflict is Conflict.PERM else program.prohibitions)


def _only_first(shown: Witness) -> bool:
    first, second = shown.decisions
    return first.verdict is YES and second.verdict is not YES


def _clash(rule: CompiledRule, barrier: CompiledRule) -> Callable[[Witness], bool]:
    def clash(shown: Witness) -> bool:
        facts: Situation = shown.situation
        return rule.node.ask(facts, Phase.USE) is YES and barrier.node.ask(facts, Phase.USE) is YES

    return clash
