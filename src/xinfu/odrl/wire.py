"""JSON of a policy <-> `Policy`.

Reading is lenient about form: prefixes and IRIs, `{"@id"}` and `{"@value"}`, one object for an array of one,
expanded JSON-LD as EDC writes it. It is strict about meaning: a key, value or shape that nobody reads is kept
in `unread` and makes its rule unknown; it never fails the message (D-14). Writing gives the compact form that
the DSP 2025-1 schemas describe (R-POL-02, 10, 11, 12). Follows: DSP 2025-1, contract-schema; DSP-RULES part 5.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.errors import ProtocolError
from xinfu.odrl.limits import measure
from xinfu.odrl.members import Members, named, several, text
from xinfu.odrl.policy import (
    AtomicConstraint,
    Conflict,
    Constraint,
    Duty,
    Logic,
    LogicalConstraint,
    Permission,
    Policy,
    PolicyKind,
    Prohibition,
    Rule,
    Unread,
)
from xinfu.odrl.terms import LOGICAL, WRITTEN, action_name, operand_name, operator_name, short

_KINDS: Final = {
    "Set": PolicyKind.SET,
    "Policy": PolicyKind.SET,
    "Offer": PolicyKind.OFFER,
    "Agreement": PolicyKind.AGREEMENT,
}
_RULE_TYPES: Final = frozenset({"Rule", "Permission", "Prohibition", "Duty", "Obligation"})
_SCOPE: Final = ("target", "assigner", "assignee")
_WHOLE: Final = "(not an object)"
"""Key of what is kept whole, because it is no object where an object should stand."""
_FOLDED: Final = '[{"@value":'
_NO_RIGHT_SIDE: Final = Unread(key="rightOperand", json="null")
"""Stands in a constraint without a right side, which must not be taken for one with an empty list."""


def read(document: Mapping[str, object], *, kind: PolicyKind | None = None) -> Policy:
    """The policy that `document` says, with what nobody reads kept in `unread`.

    A target or party that stands in the rules alone, the same in all, is lifted to the policy.

    Args:
        document: parsed JSON; it is not changed and nothing of it is referred to afterwards.
        kind: what it is by its place in a message; else its `@type` says so, else it is a Set.

    Raises:
        ProtocolError: `policy.unreadable` when it is no JSON object, `policy.too-large` over a limit.
    """
    if not isinstance(document, Mapping):
        raise ProtocolError("policy.unreadable", "A policy is a JSON object.", "策略必须是一个 JSON 对象。")
    measure(document)
    members = Members(document)
    members.drop("@context")
    scope = {key: members.take(key, named) or _lifted(members, key) for key in _SCOPE}
    permissions = tuple(_permission(item, scope) for item in members.take_all("permission"))
    prohibitions = tuple(_prohibition(item, scope) for item in members.take_all("prohibition"))
    obligations = tuple(_duty(item, scope) for item in members.take_all("obligation"))
    return Policy(
        kind=_kind(members, kind),
        id=members.take("@id", named) or members.take("uid", named),
        permissions=permissions,
        prohibitions=prohibitions,
        obligations=obligations,
        conflict=members.take("conflict", _conflict),
        profile=members.take("profile", _texts) or (),
        timestamp=members.take("timestamp", text),
        unread=members.rest(),
        **scope,
    )


def write(policy: Policy) -> dict[str, object]:
    """`policy` in the compact form of DSP 2025-1; members that nobody reads stand where they stood."""
    document: dict[str, object] = {"@id": policy.id, "@type": policy.kind.value}
    document |= {name: getattr(policy, name) for name in (*_SCOPE, "timestamp")}
    document["profile"] = policy.profile[0] if len(policy.profile) == 1 else list(policy.profile)
    document["conflict"] = policy.conflict.value if policy.conflict else None
    document["permission"] = [_rule_out(rule, "duty", rule.duties) for rule in policy.permissions]
    document["prohibition"] = [_rule_out(rule, "remedy", rule.remedies) for rule in policy.prohibitions]
    document["obligation"] = [_duty_out(rule) for rule in policy.obligations]
    return _with_unread(document, policy.unread)


def _kind(members: Members, kind: PolicyKind | None) -> PolicyKind:
    """The kind by place or by `@type`; a type that fits neither stays unread."""
    found = members.peek("@type", _known_kind)
    if (found is not None and kind in (None, found)) or found is PolicyKind.SET:
        members.drop("@type")
    return kind or found or PolicyKind.SET


def _known_kind(value: object) -> PolicyKind | None:
    return _KINDS.get(short(text(value) or ""))


def _conflict(value: object) -> Conflict | None:
    name = text(value)
    known = {member.value: member for member in Conflict}
    return known.get(short(name)) if name is not None else None


def _texts(value: object) -> tuple[str, ...] | None:
    found = [text(item) for item in several(value)]
    return None if None in found else tuple(item for item in found if item is not None)


def _lifted(members: Members, name: str) -> str | None:
    """The target or party that every rule names alike, when the policy itself names none."""
    if members.has(name):
        return None
    rules = [
        Members(rule) if isinstance(rule, Mapping) else None
        for key in ("permission", "prohibition", "obligation")
        for rule in members.peek_all(key)
    ]
    found = {rule.peek(name, named) if rule else None for rule in rules}
    return found.pop() if len(found) == 1 else None


def _permission(value: object, scope: Mapping[str, str | None]) -> Permission:
    if not isinstance(value, Mapping):
        return Permission(action="", unread=_whole(value))
    members = _rule_members(value, scope)
    return Permission(
        action=members.take("action", _action) or "",
        constraints=_constraints(members, "constraint"),
        duties=tuple(_duty(item, scope) for item in members.take_all("duty")),
        id=members.take("@id", named) or members.take("uid", named),
        unread=members.rest(),
    )


def _prohibition(value: object, scope: Mapping[str, str | None]) -> Prohibition:
    if not isinstance(value, Mapping):
        return Prohibition(action="", unread=_whole(value))
    members = _rule_members(value, scope)
    return Prohibition(
        action=members.take("action", _action) or "",
        constraints=_constraints(members, "constraint"),
        remedies=tuple(_duty(item, scope) for item in members.take_all("remedy")),
        id=members.take("@id", named) or members.take("uid", named),
        unread=members.rest(),
    )


def _duty(value: object, scope: Mapping[str, str | None]) -> Duty:
    if not isinstance(value, Mapping):
        return Duty(action="", unread=_whole(value))
    members = _rule_members(value, scope)
    return Duty(
        action=members.take("action", _action) or "",
        constraints=_constraints(members, "constraint"),
        consequences=tuple(_duty(item, scope) for item in members.take_all("consequence")),
        id=members.take("@id", named) or members.take("uid", named),
        unread=members.rest(),
    )


def _rule_members(value: Mapping[str, object], scope: Mapping[str, str | None]) -> Members:
    """The rule's members without its type and without a target or party that repeats the policy's.

    A different one would multiply the rule (R-POL-08); it stays unread.
    """
    members = Members(value)
    if short(members.peek("@type", text) or "Rule") in _RULE_TYPES:
        members.drop("@type")
    for name, wanted in scope.items():
        if wanted is not None and members.peek(name, text) == wanted:
            members.drop(name)
    return members


def _action(value: object) -> str | None:
    """The action's name; an action with refinements is not read (R-POL-10)."""
    name = text(value)
    return action_name(name) if name else None


def _constraints(members: Members, key: str) -> tuple[Constraint, ...]:
    return tuple(_constraint(item) for item in members.take_all(key))


def _constraint(value: object) -> Constraint:
    if not isinstance(value, Mapping):
        return AtomicConstraint(left="", operator="", right=(), unread=_whole(value))
    members = Members(value)
    if short(members.peek("@type", text) or "Constraint") in (
        "Constraint",
        "AtomicConstraint",
        "LogicalConstraint",
    ):
        members.drop("@type")
    own_id = members.take("@id", named) or members.take("uid", named)
    logic = next((name for name in LOGICAL if members.has(name)), None)
    if logic is not None:
        parts = _constraints(members, logic)
        return LogicalConstraint(op=Logic(logic), parts=parts, id=own_id, unread=members.rest())
    left = members.take("leftOperand", text)
    operator = members.take("operator", text)
    has_right = members.has("rightOperand")
    right, data_type = members.take("rightOperand", _right) or ((), None)
    if data_type is None or members.peek("dataType", _data_type) == data_type:
        data_type = members.take("dataType", _data_type) or data_type
    return AtomicConstraint(
        left=operand_name(left or ""),
        operator=operator_name(operator or ""),
        right=right,
        data_type=data_type,
        id=own_id,
        unread=members.rest() if has_right else (*members.rest(), _NO_RIGHT_SIDE),
    )


def _data_type(value: object) -> str | None:
    name = text(value)
    return short(name) if name else None


def _right(value: object) -> tuple[str | tuple[str, ...], str | None] | None:
    """The right side and its data type; None when a part of it has no plain text, or types differ."""
    found = [_typed(item) for item in several(_unfolded(value))]
    types = {item[1] for item in found if item}
    if None in found or len(types) > 1:
        return None
    texts = tuple(item[0] for item in found if item)
    listed = not (len(texts) == 1 and not isinstance(_unfolded(value), list | tuple))
    return (texts if listed else texts[0]), (types.pop() if types else None)


def _unfolded(value: object) -> object:
    """`value`, or the list that EDC 0.14 folds into a text of JSON: `[{"@value":"CN"},{"@value":"DE"}]`."""
    if not isinstance(value, str) or not value.startswith(_FOLDED):
        return value
    try:
        return msgspec.json.decode(value, type=list[dict[str, object]])
    except msgspec.MsgspecError:
        return value


def _typed(value: object) -> tuple[str, str | None] | None:
    if isinstance(value, list | tuple):
        return None
    if isinstance(value, Mapping) and set(value) == {"@value", "@type"}:
        content, data_type = text(value["@value"]), value["@type"]
        if content is None or not isinstance(data_type, str):
            return None
        return content, short(data_type)
    content = text(value)
    return None if content is None else (content, None)


def _whole(value: object) -> tuple[Unread, ...]:
    """Something that stands where an object should stand, kept whole."""
    return (Unread(key=_WHOLE, json=msgspec.json.encode(value).decode()),)


def _rule_out(rule: Permission | Prohibition, key: str, duties: tuple[Duty, ...]) -> object:
    return _out(rule, {key: [_duty_out(duty) for duty in duties]})


def _duty_out(duty: Duty) -> object:
    return _out(duty, {"consequence": [_duty_out(inner) for inner in duty.consequences]})


def _out(rule: Rule, inner: dict[str, object]) -> object:
    if not rule.action and [kept.key for kept in rule.unread] == [_WHOLE]:
        return _one_unread(rule.unread)
    document: dict[str, object] = {"@id": rule.id, "action": rule.action}
    document["constraint"] = [_constraint_out(item) for item in rule.constraints]
    return _with_unread(document | inner, rule.unread)


def _constraint_out(constraint: Constraint) -> object:
    if isinstance(constraint, LogicalConstraint):
        parts = [_constraint_out(part) for part in constraint.parts]
        written = _with_unread({"@id": constraint.id}, constraint.unread)
        return written | {constraint.op.value: parts}
    if not constraint.left and [kept.key for kept in constraint.unread] == [_WHOLE]:
        return _one_unread(constraint.unread)
    named: dict[str, object] = {
        "@id": constraint.id,
        "leftOperand": WRITTEN.get(constraint.left, constraint.left),
        "operator": constraint.operator,
    }
    right = {} if _NO_RIGHT_SIDE in constraint.unread else {"rightOperand": _right_out(constraint)}
    return _with_unread(named, ()) | right | _with_unread({}, constraint.unread)


def _right_out(constraint: AtomicConstraint) -> object:
    """Texts, or objects with a type; never a bare number (R-POL-11)."""
    kind = constraint.data_type
    items: list[object] = [
        value if kind is None else {"@value": value, "@type": kind} for value in constraint.values
    ]
    return items[0] if isinstance(constraint.right, str) else items


def _one_unread(unread: tuple[Unread, ...]) -> object:
    """The value of the only member in `unread`."""
    value: object = msgspec.json.decode(unread[0].json)
    return value


def _with_unread(document: dict[str, object], unread: tuple[Unread, ...]) -> dict[str, object]:
    """`document` without its empty members, and with what was kept; what was kept wins."""
    kept: dict[str, object] = {
        item.key: msgspec.json.decode(item.json) for item in unread if item != _NO_RIGHT_SIDE
    }
    return {key: value for key, value in document.items() if value not in (None, "", [], ())} | kept
