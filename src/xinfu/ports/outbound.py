"""The one way by which a node calls an address that it did not choose itself.

Whoever needs a byte from somewhere else asks an `Outbound`; nothing else in xinfu opens a connection to
another machine. What every implementation keeps:

- An address is https, names its host in the ordinary way and holds no user-info. http is for development,
  or for a host that the operator allows by name.
- The name is resolved once, every resolved address is checked, and only a checked address is connected to.
  Loopback, private, shared and reserved addresses are refused unless the operator allows them for this
  purpose; link-local and metadata addresses are refused always.
- A redirect is a new call: refused for protocol messages, checked like the first address for the rest.
- Time and bytes are bounded, inflated bytes included. There is no proxy from the environment, no cookie.

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
    """Why an address is called; rules and redirects differ by it."""

    PEER = "peer"
    """A protocol message, a callback, a catalog: never follows a redirect."""
    DID = "did"
    """A DID document."""
    STATUS = "status"
    """A status list of credentials."""
    DATA = "data"
    """Bytes from or to a data address that a participant named."""
    SOURCE = "source"
    """A source behind our own node, set by its operator; has a list of its own."""
    PLATFORM = "platform"
    """The service platform: never follows a redirect."""


class HttpAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete HTTP answer.

    Attributes:
        status: the HTTP status, whatever it is; 4xx and 5xx are answers too.
        headers: by lower-case name; a header that came several times is joined by ", ".
        body: inflated where the answer was compressed.
        url: where the answer came from, after redirects.
        certificate_until: how long the certificate holds under which it came; None over plain http.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str
    certificate_until: datetime | None = None


class StreamedAnswer(Protocol):
    """An answer whose body is still coming; alive only inside the `async with` that gave it."""

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
        """The body in pieces of at most `size` bytes, read only as fast as they are taken.

        Raises:
            PeerError: `peer.too-large`, `peer.timeout` or `peer.unreachable` (the body broke off).
        """


class Outbound(Protocol):
    """Calls addresses, each of them checked. Safe to share between tasks."""

    def check(self, url: str, *, purpose: Purpose, context: str | None = None) -> None:
        """Refuse an address before it is stored: its form and its literal host. Resolves nothing.

        A name that passes is checked again, with all its addresses, whenever it is called.

        Args:
            context: whose sources' addresses count where the purpose is a source; None: the node's own.

        Raises:
            InputError: `address.refused`; the help says which `[outbound] allow` entry would let it pass.
        """

    def check_entry(self, entry: str) -> None:
        """Refuse what names no address that a context's sources may have: a host, a net, `http://` and either.

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
            as_is: the answer as it came: no redirect is followed, nothing is inflated.
            limit_bytes: the largest body, after inflating, that is read.
            timeout_s: for everything: look-up, connection, redirects and body.

        Raises:
            RefusedError: `address.refused`; nothing was sent to the refused address.
            InputError: `address.header` or `address.method`: what would be sent is no legal HTTP.
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
        """Send one request and hand over its answer while it comes, in flat memory.

        Args:
            context: as for `check`.
            body: a stream is read only as fast as it is sent; what sends one follows no redirect.
            as_is: as for `request`.
            limit_bytes: the largest body, after inflating; None: whatever comes.
            timeout_s: for everything; None: as long as bytes keep coming, either way.
            silence_s: the longest wait for the head of the answer, for the next piece of `body`, and between two
                pieces of the answer; None: 10 s, 10 s and 30 s.

        Raises:
            The errors of `request`, on entering.
        """

    async def close(self) -> None:
        """Let go of all connections; calls under way end with `peer.unreachable`."""
