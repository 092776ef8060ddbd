"""KeyMaker: makes private keys and loads them again; the caller does not know how."""

from typing import Protocol

import msgspec

from xinfu.ports.signer import Algorithm, Signer


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A new key, with its private bytes, which have to be sealed at once and then forgotten."""

    signer: Signer
    private: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.signer.key_id})"


class KeyMaker(Protocol):
    """Makes and loads keys of the algorithms that a node signs with."""

    def generate(self, algorithm: Algorithm, key_id: str) -> NewKey:
        """Make a new key with this verification method id.

        Raises:
            ConfigError: `algorithm.unavailable`: this system does not have the algorithm.
        """
        ...

    def read(self, pkcs8: bytes) -> tuple[Algorithm, bytes]:
        """Read the algorithm and the private bytes of a key that was made elsewhere, from PKCS#8 in DER.

        Raises:
            InputError: `key.unreadable`.
        """
        ...

    def load(self, algorithm: Algorithm, key_id: str, private: bytes) -> Signer:
        """Load a key from its private bytes.

        Raises:
            ConfigError: `algorithm.unavailable`.
            ValueError: the bytes are not a private key of the algorithm.
        """
        ...
