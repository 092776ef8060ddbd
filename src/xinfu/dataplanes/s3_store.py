"""Calls on one bucket for a source: signed as they leave, and repeated when the store asks to try later.

They go through `ports/outbound.py` as calls of a source: each address is checked (D-08), no redirect is followed,
and only the code of a store's error is passed on.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Final, Literal

from xinfu.dataplanes import errors
from xinfu.dataplanes.folders import not_found
from xinfu.errors import IntegrityError, NotFoundError, PeerError, StoreError
from xinfu.ports.clock import Clock
from xinfu.ports.outbound import MIB, HttpAnswer, Outbound, Purpose, StreamedAnswer
from xinfu.s3 import Bucket, Fault, Keys, ObjectOf, fault_of, head_of, listing_of, request

PAGE: Final = 1000
"""Objects in one answer of a listing."""
MOST_OBJECTS: Final = 100_000
"""The most objects below one prefix."""
TRIES: Final = 3
"""After so many failures a call is given up."""
_PAUSE_S: Final = 0.1
_PAGE_BYTES: Final = 16 * MIB
_FAULT_BYTES: Final = 64 * 1024
_LATER: Final = frozenset({429, 500, 502, 503, 504})


class Store:
    """A bucket that is read with one pair of keys, or anonymously.

    Args:
        context: whose source it is.
    """

    def __init__(
        self, outbound: Outbound, clock: Clock, bucket: Bucket, keys: Keys | None, *, context: str
    ) -> None:
        self._context = context
        self._outbound = outbound
        self._clock = clock
        self._bucket = bucket
        self._keys = keys

    async def head(self, key: str) -> ObjectOf:
        """The current size, ETag and time of an object.

        Raises:
            NotFoundError: it does not exist. StoreError: `source.refused`. PeerError, RefusedError: as for `Outbound`.
        """
        return head_of(key, (await self._ask("HEAD", key)).headers)

    async def objects(self, prefix: str) -> AsyncIterator[ObjectOf]:
        """List the objects below a prefix, page by page. Empty objects that only mark a folder are left out.

        Raises:
            InputError: `source.too-many`. Others: as `head`.
        """
        query = {"list-type": "2", "encoding-type": "url", "max-keys": str(PAGE)}
        if prefix:
            query["prefix"] = prefix
        count = 0
        while True:
            page = listing_of((await self._ask("GET", "", query=query)).body)
            count += max(1, len(page.objects))  # pages of folders only end some time as well
            if count > MOST_OBJECTS:
                raise errors.SOURCE_TOO_MANY(most_objects=MOST_OBJECTS)
            for each in page.objects:
                yield each
            if page.next is None:
                return
            if page.next == query.get("start-after"):
                raise errors.BUCKET_ANSWER()
            query["start-after"] = page.next

    async def read(self, found: ObjectOf, start: int, stop: int) -> bytes:
        """Read bytes `start` to `stop` (exclusive) of an object into memory, if it is still as it was found.

        Raises:
            NotFoundError: it is gone. IntegrityError: `source.changed`. Others: as `head`.
        """
        headers = {"if-match": f'"{found.etag}"', "range": f"bytes={start}-{stop - 1}"}
        answer = await self._ask("GET", found.key, headers=headers, limit_bytes=stop - start)
        etag = answer.headers.get("etag", "").strip('"')
        told = (answer.status, answer.headers.get("content-range"), etag)
        part = (206, f"bytes {start}-{stop - 1}/{found.size}", found.etag)
        whole = (200, None, found.etag) if (start, stop) == (0, found.size) else part
        if told not in {part, whole} or len(answer.body) != stop - start:
            raise object_changed()
        return answer.body

    async def _ask(
        self,
        method: Literal["GET", "HEAD"],
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        limit_bytes: int = _PAGE_BYTES,
    ) -> HttpAnswer:
        """Make one call and return its whole answer. Repeat it after a transient failure; raise any other failure."""
        failures = 0
        while True:
            try:
                return await self._once(method, key, query, headers, limit_bytes)
            except PeerError:
                failures += 1
                if failures == TRIES:
                    raise
                await asyncio.sleep(_PAUSE_S * 2**failures)

    async def _once(
        self,
        method: Literal["GET", "HEAD"],
        key: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        limit_bytes: int,
    ) -> HttpAnswer:
        call = request(
            self._bucket, method, key, query=query, headers=headers, keys=self._keys, now=self._clock.now()
        )
        async with self._outbound.stream(
            method,
            call.url,
            purpose=Purpose.SOURCE,
            context=self._context,
            headers=call.headers,
            as_is=True,
        ) as streamed:
            body = b"" if method == "HEAD" else await _body(streamed, max(limit_bytes, _FAULT_BYTES))
            if streamed.status not in {200, 206}:
                raise _fault(fault_of(streamed.status, body))
            return HttpAnswer(status=streamed.status, headers=streamed.headers, body=body, url=streamed.url)


async def _body(streamed: StreamedAnswer, limit_bytes: int) -> bytes:
    """The whole body. A body beyond the limit is cut just after it, so that the caller finds it too long."""
    body = bytearray()
    async for piece in streamed.chunks():
        body += piece
        if len(body) > limit_bytes:
            break
    return bytes(body)


def _fault(fault: Fault) -> NotFoundError | IntegrityError | PeerError | StoreError:
    said, status = fault.code or f"HTTP {fault.status}", fault.status
    if status == 404:
        return not_found()
    if status in {412, 416}:
        return object_changed()
    if status in _LATER:
        return errors.BUCKET_LATER(said=said)
    where_en, where_zh = ("", "")
    if 300 <= status < 400:
        where_en, where_zh = (
            " (it sends us elsewhere: check region and endpoint)",
            "（要求转到别处：请检查区域与端点）",
        )
    return errors.SOURCE_REFUSED(said=said, where_en=where_en, where_zh=where_zh)


def object_changed() -> IntegrityError:
    """The error for an object that has changed since it was published."""
    return errors.SOURCE_CHANGED_OBJECT()
