"""A certificate, read once: whose key it is, who says so, from when until when, and for what.

Reading is strict and bounded, and checks nothing: a certificate that was read may be forged, expired or of an
algorithm that nobody here knows. What cannot be read is refused as one error, whatever was done to its bytes.

The identity credential of a connector or platform names its domain or address in CN and its own id in OU
(NDI-TR-2025-03 draft, Annex A).

Follows: RFC 5280 section 4; GB/T 20518-2018.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import Annotated, Any, Final, TypeVar

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.x509.oid import ExtensionOID, NameOID

from xinfu.certificates import errors
from xinfu.certificates.keys import (
    SIGNATURES,
    Algorithm,
    AlgorithmIdentifier,
    SubjectPublicKeyInfo,
    jwk_of,
    raw_signature,
)
from xinfu.errors import InputError

MOST_BYTES: Final = 16 * 1024
"""Of one certificate in DER."""
UNDERSTOOD: Final = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.CERTIFICATE_POLICIES,
    }
)
"""Extensions that may be critical here. Alternative names and policies limit nothing that we use a certificate for."""
UNREADABLE: Final = (
    ValueError,
    TypeError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for bytes that are none of what they should be."""

T = TypeVar("T")


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a certificate. Do not trust it before its chain is checked.

    Attributes:
        tbs: the bytes that the issuer signed.
        algorithm: of the issuer's signature; None when it is not one that we check.
        signature: raw, 64 bytes; empty when it was malformed.
        jwk: the subject's public key; None when it is of a kind that we do not know.
        unit: OU of the subject: the id of a connector or platform.
        path_length: how many authorities may stand below this one; None: any number.
        states: whether the key may sign statements such as contracts (digitalSignature or nonRepudiation).
        unread: critical extensions that nobody here follows.
    """

    der: bytes
    tbs: bytes
    algorithm: Algorithm | None
    signature: bytes
    jwk: dict[str, str] | None
    subject: x509.Name
    issuer: x509.Name
    serial: int
    not_before: datetime
    not_after: datetime
    common_name: str = ""
    unit: str = ""
    is_authority: bool = False
    path_length: int | None = None
    states: bool = True
    signs_certificates: bool = True
    signs_lists: bool = True
    subject_key_id: bytes | None = None
    authority_key_id: bytes | None = None
    unread: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The subject as one line (RFC 4514)."""
        return self.subject.rfc4514_string()

    @property
    def is_self_issued(self) -> bool:
        """Whether subject and issuer are the same."""
        return self.subject == self.issuer

    def __repr__(self) -> str:
        return f"Certificate({self.name!r}, serial={self.serial:x})"


@asn1.sequence
class _Tbs:
    version: Annotated[int | None, asn1.Explicit(0)]
    serial: int
    signature: asn1.TLV
    issuer: asn1.TLV
    validity: asn1.TLV
    subject: asn1.TLV
    key: SubjectPublicKeyInfo
    issuer_id: Annotated[asn1.BitString | None, asn1.Implicit(1)]
    subject_id: Annotated[asn1.BitString | None, asn1.Implicit(2)]
    extensions: Annotated[list[asn1.TLV] | None, asn1.Explicit(3)]


def parse_certificate(der: bytes) -> Certificate:
    """Read a certificate in DER.

    Raises:
        InputError: `certificate.malformed`: too large, no X.509 certificate, or one that contradicts itself.
    """
    if len(der) > MOST_BYTES:
        raise malformed("it is larger than 16 KiB", "超过 16 KiB")
    try:
        return _read(der)
    except UNREADABLE as error:
        raise malformed("its encoding cannot be read", "其编码无法读取") from error


def malformed(en: str, zh: str) -> InputError:
    """Make the error for bytes that are not a usable certificate."""
    return errors.CERTIFICATE_MALFORMED(en=en, zh=zh)


def _read(der: bytes) -> Certificate:
    found = x509.load_der_x509_certificate(der)
    tbs = asn1.decode_der(_Tbs, found.tbs_certificate_bytes)
    algorithm = SIGNATURES.get(found.signature_algorithm_oid)
    if algorithm and tbs.signature.parse(AlgorithmIdentifier).oid != found.signature_algorithm_oid:
        raise ValueError("two signature algorithms")
    extensions = found.extensions
    get = partial(_extension, extensions)
    constraints = get(x509.BasicConstraints, lambda value: value)
    usage = get(x509.KeyUsage, lambda value: value)
    return Certificate(
        der=der,
        tbs=found.tbs_certificate_bytes,
        algorithm=algorithm,
        signature=raw_signature(algorithm, found.signature) if algorithm else b"",
        jwk=jwk_of(tbs.key),
        subject=found.subject,
        issuer=found.issuer,
        serial=found.serial_number,
        not_before=found.not_valid_before_utc,
        not_after=found.not_valid_after_utc,
        common_name=_attribute(found.subject, NameOID.COMMON_NAME),
        unit=_attribute(found.subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
        is_authority=constraints is not None and constraints.ca,
        path_length=None if constraints is None else constraints.path_length,
        states=usage is None or usage.digital_signature or usage.content_commitment,
        signs_certificates=usage is None or usage.key_cert_sign,
        signs_lists=usage is None or usage.crl_sign,
        subject_key_id=get(x509.SubjectKeyIdentifier, lambda value: value.digest),
        authority_key_id=get(x509.AuthorityKeyIdentifier, lambda value: value.key_identifier),
        unread=unread(extensions, UNDERSTOOD),
    )


def unread(
    extensions: Iterable[x509.Extension[Any]], understood: frozenset[x509.ObjectIdentifier]
) -> tuple[str, ...]:
    """Critical extensions that are not among the understood ones, and limits on names, critical or not."""
    return tuple(
        each.oid.dotted_string
        for each in extensions
        if (each.critical or each.oid == ExtensionOID.NAME_CONSTRAINTS) and each.oid not in understood
    )


def _extension(
    extensions: x509.Extensions, kind: type[x509.ExtensionType], read: Callable[[Any], T]
) -> T | None:
    try:
        return read(extensions.get_extension_for_class(kind).value)
    except x509.ExtensionNotFound:
        return None


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    """The one value of this kind; empty when there is none or more than one."""
    values = [each.value for each in name.get_attributes_for_oid(oid)]
    return values[0] if len(values) == 1 and isinstance(values[0], str) else ""
