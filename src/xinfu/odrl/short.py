"""A policy in a few words, for people who write one: purpose, until, times, members ...

`Short` holds the words, `document` makes ODRL of them, `shortened` finds the words of a policy that says no more
than they can. Every word that is given must hold. The round trip is exact: a policy is given back in words only if
the ODRL of these words says the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu.errors import InputError
from xinfu.odrl.compare import equivalent
from xinfu.odrl.policy import AtomicConstraint, Conflict, Constraint, Logic, LogicalConstraint, Policy
from xinfu.odrl.wire import read

ACTIVE: Final = "active"
"""The value of `membership` that stands for a membership credential being there at all."""

Words = Mapping[str, Any]


class Short(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """The words; use is permitted where all that are given hold.

    Attributes:
        purpose: any of these purposes.
        until: the last moment of use, with its offset.
        not_before: the first moment of use.
        times: uses in all.
        members: True: whoever holds a membership credential; a text: a member of that space.
        recipients: DIDs, any of them.
        spatial: regions such as "CN-HN"; within any of them.
        prohibit: actions that are forbidden outright, such as "distribute".
        conflict: what counts where a permission and a prohibition meet.
    """

    purpose: tuple[str, ...] = ()
    until: str | None = None
    not_before: str | None = None
    times: int | None = None
    members: bool | str = False
    recipients: tuple[str, ...] = ()
    spatial: tuple[str, ...] = ()
    prohibit: tuple[str, ...] = ()
    conflict: Conflict = Conflict.PROHIBIT

    def words(self) -> dict[str, Any]:
        """The words that are given, as they stand in a file."""
        return {key: value for key, value in msgspec.to_builtins(self).items() if value is not None}


_LISTS: Final = ("purpose", "recipients", "spatial", "prohibit")
_MOMENTS: Final = ("until", "not_before")


def short(words: Words) -> Short:
    """The words of a file or of a caller: one text stands for a list of one, a time for its text.

    Raises:
        InputError: `policy.word`: a word that is not known, or a value that is not of its kind;
            `policy.moment`: a time without an offset; `policy.times`: less than one use.
    """
    given = {key: _plain(key, value) for key, value in words.items() if value is not None}
    try:
        read_ = msgspec.convert(given, Short, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(
            "policy.word",
            f"The policy in short words cannot be read: {error}.",
            f"无法读取简写策略：{error}。",
            help_en=f"The words are {', '.join(Short.__struct_fields__)}.",
            help_zh=f"可用的词：{'、'.join(Short.__struct_fields__)}。",
        ) from None
    if read_.times is not None and read_.times < 1:
        raise InputError("policy.times", "A use happens at least once.", "使用次数至少为 1。")
    return read_


def _plain(key: str, value: object) -> object:
    if key in _LISTS:
        return [value] if isinstance(value, str) else value
    if key in _MOMENTS and isinstance(value, datetime):
        return _moment(value)
    if key == "members" and value in ("true", "false"):  # a file whose values are all texts
        return value == "true"
    return value


def _moment(at: datetime) -> str:
    if at.tzinfo is None:
        raise InputError(
            "policy.moment",
            "A moment without an offset is nobody's time.",
            "没有时区的时刻无法确定。",
            help_en="Give an aware datetime, or a text like 2026-12-31T23:59:59+08:00.",
            help_zh="请使用带时区的时间，例如 2026-12-31T23:59:59+08:00。",
        )
    return at.isoformat(timespec="milliseconds")


def document(said: Short) -> dict[str, Any]:
    """The words as ODRL, in the protocol's compact form."""
    constraints = list(_constraints(said))
    permission: dict[str, Any] = {"action": "use"}
    if constraints:
        permission["constraint"] = constraints
    made: dict[str, Any] = {"@type": "Set", "conflict": said.conflict.value, "permission": [permission]}
    if said.prohibit:
        made["prohibition"] = [{"action": action} for action in said.prohibit]
    return made


def _constraints(said: Short) -> Iterator[dict[str, Any]]:
    yield from _any_of("purpose", said.purpose)
    if said.members is not False:
        yield _constraint("membership", "eq", ACTIVE if said.members is True else said.members)
    yield from _any_of("recipient", said.recipients)
    for operator, at in (("gteq", said.not_before), ("lteq", said.until)):
        if at is not None:
            yield _constraint("dateTime", operator, at)
    if said.times is not None:
        yield _constraint("count", "lteq", str(said.times))
    regions = [_constraint("spatial", "isPartOf", region) for region in said.spatial]
    yield from [{"or": regions}] if len(regions) > 1 else regions


def _any_of(left: str, values: Sequence[str]) -> Iterator[dict[str, Any]]:
    if values:
        one = len(values) == 1
        yield _constraint(left, "eq" if one else "isAnyOf", values[0] if one else list(values))


def _constraint(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def shortened(policy: Policy) -> Short | None:
    """The words that say what `policy` says; None when it says something that these words cannot."""
    if len(policy.permissions) != 1:
        return None
    given: dict[str, Any] = {"prohibit": [rule.action for rule in policy.prohibitions]}
    if policy.conflict is not None:
        given["conflict"] = policy.conflict.value
    for constraint in policy.permissions[0].constraints:
        found = _word(constraint)
        if found is None or found[0] in given:
            return None
        given[found[0]] = found[1]
    try:
        said = msgspec.convert(given, Short, strict=False)
    except msgspec.ValidationError:
        return None
    scope = msgspec.structs.replace(policy, target=None, assigner=None, assignee=None)
    return said if equivalent(read(document(said)), scope) else None


_BY_OPERAND: Final = {"purpose": "purpose", "recipient": "recipients", "spatial": "spatial"}


def _word(constraint: Constraint) -> tuple[str, object] | None:
    """The word and its value that a constraint may come from; whether it does is seen by writing it again."""
    if isinstance(constraint, LogicalConstraint):
        parts = [_word(part) for part in constraint.parts if isinstance(part, AtomicConstraint)]
        regions = [value for found in parts if found and found[0] == "spatial" for value in _listed(found[1])]
        return ("spatial", regions) if constraint.op is Logic.OR and regions else None
    values = list(constraint.values)
    match constraint.left, constraint.operator:
        case "dateTime", "gteq":
            return "not_before", values[0]
        case "dateTime", "lteq":
            return "until", values[0]
        case "count", "lteq":
            return "times", values[0]
        case "membership", "eq":
            return "members", True if values == [ACTIVE] else values[0]
        case left, "eq" | "isAnyOf" | "isPartOf" if left in _BY_OPERAND:
            return _BY_OPERAND[left], values
    return None


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
