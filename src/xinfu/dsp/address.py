"""DataAddress: where and how bytes are fetched or put.

Properties are named by a short word (`authorization`, `authType`) or, by some peers, by a full IRI that
ends in that word; `value_of` takes both. Follows: Dataspace Protocol 2025-1, Transfer Start Message.
"""

from typing import Final

import msgspec

from xinfu.dsp.terms import HTTP_ENDPOINT

_EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"
_OPEN: Final = frozenset({"authType", "endpointType", "endpoint"})


class EndpointProperty(msgspec.Struct, frozen=True, kw_only=True):
    """One named value that the transport of a data address needs."""

    name: str
    value: str

    @property
    def word(self) -> str:
        """The name without its namespace."""
        return self.name.replace("#", "/").rsplit("/", 1)[-1]


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

    def redacted(self) -> "DataAddress":
        """The same address without tokens, fit to be stored in the clear or shown."""
        shown = tuple(each for each in self.properties if each.word in _OPEN)
        return msgspec.structs.replace(self, properties=shown)


def bearer_address(url: str, token: str) -> DataAddress:
    """An HTTP endpoint that a bearer token opens, written for every reader.

    The short words of the protocol come first. EDC shows its operator, and the client that fetches, only what
    whole IRIs name, the endpoint included; so those follow.
    """
    words = {"authorization": token, "authType": "bearer"}
    whole = {"endpoint": url, "endpointType": HTTP_ENDPOINT, **words}
    named = {**words, **{_EDC + word: value for word, value in whole.items()}}
    return DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        endpoint=url,
        properties=tuple(EndpointProperty(name=name, value=value) for name, value in named.items()),
    )
