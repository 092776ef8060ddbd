"""The engine held against the naive evaluator: decisions, and comparisons of two policies by traces of uses.

`python -m tests.odrl.naive_pairs 10000` asks about so many pairs and prints what was said; a disagreement names its seed.
"""

import sys
from collections import Counter
from typing import Any

from msgspec.structs import replace
from tests.odrl.naive import Maker, Piece, World, opening, plain

from xinfu import odrl
from xinfu.odrl import PolicyKind, Situation
from xinfu.odrl.comparison.subsume import WitnessedVerdict, within
from xinfu.verdict import Verdict

WORLDS, TRACES, STEPS = 6, 4, 8


class Disagreement(AssertionError):  # noqa: N818 - what is looked for
    """The two evaluators differ; the seed and the document say where."""


def situation(world: World) -> Situation:
    """The same facts in the engine's words."""
    return Situation(
        now=world.now,
        action=world.action,
        target=world.target,
        assignee=world.party,
        purpose=world.purpose,
        claims={"R.level": world.claims} if world.claims else {},
        counts=world.counts,
        fulfilled=world.done,
        overdue=world.late,
        part_of={name: frozenset(found) for name, found in world.part_of.items()},
    )


def world_of(facts: Situation) -> World:
    """A witness's facts in plain words."""
    return World(
        now=facts.now,
        action=facts.action,
        target=facts.target,
        party=facts.assignee,
        purpose=facts.purpose,
        claims=facts.claims.get("R.level", ()),
        counts=dict(facts.counts),
        done=facts.fulfilled,
        late=facts.overdue,
        part_of={name: tuple(found) for name, found in facts.part_of.items()},
    )


def decided(seed: int) -> Counter[str]:
    """Decisions of one policy in several situations."""
    maker = Maker(seed)
    document = maker.document()
    program = odrl.compile(odrl.read(document, kind=PolicyKind.SET))
    said: Counter[str] = Counter()
    for world in maker.worlds(WORLDS, document):
        engine = odrl.evaluate(program, situation(world)).verdict is Verdict.YES
        said[f"decision {'YES' if engine else 'no'}"] += 1
        if engine is not bool(opening(document, world)):
            raise Disagreement(f"seed {seed}: the engine says {engine} of {document} in {world}")
    return said


def compared(seed: int) -> Counter[str]:
    """Both directions of one pair of policies."""
    maker = Maker(seed)
    one = maker.document()
    other = _near(maker, one) if maker.dice.random() < 0.7 else maker.document()
    said: Counter[str] = Counter()
    for inner, outer in ((one, other), (other, one)):
        proof = within(*(odrl.read(each, kind=PolicyKind.SET) for each in (inner, outer)))
        said[f"within {proof.verdict.name} {proof.code}".strip()] += 1
        plainly = _of_one_target(inner, outer)
        if proof.verdict is Verdict.YES:
            _lies_within(maker, seed, *plainly)
        elif proof.verdict is Verdict.NO:
            _shows(seed, proof, *plainly)
    return said


def _near(maker: Maker, document: dict[str, Any]) -> dict[str, Any]:
    """`document` with something changed."""
    dice = maker.dice
    made = {**document, "permission": [dict(rule) for rule in document["permission"]]}
    rule = dice.choice(made["permission"])
    match dice.randrange(6):
        case 0:
            rule["constraint"] = [*rule.get("constraint", ()), maker.constraint(1, counted=True)]
        case 1:
            rule["constraint"] = rule.get("constraint", [])[1:]
        case 2:
            made["prohibition"] = [*made.get("prohibition", ()), maker.rule(counted=False)]
        case 3:
            made.pop("target", None)
        case 4:
            made["permission"] = [part for each in made["permission"] for part in _apart(each)]
        case _:
            rule["target"] = maker.several(["urn:1", "urn:2"])
    return made


def _apart(rule: dict[str, Any]) -> list[dict[str, Any]]:
    """The rule written as one for each of its actions."""
    actions = rule["action"] if isinstance(rule["action"], list) else [rule["action"]]
    return [
        {**{key: value for key, value in rule.items() if key != "@id"}, "action": each} for each in actions
    ]


def _of_one_target(one: dict[str, Any], other: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A policy without any target is about the one that the other names for all its rules."""
    pair = (one, other)
    if all(_targets(each) for each in pair):
        return pair
    first, second = (_bare(each) for each in pair)
    return first, second


def _rules(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [*document["permission"], *document.get("prohibition", ())]


def _targets(document: dict[str, Any]) -> bool:
    return "target" in document or any("target" in rule for rule in _rules(document))


def _bare(document: dict[str, Any]) -> dict[str, Any]:
    """Without the target of all rules."""
    top = document.get("target")
    named = [plain(rule.get("target", top)) for rule in _rules(document)]
    if (
        any(each != named[0] for each in named)
        or not isinstance(named[0], str)
        or top not in (None, named[0])
    ):
        return document
    made = {key: value for key, value in document.items() if key != "target"}
    for kind in ("permission", "prohibition"):
        if kind in made:
            made[kind] = [{k: v for k, v in rule.items() if k != "target"} for rule in made[kind]]
    return made


def _lies_within(maker: Maker, seed: int, inner: dict[str, Any], outer: dict[str, Any]) -> None:
    """Whatever is used under the one, use after use, can be used under the other."""
    for _ in range(TRACES):
        spent: tuple[dict[str, int], dict[str, int]] = (
            {f"permission[{i}]": 0 for i in range(40)},
            {f"permission[{i}]": 0 for i in range(40)},
        )
        world = maker.world()
        for _ in range(STEPS):
            if maker.dice.random() < 0.5:
                world = maker.world()
            all_done = frozenset(f"permission[{i}].duty[{j}]" for i in range(40) for j in range(2))
            facts = replace(world, done=all_done, late=frozenset())
            opens = opening(inner, replace(facts, counts=spent[0]))
            if not opens:
                continue
            theirs = opening(outer, replace(facts, counts=spent[1]))
            if not theirs:
                raise Disagreement(
                    f"seed {seed}: {inner} lies within {outer}, but for {facts}, spent {spent}"
                )
            if len(theirs) > 1 and any(_is_counted(each) for each in theirs):
                break  # which of them would be drawn on is not for us to say
            for counts, used in zip(spent, (opens, theirs), strict=True):
                first = min(used, key=_is_counted)
                counts[first.counter] += _is_counted(first)


def _is_counted(piece: Piece) -> bool:
    return "count" in str(piece.rule.get("constraint", ()))


def _shows(seed: int, proof: WitnessedVerdict, inner: dict[str, Any], outer: dict[str, Any]) -> None:
    """The situation is permitted by the one; the other does not permit it, or asks for another duty."""
    assert proof.witness is not None
    facts = world_of(proof.witness.situation)
    opens, theirs = opening(inner, facts), opening(outer, facts)
    if not opens:
        raise Disagreement(f"seed {seed}: the witness {facts} is not permitted by {inner}")
    if theirs and not any(piece.rule.get("duty") for piece in theirs):
        raise Disagreement(f"seed {seed}: the witness {facts} is permitted by {outer}")


def main(count: int, first: int) -> None:
    """Ask about `count` policies and as many pairs, from seed `first` on; say what was said and what differed."""
    said, differing = Counter[str](), list[str]()
    for seed in range(first, first + count):
        for ask in (decided, compared):
            try:
                said += ask(seed)
            except Disagreement as found:
                differing.append(str(found))
    sys.stdout.write("".join(f"{name:40} {times}\n" for name, times in sorted(said.items())))
    sys.stdout.write("".join(f"{each}\n" for each in differing[:10]))
    sys.stdout.write(f"{count} policies, {count} pairs, {len(differing)} disagreements\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 0)
