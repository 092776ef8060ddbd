"""Counterparty: the client for other participants under the Dataspace Protocol.

Every request carries a fresh proof of our identity (ports/identity.py) and goes through the one checked
client (ports/outbound.py). The answer of the other side is a value, not an error: the use cases decide
what follows from it, a retry or an end.

Follows: DSP 2025-1 (R-HTTP, R-VER, R-CAT); design decisions D-02, D-04, D-12, D-13.
"""

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Protocol

import msgspec

from xinfu.dsp import Catalog, Dataset, VersionResponse


class DeliveryOutcome(StrEnum):
    """The outcome of a message that this node sent (D-12)."""

    ACKNOWLEDGED = "acknowledged"
    """2xx: the other side is in the new state."""
    REFUSED = "refused"
    """400 and any other 4xx: the states differ, or the message will never be accepted. Read the peer's process."""
    EARLY = "early"
    """404 or 409: perhaps the process does not exist yet or is busy. Try again soon, then read the peer's process."""
    UNAUTHORIZED = "unauthorized"
    """401 or 403: our proof was not accepted."""
    FAILING = "failing"
    """5xx, 408, 425 or 429: the other side has a problem of its own. Try again."""
    UNREACHABLE = "unreachable"
    """No answer: not reachable, too slow, connection broken, TLS not trusted. Try again."""
    UNREADABLE = "unreadable"
    """Not a usable answer: a redirect, too many bytes, not HTTP. Try again."""
    FORBIDDEN = "forbidden"
    """Our own rules refuse the address; nothing was sent. Trying again does not help."""


class DeliveryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `deliver`.

    Attributes:
        status: the HTTP status; 0 if there was no answer.
        body: the answer's body; may be empty, and is never required (R-HTTP-09).
        code: stable code of the problem (`http.404`, `peer.timeout`, `address.refused`); "" if there was none.
        detail: a sentence for people, without secrets.
        token: the Authorization value that was sent, for evidence; never logged.
        log_head: the head of the other side's evidence log, as stated in its acknowledgement; unchecked, "" for none.
    """

    outcome: DeliveryOutcome
    status: int = 0
    body: bytes = b""
    code: str = ""
    detail: str = ""
    token: str = ""
    log_head: str = ""

    def __repr__(self) -> str:
        return f"Delivered(outcome={self.outcome!r}, status={self.status}, code={self.code!r})"


class Pace(StrEnum):
    """The pause between an acknowledgement and the next message of a process (D-13)."""

    AT_ONCE = "at-once"
    """The other side is xinfu: no pause."""
    PAUSED = "paused"
    """The other side is not xinfu."""
    UNKNOWN = "unknown"
    """The other side could not be asked just now. Messages are paused as for PAUSED, with no other effect."""


class ProtocolBase(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol address of a participant.

    Attributes:
        participant: its DID, as given to `find`.
        base: the protocol base; negotiation, transfer and catalog paths are appended to it.
        pace: the pause that it needs, which depends on whether its version entry carries our marker.
    """

    participant: str
    base: str
    pace: Pace


class CatalogPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a catalog, the bytes it was read from, and the address of the next page (None for the last page)."""

    catalog: Catalog
    body: bytes
    next: str | None = None


class Counterparty(Protocol):
    """The client for other participants. Safe to share between tasks.

    Arguments of all methods: `context` is the participant context that makes the request, `peer` the DID of
    the participant that receives it, `base` the protocol base of that participant.
    """

    async def deliver(self, *, context: str, peer: str, url: str, body: bytes) -> DeliveryResult:
        """Post one protocol message. Every failure of the network is an outcome, not an error.

        Raises:
            NotFoundError: there is no such context.
        """
        ...

    async def process_state(self, *, context: str, peer: str, url: str) -> bytes | None:
        """Return the peer's state of the process; None if it answers 401, 403 or 404.

        Raises:
            PeerError, RefusedError: no answer, as in `Outbound.request`; `peer.answer`: another status.
        """
        ...

    def catalog(
        self,
        *,
        context: str,
        peer: str,
        base: str,
        body: bytes,
        at_page: str | None = None,
        max_pages: int = 10_000,
    ) -> AsyncIterator[CatalogPage]:
        """Read the catalog page by page; each page is fetched when it is needed (R-CAT-20 to 25).

        Args:
            body: a CatalogRequestMessage.
            at_page: start with this page, the `next` of an earlier one.

        Raises:
            PeerError: `peer.answer`: another status than 200, with the error's code and reasons in `facts`;
                `peer.other-participant`: the catalog of another participant than `peer`;
                `peer.catalog-too-large`: a page larger than we read; `peer.catalog`: not a catalog;
                `peer.paging`: pages that lead to another address, in a circle, or on without end, as 16 in a row
                without a dataset do. The pages before the error remain valid.
            RefusedError: `address.refused`.
        """
        ...

    async def dataset(self, *, context: str, peer: str, base: str, dataset_id: str) -> Dataset:
        """Return a dataset with its offers.

        Raises:
            NotFoundError: `dataset.not-found`: the peer has no dataset with this id, or not for us.
            PeerError: `peer.answer`, `peer.catalog`, `peer.catalog-too-large`, `peer.other-dataset`,
                `peer.other-participant`, or no answer.
            RefusedError: `address.refused`.
        """
        ...

    async def dataset_body(self, *, context: str, peer: str, base: str, dataset_id: str) -> bytes:
        """Return the bytes of a dataset as the other side wrote them; they could be read as a dataset.

        Raises:
            As `dataset`.
        """
        ...

    async def versions(self, root: str) -> VersionResponse:
        """Return the version document below `root`; the request carries no proof of identity (R-VER-01).

        Raises:
            PeerError: `peer.answer`, `peer.version`: absent or not readable; or no answer.
            RefusedError: `address.refused`.
        """
        ...

    async def find(self, participant: str, *, at: str | None = None) -> ProtocolBase:
        """Find the protocol base of a participant (D-04); the result is cached for a short time.

        Args:
            participant: a DID; with `at` any id.
            at: the address to use instead of the DID document: that of the version document, the root above
                it, or the base itself.

        Raises:
            InputError: `did.malformed`.
            PeerError: `did.unresolved`; `peer.no-service`: the DID document names no service; `peer.no-version`:
                no common version, so communication is impossible (R-VER-06); `peer.version`.
            RefusedError: `address.refused`.
        """
        ...

    async def pace(self, base: str) -> Pace:
        """Find out the pace of messages to `base`, which may be a callback address.

        Looks for the version document above `base`; the result is AT_ONCE only if that is certain. Never raises; the
        result is cached.
        """
        ...
