"""Keyring: seals secrets into envelopes for the store, under a master key that is never in the store.

Signing keys and secrets are sealed before they reach the store and opened when they are used. An envelope
states which master key sealed it and in which version of the format; context and name are bound to it, so
an envelope put into another row cannot be opened.

Follows: design decision D-06; threat M10.
"""

from typing import Protocol


class Keyring(Protocol):
    """Seals and opens secrets: it opens with any master key it holds, and seals with the newest."""

    def seal(self, plaintext: bytes, *, context: str, name: str) -> bytes:
        """Seal `plaintext` into an envelope for this context and name; two calls never give the same bytes.

        Args:
            context: the participant context that the secret belongs to.
            name: the name of the secret in the store; needed again to open the envelope.
        """
        ...

    def open(self, envelope: bytes, *, context: str, name: str) -> bytes:
        """Open an envelope and return the plaintext.

        Raises:
            IntegrityError: `keyring.broken`: not an envelope, changed, or sealed for another context or
                name; `keyring.unknown-key`: sealed under a master key that this keyring does not hold.
        """
        ...

    def is_current(self, envelope: bytes) -> bool:
        """Whether the newest master key sealed the envelope; after a rotation the others have to be sealed again."""
        ...
