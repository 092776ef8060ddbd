"""DID documents: reading those of others, writing our own.

Only keys as JWK count, and only those that the document's own subject controls. Which key may do what is
told by the verification relationships and by nothing else: a token is signed with a key under
`authentication` or `capabilityInvocation`, a credential with one under `assertionMethod`. The key of the
evidence log and those of contracts are verification methods without any of them, so they can sign neither. A contract
key is known by its name, which begins with `contract-`; who lists none may sign contracts with a key of statements.
A contract key that was rotated out stays listed for what it signed, with the moment at which it ended (`expires`).

Follows: W3C DID Core 1.0; Controlled Identifiers 1.0, 2.2 (`expires`, `revoked`); DCP 1.0 (R-SIT-12 to R-SIT-14, C-09); DSP 2025-1 (R-VER-08, R-VER-09).
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, Literal

import msgspec

from xinfu.credentials import errors
from xinfu.credentials.did import absolute_key_id
from xinfu.credentials.reading import read_json
from xinfu.errors import InputError

Relationship = Literal["authentication", "assertionMethod", "capabilityInvocation"]

CONTEXTS: Final = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/suites/jws-2020/v1")
MOST_KEYS: Final = 64
MOST_SERVICES: Final = 64
CONTRACT_KEY: Final = "contract-"
"""How the fragments of keys begin that sign contracts."""
PUBLIC_MEMBERS: Final = frozenset({"kty", "crv", "x", "y"})


class VerificationMethod(msgspec.Struct, frozen=True, kw_only=True):
    """A public key in a DID document.

    Attributes:
        id: full, `did#fragment`.
        ends: from when on it signs nothing new, aware: the earlier of `expires` and `revoked`; None for no end.
    """

    id: str
    controller: str
    jwk: Mapping[str, str]
    ends: datetime | None = None

    def has_ended(self, moment: datetime) -> bool:
        """Whether its document says that it has ended at this time, aware."""
        return self.ends is not None and self.ends <= moment


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that the subject offers, and where."""

    id: str
    type: str
    endpoint: str


class DidDocument(msgspec.Struct, frozen=True, kw_only=True):
    """The document of a DID. Ids of keys are full; the relationships list ids of `methods`."""

    id: str
    methods: tuple[VerificationMethod, ...] = ()
    authentication: tuple[str, ...] = ()
    assertion_method: tuple[str, ...] = ()
    capability_invocation: tuple[str, ...] = ()
    services: tuple[Service, ...] = ()

    def method(self, key_id: str) -> VerificationMethod | None:
        """The key of this full id, or None."""
        return next((method for method in self.methods if method.id == key_id), None)

    def may_sign_tokens(self, key_id: str) -> bool:
        """Whether this key speaks for the subject in messages."""
        return key_id in self.authentication or key_id in self.capability_invocation

    def may_sign_credentials(self, key_id: str) -> bool:
        """Whether this key states credentials and status lists."""
        return key_id in self.assertion_method

    def may_sign_contracts(self, key_id: str) -> bool:
        """Whether this key binds the subject to contracts."""
        named = key_id.startswith(f"{self.id}#{CONTRACT_KEY}")
        return self.method(key_id) is not None and (named or key_id in self.assertion_method)

    def log_keys(self) -> tuple[Mapping[str, str], ...]:
        """The public JWKs that may sign checkpoints of the subject's evidence log: those that do nothing else.

        A document without such a key lists one key for everything; then each of its keys may.
        """
        related = {*self.authentication, *self.assertion_method, *self.capability_invocation}
        apart = tuple(
            method.jwk
            for method in self.methods
            if method.id not in related and not self.may_sign_contracts(method.id)
        )
        return apart or tuple(method.jwk for method in self.methods)

    def endpoint(self, service_type: str) -> str | None:
        """The address of the first service of this type, or None. `DataService` gives the version URL."""
        return next((service.endpoint for service in self.services if service.type == service_type), None)


class OwnKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that our own document lists.

    Attributes:
        id: full, `did#fragment`.
        use: "sign" for tokens and credentials, "credential" for credentials that it signed earlier and nothing
            else, "log" for checkpoints of the evidence log only, "contract" for contracts only.
        ends: from when on it signs nothing new; None while it signs.
    """

    id: str
    jwk: Mapping[str, str]
    use: Literal["sign", "credential", "log", "contract"] = "sign"
    ends: datetime | None = None


def build_did_document(
    did: str, keys: Sequence[OwnKey], *, version_url: str | None = None, services: Sequence[Service] = ()
) -> DidDocument:
    """Our own document: every key that signs now, or signed what is still valid, and the log key.

    Args:
        keys: in any order; during a rotation the old and the new one both stand here, until the last
            token and credential of the old one has expired.
        version_url: address of the version document; becomes the service `DataService`.
        services: further entries.

    Raises:
        InputError: `did.key-id`: a key of another DID, or the same id twice.
    """
    if len({absolute_key_id(did, key.id) for key in keys}) != len(keys):
        raise errors.DID_KEY_ID_REPEATED()
    signing = tuple(key.id for key in keys if key.use == "sign")
    stating = tuple(key.id for key in keys if key.use in {"sign", "credential"})
    data_service = Service(id=f"{did}#dsp", type="DataService", endpoint=version_url or "")
    return DidDocument(
        id=did,
        methods=tuple(
            VerificationMethod(id=key.id, controller=did, jwk=_public_only(key.jwk), ends=key.ends)
            for key in keys
        ),
        authentication=signing,
        assertion_method=stating,
        capability_invocation=signing,
        services=(*((data_service,) if version_url else ()), *services),
    )


def render_did_document(document: DidDocument) -> bytes:
    """The document as JSON, as it is served under the address of the DID."""
    return msgspec.json.encode(
        {
            "@context": CONTEXTS,
            "id": document.id,
            "verificationMethod": [
                {
                    "id": key.id,
                    "type": "JsonWebKey2020",
                    "controller": key.controller,
                    "publicKeyJwk": key.jwk,
                    **({} if key.ends is None else {"expires": _whole_seconds(key.ends)}),
                }
                for key in document.methods
            ],
            "authentication": document.authentication,
            "assertionMethod": document.assertion_method,
            "capabilityInvocation": document.capability_invocation,
            "service": [
                {"id": service.id, "type": service.type, "serviceEndpoint": service.endpoint}
                for service in document.services
            ],
        }
    )


class _WireMethod(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    controller: str | None = None
    public_key_jwk: dict[str, object] | None = None
    expires: object = None
    revoked: object = None


class _WireService(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str = ""
    type: str | list[str] = ""
    service_endpoint: object = None


class _WireDocument(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    id: str
    verification_method: list[_WireMethod] = []
    authentication: list[str | _WireMethod] = []
    assertion_method: list[str | _WireMethod] = []
    capability_invocation: list[str | _WireMethod] = []
    service: list[_WireService] = []


def read_did_document(body: bytes, *, did: str) -> DidDocument:
    """The document of `did` out of the bytes that its address gave.

    Keys in other forms than JWK, keys that another DID controls, and services without a plain address are
    left out: nothing can be proven with them here.

    Raises:
        InputError: `did.document`: no DID document, or that of another DID.
    """
    try:
        wire = read_json(body, _WireDocument)
    except ValueError as error:
        raise errors.DID_DOCUMENT(why_en="it cannot be read", why_zh="无法读取") from error
    if wire.id != did:
        raise errors.DID_DOCUMENT(why_en="it is the document of another DID", why_zh="它属于另一个 DID")
    if len(wire.verification_method) > MOST_KEYS or len(wire.service) > MOST_SERVICES:
        raise errors.DID_DOCUMENT(why_en="it lists too many keys or services", why_zh="密钥或服务过多")
    return _narrow(wire)


def _narrow(wire: _WireDocument) -> DidDocument:
    did = wire.id
    relationships = (wire.authentication, wire.assertion_method, wire.capability_invocation)
    embedded = [entry for listed in relationships for entry in listed if isinstance(entry, _WireMethod)]
    methods = _methods(did, [*wire.verification_method, *embedded])
    return DidDocument(
        id=did,
        methods=tuple(methods.values()),
        authentication=_references(did, wire.authentication, methods),
        assertion_method=_references(did, wire.assertion_method, methods),
        capability_invocation=_references(did, wire.capability_invocation, methods),
        services=tuple(_services(did, wire.service)),
    )


def _methods(did: str, listed: Sequence[_WireMethod]) -> dict[str, VerificationMethod]:
    """The methods by full id. An id with two different keys is left out."""
    found: dict[str, VerificationMethod] = {}
    torn: set[str] = set()
    for entry in listed:
        method = _method(did, entry)
        if method is None:
            continue
        if found.setdefault(method.id, method) != method:
            torn.add(method.id)
    return {key_id: method for key_id, method in found.items() if key_id not in torn}


def _method(did: str, entry: _WireMethod) -> VerificationMethod | None:
    key_id = _key_id(did, entry.id)
    if key_id is None or entry.public_key_jwk is None or entry.controller not in {None, did}:
        return None
    if "d" in entry.public_key_jwk:
        return None  # whoever publishes the private part has no key any more
    try:
        stated = [_moment(each) for each in (entry.expires, entry.revoked) if each is not None]
    except ValueError:
        return None  # nobody knows whether it has ended
    ends = min(stated, default=None)
    return VerificationMethod(id=key_id, controller=did, jwk=_public_only(entry.public_key_jwk), ends=ends)


def _moment(stated: object) -> datetime:
    """A dateTimeStamp of XML Schema: a moment with its offset."""
    found = datetime.fromisoformat(stated) if isinstance(stated, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError("not a moment with an offset")
    return found


def _whole_seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _references(
    did: str, listed: Sequence[str | _WireMethod], methods: Mapping[str, VerificationMethod]
) -> tuple[str, ...]:
    ids = (_key_id(did, entry if isinstance(entry, str) else entry.id) for entry in listed)
    return tuple(dict.fromkeys(key_id for key_id in ids if key_id is not None and key_id in methods))


def _key_id(did: str, text: str) -> str | None:
    try:
        return absolute_key_id(did, text)
    except InputError:
        return None


def _services(did: str, listed: Sequence[_WireService]) -> list[Service]:
    return [
        Service(id=f"{did}{entry.id}" if entry.id.startswith("#") else entry.id, type=kind, endpoint=where)
        for entry in listed
        if isinstance(where := entry.service_endpoint, str)
        for kind in ([entry.type] if isinstance(entry.type, str) else entry.type)
    ]


def _public_only(jwk: Mapping[str, object]) -> dict[str, str]:
    return {name: value for name, value in jwk.items() if name in PUBLIC_MEMBERS and isinstance(value, str)}
