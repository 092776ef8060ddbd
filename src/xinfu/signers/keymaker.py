"""Makes and loads Ed25519 and P-256 keys."""

from xinfu.ports.keymaker import NewKey
from xinfu.ports.signer import Algorithm, Signer
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.signers.es256 import Es256Signer


class Keys:
    """See the port."""

    def generate(self, algorithm: Algorithm, key_id: str) -> NewKey:
        made = Ed25519Signer.generate(key_id) if algorithm == "EdDSA" else Es256Signer.generate(key_id)
        return NewKey(signer=made, private=made.private_bytes())

    def load(self, algorithm: Algorithm, key_id: str, private: bytes) -> Signer:
        if algorithm == "EdDSA":
            return Ed25519Signer.from_private_bytes(key_id, private)
        return Es256Signer.from_private_bytes(key_id, private)
