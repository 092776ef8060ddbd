"""The adapter of `ports/peer.py`: another participant, over HTTPS.

Each request is proven anew for its own address and body (D-02) and goes out through the checked client
with the purpose PEER, so it follows no redirect.

What a page says of whose it is is held against whom we asked: a catalog of another participant, a dataset of another id
and an offer of another assigner are refused. Pages are bounded and read beside the loop.

Follows: DSP 2025-1, HTTPS bindings (R-HTTP-01 to 03, R-CAT-20 to 25); design decisions D-02, D-12.
"""

from collections.abc import AsyncIterator, Iterable, Iterator
from typing import Final, TypeVar
from urllib.parse import quote

import msgspec

from xinfu import dsp
from xinfu.dsp import Catalog, Dataset, PageBounds, VersionResponse
from xinfu.errors import InputError, PeerError, ProtocolError, RefusedError
from xinfu.odrl import Policy
from xinfu.peers import errors
from xinfu.peers.addresses import MalformedAddressError, join_address, read_address
from xinfu.peers.answers import (
    catalog_too_large,
    delivery_result,
    failed_delivery,
    no_catalog,
    other_dataset,
    other_participant,
    unexpected,
)
from xinfu.peers.discovery import Discovery
from xinfu.peers.links import next_page
from xinfu.ports.aside import Aside, AtOnce
from xinfu.ports.identity import Identity, Resolver
from xinfu.ports.outbound import MIB, HttpAnswer, Outbound, Purpose
from xinfu.ports.peer import CatalogPage, DeliveryResult, Pace, ProtocolBase

D = TypeVar("D", Catalog, Dataset)

_BOUNDS: Final = PageBounds()
_DELIVERY_S: Final = 20.0
_PAGE_S: Final = 60.0
EMPTY_PAGES: Final = 16
"""Pages in a row without a dataset after which a catalog is taken for one without an end."""
_TOO_MUCH: Final = frozenset(
    {
        "message.too-large",
        "message.too-deep",
        "message.too-many-nodes",
        "message.too-many-datasets",
        "message.too-many-offers",
    }
)
_NOT_OURS: Final = frozenset({401, 403, 404})


class Speaker(msgspec.Struct, frozen=True, kw_only=True):
    """The two sides of a conversation: a participant context of this node, and the DID of the peer."""

    context: str
    peer: str


class HttpCounterparty:
    """Speaks to participants over HTTPS (a `Counterparty`).

    Args:
        resolver: how DIDs become documents, for `find`.
        aside: where pages are read: one of many datasets takes long.
        bounds: what a page of a catalog may hold.
    """

    def __init__(
        self,
        *,
        outbound: Outbound,
        identity: Identity,
        resolver: Resolver,
        aside: Aside | None = None,
        bounds: PageBounds = _BOUNDS,
    ) -> None:
        self._outbound = outbound
        self._aside = aside or AtOnce()
        self._bounds = bounds
        self._identity = identity
        self._discovery = Discovery(outbound, resolver)

    async def deliver(self, *, context: str, peer: str, url: str, body: bytes) -> DeliveryResult:
        """Post one protocol message."""
        proof = await self._identity.prove(context=context, audience=peer, url=url, body=body)
        try:
            answer = await self._outbound.request(
                "POST",
                url,
                purpose=Purpose.PEER,
                headers=_headers(proof, body),
                body=body,
                timeout_s=_DELIVERY_S,
            )
        except (PeerError, RefusedError) as error:
            return failed_delivery(error, proof)
        return delivery_result(answer, proof)

    async def process_state(self, *, context: str, peer: str, url: str) -> bytes | None:
        """Fetch the peer's view of the process as JSON bytes; None if the peer answers 401, 403 or 404."""
        answer = await self._ask(Speaker(context=context, peer=peer), "GET", url, limit_bytes=MIB)
        if answer.status in _NOT_OURS:
            return None
        if answer.status != 200:
            raise unexpected(answer)
        return answer.body

    async def catalog(
        self,
        *,
        context: str,
        peer: str,
        base: str,
        body: bytes,
        at_page: str | None = None,
        max_pages: int = 10_000,
    ) -> AsyncIterator[CatalogPage]:
        """The catalog, a page at a time."""
        speaker = Speaker(context=context, peer=peer)
        url = f"{base.rstrip('/')}/catalog/request"
        following: str | None = url if at_page is None else _of_peer(at_page, url)
        by_get = at_page is not None
        seen: set[str] = set()
        empty = 0
        while following is not None:
            seen.add(following)
            if by_get:
                answer = await self._ask(speaker, "GET", following)
                by_get = answer.status != 405
            if not by_get:
                answer = await self._ask(speaker, "POST", following, body)
                by_get = len(seen) == 1
            page = CatalogPage(catalog=await self._read(answer, Catalog), body=answer.body)
            _of_whom_we_asked(answer.url, peer, page.catalog.datasets, page.catalog.participant_id)
            empty = 0 if page.catalog.datasets or page.catalog.catalogs else empty + 1
            try:
                following = _following(answer, seen, is_last=len(seen) >= max_pages or empty >= EMPTY_PAGES)
            except PeerError:
                yield page  # it stays good
                raise
            yield msgspec.structs.replace(page, next=following)

    async def dataset(self, *, context: str, peer: str, base: str, dataset_id: str) -> Dataset:
        """Fetch one dataset with its offers."""
        return (await self._dataset(Speaker(context=context, peer=peer), base, dataset_id))[0]

    async def dataset_body(self, *, context: str, peer: str, base: str, dataset_id: str) -> bytes:
        """The same as the other side wrote it."""
        return (await self._dataset(Speaker(context=context, peer=peer), base, dataset_id))[1]

    async def versions(self, root: str) -> VersionResponse:
        """The version document below `root`."""
        return await self._discovery.versions(root)

    async def find(self, participant: str, *, at: str | None = None) -> ProtocolBase:
        """Resolve a name to a protocol base."""
        return await self._discovery.find(participant, at=at)

    async def pace(self, base: str) -> Pace:
        """How soon messages may follow each other at `base`."""
        return await self._discovery.pace(base)

    async def _dataset(self, speaker: Speaker, base: str, dataset_id: str) -> tuple[Dataset, bytes]:
        """The dataset that was asked for and no other, and the bytes that it was read from."""
        url = f"{base.rstrip('/')}/catalog/datasets/{quote(dataset_id, safe='')}"
        answer = await self._ask(speaker, "GET", url)
        if answer.status == 404:
            raise errors.DATASET_NOT_FOUND(peer=speaker.peer, dataset_id=dataset_id)
        found = await self._read(answer, Dataset)
        if found.id != dataset_id:
            raise other_dataset(answer.url, dataset_id, found.id or "")
        _of_whom_we_asked(answer.url, speaker.peer, (found,))
        return found, answer.body

    async def _read(self, answer: HttpAnswer, kind: type[D]) -> D:
        """Parse the catalog or dataset of an answer without blocking the event loop.

        Raises:
            PeerError: `peer.answer`, `peer.catalog`; `peer.catalog-too-large`: it holds more than a page may.
        """
        if answer.status != 200:
            raise unexpected(answer)
        try:
            return await self._aside.do(lambda: dsp.read(answer.body, kind, page=self._bounds))
        except (ProtocolError, InputError) as error:
            if error.code in _TOO_MUCH:
                raise catalog_too_large(answer.url, error) from error
            raise no_catalog(answer.url) from error

    async def _ask(
        self,
        speaker: Speaker,
        method: str,
        url: str,
        body: bytes | None = None,
        *,
        limit_bytes: int | None = None,
    ) -> HttpAnswer:
        proof = await self._identity.prove(context=speaker.context, audience=speaker.peer, url=url, body=body)
        return await self._outbound.request(
            method,
            url,
            purpose=Purpose.PEER,
            headers=_headers(proof, body),
            body=body,
            limit_bytes=limit_bytes or self._bounds.size_bytes,
            timeout_s=_PAGE_S,
        )


def _headers(proof: str, body: bytes | None) -> dict[str, str]:
    headers = {"Authorization": proof, "Accept": "application/json"}
    return headers if body is None else {**headers, "Content-Type": "application/json"}


def _of_whom_we_asked(
    url: str, peer: str, datasets: Iterable[Dataset], participant: str | None = None
) -> None:
    """Refuse a catalog that names another participant, and an offer that another one would grant.

    Raises:
        PeerError: `peer.other-participant`.
    """
    assigners = (each.assigner for dataset in datasets for each in _offers(dataset))
    for named in (participant, *assigners):
        if named and named != peer:
            raise other_participant(url, peer, named)


def _offers(dataset: Dataset) -> Iterator[Policy]:
    yield from dataset.offers
    for each in dataset.distributions:
        yield from each.offers


def _following(answer: HttpAnswer, seen: set[str], *, is_last: bool) -> str | None:
    """The address of the next page; None: there is none.

    Args:
        is_last: no page is read behind this one.

    Raises:
        PeerError: `peer.paging`.
    """
    target = next_page(answer.headers.get("link"))
    if target is None:
        return None
    following = _of_peer(target, answer.url)
    if following in seen or is_last:
        raise _astray(answer.url, "in a circle or on and on", "形成循环或没有尽头")
    return following


def _of_peer(target: str, url: str) -> str:
    """The address of another page. It may only be of the same origin: our proof goes there."""
    try:
        own = read_address(url)
        following = read_address(join_address(own, target))
    except MalformedAddressError as error:
        raise _astray(url, "to no address", "指向无效地址") from error
    if following.origin != own.origin:
        raise _astray(url, "to another host", "指向其他主机")
    return following.url


def _astray(url: str, where_en: str, where_zh: str) -> PeerError:
    origin = read_address(url).origin
    return errors.PEER_PAGING(address=origin, where_en=where_en, where_zh=where_zh)
