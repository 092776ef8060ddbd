"""Why a decision is not YES, as values with stable codes; `phrases` turns them into sentences.

The reasons are the smallest set of failed or unknown parts of the rule that is nearest to opening, at most
five. Follows: usage-control §10.
"""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.odrl.engine.faults import with_unit
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.model.policy import Logic
from xinfu.odrl.model.situation import Phase, Situation
from xinfu.odrl.operands import Operand
from xinfu.odrl.values.addresses import Address
from xinfu.odrl.values.regions import Region
from xinfu.odrl.values.sorts import Moment, Sort
from xinfu.verdict import Verdict

MAX_REASONS: Final = 5


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a policy, and how it was judged.

    Attributes:
        code: stable, dotted lower case, for example `purpose.not-included`.
        verdict: of this part: "yes", "no" or "unknown".
        rule: the rule it belongs to, `permission[0]`; empty when it is about the whole policy.
        path: where it stands, `permission[0].constraint[1]`.
        operand: its left operand, or what `code` speaks of.
        wanted: the right side as written; empty where it may not be shown.
        found: the fact as it was, as texts; empty when there was none.
        action: what is asked for or prohibited, where the reason is about that.
        helps: changing the facts as `phrases.remedy` says was tried and gives YES.
        resets: when what is spent is counted anew, RFC 3339; empty: never.
        private: `wanted` names others; not for strangers (`for_stranger`).
    """

    code: str
    verdict: str
    rule: str = ""
    path: str = ""
    operand: str = ""
    operator: str = ""
    wanted: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    action: str = ""
    helps: bool = False
    resets: str = ""
    private: bool = False


def for_stranger(reason: Reason) -> Reason:
    """`reason` without what it says about others."""
    return msgspec.structs.replace(reason, wanted=()) if reason.private else reason


def findings(rule: str, root: Node, situation: Situation, phase: Phase) -> tuple[Reason, ...]:
    """Every leaf of the rule with its verdict, satisfied or not (R-ODRL-TS-02)."""
    leaves = [node for node in root.walk() if not node.parts]
    leaves.sort(key=lambda node: node.path)
    return tuple(reason_of(rule, node, situation, phase) for node in leaves)


def failed_parts(node: Node, situation: Situation, phase: Phase) -> list[Node]:
    """The smallest set of parts that keep `node` from being YES; empty when it is YES.

    If several alternatives all fail, only the parts of the nearest are returned.
    """
    if node.ask(situation, phase) is Verdict.YES:
        return []
    if node.code or not node.parts:
        return [node]
    each = [failed_parts(part, situation, phase) for part in node.parts]
    if node.op is Logic.AND:
        return [leaf for found in each for leaf in found]
    open_ways = [found for found in each if found]
    return min(open_ways, key=len) if len(open_ways) == len(each) else [node]


def reason_of(rule: str, node: Node, situation: Situation, phase: Phase, *, helps: bool = False) -> Reason:
    """How `node` was judged, as a value."""
    verdict = node.ask(situation, phase)
    constraint, operand = node.constraint, node.operand
    found = _found(operand, situation) if operand is not None else ()
    return Reason(
        code=_code(node, situation, verdict, bool(found)),
        verdict=verdict.name.lower(),
        rule=rule,
        path=node.path,
        operand=operand.name if operand is not None else node.name,
        operator=constraint.operator if constraint is not None else "",
        wanted=with_unit(constraint, operand) if constraint is not None else (),
        found=found,
        helps=helps,
        resets=_resets(operand, situation) if verdict is Verdict.NO else "",
        private=operand.private if operand is not None else False,
    )


def _resets(operand: Operand | None, situation: Situation) -> str:
    resets = operand.resets(situation.now) if operand is not None else None
    return resets.isoformat() if resets is not None else ""


def _code(node: Node, situation: Situation, verdict: Verdict, is_known: bool) -> str:
    if verdict is Verdict.YES:
        return "satisfied"
    if node.op is Logic.XONE:
        return node.code if node.is_broken else "xone.several"
    operand = node.operand
    if operand is None:
        return _scope_code(node, verdict)
    if not is_known:
        return operand.missing
    if verdict is Verdict.UNKNOWN:
        return "value.incomparable"
    if operand.sort is Sort.INSTANT:
        return _time_code(node, situation)
    return operand.failed


def _scope_code(node: Node, verdict: Verdict) -> str:
    """A missing party or target is a missing fact; a different one has the node's code."""
    is_scope = node.path.rpartition(".")[2] in ("assignee", "target")
    return "fact.missing" if is_scope and verdict is Verdict.UNKNOWN else node.code


def _time_code(node: Node, situation: Situation) -> str:
    """`time.before` when waiting would help, `time.after` when it is over."""
    moment = node.values[0]
    if not isinstance(moment, Moment) or situation.now is None:
        return "fact.missing"
    operator = node.constraint.operator if node.constraint is not None else ""
    waiting_helps = operator in ("gt", "gteq", "neq") or (operator == "eq" and situation.now < moment.start)
    return "time.before" if waiting_helps else "time.after"


def _found(operand: Operand, situation: Situation) -> tuple[str, ...]:
    value = operand.read(situation)
    match value:
        case None:
            return ()
        case tuple():
            return value
        case int() if operand.meter is not None:
            return (str(value - 1),)
        case str():
            return (value,)
        case frozenset():
            return tuple(sorted(value))
        case datetime():
            return (value.isoformat(),)
        case Region():
            return (situation.spatial or "",)
        case Address():
            return situation.traits.get(operand.name, ())
    return (str(value),)
