"""The matching of a rule's target and party against what is asked for.

A named asset or party matches itself alone. A collection matches itself and whatever the situation states to be part
of it; without a statement of collections the match is unknown, so that nothing opens by leaving a fact out.
Follows: ODRL-RULES part 2, Matching a request to a rule; ODRL 2.2, Part Of Property.
"""

from collections.abc import Callable, Iterator
from typing import Final, Literal

from xinfu.odrl.engine.logic import Ask, same
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.model.policy import Reference
from xinfu.odrl.model.situation import Fact, FactKind, Situation
from xinfu.verdict import Verdict

Role = Literal["target", "assignee"]

_FACTS: Final[dict[Role, tuple[FactKind, str]]] = {
    "target": (FactKind.TARGET, "target.other"),
    "assignee": (FactKind.ASSIGNEE, "recipient.other"),
}
_ASKED: Final[dict[Role, Callable[[Situation], str | None]]] = {
    "target": lambda situation: situation.target,
    "assignee": lambda situation: situation.assignee,
}


def matching_parts(role: Role, reference: Reference, path: str) -> Iterator[Node]:
    """The parts that hold when what is asked for is `reference`, or part of it."""
    kind, code = _FACTS[role]
    names = frozenset(reference.names)
    is_one = _is_one(_ASKED[role], names)
    if not reference.is_collection:
        fact = Fact(kind=kind)
        yield Node(path=path, answers=same(is_one), code=code, name=role, values=reference.names, fact=fact)
        return
    yield Node(
        path=path,
        answers=same(_within(_ASKED[role], names)),
        code=code,
        name=role,
        values=reference.names,
        fact=Fact(kind=FactKind.PART_OF, name=role),
        also=(Fact(kind=kind),),
    )


def _is_one(asked: Callable[[Situation], str | None], names: frozenset[str]) -> Ask:
    def ask(situation: Situation) -> Verdict:
        found = asked(situation)
        if not found:
            return Verdict.UNKNOWN
        return Verdict.YES if found in names else Verdict.NO

    return ask


def _within(asked: Callable[[Situation], str | None], names: frozenset[str]) -> Ask:
    def ask(situation: Situation) -> Verdict:
        found = asked(situation)
        if not found:
            return Verdict.UNKNOWN
        if found in names:
            return Verdict.YES
        collections = situation.part_of.get(found)
        if collections is None:
            return Verdict.UNKNOWN
        return Verdict.NO if names.isdisjoint(collections) else Verdict.YES

    return ask
