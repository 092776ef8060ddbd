"""Objects of the vault."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.ports.kind import Kind


class VaultState(StrEnum):
    """The life of an object of the vault. A STOPPED landing can go on; DESTROYING ends as DESTROYED and no other way."""

    LANDING = "LANDING"
    STOPPED = "STOPPED"
    LANDED = "LANDED"
    DESTROYING = "DESTROYING"
    DESTROYED = "DESTROYED"


class VaultObject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a transfer brought into the vault (受控存储), under one key. Its files are `StoredManifest`s of this asset.

    Attributes:
        transfer: that brought it. query: what a live source was asked, as in a URL.
        agreement: our id of it; `wire_id` the one that both sides use.
        key: fingerprint of the key; "" while nothing was sealed yet.
        verified: every file was held against the provider's chunk manifest.
        contents: digest over paths, sizes and roots of all files, once they are there.
        seen: the latest time at which it was used; for it, time never runs backwards.
        code: why it stopped, or why it was destroyed; `reason` the same as a sentence, by language.
        exported: something of it was given out in the clear.
        proof: the evidence entry of its destruction.
    """

    id: str
    context: str
    transfer: str
    query: str = ""
    agreement: str
    wire_id: str
    peer: str
    dataset: str
    purpose: str | None = None
    state: VaultState = VaultState.LANDING
    key: str = ""
    files: int = 0
    size_bytes: int = 0
    verified: bool = False
    contents: str = ""
    seen: datetime
    code: str | None = None
    reason: dict[str, str] = msgspec.field(default_factory=dict)
    exported: bool = False
    proof: str | None = None
    created: datetime
    updated: datetime


VAULT_OBJECTS: Final = Kind("vault-object", "vault_objects", "受控存储对象", VaultObject)
