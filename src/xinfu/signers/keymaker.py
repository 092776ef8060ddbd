"""Makes and loads keys of every algorithm that a node signs with."""

from typing import Final

from xinfu.ports.keymaker import NewKey
from xinfu.ports.signer import Algorithm, Signer
from xinfu.signers.ed25519 import Ed25519Signer
from xinfu.signers.es256 import Es256Signer
from xinfu.signers.pkcs8 import read_pkcs8
from xinfu.signers.sm2 import Sm2Signer

SIGNERS: Final[dict[Algorithm, type[Ed25519Signer | Es256Signer | Sm2Signer]]] = {
    "EdDSA": Ed25519Signer,
    "ES256": Es256Signer,
    "SM2": Sm2Signer,
}


class Keys:
    """See the port."""

    def generate(self, algorithm: Algorithm, key_id: str) -> NewKey:
        made = SIGNERS[algorithm].generate(key_id)
        return NewKey(signer=made, private=made.private_bytes())

    def read(self, pkcs8: bytes) -> tuple[Algorithm, bytes]:
        return read_pkcs8(pkcs8)

    def load(self, algorithm: Algorithm, key_id: str, private: bytes) -> Signer:
        return SIGNERS[algorithm].from_private_bytes(key_id, private)
