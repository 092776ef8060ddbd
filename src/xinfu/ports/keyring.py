"""Keyring: what lies in the store in sealed envelopes, under a master key that never lies there.

Signing keys and secrets are sealed before they reach the store and opened when they are used. An envelope
says which master key sealed it and in which version of the format; context and name are bound to it, so
an envelope put into another row opens nothing.

Follows: design decision D-06; threat M10.
"""

from typing import Protocol


class Keyring(Protocol):
    """Seals and opens secrets. Opens with any master key it holds, seals with the newest."""

    def seal(self, plaintext: bytes, *, context: str, name: str) -> bytes:
        """An envelope of `plaintext` for this context and name; two calls never give the same bytes.

        Args:
            context: the participant context that the secret belongs to.
            name: what the secret is called in the store; needed again to open.
        """
        ...

    def open(self, envelope: bytes, *, context: str, name: str) -> bytes:
        """The plaintext again.

        Raises:
            IntegrityError: `keyring.broken`: not an envelope, changed, or sealed for another context or
                name; `keyring.unknown-key`: sealed under a master key that this keyring does not hold.
        """
        ...

    def is_current(self, envelope: bytes) -> bool:
        """Whether the newest master key sealed it; after a rotation the others are to be sealed anew."""
        ...
