"""Records of the objects of the vault."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from xinfu.ports.column import Word
from xinfu.ports.kind import DatedKind


class VaultState(StrEnum):
    """The states of an object of the vault. A STOPPED landing can resume; DESTROYING can only become DESTROYED."""

    LANDING = "LANDING"
    STOPPED = "STOPPED"
    LANDED = "LANDED"
    DESTROYING = "DESTROYING"
    DESTROYED = "DESTROYED"


class VaultObject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The data of a transfer in the vault (受控存储), under one key. The asset of its `StoredManifest`s is its id.

    Attributes:
        transfer: the transfer that brought it. query: the query to a live source, as in a URL.
        agreement: our id of the agreement; `wire_id` is the id that both sides use.
        key: fingerprint of the key; "" while nothing is sealed yet.
        verified: every file was verified against the provider's chunk manifest.
        contents: digest over paths, sizes and roots of all files, once all have landed.
        seen: the latest time at which it was used; for the object, time never runs backwards.
        code: why it stopped, or why it was destroyed; `reason` is the same as a sentence, by language.
        exported: some of it was given out in the clear.
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


class _VaultObjects(DatedKind[VaultObject]):
    transfer = Word[VaultObject, str](lambda landed: landed.transfer)
    agreement = Word[VaultObject, str](lambda landed: landed.agreement)
    dataset = Word[VaultObject, str](lambda landed: landed.dataset)
    state = Word[VaultObject, VaultState](lambda landed: landed.state)
    indexed = ("transfer", "agreement", "dataset", "state")


VAULT_OBJECTS: Final = _VaultObjects("vault-object", "vault_objects", "受控存储对象", VaultObject)
