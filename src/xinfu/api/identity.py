"""Structs of identity: known participants, keys, certificates, credentials and secrets."""

from datetime import datetime

from xinfu.api.shape import View


class KnownView(View, frozen=True, kw_only=True):
    """An entry of the address book; `id` is the alias."""

    id: str
    did: str
    base: str | None = None
    entity: str = ""
    connector: str = ""
    name: str = ""


class ContradictionView(View, frozen=True, kw_only=True):
    """A participant whose evidence log contradicted itself; `fault` is "" where nothing was found, `size` in entries."""

    participant: str
    fault: str
    size: int
    since: datetime


class KeyView(View, frozen=True, kw_only=True):
    """A key by its public side. A contract key that `waits` signs when its certificate is there."""

    id: str
    use: str
    algorithm: str
    public_jwk: dict[str, str]
    waits: bool = False


class RequestedView(View, frozen=True, kw_only=True):
    """A certification request (PKCS#10) as PEM, and the key that it is about."""

    key: str
    algorithm: str
    request: str


class CertificateFinding(View, frozen=True, kw_only=True):
    """Something that was found about a certificate."""

    code: str
    subject: str
    zh: str
    en: str


class CertificateView(View, frozen=True, kw_only=True):
    """The certificate of the contract key; `verdict` is what it is worth there and then: yes, no or unknown."""

    key: str
    algorithm: str
    subject: str
    issuer: str
    common_name: str
    unit: str
    serial: str
    not_before: datetime
    not_after: datetime
    verdict: str
    findings: list[CertificateFinding]


class HeldView(View, frozen=True, kw_only=True):
    """A credential that the node holds, without its text."""

    id: str
    type: str
    issuer: str


class IssuedView(View, frozen=True, kw_only=True):
    """A fresh credential; `jwt` is what its subject needs."""

    id: str
    subject: str
    type: str
    jwt: str


class SecretView(View, frozen=True, kw_only=True):
    """A secret by its name; nobody reads its value back."""

    id: str
    created: datetime
    updated: datetime


class IssuedRecordView(View, frozen=True, kw_only=True):
    """A credential that the node issued before."""

    id: str
    subject: str
    type: str
    revoked: bool
    expires: datetime
