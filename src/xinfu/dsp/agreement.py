"""Agreement: the result of a negotiation under the Dataspace Protocol.

Follows: Dataspace Protocol 2025-1, Contract Agreement Message.
"""

from datetime import UTC, datetime

import msgspec

from xinfu.odrl import Policy, PolicyKind


class Agreement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An agreed policy. `timestamp` is the time of the agreement, aware; None if the peer left it out."""

    policy: Policy
    timestamp: datetime | None = None

    @property
    def id(self) -> str:
        """The id that both sides use in messages."""
        return self.policy.id or ""

    @property
    def dataset(self) -> str:
        """The dataset of the agreement: the policy's only target (R-POL-06)."""
        return self.policy.target or ""


def conclude(offer: Policy, *, agreement_id: str, assigner: str, assignee: str, at: datetime) -> Agreement:
    """Make the agreement on the terms of `offer`, between `assigner` (provider) and `assignee` (consumer).

    Args:
        agreement_id: a fresh id, which both sides will use.
        at: the time of the agreement, aware; stored in whole seconds, as on the wire (R-POL-05).
    """
    policy = msgspec.structs.replace(
        offer,
        kind=PolicyKind.AGREEMENT,
        id=agreement_id,
        assigner=assigner,
        assignee=assignee,
        timestamp=None,
    )
    return Agreement(policy=policy, timestamp=at.astimezone(UTC).replace(microsecond=0))
