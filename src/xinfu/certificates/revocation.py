"""Certificate revocation lists: what an authority took back, and until when its list is good.

A list speaks for the certificates of the very authority that signed it. A list with limits of its own (delta lists,
lists of one kind of certificate, lists on behalf of others) is refused: half a list read as a whole one lets pass
what it should stop.

Follows: RFC 5280 section 5.
"""

from datetime import datetime
from typing import Final

import msgspec
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from xinfu.certificates import errors
from xinfu.certificates.certificate import UNREADABLE, unread
from xinfu.certificates.keys import SIGNATURES, Algorithm, raw_signature

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_ENTRIES: Final = 100_000
UNDERSTOOD: Final = frozenset({ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER})
COMPROMISED: Final = frozenset({x509.ReasonFlags.key_compromise, x509.ReasonFlags.ca_compromise})


class Revocation(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that was taken back, since when, and whether because its key became known to others."""

    since: datetime
    compromised: bool


class RevocationList(msgspec.Struct, frozen=True, kw_only=True):
    """The revocations of an authority, by serial number. Do not trust it before its signature is checked."""

    issuer: x509.Name
    tbs: bytes
    algorithm: Algorithm | None
    signature: bytes
    next_update: datetime | None
    revoked: dict[int, Revocation]

    def covers(self, at: datetime) -> bool:
        """Whether the list covers the revocations up to this moment."""
        return self.next_update is None or at <= self.next_update


def parse_revocations(der: bytes) -> RevocationList:
    """Read a revocation list in DER.

    Raises:
        InputError: `certificate.revocations`: too large, no list, or one with limits of its own.
    """
    try:
        if len(der) > MOST_BYTES:
            raise ValueError("too large")
        return _read(der)
    except UNREADABLE as error:
        raise errors.CERTIFICATE_REVOCATIONS() from error


def _read(der: bytes) -> RevocationList:
    found = x509.load_der_x509_crl(der)
    if len(found) > MOST_ENTRIES or unread(found.extensions, UNDERSTOOD):
        raise ValueError("too many entries, or limits that nobody here follows")
    algorithm = SIGNATURES.get(found.signature_algorithm_oid)
    return RevocationList(
        issuer=found.issuer,
        tbs=found.tbs_certlist_bytes,
        algorithm=algorithm,
        signature=raw_signature(algorithm, found.signature) if algorithm else b"",
        next_update=found.next_update_utc,
        revoked={
            each.serial_number: Revocation(since=each.revocation_date_utc, compromised=_compromised(each))
            for each in found
        },
    )


def _compromised(entry: x509.RevokedCertificate) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return False
    return reason in COMPROMISED
