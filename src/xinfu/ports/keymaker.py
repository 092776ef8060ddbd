"""KeyMaker: makes private keys and wakes them up again; who asks never sees how."""

from typing import Protocol

import msgspec

from xinfu.ports.signer import Algorithm, Signer


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A fresh key, and its private bytes to be sealed at once and forgotten."""

    signer: Signer
    private: bytes

    def __repr__(self) -> str:
        return f"NewKey({self.signer.key_id})"


class KeyMaker(Protocol):
    """Makes and loads keys of the algorithms that a node signs with."""

    def generate(self, algorithm: Algorithm, key_id: str) -> NewKey:
        """A fresh key under this verification method id.

        Raises:
            ConfigError: `algorithm.unavailable`: this system does not have the algorithm.
        """
        ...

    def read(self, pkcs8: bytes) -> tuple[Algorithm, bytes]:
        """The algorithm and the private bytes of a key that others made, from PKCS#8 in DER.

        Raises:
            InputError: `key.unreadable`.
        """
        ...

    def load(self, algorithm: Algorithm, key_id: str, private: bytes) -> Signer:
        """The key again.

        Raises:
            ConfigError: `algorithm.unavailable`.
            ValueError: the bytes are no private key of the algorithm.
        """
        ...
