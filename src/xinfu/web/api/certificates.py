"""Certificates of the key that signs contracts: request, store and check them."""

import msgspec

from xinfu.api import CertificateFinding, CertificateView, RequestedView
from xinfu.services.identity import certificates
from xinfu.services.identity.certificates import CheckedCertificate
from xinfu.web.api.operation import Call, Operation


class CertificateRequestForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The subject of the certificate; empty fields take the configured values."""

    common_name: str = ""
    unit: str = ""
    organization: str = ""


class CertificateForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The certificate chain from the authority, as PEM: our certificate first, then those of the authorities above it.

    `private_key` is the key itself (PKCS#8), where the authority made it.
    """

    chain: str
    private_key: str = ""

    def __repr__(self) -> str:
        return "CertificateForm()"


async def request_certificate(call: Call) -> RequestedView:
    form: CertificateRequestForm = call.body
    made = await certificates.request(
        call.keys,
        call.context,
        common_name=form.common_name,
        unit=form.unit,
        organization=form.organization,
    )
    return RequestedView(key=made.key_id, algorithm=made.algorithm, request=made.pem)


async def keep_certificate(call: Call) -> CertificateView:
    form: CertificateForm = call.body
    kept = await certificates.save(
        call.parts, call.keys, call.context, form.chain, private_key=form.private_key
    )
    return _view(kept)


async def show_certificate(call: Call) -> CertificateView:
    return _view(certificates.load(call.parts, call.keys, call.context))


def _view(kept: CheckedCertificate) -> CertificateView:
    found = kept.certificate
    return CertificateView(
        key=kept.key.id,
        algorithm=kept.key.algorithm,
        subject=found.name,
        issuer=found.issuer.rfc4514_string(),
        common_name=found.common_name,
        unit=found.unit,
        serial=f"{found.serial:x}",
        not_before=found.not_before,
        not_after=found.not_after,
        verdict=kept.checked.verdict.name.lower(),
        findings=[
            CertificateFinding(
                code=str(each.fault), subject=each.subject, zh=each.sentence("zh"), en=each.sentence("en")
            )
            for each in kept.checked.findings
        ],
    )


OPERATIONS = [
    Operation(
        method="GET",
        path="/keys/certificate",
        summary="Show the certificate of the contract key.",
        handler=show_certificate,
        gives=CertificateView,
    ),
    Operation(
        method="PUT",
        path="/keys/certificate",
        summary="Store the certificate of the contract key.",
        handler=keep_certificate,
        takes=CertificateForm,
        gives=CertificateView,
    ),
    Operation(
        method="POST",
        path="/keys/certificate/request",
        summary="Make a certificate signing request for the contract key.",
        handler=request_certificate,
        takes=CertificateRequestForm,
        gives=RequestedView,
    ),
]
