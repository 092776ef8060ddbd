"""Random small policies, and situations of a grid put to both: what static analysis has to agree with.

The grid is made without any of the code under test; of a large one as many situations are drawn as the caller says.
`python -m tests.odrl.by_force 10000` asks about so many pairs; a failure names its seed, and
`python -m tests.odrl.by_force 1 SEED` asks about that pair alone.
"""

import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from xinfu import odrl
from xinfu.odrl import Decision, Phase, Policy, PolicyKind, Program, Situation
from xinfu.odrl.comparison.subsume import WitnessedVerdict, conflicts, satisfiable, within
from xinfu.odrl.engine.compile import CompiledRule
from xinfu.odrl.values.sorts import read_moment
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN


def _at(text: str) -> datetime:
    moment = read_moment(text)
    assert moment is not None
    return moment.start


ORDER: Final = ("lt", "lteq", "gt", "gteq", "eq", "neq")
SETS: Final = ("eq", "neq", "isAnyOf", "isNoneOf", "isAllOf")
"""Operators that take texts."""
PARTIES: Final = ["did:a", "did:b"]
ASKED: Final[dict[str, tuple[tuple[str, ...], list[str]]]] = {
    "dateTime": (ORDER, ["2026-01-01T00:00:00Z", "2026-01-02+08:00", "2026-01-03T12:00:00Z"]),
    "purpose": ((*SETS, "isA"), ["a", "b", "c"]),
    "recipient": (SETS, PARTIES),
    "assignee": (SETS, PARTIES),
    "spatial": ((*SETS, "isPartOf", "hasPart"), ["CN", "CN-HN", "430200", "US", "US-CA", "HK"]),
    "count": (("lt", "lteq"), ["1", "2", "3"]),
    "membership": (("eq", "neq", "isAnyOf"), ["active", "urn:s:1", "urn:s:2"]),
    "vc:T.level": ((*SETS, *ORDER[:4]), ["1", "2", "3.0"]),
}
GRID: Final[dict[str, list[dict[str, Any]]]] = {
    "dateTime": [
        {"now": _at(text)}
        for text in (
            "2025-12-31T23:59:59Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000001Z",
            "2026-01-01T16:00:00Z",
            "2026-01-02T16:00:00Z",
            "2026-01-03T12:00:00Z",
            "2026-01-04T00:00:00Z",
        )
    ]
    + [{"now": None}],
    "purpose": [{"purpose": value} for value in ("a", "b", "c", "z", None)],
    "party": [{"assignee": value} for value in ("did:a", "did:b", "did:z", None)],
    "spatial": [
        {"spatial": value}
        for value in ("CN", "CN-BJ", "430200", "430300", "430201", "US-CA", "US-NY", "HK", "DE", None)
    ],
    "count": [{"spent": value} for value in (0, 1, 2, 3, None)],
    "claims": [
        {"claims": claims}
        for claims in (
            {},
            {"MembershipCredential": ()},
            {"MembershipCredential": (), "MembershipCredential.memberOf": ("urn:s:1",)},
            {"MembershipCredential": (), "MembershipCredential.memberOf": ("urn:s:1", "urn:s:2")},
            {"MembershipCredential": (), "MembershipCredential.memberOf": ("urn:s:9",)},
            {"T.level": ("1",)},
            {"T.level": ("1", "2")},
            {"T.level": ("2.0",)},
            {"T.level": ("2.5",)},
            {"T.level": ("3",)},
            {"T.level": ("9",), "MembershipCredential": (), "MembershipCredential.memberOf": ("urn:s:1",)},
        )
    ],
}
ON: Final = {"recipient": "party", "assignee": "party", "membership": "claims", "vc:T.level": "claims"}
"""Left operand -> the part of the grid that it reads, where that has another name."""
DRAWN: Final = 150
ABLE: Final = odrl.Registry(transforms=frozenset({"columns"}))
"""A node that can leave out columns."""
ACTIONS: Final = ("use", "read", "distribute", "play", "display")
DUTIES: Final[tuple[dict[str, Any], ...]] = (
    {"action": "delete"},
    {
        "action": "delete",
        "constraint": [
            {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2026-03-01T00:00:00Z"}
        ],
    },
    {
        "action": "delete",
        "constraint": [
            {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2026-02-01T00:00:00Z"}
        ],
    },
    {"action": "inform"},
    {"action": "compensate"},
)


class Maker:
    """Makes the two policies of one seed, about at most three left operands."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.operands = self.dice.sample(list(ASKED), k=self.dice.choice((1, 2, 2, 3)))
        self.actions = self.dice.sample(ACTIONS, k=2) if self.dice.random() < 0.6 else ["use"]

    def pair(self) -> tuple[Policy, Policy]:
        first = self.document()
        second = self.near(first) if self.dice.random() < 0.6 else self.document()
        one, other = (odrl.read(each, kind=PolicyKind.SET) for each in (first, second))
        return (one, other) if self.dice.random() < 0.5 else (other, one)

    def document(self) -> dict[str, Any]:
        dice = self.dice
        made: dict[str, Any] = {"permission": [self.permission() for _ in range(dice.choice((1, 1, 2)))]}
        if dice.random() < 0.4:
            made["prohibition"] = [self.prohibition() for _ in range(dice.choice((1, 2)))]
        if dice.random() < 0.5:
            made["conflict"] = dice.choice(("perm", "prohibit", "invalid"))
        if dice.random() < 0.15:
            made["assignee"] = dice.choice(PARTIES)
        if dice.random() < 0.1:
            made["obligation"] = [dice.choice(DUTIES)]
        return made

    def near(self, document: dict[str, Any]) -> dict[str, Any]:
        """`document` with one more condition or one less, somewhere."""
        dice = self.dice
        made = {**document, "permission": [dict(rule) for rule in document["permission"]]}
        for rule in made["permission"]:
            held = list(rule.get("constraint", ()))
            if held and dice.random() < 0.4:
                held.pop(dice.randrange(len(held)))
            if dice.random() < 0.6:
                held.append(self.constraint(1))
            rule["constraint"] = held
        if dice.random() < 0.3:
            made["prohibition"] = [*made.get("prohibition", ()), self.prohibition()]
        return made

    def permission(self) -> dict[str, Any]:
        rule = self.rule()
        if self.dice.random() < 0.15:
            names = self.dice.sample(("id", "name", "value"), k=2)
            columns = {"leftOperand": "dataField", "operator": "isAnyOf", "rightOperand": names}
            rule["constraint"] = [*rule.get("constraint", ()), columns]
        if self.dice.random() < 0.2:
            rule["duty"] = self.dice.sample(DUTIES, k=self.dice.choice((1, 2)))
        return rule

    def prohibition(self) -> dict[str, Any]:
        """Mostly one without a counter: whose uses it would count nobody can tell."""
        kept = self.operands
        if len(kept) > 1 and self.dice.random() < 0.9:
            self.operands = [left for left in kept if left != "count"]
        made = self.rule()
        self.operands = kept
        return made

    def rule(self) -> dict[str, Any]:
        dice = self.dice
        held = [self.constraint(2) for _ in range(dice.choice((0, 1, 1, 2, 3)))]
        rule: dict[str, Any] = {"action": dice.choice(self.actions)}
        return rule | ({"constraint": held} if held else {})

    def constraint(self, depth: int) -> dict[str, Any]:
        dice = self.dice
        if depth and dice.random() < 0.25:
            op = dice.choice(("and", "or", "or", "xone"))
            return {op: [self.constraint(depth - 1) for _ in range(dice.choice((1, 2, 2, 3)))]}
        left = dice.choice(self.operands)
        operators, values = ASKED[left]
        operator = dice.choice(operators)
        if operator in ("isAnyOf", "isNoneOf", "isAllOf"):
            right: Any = dice.sample(values, k=dice.randint(0 if dice.random() < 0.1 else 1, len(values)))
        else:
            right = dice.choice(values)
        return {"leftOperand": left, "operator": operator, "rightOperand": right}


def situations(maker: Maker) -> Iterator[Situation]:
    """Every situation of the grid that this pair can tell from another."""
    parts = dict.fromkeys([ON.get(left, left) for left in maker.operands] + ["party"])
    counters = [f"{kind}[{i}]" for kind in ("permission", "prohibition") for i in range(3)]
    duties = frozenset(f"permission[{i}].duty[{j}]" for i in range(2) for j in range(2))
    for action in dict.fromkeys((*maker.actions, "read", "use")):
        for chosen in itertools.product(*(GRID[part] for part in parts)):
            facts: dict[str, Any] = {"action": action, "target": "urn:ds", "fulfilled": duties}
            for each in chosen:
                facts |= each
            spent = facts.pop("spent", 0)
            counts = {} if spent is None else dict.fromkeys(counters, spent)
            yield Situation(**facts, counts=counts)


def asked(seed: int, drawn: int) -> Counter[str]:
    """What the analysis says of one pair; fails where a situation of the grid says otherwise.

    Args:
        drawn: how many situations of the grid are looked at.
    """
    maker = Maker(seed)
    one, other = maker.pair()
    first, second = (odrl.compile(policy, registry=ABLE) for policy in (one, other))
    grid = list(situations(maker))
    facts = grid if len(grid) <= drawn else maker.dice.sample(grid, k=drawn)
    opened = [[odrl.evaluate(each, fact).verdict is YES for fact in facts] for each in (first, second)]
    changing = any(rule.transforms for each in (first, second) for rule in each.permissions)
    left = [list(map(_leaving(policy), facts)) if changing else [] for policy in (one, other)]
    said: Counter[str] = Counter()
    for i, (inner, outer) in enumerate(((one, other), (other, one))):
        proof = within(inner, outer, registry=ABLE)
        said[f"within {proof.verdict.name}"] += 1
        said[proof.code] += proof.verdict is UNKNOWN
        more = any(a and not b for a, b in zip(opened[i], opened[1 - i], strict=True))
        more = more or any(not a <= b for a, b in zip(left[i], left[1 - i], strict=True))
        _hold(not (more and proof.verdict is YES), seed, "within, but the grid says more is permitted")
        if proof.verdict is NO:
            _hold(_differs(proof, inner, outer), seed, "the witness shows nothing")
    for i, policy in enumerate((one, other)):
        proof = satisfiable(policy, registry=ABLE)
        said[f"satisfiable {proof.verdict.name}"] += 1
        _hold(not (any(opened[i]) and proof.verdict is NO), seed, "closed for ever, but the grid opens it")
        if proof.verdict is YES:
            _hold(_decided(policy, proof).verdict is YES, seed, "the witness is not permitted")
    proof = conflicts(one, other, registry=ABLE)
    said[f"conflicts {proof.verdict.name}"] += 1
    clashes = any(_clash(first, second, fact) or _clash(second, first, fact) for fact in facts)
    _hold(not (clashes and proof.verdict is NO), seed, "compatible, but the grid has a clash")
    if proof.verdict is YES:
        witness = _witness(proof)
        _hold(_clash(first, second, witness) or _clash(second, first, witness), seed, "no clash")
    return said


def _hold(condition: bool, seed: int, what: str) -> None:
    if not condition:
        raise AssertionError(f"seed {seed}: {what}")


def _witness(proof: WitnessedVerdict) -> Situation:
    assert proof.witness is not None
    return proof.witness.situation


def _decided(policy: Policy, proof: WitnessedVerdict) -> Decision:
    return odrl.evaluate(odrl.compile(policy, registry=ABLE), _witness(proof))


def _differs(proof: WitnessedVerdict, inner: Policy, outer: Policy) -> bool:
    """The first permits, and the second does not, or for a duty or a change that the first does not ask for."""
    first, second = _decided(inner, proof), _decided(outer, proof)
    if first.verdict is not YES or second.verdict is not YES:
        return first.verdict is YES
    owed = {duty.duty for duty in first.duties}
    return first.transforms != second.transforms or any(duty.duty not in owed for duty in second.duties)


def _leaving(policy: Policy) -> Callable[[Situation], set[str]]:
    """The columns that may leave under any of the permissions."""
    alone = [replace(policy, permissions=(rule,)) for rule in policy.permissions]
    programs = [odrl.compile(each, registry=ABLE) for each in alone]

    def leaving(facts: Situation) -> set[str]:
        found: set[str] = set()
        for program in programs:
            decision = odrl.evaluate(program, facts)
            columns = {"id", "name", "value", "any other"} if decision.verdict is YES else set()
            for each in decision.transforms:
                columns &= set(each.names) if isinstance(each, odrl.Columns) else columns
            found |= columns
        return found

    return leaving


def _clash(permits: Program, prohibits: Program, facts: Situation) -> bool:
    """One has a permission of what is asked for, and the other a prohibition of it; both hold."""
    return _holds(permits.permissions, facts) and _holds(prohibits.prohibitions, facts)


def _holds(rules: tuple[CompiledRule, ...], facts: Situation) -> bool:
    return any(facts.action in rule.covers and rule.node.ask(facts, Phase.USE) is YES for rule in rules)


def main(count: int, first: int) -> None:
    """Ask about `count` pairs from seed `first` on, and say what was said."""
    begun, said = time.perf_counter(), Counter[str]()
    for seed in range(first, first + count):
        said += asked(seed, DRAWN)
    sys.stdout.write("".join(f"{name or '-':32} {times}\n" for name, times in sorted(said.items())))
    sys.stdout.write(f"{count} pairs in {time.perf_counter() - begun:.1f} s, all answers agree\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
