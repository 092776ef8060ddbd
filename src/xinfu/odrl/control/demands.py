"""The demands that a grade makes of an offer, and whether each permission keeps them.

Only what has to hold in every case counts: the constraints of a permission and the parts of an `and`, as far as they
can be judged. One of several alternatives may never apply, so it does not count. A rule of the whole policy on
passing on or deletion counts if it covers all that the permission covers. See `bounds` for ends and counts,
`deletion` for duties that count as deletion.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.odrl.control.bounds import is_little, is_near
from xinfu.odrl.control.deletion import is_deleted
from xinfu.odrl.control.levels import DOWNLOAD, levels
from xinfu.odrl.control.lifetime import must
from xinfu.odrl.engine.faults import atomic_fault, values_of
from xinfu.odrl.engine.registry import REGISTRY
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Conflict,
    Duty,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
)
from xinfu.odrl.model.scope import reaches, scope_of
from xinfu.odrl.model.situation import FactKind
from xinfu.odrl.model.transforms import transforms_of
from xinfu.odrl.operands import Control, Operand
from xinfu.odrl.operands.trait import IN_A_VAULT
from xinfu.odrl.values.terms import IN_FORCE, covered_actions, including_actions
from xinfu.odrl.words.lexicon import Words

_EXCLUDING: Final = frozenset({"neq", "isNoneOf"})
_AT_MOST: Final = frozenset({"lt", "lteq", "eq"})
_PASSING_ON: Final = frozenset({"distribute", "transfer", "give", "sell"})
_OUTSIDE: Final = frozenset({DOWNLOAD, "reproduce"})
"""Actions that take data out of control: a download to any place, and an export from a vault."""
_TECHNICAL: Final = frozenset({Control.PROVIDER, Control.ENVIRONMENT})

Stated = tuple[Operand, AtomicConstraint]


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """A condition that each permission of an offer has to keep.

    Attributes:
        says: what is asked for.
        how: what to write so that it is kept.
        kept: whether a permission of a policy keeps it, as of a moment.
    """

    name: str
    says: Words
    how: Words
    kept: Callable[[Policy, Permission, datetime], bool]


def names_who(policy: Policy, rule: Permission, now: datetime) -> bool:
    """Whether only members, named participants or holders of a credential may use it."""
    return names_recipient(policy, rule, now) or _has(rule, FactKind.CLAIM)


def names_recipient(policy: Policy, rule: Permission, _: datetime) -> bool:
    """Whether only named participants may use it."""
    whom = scope_of(policy, rule, "assignee")
    return (whom is not None and not whom.is_collection) or _has(rule, FactKind.ASSIGNEE)


def names_purpose(_: Policy, rule: Permission, __: datetime) -> bool:
    """Whether it may be used for named purposes only."""
    return _has(rule, FactKind.PURPOSE)


def keeps_in(policy: Policy, rule: Permission, _: datetime) -> bool:
    """Whether the data may not be passed on: that is not permitted, or it is prohibited and the prohibition wins."""
    passing_on = _PASSING_ON & covered_actions(rule.action)
    if not passing_on:
        return True
    barring = [each for each in policy.prohibitions if _bars(policy, each, rule)]
    barred = all(any(each.action in including_actions(action) for each in barring) for action in passing_on)
    return barred and policy.conflict is not Conflict.PERM


def has_end(_: Policy, rule: Permission, now: datetime) -> bool:
    """Whether use ends: at a last moment, or so long after it began; either within `bounds.LONGEST`."""
    ends = {"dateTime", IN_FORCE, "elapsedTime"}
    return any(
        found.name in ends
        and each.operator in _AT_MOST
        and all(is_near(value, now) for value in values_of(each, found))
        for found, each in _stated(rule)
    )


def is_counted(_: Policy, rule: Permission, __: datetime) -> bool:
    """Whether the uses, rows, bytes or time of use are limited, to at most `bounds.MOST`."""
    counts = {"count", "rows", "bytes", "meteredTime"}
    return any(
        found.name in counts
        and each.operator in _AT_MOST
        and all(is_little(found.name, value) for value in values_of(each, found))
        for found, each in _stated(rule)
    )


def stays_in_a_vault(_: Policy, rule: Permission, __: datetime) -> bool:
    """Whether data stays in vaults: by the rule's action, or with a vault as required environment (0021, 0029)."""
    required = any(
        found.name == "executionEnv" and each.operator not in _EXCLUDING and set(each.values) == {IN_A_VAULT}
        for found, each in _stated(rule)
    )
    return required or _OUTSIDE.isdisjoint(covered_actions(rule.action))


def is_technical(_: Policy, rule: Permission, __: datetime) -> bool:
    """Whether the provider's node or a vault enforces the rule; a declared purpose, which neither can, is ignored."""
    purposeless = tuple(
        each for each in rule.constraints if not isinstance(each, AtomicConstraint) or not _is_purpose(each)
    )
    bare = Policy(kind=PolicyKind.SET, permissions=(replace(rule, constraints=purposeless, duties=()),))
    level = levels(bare)[0]
    return level.level in _TECHNICAL or level.inside in _TECHNICAL


def is_changed(_: Policy, rule: Permission, __: datetime) -> bool:
    """Whether the data is changed before it leaves: fewer columns or rows, or masked."""
    parts: list[Permission | Duty] = [rule, *rule.duties]
    return any(transforms_of(each) for each in parts)


def _stated(rule: Permission) -> Iterator[Stated]:
    """The constraints that must hold and can be judged, each with its operand."""
    for each in must(rule.constraints):
        found = REGISTRY.operand(each.left, "")
        if found is not None and atomic_fault(each, "", found, REGISTRY) is None:
            yield found, each


def _is_purpose(constraint: AtomicConstraint) -> bool:
    found = REGISTRY.operand(constraint.left, "")
    return found is not None and found.fact.kind is FactKind.PURPOSE


def _has(rule: Permission, fact: FactKind) -> bool:
    return any(found.fact.kind is fact and each.operator not in _EXCLUDING for found, each in _stated(rule))


def _bars(policy: Policy, barrier: Prohibition, rule: Permission) -> bool:
    """Whether `barrier` forbids unconditionally, to all parties and for all targets of `rule`."""
    narrowed = barrier.constraints or barrier.refinements or barrier.unread
    return not narrowed and reaches(policy, barrier, rule)


MEMBERS: Final = Demand(
    name="members",
    says=("仅限成员、指定参与方或凭证持有方", "members, named participants or holders of a credential only"),
    how=("用 --member 或 --recipient 限定使用方", "say who may use it: --member or --recipient"),
    kept=names_who,
)
PASSING_ON: Final = Demand(
    name="passing-on",
    says=("不得分发给第三方", "not passed on to others"),
    how=("加上 --prohibit distribute", "add --prohibit distribute"),
    kept=keeps_in,
)
PURPOSE: Final = Demand(
    name="purpose",
    says=("限定使用目的", "for named purposes only"),
    how=("用 --purpose 说明目的", "name the purposes: --purpose"),
    kept=names_purpose,
)
END: Final = Demand(
    name="end",
    says=("约定不超过十年的使用期限", "an end within ten years"),
    how=("用 --until 约定十年以内的截止时间", "say until when, within ten years: --until"),
    kept=has_end,
)
VAULT: Final = Demand(
    name="vault",
    says=("仅在受控存储中使用", "used in a vault only"),
    how=("加上 --vault-only", "add --vault-only"),
    kept=stays_in_a_vault,
)
COUNT: Final = Demand(
    name="count",
    says=("限定次数或用量", "counted: so many uses, rows or bytes"),
    how=(
        "用 --times、--rows 或 --bytes 限定（不超过一百万次、一万亿条或 1 PB）",
        "say how much: --times, --rows or --bytes (at most a million uses, 10^12 rows or 1 PB)",
    ),
    kept=is_counted,
)
DELETION: Final = Demand(
    name="deletion",
    says=("使用方负有不附条件的删除义务", "deleted in the end, by the user and whatever the case"),
    how=(
        "用 --delete-after 约定十年以内删除，不附其他条件",
        "say when it is deleted, within ten years and under no other condition: --delete-after",
    ),
    kept=is_deleted,
)
TECHNICAL: Final = Demand(
    name="technical",
    says=("除所声明的目的外，均由技术管控", "under technical control, the declared purpose aside"),
    how=(
        "不要允许仅由合约约束的行为，例如 derive、aggregate",
        "permit nothing that only the contract binds, such as derive or aggregate",
    ),
    kept=is_technical,
)
RECIPIENT: Final = Demand(
    name="recipient",
    says=("仅限指定的参与方", "for named participants only"),
    how=("用 --recipient 指定参与方", "name them: --recipient"),
    kept=names_recipient,
)
FORM: Final = Demand(
    name="form",
    says=(
        "交付前由提供方技术处理：筛选列、过滤行或遮蔽",
        "changed by the provider before it leaves: fewer columns, fewer rows, or masked",
    ),
    how=(
        "用 --column、--where 或 --mask 规定交付形式",
        "say what leaves: --column, --where or --mask",
    ),
    kept=is_changed,
)
