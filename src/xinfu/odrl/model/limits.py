"""How large a policy may be; measured before anything else looks at it, without recursion.

Over a limit the policy is refused with `policy.too-large` (usage-control §3, threats P5).
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Final

from xinfu.odrl import errors
from xinfu.odrl.model.policy import (
    AtomicConstraint,
    Constraint,
    Duty,
    LogicalConstraint,
    Permission,
    Policy,
    Prohibition,
    Rule,
)

MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 32
"""Objects inside objects; an array inside an array counts too, an array inside an object does not."""
MAX_NODES: Final = 2_000
"""Objects and arrays."""
MAX_MEMBERS: Final = 1_000
"""Members of one array or one object."""
MAX_NUMBER_BITS: Final = 256


class _RepeatedError(ValueError):
    """A key occurs twice in one object."""


def repeated_key(body: bytes) -> str | None:
    """A key that occurs twice in one object, so that a reader loses one of its values, and perhaps a rule.

    None if there is none, or if `body` is not JSON at all.
    """
    try:
        json.loads(body, object_pairs_hook=_once, parse_int=str, parse_float=str)
    except _RepeatedError as found:
        return str(found)
    except (ValueError, RecursionError):
        return None
    return None


def _once(pairs: list[tuple[str, object]]) -> None:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _RepeatedError(key)
        seen.add(key)


def measure(document: object) -> None:
    """Refuse what is too large or is not plain JSON.

    Raises:
        ProtocolError: `policy.too-large`, or `policy.unreadable` for what JSON cannot say.
    """
    nodes = size = 0
    stack: list[tuple[object, int, bool]] = [(document, 1, False)]
    while stack:
        value, depth, in_array = stack.pop()
        if isinstance(value, Mapping | list | tuple):
            nodes += 1
            _hold(nodes <= MAX_NODES, f"more than {MAX_NODES} objects and arrays")
            _hold(len(value) <= MAX_MEMBERS, f"more than {MAX_MEMBERS} members in one place")
            _hold(depth <= MAX_DEPTH, f"deeper than {MAX_DEPTH}")
            stack.extend(_inner(value, depth, in_array))
        if isinstance(value, Mapping):
            size += sum(_key_bytes(key) for key in value)
        size += _bytes(value)
        _hold(size <= MAX_BYTES, f"more than {MAX_BYTES} bytes")


def measure_pieces(count: int) -> None:
    """Refuse a policy whose rules split into too many atomic ones.

    Raises:
        ProtocolError: `policy.too-large`.
    """
    _hold(count <= MAX_MEMBERS, f"more than {MAX_MEMBERS} atomic rules")


def _inner(
    value: Mapping[object, object] | list[object] | tuple[object, ...], depth: int, in_array: bool
) -> Iterator[tuple[object, int, bool]]:
    if isinstance(value, Mapping):
        yield from ((inner, depth + 1, False) for inner in value.values())
        return
    deeper = depth + 1 if in_array else depth
    yield from ((inner, deeper, True) for inner in value)


def _key_bytes(key: object) -> int:
    if not isinstance(key, str):
        raise errors.POLICY_UNREADABLE(what="a key that is not text")
    return _bytes(key)


def _bytes(value: object) -> int:
    """The approximate size of `value` itself as JSON, in bytes; raises for a value that JSON does not have."""
    match value:
        case str():
            _hold(len(value) <= MAX_BYTES, f"more than {MAX_BYTES} bytes")
            try:
                return len(value.encode()) + 3
            except UnicodeEncodeError as error:
                raise errors.POLICY_UNREADABLE(what="a text that is not Unicode") from error
        case float() if not math.isfinite(value):
            raise errors.POLICY_UNREADABLE(what="a number that is not finite")
        case None | bool() | float():
            return 4
        case int():
            _hold(value.bit_length() <= MAX_NUMBER_BITS, "a number of too many digits")
            return 1 + value.bit_length() // 3
        case Mapping() | list() | tuple():
            return 2
    raise errors.POLICY_UNREADABLE(what="a value that JSON does not have")


def _hold(condition: bool, what: str) -> None:
    if not condition:
        raise errors.POLICY_TOO_LARGE(what=what)


def too_large(policy: Policy) -> str | None:
    """The limits, if a policy built by hand exceeds one of them; None if it is within all."""
    nodes = 0
    stack: list[tuple[Policy | Rule | Constraint, int]] = [(policy, 1)]
    while stack:
        item, depth = stack.pop()
        nodes += 1
        inner = tuple(_members(item))
        if nodes > MAX_NODES or depth > MAX_DEPTH or len(inner) > MAX_MEMBERS:
            return f"{MAX_NODES} rules and constraints, {MAX_DEPTH} deep, {MAX_MEMBERS} in one place"
        stack.extend((member, depth + 1) for member in inner)
    return None


def _members(item: Policy | Rule | Constraint) -> tuple[Rule | Constraint, ...]:
    match item:
        case Policy():
            return (*item.permissions, *item.prohibitions, *item.obligations)
        case Permission():
            return (*_conditions(item), *item.duties)
        case Prohibition():
            return (*_conditions(item), *item.remedies)
        case Duty():
            parties = (constraint for each in item.parties for constraint in each.party.refinements)
            return (*_conditions(item), *item.consequences, *parties)
        case LogicalConstraint():
            return item.parts
        case AtomicConstraint():
            return ()


def _conditions(rule: Rule) -> Iterator[Constraint]:
    yield from rule.refinements
    yield from rule.constraints
    for reference in (rule.target, rule.assigner, rule.assignee):
        if reference is not None:
            yield from reference.refinements
