"""Policies in short words -> ODRL in the protocol's compact form.

The usual rules of an offer, one keyword each; every rule that is given must hold. What these words cannot say is
written as ODRL itself: a policy here is a plain dict in either case.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, Literal

from xinfu.errors import InputError

ACTIVE: Final = "active"
"""The value of `membership` that stands for a membership credential being there at all."""

Conflict = Literal["prohibit", "perm", "invalid"]


def policy(
    *,
    purpose: Sequence[str] = (),
    until: datetime | str | None = None,
    not_before: datetime | str | None = None,
    times: int | None = None,
    members: bool | str = False,
    recipients: Sequence[str] = (),
    spatial: Sequence[str] = (),
    prohibit: Sequence[str] = (),
    conflict: Conflict = "prohibit",
) -> dict[str, Any]:
    """The policy that permits use where all of these hold; without any, it permits every use.

    Args:
        purpose: any of these purposes.
        until: the last moment of use; a datetime is aware, a text has an offset.
        not_before: the first moment of use.
        times: uses in all.
        members: True: whoever holds a membership credential; a text: a member of that space.
        recipients: DIDs, any of them.
        spatial: regions such as "CN-HN"; within any of them.
        prohibit: actions that are forbidden outright, such as "distribute".
        conflict: what counts where a permission and a prohibition meet.

    Raises:
        InputError: `policy.moment`: a datetime without an offset; `policy.times`: less than one use.
    """
    constraints = [
        *_any_of("purpose", purpose),
        *_membership(members),
        *_any_of("recipient", recipients),
        *_moments(not_before, until),
        *_count(times),
        *_within(spatial),
    ]
    permission: dict[str, Any] = {"action": "use"}
    if constraints:
        permission["constraint"] = constraints
    made: dict[str, Any] = {"@type": "Set", "conflict": conflict, "permission": [permission]}
    if prohibit:
        made["prohibition"] = [{"action": action} for action in _several(prohibit)]
    return made


def _any_of(left: str, wanted: Sequence[str]) -> list[dict[str, Any]]:
    values = _several(wanted)
    if not values:
        return []
    return [_constraint(left, "eq", values[0]) if len(values) == 1 else _constraint(left, "isAnyOf", values)]


def _membership(members: bool | str) -> list[dict[str, Any]]:
    if members is False:
        return []
    return [_constraint("membership", "eq", ACTIVE if members is True else members)]


def _moments(not_before: datetime | str | None, until: datetime | str | None) -> list[dict[str, Any]]:
    bounds = [("gteq", not_before), ("lteq", until)]
    return [_constraint("dateTime", operator, _moment(at)) for operator, at in bounds if at is not None]


def _count(times: int | None) -> list[dict[str, Any]]:
    if times is None:
        return []
    if times < 1:
        raise InputError("policy.times", "A use happens at least once.", "使用次数至少为 1。")
    return [_constraint("count", "lteq", str(times))]


def _within(spatial: Sequence[str]) -> list[dict[str, Any]]:
    regions = [_constraint("spatial", "isPartOf", region) for region in _several(spatial)]
    return [{"or": regions}] if len(regions) > 1 else regions


def _moment(at: datetime | str) -> str:
    if isinstance(at, str):
        return at
    if at.tzinfo is None:
        raise InputError(
            "policy.moment",
            "A moment without an offset is nobody's time.",
            "没有时区的时刻无法确定。",
            help_en="Give an aware datetime, or a text like 2026-12-31T23:59:59+08:00.",
            help_zh="请使用带时区的时间，例如 2026-12-31T23:59:59+08:00。",
        )
    return at.isoformat(timespec="milliseconds")


def _several(words: Sequence[str]) -> list[str]:
    """A single text is one word, not its letters."""
    return [words] if isinstance(words, str) else list(words)


def _constraint(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
