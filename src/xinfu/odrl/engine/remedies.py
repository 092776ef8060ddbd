"""Changes to a situation that could make a part of a rule hold; the evaluator then tries them.

Only changes that the asker can make: another purpose, place or program, waiting, a credential, a duty done.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.model.policy import AtomicConstraint
from xinfu.odrl.model.situation import FactKind, Situation
from xinfu.odrl.operands import DECLARED
from xinfu.odrl.operands.party import MEMBER_OF, MEMBERSHIP_TYPE, PRESENT
from xinfu.odrl.values.sorts import Moment

BY_HAVING: Final = frozenset({"eq", "isAnyOf", "isA", "isPartOf", "hasPart", "isAllOf"})
"""Operators whose right side names the values that would do."""


def change(nodes: Iterable[Node], situation: Situation) -> Situation | None:
    """`situation` with a change for each of `nodes`; None when one of them cannot be changed."""
    for node in nodes:
        after = _changed(node, situation)
        if after is None:
            return None
        situation = after
    return situation


def _changed(node: Node, situation: Situation) -> Situation | None:
    if node.code == "duty.unmet":
        return msgspec.structs.replace(situation, fulfilled=situation.fulfilled | {node.path})
    constraint, fact = node.constraint, node.fact
    if constraint is None or fact is None:
        return None
    if fact.kind is FactKind.NOW:
        return _later(node, constraint, situation)
    if constraint.operator not in BY_HAVING or not constraint.values:
        return None
    match fact.kind:
        case FactKind.PURPOSE:
            return msgspec.structs.replace(situation, purpose=constraint.values[0])
        case FactKind.SPATIAL:
            return msgspec.structs.replace(situation, spatial=constraint.values[0])
        case FactKind.CLAIM:
            return _with_claim(node, situation)
        case FactKind.TRAIT if fact.name in DECLARED:
            return msgspec.structs.replace(
                situation, traits={**situation.traits, fact.name: constraint.values[:1]}
            )
    return None


def _later(node: Node, constraint: AtomicConstraint, situation: Situation) -> Situation | None:
    """The first moment from now on at which the constraint holds, if there is one."""
    moment = node.values[0]
    if not isinstance(moment, Moment) or situation.now is None or situation.now.tzinfo is None:
        return None
    then = moment.start if constraint.operator in ("gteq", "eq") else moment.end
    return msgspec.structs.replace(situation, now=then) if then > situation.now else None


def _with_claim(node: Node, situation: Situation) -> Situation:
    key = node.fact.name if node.fact is not None else ""
    values = tuple(str(value) for value in node.values if value != PRESENT)
    claims = {**situation.claims, key: values}
    if key == MEMBERSHIP_TYPE and values:
        claims[MEMBER_OF] = values
    return msgspec.structs.replace(situation, claims=claims)
