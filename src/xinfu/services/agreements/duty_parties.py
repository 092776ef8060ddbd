"""The parties of a duty: the side that owes it, and the side that decides on its state.

Either side may owe, and so may a third party. One side of the agreement decides: the side that is owed; if a
third party is owed, the side that does not owe; if only third parties are concerned, the provider. A debt to
oneself is a debt to the other side, so `assignee` alone is enough to bind the provider.
"""

from typing import Final

import msgspec

from xinfu.odrl.duties.parties import parties_of
from xinfu.ports.records import AgreementRecord, DutyRecord

_SIDES: Final = ("consumer", "provider")


class Stance(msgspec.Struct, frozen=True, kw_only=True):
    """The parties of a duty and this node's role in it; the fields are those of a DutyRecord."""

    debtor: str
    creditor: str
    owes: bool
    watches: bool


def stance(agreement: AgreementRecord, key: str) -> Stance:
    """Return the debtor and the creditor of the duty under `key` of the agreement, and this node's role in it."""
    named = parties_of(agreement.policy, key)
    debtor = _party(agreement, named.debtor, "consumer")
    creditor = _party(agreement, named.creditor, "provider")
    if creditor == debtor:
        creditor = other(debtor)
    decides = creditor if creditor in _SIDES else other(debtor)
    owes = debtor == agreement.role
    return Stance(debtor=debtor, creditor=creditor, owes=owes, watches=not owes and decides != agreement.role)


def other(side: str) -> str:
    """The other side of the agreement; for a third party the provider, who answers for what it grants."""
    return "consumer" if side == "provider" else "provider"


def holds_up(record: DutyRecord, role: str) -> bool:
    """Whether the overdue duty blocks all uses, since the provider decides on it.

    Args:
        role: ours in the agreement.
    """
    decides = not record.owes and not record.watches
    return decides is (role == "provider")


def _party(agreement: AgreementRecord, name: str | None, side: str) -> str:
    """The side with that name, or the name of a third party; `side` if no name is given."""
    policy = agreement.policy
    named = {policy.assignee: "consumer", policy.assigner: "provider", agreement.peer: other(agreement.role)}
    if name is None:
        return side
    ours = policy.assigner if agreement.role == "provider" else policy.assignee
    return named.get(name, name if ours is not None else agreement.role)
