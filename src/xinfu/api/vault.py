"""Objects of the vault."""

from datetime import datetime

from xinfu.api.policy import ControlView
from xinfu.api.process import Waiting
from xinfu.api.shape import View


class VaultView(View, frozen=True, kw_only=True):
    """An object of the vault.

    Attributes:
        agreement: the id that both sides use.
        verified: every file was held against the provider's chunk manifest.
        contents: digest over paths, sizes and roots of all files.
        key: fingerprint of the key that opens it.
        code: why it stopped or was destroyed; `reason` the same as a sentence, by language.
        exported: something of it was given out in the clear.
        proof: the evidence entry of its destruction.
        control: how far the vault enforces what.
    """

    id: str
    state: str
    transfer: str
    query: str
    agreement: str
    peer: str
    dataset: str
    purpose: str | None
    files: int
    size_bytes: int
    verified: bool
    contents: str
    key: str
    code: str | None
    reason: dict[str, str]
    exported: bool
    proof: str | None
    created: datetime
    updated: datetime
    control: list[ControlView]

    @property
    def waiting(self) -> Waiting | None:
        """None, as it waits only for the provider's bytes."""
        return None


class May(View, frozen=True, kw_only=True):
    """The policy's verdict on an act now: "yes", "no" or "unknown"; `reasons` say why it is not yes."""

    verdict: str
    reasons: list[dict[str, str]] = []


class PassView(View, frozen=True, kw_only=True):
    """A short-lived token that opens one object for reading; goes as `Authorization: Bearer`."""

    token: str
    until: datetime

    def __repr__(self) -> str:
        return f"PassView(until={self.until!r})"


class Destruction(View, frozen=True, kw_only=True):
    """The proof that an object was destroyed; the receipt of `entry` proves it to others, offline.

    Attributes:
        key: fingerprint of the key that is no more. method: how it went. cause: why.
        contents: digest over paths, sizes and roots of all its files; `roots` those of the files themselves.
    """

    entry: str
    object: str
    wire_id: str
    dataset: str
    peer: str
    key: str
    method: str
    cause: str
    contents: str
    roots: list[str]
    files: int
    size_bytes: int
    destroyed: datetime
