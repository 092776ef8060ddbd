"""JSON of the parts of a rule: constraints, actions with refinements, assets and parties.

A part that nobody reads is kept in `unread`, or stays a member of the rule; it is never passed over (D-14).
Follows: ODRL Information Model 2.2, Constraint, Action, Asset and Party Classes; DSP-RULES part 5.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    Logic,
    LogicalConstraint,
    Reference,
    UnreadMember,
)
from xinfu.odrl.values.terms import (
    INCLUDED_IN,
    LOGICAL,
    WRITTEN,
    action_name,
    expand_name,
    operand_name,
    operator_name,
    short,
)
from xinfu.odrl.wire.members import Members, read_name, several, text

_WHOLE: Final = "(not an object)"
"""Key of a value that is kept whole because it is not an object."""
_FOLDED: Final = '[{"@value":'
_NO_RIGHT_SIDE: Final = UnreadMember(key="rightOperand", json="null")
"""Marks a constraint without a right side, which must not be taken for one with an empty list."""
_CONSTRAINT_TYPES: Final = ("Constraint", "AtomicConstraint", "LogicalConstraint")
_COLLECTIONS: Final = frozenset({"AssetCollection", "PartyCollection"})
_REFERENCE_TYPES: Final = _COLLECTIONS | {"Asset", "Party"}


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """An action of a rule: its name, and the constraints that an act must meet to count as it."""

    name: str
    refinements: tuple[Constraint, ...] = ()


def read_actions(value: object) -> tuple[Action, ...] | None:
    """All actions that a rule names; None if one of them has more than a name and refinements."""
    found = tuple(_action(item) for item in several(value))
    known = tuple(action for action in found if action is not None)
    return known if known and len(known) == len(found) else None


def _action(value: object) -> Action | None:
    name = text(value)
    if name is not None:
        return Action(name=action_name(name)) if name else None
    if not isinstance(value, Mapping):
        return None
    members = Members(value)
    if members.peek("@type", text) in ("Action", "odrl:Action"):
        members.drop("@type")
    own, name = members.take("@id", read_name), members.take("rdf:value", read_name)
    refinements = read_constraints(members, "refinement")
    if name is None and not refinements:
        name = own  # the action itself, as an object
    return None if name is None or members.rest() else Action(name=action_name(name), refinements=refinements)


def write_action(name: str, refinements: Iterable[Constraint]) -> object:
    """The name alone, or an object with `rdf:value` where there are refinements."""
    refined = [write_constraint(each) for each in refinements]
    known = name in INCLUDED_IN and ":" not in name
    return (
        {"rdf:value": {"@id": f"odrl:{name}" if known else expand_name(name)}, "refinement": refined}
        if refined
        else name
    )


def read_references(value: object) -> tuple[Reference, ...] | None:
    """All assets or parties that `value` names; None if one of them has no name."""
    found = tuple(_reference(item) for item in several(value))
    known = tuple(reference for reference in found if reference is not None)
    return known if known and len(known) == len(found) else None


def _reference(value: object) -> Reference | None:
    name = text(value)
    if name is not None:
        return Reference(id=name) if name else None
    if not isinstance(value, Mapping):
        return None
    members = Members(value)
    types = members.peek("@type", _types) or frozenset()
    if types <= _REFERENCE_TYPES:
        members.drop("@type")
    reference = Reference(
        id=members.take_id(),
        source=members.take("source", read_name),
        is_collection=bool(types & _COLLECTIONS),
        refinements=read_constraints(members, "refinement"),
        unread=members.rest(),
    )
    return reference if reference.names else None


def _types(value: object) -> frozenset[str] | None:
    found = [text(item) for item in several(value)]
    return None if None in found else frozenset(short(item) for item in found if item)


def is_plain(reference: Reference) -> bool:
    """True for what its id alone says all about."""
    return reference == Reference(id=reference.id)


def write_reference(reference: Reference, kind: str) -> object:
    """The id alone, or an object.

    Args:
        kind: "Asset" or "Party".
    """
    if is_plain(reference):
        return reference.id
    document: dict[str, object] = {
        "@id": reference.id,
        "@type": f"{kind}Collection" if reference.is_collection else kind,
        "source": reference.source,
        "refinement": [write_constraint(each) for each in reference.refinements],
    }
    return with_unread(document, reference.unread)


def read_constraints(members: Members, key: str) -> tuple[Constraint, ...]:
    """The constraints under `key`, which are taken."""
    return tuple(_constraint(item) for item in members.take_all(key))


def _constraint(value: object) -> Constraint:
    if not isinstance(value, Mapping):
        return AtomicConstraint(left="", operator="", right=(), unread=whole_unread(value))
    members = Members(value)
    if short(members.peek("@type", text) or "Constraint") in _CONSTRAINT_TYPES:
        members.drop("@type")
    own_id = members.take_id()
    logic = next((name for name in LOGICAL if members.has(name)), None)
    if logic is not None:
        parts = read_constraints(members, logic)
        return LogicalConstraint(op=Logic(logic), parts=parts, id=own_id, unread=members.rest())
    left = members.take("leftOperand", text)
    operator = members.take("operator", text)
    reference = members.take("rightOperandReference", read_name)
    has_right = members.has("rightOperand") or reference is not None
    right, data_type = members.take("rightOperand", _right) or ((), None)
    if data_type is None or members.peek("dataType", _data_type) == data_type:
        data_type = members.take("dataType", _data_type) or data_type
    return AtomicConstraint(
        left=operand_name(left or ""),
        operator=operator_name(operator or ""),
        right=right,
        data_type=data_type,
        unit=members.take("unit", read_name),
        status=members.take("status", read_name),
        reference=reference,
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


def write_constraint(constraint: Constraint) -> object:
    """`constraint` in the compact form of DSP 2025-1."""
    if isinstance(constraint, LogicalConstraint):
        parts = [write_constraint(part) for part in constraint.parts]
        written = with_unread({"@id": constraint.id}, constraint.unread)
        return written | {constraint.op.value: parts}
    if not constraint.left and is_whole(constraint.unread):
        return one_unread(constraint.unread)
    named: dict[str, object] = {
        "@id": constraint.id,
        "leftOperand": WRITTEN.get(constraint.left, constraint.left),
        "operator": constraint.operator,
    }
    said = constraint.reference is None and _NO_RIGHT_SIDE not in constraint.unread
    right = {"rightOperand": _right_out(constraint)} if said else {}
    more: dict[str, object] = {
        "rightOperandReference": constraint.reference,
        "unit": constraint.unit,
        "status": constraint.status,
    }
    return with_unread(named, ()) | right | with_unread(more, constraint.unread)


def _right_out(constraint: AtomicConstraint) -> object:
    """Texts, or objects with a type; never a bare number (R-POL-11)."""
    kind = constraint.data_type
    items: list[object] = [
        value if kind is None else {"@value": value, "@type": kind} for value in constraint.values
    ]
    return items[0] if isinstance(constraint.right, str) else items


def whole_unread(value: object) -> tuple[UnreadMember, ...]:
    """A value that is not an object although it should be, kept whole."""
    return (UnreadMember(key=_WHOLE, json=msgspec.json.encode(value).decode()),)


def is_whole(unread: tuple[UnreadMember, ...]) -> bool:
    """True when `unread` is what `whole_unread` gave."""
    return [kept.key for kept in unread] == [_WHOLE]


def one_unread(unread: tuple[UnreadMember, ...]) -> object:
    """The value of the only member in `unread`."""
    value: object = msgspec.json.decode(unread[0].json)
    return value


def with_unread(document: dict[str, object], unread: tuple[UnreadMember, ...]) -> dict[str, object]:
    """`document` without its empty members, and with what was kept; what was kept wins."""
    kept: dict[str, object] = {
        item.key: msgspec.json.decode(item.json) for item in unread if item != _NO_RIGHT_SIDE
    }
    return {key: value for key, value in document.items() if value not in (None, "", [], ())} | kept
