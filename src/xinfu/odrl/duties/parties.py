"""The parties of a duty, debtor and creditor, as a policy names them.

The duty itself comes first: its `assignee` owes it, or else the party whose function is to act (to inform, to pay);
its `assigner` is owed. What it leaves open it takes from its rule, a consequence from the duty that was not done in
time, and the rule from the policy. Follows: ODRL 2.2, 2.6.4; R-ODRL-RULE-05.
"""

from typing import Final

import msgspec

from xinfu.odrl.duties.life import duties_to
from xinfu.odrl.model.policy import Duty, Policy, Reference

ACTING: Final = frozenset(
    {"attributingParty", "compensatingParty", "consentedParty", "informingParty", "trackedParty"}
)
"""Functions of a party that does what the duty asks for (ODRL 2.2, 3.5)."""


class DutyParties(msgspec.Struct, frozen=True, kw_only=True):
    """Names of parties; None: the assignee, and the assigner, of whatever agreement the policy is of."""

    debtor: str | None = None
    creditor: str | None = None


def parties_of(policy: Policy, key: str) -> DutyParties:
    """The debtor and the creditor of the duty under `key`."""
    rule = policy.permissions[int(key[len("permission[") : key.index("]")])] if _is_inside(key) else None
    debtor, creditor = policy.assignee, policy.assigner
    if rule is not None:
        debtor, creditor = _name(rule.assignee) or debtor, _name(rule.assigner) or creditor
    for duty in duties_to(policy, key):
        debtor, creditor = debtor_of(duty) or debtor, _name(duty.assigner) or creditor
    return DutyParties(debtor=debtor, creditor=creditor)


def debtor_of(duty: Duty) -> str | None:
    """The debtor that `duty` itself names; None if it names none."""
    acting = (_name(each.party) for each in duty.parties if each.function in ACTING)
    return _name(duty.assignee) or next(acting, None)


def _is_inside(key: str) -> bool:
    return key.startswith("permission[")


def _name(reference: Reference | None) -> str | None:
    return None if reference is None else next(iter(reference.names), None)
