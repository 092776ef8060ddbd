"""Outbound: the only way in which a node calls an address that it did not choose itself.

Everything that needs bytes from elsewhere uses an `Outbound`; nothing else in xinfu opens a connection to
another machine. Every implementation keeps these rules:

- An address is https, names its host in the ordinary way and has no user-info. http is for development,
  or for a host that the operator allows by name.
- The name is resolved once, every resolved address is checked, and only checked addresses are connected to.
  Loopback, private, shared and reserved addresses are refused unless the operator allows them for this
  purpose; link-local and metadata addresses are refused always.
- A redirect is a new call: refused for protocol messages, otherwise checked like the first address.
- Time and bytes are bounded, including decompressed bytes. Proxies from the environment and cookies are not used.

Follows: design decision D-08; threats O1 to O4.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

import msgspec

MIB: Final = 1024 * 1024


class Purpose(StrEnum):
    """The purpose of a call, on which the rules for addresses and redirects depend."""

    PEER = "peer"
    """A protocol message, a callback, a catalog: never follows a redirect."""
    DID = "did"
    """A DID document."""
    STATUS = "status"
    """A status list of credentials."""
    DATA = "data"
    """Bytes from or to a data address that a participant named."""
    SOURCE = "source"
    """A source behind our own node, set by its operator; it has its own list of allowed addresses."""
    PLATFORM = "platform"
    """The service platform: never follows a redirect."""


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete HTTP answer.

    Attributes:
        status: the HTTP status; 4xx and 5xx are answers too.
        headers: by lower-case name; repeated headers are joined by ", ".
        body: decompressed if the answer was compressed.
        url: the address of the answer, after redirects.
        certificate_until: the end of validity of the server's certificate; None over plain http.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    certificate_until: datetime | None = None


class StreamedAnswer(Protocol):
    """An answer whose body is still arriving; usable only inside the `async with` that gave it."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers by lower-case name; repeated headers are joined by ", "."""

    @property
    def url(self) -> str:
        """The address of the answer, after redirects."""

    def chunks(self, size: int = MIB) -> AsyncIterator[bytes]:
        """The body in pieces of at most `size` bytes, read only as fast as they are consumed.

        Raises:
            PeerError: `peer.too-large`, `peer.timeout` or `peer.unreachable` (the body broke off).
        """


class Outbound(Protocol):
    """A client that checks every address that it calls. Safe to share between tasks."""

    def check(self, url: str, *, purpose: Purpose, context: str | None = None) -> None:
        """Check the form and the literal host of an address before it is stored; resolves nothing.

        A name that passes is checked again, with all its addresses, whenever it is called.

        Args:
            context: if the purpose is a source, the context whose allowed addresses apply; None: the node's own.

        Raises:
            InputError: `address.refused`; the help states which `[outbound] allow` entry would allow it.
        """

    def check_entry(self, entry: str) -> None:
        """Check an entry of the addresses that a context's sources may have: a host or a net, alone or after `http://`.

        Raises:
            ConfigError: `config.outbound-entry`.
        """

    async def request(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        as_is: bool = False,
        limit_bytes: int = MIB,
        timeout_s: float = 30.0,
    ) -> HttpAnswer:
        """Send one request and read its whole answer.

        Args:
            context: as for `check`.
            as_is: return the answer unchanged: no redirect is followed, and nothing is decompressed.
            limit_bytes: the largest body, after decompression, that is read.
            timeout_s: for everything: look-up, connection, redirects and body.

        Raises:
            RefusedError: `address.refused`; nothing was sent to the refused address.
            InputError: `address.header` or `address.method`: the request would not be legal HTTP.
            PeerError: `peer.unreachable`, `peer.timeout`, `peer.too-large`, `peer.redirect-refused`,
                `peer.tls` or `peer.malformed`.
        """

    def stream(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        as_is: bool = False,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
        silence_s: float | None = None,
    ) -> AbstractAsyncContextManager[StreamedAnswer]:
        """Send one request and return its answer while it arrives, in constant memory.

        Args:
            context: as for `check`.
            body: a stream is read only as fast as it is sent; a request with a stream follows no redirect.
            as_is: as for `request`.
            limit_bytes: the largest body, after decompression; None: no limit.
            timeout_s: for everything; None: no limit while bytes keep flowing in either direction.
            silence_s: the longest wait for the head of the answer, for the next piece of `body`, and between two
                pieces of the answer; None: 10 s, 10 s and 30 s.

        Raises:
            The errors of `request`, on entering.
        """

    async def close(self) -> None:
        """Close all connections; running calls end with `peer.unreachable`."""
