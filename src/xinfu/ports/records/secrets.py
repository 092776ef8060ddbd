"""Records of secrets and addresses, sealed by the keyring (D-06)."""

from datetime import datetime
from typing import Final

import msgspec

from xinfu.ports.kind import DatedKind


class SealedAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The address of a transfer's data, with its tokens, sealed by the keyring. `id` is the transfer."""

    id: str
    context: str
    envelope: bytes
    created: datetime


ADDRESSES: Final = DatedKind("address", "addresses", "数据地址", SealedAddress)


class SealedSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A secret with a name, for sources and callbacks, sealed by the keyring."""

    id: str
    context: str
    envelope: bytes
    created: datetime
    updated: datetime


SECRETS: Final = DatedKind("secret", "secrets", "密钥与口令", SealedSecret)
