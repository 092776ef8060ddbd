"""A participant: an id and what is proven about it, flat, as policies read it."""

from collections.abc import Mapping

import msgspec


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A participant and its proven claims.

    Attributes:
        id: its DID (or the name that an insecure identity gave it).
        claims: what checked credentials say. The type of each credential that was verified stands as a
            key with the value `("active",)`; each claim of its subject as `Type.path.to.claim` with its
            values as text. Example: `{"MembershipCredential": ("active",),
            "MembershipCredential.memberOf": ("yangtze",)}`.
    """

    id: str
    claims: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
