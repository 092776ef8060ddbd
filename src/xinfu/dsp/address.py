"""DataAddress: the address at which bytes are fetched or put, with its access properties.

A property has a short name (`authorization`, `authType`) or, with some peers, a full IRI that ends in that name;
`value_of` finds both. Follows: Dataspace Protocol 2025-1, Transfer Start Message; for renewal Data Plane Signaling
1.0, Token Renewal (R-DPT-01), with the names of Tractus-X added.
"""

from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.dsp.terms import HTTP_ENDPOINT

_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_TX: Final = "https://w3id.org/tractusx/auth/"
_OPEN: Final = frozenset({"authType", "endpointType", "endpoint"})
_LONGEST_LIFE: Final = 9  # digits, in seconds


class EndpointProperty(msgspec.Struct, frozen=True, kw_only=True):
    """A named value that the transport of a data address needs."""

    name: str
    value: str

    @property
    def word(self) -> str:
        """The name without its namespace."""
        return self.name.replace("#", "/").rsplit("/", 1)[-1]


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """The data that a consumer needs to renew an endpoint token.

    Attributes:
        endpoint: the address at which the token is renewed.
        expires_in: lifetime of the access token in seconds, counted from the moment the address was sent.
        audience: the audience that the consumer's proof must name: the provider.
        holder: the only participant that may renew the token: the consumer.
    """

    refresh_token: str
    endpoint: str
    expires_in: int
    audience: str
    holder: str

    def __repr__(self) -> str:
        return f"Renewal(endpoint={self.endpoint!r}, expires_in={self.expires_in!r})"


class DataAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and the properties needed to use it; `endpoint_type` names the transport."""

    endpoint_type: str
    endpoint: str | None = None
    properties: tuple[EndpointProperty, ...] = ()

    def value_of(self, word: str) -> str | None:
        """The value of the property called `word`, in any namespace; None if there is none."""
        return next((each.value for each in self.properties if each.word == word), None)

    @property
    def url(self) -> str | None:
        """The endpoint, including when a peer states it only among the properties."""
        return self.endpoint or self.value_of("endpoint")

    @property
    def authorization(self) -> str | None:
        """The token to present, unchanged."""
        return self.value_of("authorization")

    @property
    def authorization_header(self) -> str:
        """The value of the Authorization header for this address.

        EDC writes `bearer` but expects its token without a scheme, and answers 403 to one with a scheme. It is
        recognized by the full IRIs that it uses as property names. The first `authorization` property counts.
        """
        token = self.authorization or ""
        named = next((each.name for each in self.properties if each.word == "authorization"), "")
        as_it_is = named.startswith(_EDC)
        bearer = (self.value_of("authType") or "bearer").lower() == "bearer"
        return f"Bearer {token}" if bearer and not as_it_is else token

    @property
    def refresh_token(self) -> str | None:
        """The token with which the access token is renewed; None if it cannot be renewed."""
        return self.value_of("refreshToken")

    @property
    def refresh_endpoint(self) -> str:
        """The address at which the token is renewed."""
        return self.value_of("refreshEndpoint") or self.url or ""

    @property
    def expires_in(self) -> int | None:
        """Lifetime of the token in seconds from the moment the address was sent; None if it is not stated."""
        told = self.value_of("expiresIn") or ""
        return int(told) if told.isdecimal() and len(told) <= _LONGEST_LIFE else None

    def renewed(
        self, access_token: str, *, refresh_token: str | None, expires_in: int | None
    ) -> "DataAddress":
        """The same address with new tokens; None keeps the old value, and absent properties are not added."""
        new = {
            "authorization": access_token,
            "refreshToken": refresh_token,
            "expiresIn": None if expires_in is None else str(expires_in),
        }
        told = tuple(
            msgspec.structs.replace(each, value=new.get(each.word) or each.value) for each in self.properties
        )
        return msgspec.structs.replace(self, properties=told)

    def redacted(self) -> "DataAddress":
        """The same address without tokens, which may be stored in the clear or shown."""
        shown = tuple(each for each in self.properties if each.word in _OPEN)
        return msgspec.structs.replace(self, properties=shown)


def edc_address(kind: str, words: Mapping[str, str]) -> DataAddress:
    """Make an address whose properties have EDC's names, for EDC to read."""
    named = tuple(EndpointProperty(name=_EDC + word, value=value) for word, value in words.items())
    return DataAddress(endpoint_type=kind, properties=named)


def bearer_address(url: str, token: str, renewal: Renewal | None = None) -> DataAddress:
    """Make the address of an HTTP endpoint with a bearer token, in a form that every kind of peer can read.

    The short names of the protocol come first. EDC shows its operator, and the client that fetches, only properties
    named by full IRIs, so these follow, including the endpoint. Tractus-X has IRIs of its own for renewal.
    """
    words = {"authorization": token, "authType": "bearer"}
    whole = {"endpoint": url, "endpointType": HTTP_ENDPOINT, **words}
    named = {**words, **{_EDC + word: value for word, value in whole.items()}, **_renewing(renewal)}
    return DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=url,
        properties=tuple(EndpointProperty(name=name, value=value) for name, value in named.items()),
    )


def _renewing(renewal: Renewal | None) -> Mapping[str, str]:
    """The properties for renewing the token, under their short names and the names of Tractus-X."""
    if renewal is None:
        return {}
    words = {
        "refreshToken": renewal.refresh_token,
        "refreshEndpoint": renewal.endpoint,
        "expiresIn": str(renewal.expires_in),
    }
    whole = {**words, "refreshAudience": renewal.audience, "audience": renewal.holder}
    return {**words, **{_TX + word: value for word, value in whole.items()}}
