"""Why a permission can never be used: the parts of it that contradict each other, or the prohibitions that bar it.

As few parts as are needed are named, by their place and in words.
"""

from collections.abc import Iterator, Sequence

import msgspec

from xinfu.odrl.cells.boxes import Box, OverBudget, meets
from xinfu.odrl.cells.space import Space
from xinfu.odrl.cells.topics import IncomparablePolicy
from xinfu.odrl.engine.compile import CompiledRule, Program, compile  # noqa: A004 - the domain's word
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.policy import Conflict, Policy
from xinfu.odrl.words.sentences import clause


class Clash(msgspec.Struct, frozen=True, kw_only=True):
    """A permission that no situation opens.

    Attributes:
        rule: the permission, `permission[0]`.
        parts: where what contradicts stands; a prohibition as a whole.
        zh: the parts in words, in Chinese; `en` in English.
        barred: prohibitions bar it wholly; without them it could be used.
    """

    rule: str
    parts: tuple[str, ...]
    zh: str
    en: str
    barred: bool


def clashes(policy: Policy, *, registry: Registry = REGISTRY) -> tuple[Clash, ...]:
    """Every permission of `policy` that is proven never to open, with the reason; a policy within the limits."""
    program = compile(policy, registry=registry)
    try:
        space = Space([program], registry)
        return tuple(_clashes(program, space, registry))
    except (IncomparablePolicy, OverBudget):
        return ()


def _clashes(program: Program, space: Space, registry: Registry) -> Iterator[Clash]:
    for rule in program.permissions:
        if not space.holds(rule):
            found = _contradicting(rule, space)
            said = [_said(node, registry) for node in found]
            yield Clash(
                rule=rule.key,
                parts=tuple(node.path for node in found),
                zh="；".join(zh for zh, _ in said),
                en="; ".join(en for _, en in said),
                barred=False,
            )
        elif program.conflict is not Conflict.PERM:
            barriers = _barring(space.holds(rule), program.prohibitions, space)
            if barriers:
                parts = tuple(each.key for each in barriers)
                yield Clash(rule=rule.key, parts=parts, zh="、".join(parts), en=", ".join(parts), barred=True)


def _contradicting(rule: CompiledRule, space: Space) -> list[Node]:
    """Parts of which the last closes what the others leave open, until these close it by themselves."""
    core: list[Node] = []
    parts = list(rule.node.parts)
    while True:
        boxes = _all(core, space)
        if not boxes:
            return core[::-1]
        for i, part in enumerate(parts):
            boxes = meets(boxes, space.yes(part), space.budget)
            if not boxes:
                core.append(part)
                parts = parts[:i]
                break
        else:
            return core[::-1]


def _all(parts: Sequence[Node], space: Space) -> list[Box]:
    boxes: list[Box] = [{}]
    for part in parts:
        boxes = meets(boxes, space.yes(part), space.budget)
    return boxes


def _barring(boxes: Sequence[Box], barriers: Sequence[CompiledRule], space: Space) -> list[CompiledRule]:
    """The one prohibition that bars all of `boxes`, or those that do it together; none when some stay open."""
    for each in barriers:
        if not meets(boxes, space.free_of(each), space.budget):
            return [each]
    for each in barriers:
        boxes = meets(boxes, space.free_of(each), space.budget)
    return [] if boxes else list(barriers)


def _said(node: Node, registry: Registry) -> tuple[str, str]:
    if node.constraint is None:
        return node.path, node.path
    return clause(node.constraint, "zh", registry), clause(node.constraint, "en", registry)
