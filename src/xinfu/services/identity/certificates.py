"""Certificates of our own contract keys: request one from an authority, and store its answer.

A certificate is stored even if we do not trust its authority, since those who check our signatures may trust others. It
has to be about our own key, and valid now; the answer shows what it is worth here.

Follows: NDI-TR-2025-03 draft, Annex A; TC609-6-2025-14, 7.3 f.
"""

from datetime import datetime
from urllib.parse import urlsplit

import msgspec

from xinfu.certificates import (
    CERTIFICATE,
    PRIVATE_KEY,
    REQUEST,
    Certificate,
    ChainCheck,
    parse_chain,
    read_pem,
    request_certificate,
    write_pem,
)
from xinfu.ports.records import KeyRecord
from xinfu.services.contexts.context import Context
from xinfu.services.identity import errors
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.parts import PeerParts

MOST_CHARACTERS = 256 * 1024


class CertificateRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request for a certificate, as PEM, and the key that it is about."""

    key_id: str
    algorithm: str
    pem: str


class CheckedCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that we hold, and the result of checking its chain here."""

    key: KeyRecord
    certificate: Certificate
    checked: ChainCheck


async def request(
    keys: KeyCabinet, context: Context, *, common_name: str, unit: str, organization: str
) -> CertificateRequest:
    """Make a certificate request for the newest contract key.

    Args:
        common_name: "" for the host under which others reach the context.
        unit: "" for the code of this connector.

    Raises:
        InputError: `certificate.name`.
        ConfigError: `algorithm.unavailable`.
    """
    signer = await keys.uncertified_key(context.id)
    der = request_certificate(
        signer,
        common_name=common_name or urlsplit(context.protocol_root).hostname or "",
        unit=unit or context.connector,
        organization=organization,
    )
    return CertificateRequest(key_id=signer.key_id, algorithm=signer.algorithm, pem=write_pem(REQUEST, der))


async def save(
    parts: PeerParts, keys: KeyCabinet, context: Context, pem: str, *, private_key: str = ""
) -> CheckedCertificate:
    """Store the certificates of a contract key.

    Args:
        pem: the key's own certificate first, then those of its authorities.
        private_key: the key itself as PEM, if an authority made it; it is sealed and signs from now on.

    Raises:
        InputError: `key.unreadable`.
        InputError: `certificate.pem`, `certificate.malformed`; `certificate.untimely`: it is not valid now;
            `certificate.wrong-unit`: it names another connector than ours.
        NotFoundError: `key.not-found`: it is about another key.
    """
    if len(pem) > MOST_CHARACTERS or len(private_key) > MOST_CHARACTERS:
        raise errors.CERTIFICATE_PEM()
    chain, now = parse_chain(read_pem(pem, CERTIFICATE)), parts.clock.now()
    certificate = chain[0]
    _check_ours(certificate, context, now)
    if private_key:
        await keys.adopt(context.id, read_pem(private_key, PRIVATE_KEY)[0], certificate.jwk or {})
    key = await keys.certify(
        context.id, certificate.jwk or {}, tuple(each.der for each in chain), certificate.name
    )
    return CheckedCertificate(
        key=key, certificate=certificate, checked=parts.authorities.check(chain, at=now)
    )


def load(parts: PeerParts, keys: KeyCabinet, context: Context) -> CheckedCertificate:
    """The certificate of the current contract key, checked now.

    Raises:
        NotFoundError: `certificate.not-found`: it has none.
    """
    key = keys.contract_record(context.id)
    if key is None or not key.certificates:
        raise errors.CERTIFICATE_NOT_FOUND()
    chain = parse_chain(key.certificates)
    checked = parts.authorities.check(chain, at=parts.clock.now())
    return CheckedCertificate(key=key, certificate=chain[0], checked=checked)


def _check_ours(certificate: Certificate, context: Context, now: datetime) -> None:
    if not certificate.not_before <= now <= certificate.not_after:
        raise errors.CERTIFICATE_UNTIMELY(not_before=certificate.not_before, not_after=certificate.not_after)
    if certificate.unit and context.connector and certificate.unit != context.connector:
        raise errors.CERTIFICATE_WRONG_UNIT(unit=certificate.unit, connector=context.connector)
