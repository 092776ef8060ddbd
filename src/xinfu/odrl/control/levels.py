"""How far each rule is enforced, so that people see it before they sign (管控方式).

A provider's node controls what it hands out: to which party, when, how often. It does not control what happens to
data that has been handed out, nor whether a declared purpose is the true one: that is by contract only. A fact that
nobody can establish, such as the place of use, closes a rule: nothing is handed out under it. A rule is as strong as
the weakest of its parts, and is judged here from the same compiled parts that decide on a use.

A vault at the user's own node enforces more, for example that an export needs its own permission. But the other side
only declares its vault, without proof, so the signed level stays the same; `inside` says what the vault does (0021).
Follows: usage-control §7; the terms 提供侧技术管控 / 使用环境技术管控 / 仅合约约束.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Final

import msgspec

from xinfu.odrl.duties.life import TIMES
from xinfu.odrl.duties.parties import parties_of
from xinfu.odrl.engine.compile import CompiledRule, Program, comes_before
from xinfu.odrl.engine.compile import compile as program_of
from xinfu.odrl.engine.nodes import Node
from xinfu.odrl.engine.registry import REGISTRY, Registry
from xinfu.odrl.model.meters import SELECTORS
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Logic, Policy, leaves
from xinfu.odrl.model.transforms import TRANSFORMS, states_transform
from xinfu.odrl.operands import Control, Operand
from xinfu.odrl.wire.anchor import anchor
from xinfu.odrl.words.lexicon import Words, pick

DOWNLOAD: Final = "download"
STORAGE: Final = "storage"
HANDED_OUT: Final = frozenset({DOWNLOAD, STORAGE})
"""Actions for which a node hands data out: to any place of the consumer's choice, or into its vault. Other actions
happen where the data is.
"""
INSIDE: Final = frozenset({"read", "reproduce"})
"""Actions inside a vault: to read in it, and to export from it."""

NAMES: Final[dict[Control, Words]] = {
    Control.PROVIDER: ("提供侧技术管控", "technically, at the provider"),
    Control.ENVIRONMENT: ("使用环境技术管控", "technically, in the use environment"),
    Control.CONTRACT: ("仅合约约束", "by contract only"),
    Control.CLOSED: ("不予交付", "closed, nothing is handed out"),
}
_WHY: Final[dict[str, Words]] = {
    "handed-out": (
        "提供方节点按此规则交付；已交付的数据此后由合约约束",
        "the provider's node hands out by this rule; what was handed out is bound by contract from then on",
    ),
    "stored": (
        "提供方节点按此规则将数据交付到受控存储；存放多久由删除义务约定",
        "the provider's node hands into a vault by this rule; how long it stays there a duty to delete says",
    ),
    "declared": (
        "{0}由使用方声明或证明：不符者提供方拒绝交付，但实际使用情况提供方无法核实",
        "{0} is stated by the user: the provider refuses what does not fit, but cannot see the real use",
    ),
    "elsewhere": (
        "该行为发生在数据交付之后，提供方无法从技术上阻止",
        "this happens after data was handed out; the provider cannot stop it technically",
    ),
    "closed": (
        "含有无法判定的内容，提供方节点不予交付",
        "it cannot be judged, so the provider's node hands nothing out",
    ),
    "no-fact": (
        "{0}尚无可信来源，提供方节点不予交付",
        "nobody can attest {0} yet, so the provider's node hands nothing out",
    ),
    "before": ("未履行之前提供方节点不予交付", "the provider's node hands nothing out before it is done"),
    "changed": ("数据交付前由提供方节点执行", "the provider's node does it before data leaves"),
    "changed-always": (
        "数据交付前均由提供方节点执行，不论所附条件是否成立",
        "the provider's node does it before data leaves, whether or not its condition holds",
    ),
    "reported": (
        "由使用方承诺履行并提供证明；合约备案后，使用方节点自动报告所收数据以及每次使用或拒绝",
        "the user promises and proves it; under a filed contract its node reports what comes and each use or refusal",
    ),
    "promised": ("由{0}承诺履行并提供证明", "{0} promises it and gives proof"),
}
_REPORTED: Final = frozenset({"logRecordSend", "alert"})
"""Duties that are done by reports, which the user's node sends by itself under a filed contract."""
_INSIDE: Final[Words] = (
    "；使用方节点的受控存储按此执行，但对提供方而言仅为声明",
    "; a vault at the user's node enforces it, which to the provider is a declaration and no proof",
)
_USER: Final[Words] = ("使用方", "the user")
_PROVIDER: Final[Words] = ("提供方", "the provider")
_STRENGTH: Final = (Control.CONTRACT, Control.ENVIRONMENT, Control.PROVIDER)
"""The weakest first."""

Found = tuple[Control, Operand | None]
"""A level, and the operand that decides it, if there is a single one."""
_SOME_TIME: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NOTHING: Final[list[Found]] = [(Control.CLOSED, None)]


class RuleLevel(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one rule is enforced.

    Attributes:
        rule: path of the rule, `permission[0]` or `permission[0].duty[1]`.
        level: the level that is shown before signing, and filed.
        zh: why it is this level and no higher, in Chinese.
        en: the same in English.
        inside: how far a vault at the user's own node enforces it; None: the rule does not concern a vault.
    """

    rule: str
    level: Control
    zh: str
    en: str
    inside: Control | None = None

    def name(self, language: str) -> str:
        """The level's name in `language` ("zh" or "en")."""
        return pick(NAMES[self.level], language)


def levels(policy: Policy, *, registry: Registry = REGISTRY) -> tuple[RuleLevel, ...]:
    """The level of control of every rule and duty, in the order of the policy."""
    # A time that counts from the agreement is enforced like any other, whenever that is made.
    standing = anchor(policy, _SOME_TIME)
    return tuple(_levels(standing, program_of(standing, registry=registry)))


def _levels(policy: Policy, program: Program) -> Iterator[RuleLevel]:
    compiled = {rule.key: rule for rule in (*program.permissions, *program.prohibitions)}
    for i, rule in enumerate(policy.permissions):
        key = f"permission[{i}]"
        yield _judged(key, compiled.get(key))
        for j, duty in enumerate(rule.duties):
            yield _duty(f"{key}.duty[{j}]", duty, compiled.get(key), policy)
    for i in range(len(policy.prohibitions)):
        key = f"prohibition[{i}]"
        yield _judged(key, compiled.get(key))
    for i, duty in enumerate(policy.obligations):
        yield _promised(f"obligation[{i}]", duty, policy)


def _judged(key: str, rule: CompiledRule | None) -> RuleLevel:
    if rule is None or any(part.is_broken for part in rule.node.parts):
        return _level(key, Control.CLOSED, "closed")
    inside = _found(rule, _within)[0] if rule.covers & INSIDE else None
    if not _speaks_of_handing_out(rule):
        return _level(key, Control.CONTRACT, "elsewhere", inside=inside)
    level, operand = _found(rule, _here)
    if level is Control.PROVIDER:
        return _level(key, level, "stored" if rule.action == STORAGE else "handed-out", inside=inside)
    if operand is None:
        return _level(key, level, "closed", inside=inside)
    why = "no-fact" if level is Control.CLOSED else "declared"
    return _level(key, level, why, operand.zh, operand.en, inside=inside)


def _speaks_of_handing_out(rule: CompiledRule) -> bool:
    """Whether the provider's node applies the rule; a prohibition counts only if it covers downloads."""
    return DOWNLOAD in rule.covers if _is_barring(rule) else not HANDED_OUT.isdisjoint(rule.covers)


def _here(rule: CompiledRule, operand: Operand) -> Control:
    """How far `operand` is enforced where data is handed out; nothing is counted for a prohibition."""
    return Control.CLOSED if _is_barring(rule) and operand.meter is not None else operand.control


def _within(rule: CompiledRule, operand: Operand) -> Control:
    """How far `operand` is enforced in a vault; nothing is counted for a prohibition."""
    return Control.CLOSED if _is_barring(rule) and operand.meter is not None else operand.within


def _is_barring(rule: CompiledRule) -> bool:
    return rule.key.startswith("prohibition")


def _found(rule: CompiledRule, of: Callable[[CompiledRule, Operand], Control]) -> Found:
    """How far `rule` is enforced: a permission by what makes it hold, a prohibition by what makes it fall.

    The parties and targets of a rule, and whether its duties are done, are always known.
    """
    if not any(_decides(part) for part in rule.node.walk()):
        return Control.PROVIDER if of is _here else Control.ENVIRONMENT, None
    return _ways(rule.node, partial(of, rule))[_is_barring(rule)]


def _ways(node: Node, of: Callable[[Operand], Control]) -> tuple[Found, Found]:
    """The levels at which `node` can be shown to hold, and not to hold; CLOSED: that can never be shown.

    If all parts must hold, a part that cannot be judged keeps the whole from holding; if one is enough, the others
    decide. For the level of not holding it is the other way round.
    """
    if node.is_broken:
        return (Control.CLOSED, None), (Control.CLOSED, None)
    if node.operand is not None:
        return (of(node.operand), node.operand), (of(node.operand), node.operand)
    pairs = [_ways(part, of) for part in node.parts if part.parts or _decides(part)]
    hold, fall = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    if node.op is Logic.AND:
        return _all(hold), _any(fall)
    if node.op is Logic.OR:
        return _any(hold), _all(fall)
    return _exactly_one(hold, fall)


def _exactly_one(hold: list[Found], fall: list[Found]) -> tuple[Found, Found]:
    """The levels of a `xone`: to hold, every part must be known; not to hold, two parts hold or none does."""
    mute = [one for one, other in zip(hold, fall, strict=True) if one[0] is other[0] is Control.CLOSED]
    able = [each for each in hold if each[0] is not Control.CLOSED]
    weakest = _any([*hold, *fall])
    falls = weakest if len(able) >= 2 else _all(fall)
    return (mute[0] if mute else weakest if able else hold[0]), falls


def _all(found: list[Found]) -> Found:
    return next((each for each in found if each[0] is Control.CLOSED), _any(found))


def _any(found: list[Found]) -> Found:
    open_ = [each for each in found if each[0] is not Control.CLOSED]
    return min(open_, key=lambda each: _STRENGTH.index(each[0]), default=(found or _NOTHING)[0])


def _decides(node: Node) -> bool:
    return node.is_broken or (node.operand is not None and node.operand.name not in SELECTORS)


def _duty(key: str, duty: Duty, rule: CompiledRule | None, policy: Policy) -> RuleLevel:
    broken = rule is None or any(part.is_broken and part.path.startswith(key) for part in rule.node.parts)
    if broken:
        return _level(key, Control.CLOSED, "closed")
    if duty.action in TRANSFORMS:
        is_bare = all(states_transform(duty, each) for each in duty.constraints)
        return _level(key, Control.PROVIDER, "changed" if is_bare else "changed-always")
    if comes_before(duty):
        return _level(key, Control.PROVIDER, "before")
    return _promised(key, duty, policy)


def _promised(key: str, duty: Duty, policy: Policy) -> RuleLevel:
    """The level of a promised duty; a vault belongs to the user's node, so it does only what the user owes."""
    debtor = parties_of(policy, key).debtor
    if debtor in {None, policy.assignee}:
        why = "reported" if duty.action in _REPORTED else "promised"
        return _level(key, Control.CONTRACT, why, *_USER, inside=_vault_does(duty))
    return _level(
        key, Control.CONTRACT, "promised", *(_PROVIDER if debtor == policy.assigner else (debtor, debtor))
    )


def _vault_does(duty: Duty) -> Control | None:
    """The level at which a vault does `duty`: it reports, and deletes under conditions of time; None: neither."""
    if duty.action in _REPORTED:
        return Control.ENVIRONMENT
    timed = all(
        isinstance(part, AtomicConstraint) and part.left in TIMES
        for each in duty.constraints
        for part, _ in leaves(each, "")
    )
    if duty.action != "delete":
        return None
    return Control.ENVIRONMENT if timed and not duty.refinements else Control.CONTRACT


def _level(
    rule: str, level: Control, why: str, zh: str = "", en: str = "", inside: Control | None = None
) -> RuleLevel:
    said = _WHY[why]
    more = _INSIDE if (level, inside) == (Control.CONTRACT, Control.ENVIRONMENT) else ("", "")
    return RuleLevel(
        rule=rule,
        level=level,
        zh=said[0].format(zh) + more[0],
        en=said[1].format(en) + more[1],
        inside=inside,
    )
