"""Secrets and addresses, sealed by the keyring (D-06)."""

from datetime import datetime

import msgspec


class SealedAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the consumer fetches a transfer's bytes, token included, sealed by the keyring. `id` is the transfer."""

    id: str
    context: str
    envelope: bytes
    created: datetime


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret under a name, for sources and callbacks, sealed by the keyring."""

    id: str
    context: str
    envelope: bytes
    created: datetime
    updated: datetime
