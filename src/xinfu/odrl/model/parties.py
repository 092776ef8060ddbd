"""The parties that a policy names: users, debtors of duties, and parties to inform or to pay."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu.odrl.model.policy import AtomicConstraint, PartyFunction, Policy, Reference
from xinfu.odrl.values.terms import short

_OF_PARTIES: Final = frozenset({"recipient", "assignee"})
"""Left operands whose right side names parties."""
_FIELDS: Final = frozenset({"assigner", "assignee"})


def parties(policy: Policy) -> frozenset[str]:
    """Every name of a party in `policy`, as it is written."""
    found: set[str] = set()

    def note(name: str) -> str:
        found.add(name)
        return name

    _mapped(policy, note)
    return frozenset(found)


def with_parties(policy: Policy, names: Mapping[str, str]) -> Policy:
    """The same policy with other names for parties; what `names` does not hold stays."""
    made: Policy = _mapped(policy, lambda name: names.get(name, name))
    return made


def _mapped(value: Any, rename: Callable[[str], str]) -> Any:
    """A value with all names of parties inside it replaced; of the type that came in."""
    made = value
    if isinstance(value, tuple):
        made = tuple(_mapped(each, rename) for each in value)
    elif isinstance(value, AtomicConstraint):
        if short(value.left) in _OF_PARTIES:
            right = value.right
            named = rename(right) if isinstance(right, str) else tuple(map(rename, right))
            made = replace(value, right=named)
    elif isinstance(value, PartyFunction):
        made = replace(value, party=_renamed(value.party, rename))
    elif isinstance(value, msgspec.Struct):
        changed = {}
        for name in value.__struct_fields__:
            part = getattr(value, name)
            changed[name] = _renamed(part, rename) if name in _FIELDS else _mapped(part, rename)
        made = replace(value, **changed)
    return made


def _renamed(party: Any, rename: Callable[[str], str]) -> Any:
    """A party as a field names it: by an id, or as a reference."""
    if isinstance(party, str):
        return rename(party)
    if isinstance(party, Reference) and party.id is not None and not party.is_collection:
        return replace(party, id=rename(party.id))
    return party
