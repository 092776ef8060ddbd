"""Counterparty: another participant, as far as the Dataspace Protocol lets us speak to it.

Every request carries a fresh proof of who we are (ports/identity.py) and goes through the one checked
client (ports/outbound.py). What the other side answered is a value, not an error: what follows from it, a
retry or an end, is decided by the use cases.

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
    """400 and any other 4xx: the states differ, or the message will never do. Ask for the process."""
    EARLY = "early"
    """404 or 409: perhaps not there or busy yet. Try again soon, then ask for the process."""
    UNAUTHORIZED = "unauthorized"
    """401 or 403: our proof was not accepted."""
    FAILING = "failing"
    """5xx, 408, 425 or 429: the other side has trouble of its own. Try again."""
    UNREACHABLE = "unreachable"
    """No answer: nobody there, too slow, broken off, no trusted TLS. Try again."""
    UNREADABLE = "unreadable"
    """An answer that is none: a redirect, more bytes than anyone reads, no HTTP. Try again."""
    FORBIDDEN = "forbidden"
    """Our own rules refuse the address; nothing was sent. Trying again does not help."""


class DeliveryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The result of `deliver`.

    Attributes:
        status: the HTTP status; 0 when none came.
        body: the answer's body; may be empty, and is never required (R-HTTP-09).
        code: stable code of what was wrong (`http.404`, `peer.timeout`, `address.refused`); "" when nothing.
        detail: a sentence for people, without secrets.
        token: the Authorization value that was sent, for evidence; never logged.
        log_head: where the other side's evidence log stands, as its acknowledgement says; unchecked, "" for none.
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
    """How soon after an acknowledgement the next message of a process may follow (D-13)."""

    AT_ONCE = "at-once"
    """The other side is xinfu: no pause."""
    PAUSED = "paused"
    """Any other."""
    UNKNOWN = "unknown"
    """It could not be asked just now. Messages are paused as for any other; nothing else follows from it."""


class ProtocolBase(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol address of a participant.

    Attributes:
        participant: its DID, as it was asked for.
        base: the protocol base; negotiation, transfer and catalog paths are appended to it.
        pace: whether its version entry carries our marker.
    """

    participant: str
    base: str
    pace: Pace


class CatalogPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a catalog, the bytes it was read from, and the address of the next page (None: last page)."""

    catalog: Catalog
    body: bytes
    next: str | None = None


class Counterparty(Protocol):
    """Speaks to other participants. Safe to share between tasks.

    Args that mean the same everywhere: `context` is the participant context that speaks, `peer` the DID of
    the participant that is spoken to, `base` its protocol base.
    """

    async def deliver(self, *, context: str, peer: str, url: str, body: bytes) -> DeliveryResult:
        """Post one protocol message. Whatever the network does is an outcome.

        Raises:
            NotFoundError: there is no such context.
        """
        ...

    async def process_state(self, *, context: str, peer: str, url: str) -> bytes | None:
        """Return the peer's state of the process; None if it answers 401, 403 or 404.

        Raises:
            PeerError, RefusedError: no answer, as `Outbound.request` has it; `peer.answer`: another status.
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
        """The catalog, a page at a time; the next one is fetched when it is asked for (R-CAT-20 to 25).

        Args:
            body: a CatalogRequestMessage.
            at_page: begin with this page, the `next` of one that was given before.

        Raises:
            PeerError: `peer.answer`: another status than 200, with the error's code and reasons in `facts`; `peer.other-participant`: it is
                of another one than `peer`; `peer.catalog-too-large`: a page of more than we read;
                `peer.catalog`: not a catalog; `peer.paging`: pages that lead elsewhere, in a circle, or on
                and on, as 16 in a row without a dataset do. What came before stays good.
            RefusedError: `address.refused`.
        """
        ...

    async def dataset(self, *, context: str, peer: str, base: str, dataset_id: str) -> Dataset:
        """Return a dataset with its offers.

        Raises:
            NotFoundError: `dataset.not-found`: the peer has none of this id, or not for us.
            PeerError: `peer.answer`, `peer.catalog`, `peer.catalog-too-large`, `peer.other-dataset`,
                `peer.other-participant`, or no answer.
            RefusedError: `address.refused`.
        """
        ...

    async def dataset_body(self, *, context: str, peer: str, base: str, dataset_id: str) -> bytes:
        """The same as the other side wrote it; it was read as a dataset.

        Raises:
            As `dataset`.
        """
        ...

    async def versions(self, root: str) -> VersionResponse:
        """The version document below `root`; nobody proves who he is for it (R-VER-01).

        Raises:
            PeerError: `peer.answer`, `peer.version`: not there or not readable; or no answer.
            RefusedError: `address.refused`.
        """
        ...

    async def find(self, participant: str, *, at: str | None = None) -> ProtocolBase:
        """From a name to a protocol base (D-04); remembered for a short life.

        Args:
            participant: a DID; with `at` any id.
            at: where to look in place of the DID document: the version document's address, the root above
                it, or the base itself.

        Raises:
            InputError: `did.malformed`.
            PeerError: `did.unresolved`; `peer.no-service`: the DID document names none; `peer.no-version`:
                no common version, so there is nothing to talk about (R-VER-06); `peer.version`.
            RefusedError: `address.refused`.
        """
        ...

    async def pace(self, base: str) -> Pace:
        """How soon messages may follow each other at `base`, which may be a callback address.

        Looks for the version document above `base`; whatever is not certain is PAUSED. Never raises, and is
        remembered.
        """
        ...
