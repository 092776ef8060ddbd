"""The empty policy of EDC: it has no rule, which in EDC allows anyone who sees the offer to use it.

It is turned into that permission where it arrives, so that everything behind this API reads what it means: a policy
without a permission opens nothing anywhere else. Only a policy that says nothing else counts as empty: one with
a member that nobody reads, or with prohibitions alone, stays as it is and is refused by name.

Follows: design decision D-36.
"""

from collections.abc import Mapping
from typing import Any, Final

from xinfu.services.contexts.context import Context
from xinfu.web.management.names import ODRL

_RULES: Final = frozenset(f"{ODRL}{name}" for name in ("permission", "prohibition", "obligation"))
_BESIDE: Final = frozenset(f"{ODRL}{name}" for name in ("assigner", "assignee", "target"))
_USE: Final = {f"{ODRL}action": "use"}


def is_empty(policy: Mapping[str, Any]) -> bool:
    """Whether an expanded policy has no rule, and no member other than its id, type, parties and target."""
    rules = {name: value for name, value in policy.items() if name in _RULES}
    beside = {name for name in policy if name[:1] != "@"} - _RULES - _BESIDE
    return not beside and all(value == [] for value in rules.values())


def open_empty(policy: dict[str, Any], context: Context) -> dict[str, Any]:
    """Return the policy with a permission to use added if it is empty, unless a setting of the context forbids that."""
    if not context.empty_policy_opens or not is_empty(policy):
        return policy
    return {**policy, f"{ODRL}permission": [_USE]}
