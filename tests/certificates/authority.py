"""A certificate authority for tests: issues X.509 with any Signer's key, right or wrong as a test wants it.

Keys are made when a test runs; none lies in the repository.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Annotated

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.x509.oid import NameOID

from xinfu.certificates import CERTIFICATE, REVOCATIONS, write_pem
from xinfu.certificates.keys import (
    AlgorithmIdentifier,
    SubjectPublicKeyInfo,
    encoded_signature,
    signature_algorithm,
    spki_of,
)
from xinfu.ports.signer import Algorithm, Signer
from xinfu.signers.keymaker import Keys

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
YEAR = timedelta(days=365)

_serials = count(1)


def key(algorithm: Algorithm, name: str = "key") -> Signer:
    return Keys().generate(algorithm, f"did:web:ca.example#{name}").signer


def name(common: str, unit: str = "") -> x509.Name:
    parts = {NameOID.COUNTRY_NAME: "CN", NameOID.ORGANIZATIONAL_UNIT_NAME: unit, NameOID.COMMON_NAME: common}
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts.items() if value])


def usage(*bits: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: each in bits for each in names})


@asn1.sequence
class Extension:
    oid: x509.ObjectIdentifier
    critical: Annotated[bool, asn1.Default(value=False)]
    value: bytes


@asn1.sequence
class Validity:
    not_before: asn1.UTCTime
    not_after: asn1.UTCTime


@asn1.sequence
class Tbs:
    version: Annotated[int, asn1.Explicit(0)]
    serial: int
    signature: AlgorithmIdentifier
    issuer: asn1.TLV
    validity: Validity
    subject: asn1.TLV
    key: SubjectPublicKeyInfo
    extensions: Annotated[list[Extension], asn1.Explicit(3)]


@asn1.sequence
class RevokedEntry:
    serial: int
    since: asn1.UTCTime
    extensions: list[Extension] | None


@asn1.sequence
class TbsList:
    version: int
    signature: AlgorithmIdentifier
    issuer: asn1.TLV
    this_update: asn1.UTCTime
    next_update: asn1.UTCTime | None
    revoked: list[RevokedEntry] | None
    extensions: Annotated[list[Extension] | None, asn1.Explicit(0)]


@asn1.sequence
class SignedCertificate:
    tbs: Tbs
    algorithm: AlgorithmIdentifier
    signature: asn1.BitString


@asn1.sequence
class SignedList:
    tbs: TbsList
    algorithm: AlgorithmIdentifier
    signature: asn1.BitString


def extension(value: x509.ExtensionType, *, critical: bool = False) -> Extension:
    return Extension(oid=value.oid, critical=critical, value=value.public_bytes())


def _tlv(subject: x509.Name) -> asn1.TLV:
    return asn1.decode_der(asn1.TLV, subject.public_bytes())


def _signed(signer: Signer, signature_input: bytes) -> asn1.BitString:
    return asn1.BitString(encoded_signature(signer.algorithm, signer.sign(signature_input)), 0)


@dataclass(frozen=True)
class Holder:
    """A key and its certificate; an authority when the certificate says so."""

    signer: Signer
    subject: x509.Name
    der: bytes
    serial: int

    @property
    def pem(self) -> str:
        return write_pem(CERTIFICATE, self.der)

    def issue(
        self,
        subject: x509.Name,
        *,
        algorithm: Algorithm | None = None,
        signer: Signer | None = None,
        authority: bool = False,
        path_length: int | None = None,
        bits: Sequence[str] | None = None,
        start: datetime = NOW - YEAR,
        end: datetime = NOW + YEAR,
        more: Sequence[Extension] = (),
    ) -> "Holder":
        """A certificate for a fresh key, or for that of `signer`."""
        held = signer or key(algorithm or self.signer.algorithm)
        extensions = _extensions(authority, path_length, bits) + list(more)
        return _issue(
            held, subject, by=self.signer, issuer=self.subject, span=(start, end), extensions=extensions
        )

    def revoke(
        self,
        *certificates: "Holder",
        since: datetime = NOW - timedelta(days=1),
        reason: x509.ReasonFlags | None = None,
        next_update: datetime | None = NOW + timedelta(days=7),
        more: Sequence[Extension] = (),
        by: Signer | None = None,
    ) -> str:
        """A revocation list of this authority, in PEM."""
        signer = by or self.signer
        algorithm = signature_algorithm(signer.algorithm)
        why = [extension(x509.CRLReason(reason))] if reason else None
        tbs = TbsList(
            version=1,
            signature=algorithm,
            issuer=_tlv(self.subject),
            this_update=asn1.UTCTime(NOW - timedelta(hours=1)),
            next_update=asn1.UTCTime(next_update) if next_update else None,
            revoked=[
                RevokedEntry(serial=each.serial, since=asn1.UTCTime(since), extensions=why)
                for each in certificates
            ]
            or None,
            extensions=list(more) or None,
        )
        signed = SignedList(tbs=tbs, algorithm=algorithm, signature=_signed(signer, asn1.encode_der(tbs)))
        return write_pem(REVOCATIONS, asn1.encode_der(signed))


def root(algorithm: Algorithm, common: str = "Root") -> Holder:
    """A self-signed authority."""
    signer, subject = key(algorithm), name(common)
    return _issue(
        signer,
        subject,
        by=signer,
        issuer=subject,
        span=(NOW - 2 * YEAR, NOW + 5 * YEAR),
        extensions=_extensions(True, None, None),
    )


def _extensions(authority: bool, path_length: int | None, bits: Sequence[str] | None) -> list[Extension]:
    default = ("key_cert_sign", "crl_sign") if authority else ("digital_signature", "content_commitment")
    return [
        extension(x509.BasicConstraints(ca=authority, path_length=path_length), critical=True),
        extension(usage(*(default if bits is None else bits)), critical=True),
    ]


def _issue(
    held: Signer,
    subject: x509.Name,
    *,
    by: Signer,
    issuer: x509.Name,
    span: tuple[datetime, datetime],
    extensions: list[Extension],
) -> Holder:
    serial = next(_serials)
    algorithm = signature_algorithm(by.algorithm)
    tbs = Tbs(
        version=2,
        serial=serial,
        signature=algorithm,
        issuer=_tlv(issuer),
        validity=Validity(not_before=asn1.UTCTime(span[0]), not_after=asn1.UTCTime(span[1])),
        subject=_tlv(subject),
        key=spki_of(held.public_jwk()),
        extensions=extensions,
    )
    signed = SignedCertificate(tbs=tbs, algorithm=algorithm, signature=_signed(by, asn1.encode_der(tbs)))
    return Holder(signer=held, subject=subject, der=asn1.encode_der(signed), serial=serial)
