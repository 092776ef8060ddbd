"""DataAddress: where and how bytes are fetched or put.

Properties are named by a short word (`authorization`, `authType`) or, by some peers, by a full IRI that
ends in that word; `value_of` takes both. Follows: Dataspace Protocol 2025-1, Transfer Start Message; for renewal
Data Plane Signaling 1.0, Token Renewal (R-DPT-01), and the names of Tractus-X beside it.
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
    """One named value that the transport of a data address needs."""

    name: str
    value: str

    @property
    def word(self) -> str:
        """The name without its namespace."""
        return self.name.replace("#", "/").rsplit("/", 1)[-1]


class Renewal(msgspec.Struct, frozen=True, kw_only=True):
    """How an endpoint token is renewed.

    Attributes:
        endpoint: where to ask.
        expires_in: seconds that the access token lives, from when this was said.
        audience: whom the proof of the one who asks must be for: the provider.
        holder: who alone may ask: the consumer.
    """

    refresh_token: str
    endpoint: str
    expires_in: int
    audience: str
    holder: str

    def __repr__(self) -> str:
        return f"Renewal(endpoint={self.endpoint!r}, expires_in={self.expires_in!r})"


class DataAddress(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint and what is needed to use it; `endpoint_type` names the transport."""

    endpoint_type: str
    endpoint: str | None = None
    properties: tuple[EndpointProperty, ...] = ()

    def value_of(self, word: str) -> str | None:
        """The value of the property called `word`, whatever its namespace; None when absent."""
        return next((each.value for each in self.properties if each.word == word), None)

    @property
    def url(self) -> str | None:
        """The endpoint, also where a peer hides it among the properties."""
        return self.endpoint or self.value_of("endpoint")

    @property
    def authorization(self) -> str | None:
        """The token to present, as it is."""
        return self.value_of("authorization")

    @property
    def authorization_header(self) -> str:
        """What the Authorization header has to hold.

        EDC writes `bearer` and means its token as it is: it is told by the whole IRIs that it gives properties
        for names, and refuses a scheme with 403. The first property of that word counts.
        """
        token = self.authorization or ""
        named = next((each.name for each in self.properties if each.word == "authorization"), "")
        as_it_is = named.startswith(_EDC)
        bearer = (self.value_of("authType") or "bearer").lower() == "bearer"
        return f"Bearer {token}" if bearer and not as_it_is else token

    @property
    def refresh_token(self) -> str | None:
        """What renews the token; None where nothing does."""
        return self.value_of("refreshToken")

    @property
    def refresh_endpoint(self) -> str:
        """Where it is renewed."""
        return self.value_of("refreshEndpoint") or self.url or ""

    @property
    def expires_in(self) -> int | None:
        """Seconds that the token lives from when the address was said; None where nobody said."""
        told = self.value_of("expiresIn") or ""
        return int(told) if told.isdecimal() and len(told) <= _LONGEST_LIFE else None

    def renewed(
        self, access_token: str, *, refresh_token: str | None, expires_in: int | None
    ) -> "DataAddress":
        """The same address with new tokens; what is None stays as it is."""
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
        """The same address without tokens, fit to be stored in the clear or shown."""
        shown = tuple(each for each in self.properties if each.word in _OPEN)
        return msgspec.structs.replace(self, properties=shown)


def edc_address(kind: str, words: Mapping[str, str]) -> DataAddress:
    """An address by the names of EDC, as it reads and writes them."""
    named = tuple(EndpointProperty(name=_EDC + word, value=value) for word, value in words.items())
    return DataAddress(endpoint_type=kind, properties=named)


def bearer_address(url: str, token: str, renewal: Renewal | None = None) -> DataAddress:
    """An HTTP endpoint that a bearer token opens, written for every reader.

    The short words of the protocol come first. EDC shows its operator, and the client that fetches, only what
    whole IRIs name, the endpoint included; so those follow. Tractus-X renews by IRIs of its own.
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
    """What a reader needs to renew the token, in short words and in those of Tractus-X."""
    if renewal is None:
        return {}
    words = {
        "refreshToken": renewal.refresh_token,
        "refreshEndpoint": renewal.endpoint,
        "expiresIn": str(renewal.expires_in),
    }
    whole = {**words, "refreshAudience": renewal.audience, "audience": renewal.holder}
    return {**words, **{_TX + word: value for word, value in whole.items()}}
