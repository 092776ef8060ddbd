"""A request for a certificate: the public key and the wished name, signed by the key itself, which stays where it is.

Follows: RFC 2986; NDI-TR-2025-03 draft, Annex A (CN: domain or address, OU: id of the connector or platform).
"""

from typing import Annotated, Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import NameOID

from xinfu.certificates import errors
from xinfu.certificates.keys import (
    AlgorithmIdentifier,
    SigningKey,
    SubjectPublicKeyInfo,
    encoded_signature,
    signature_algorithm,
    spki_of,
)

MOST_CHARACTERS: Final = 64
"""Of CN and of OU (RFC 5280, ub-common-name and ub-organizational-unit-name)."""


@asn1.sequence
class _Wish:
    version: int
    subject: asn1.TLV
    key: SubjectPublicKeyInfo
    attributes: Annotated[asn1.SetOf[asn1.TLV], asn1.Implicit(0)]


@asn1.sequence
class _Request:
    wish: _Wish
    algorithm: AlgorithmIdentifier
    signature: asn1.BitString


def request_certificate(
    key: SigningKey, *, common_name: str, unit: str = "", organization: str = ""
) -> bytes:
    """A certification request (PKCS#10) in DER, for an authority to answer.

    Args:
        common_name: the domain or address of the node.
        unit: the id of the connector or platform, 32 characters (NDI-TR-2025-04).
        organization: the legal name of the participant.

    Raises:
        InputError: `certificate.name`: a name is empty where it must not be, or longer than 64 characters.
    """
    wish = _Wish(
        version=0,
        subject=asn1.decode_der(asn1.TLV, _name(common_name, unit, organization).public_bytes()),
        key=spki_of(key.public_jwk()),
        attributes=asn1.SetOf([]),
    )
    signature = encoded_signature(key.algorithm, key.sign(asn1.encode_der(wish)))
    return asn1.encode_der(
        _Request(
            wish=wish,
            algorithm=signature_algorithm(key.algorithm),
            signature=asn1.BitString(signature, 0),
        )
    )


def _name(common_name: str, unit: str, organization: str) -> x509.Name:
    wished = {
        NameOID.ORGANIZATION_NAME: organization,
        NameOID.ORGANIZATIONAL_UNIT_NAME: unit,
        NameOID.COMMON_NAME: common_name,
    }
    if not common_name or any(len(value) > MOST_CHARACTERS for value in wished.values()):
        raise errors.CERTIFICATE_NAME()
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in wished.items() if value])
