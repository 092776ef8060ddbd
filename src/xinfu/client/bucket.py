"""Calls on one's own bucket in an S3-compatible store: whole objects, and uploads in parts.

A call that breaks off, or that the store defers, is repeated: every call may safely be made twice. Redirects are not
followed, so that a signature goes only to the named store.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Final, Literal

import aiohttp
import msgspec
from yarl import URL

from xinfu.client import errors
from xinfu.errors import PeerError, RefusedError
from xinfu.s3 import (
    Bucket,
    Fault,
    Keys,
    ListedPart,
    ObjectOf,
    fault_of,
    head_of,
    parts_of,
    request,
    upload_of,
)

TRIES: Final = 4
CONNECT_S: Final = 10
READ_S: Final = 120
_PAUSE_S: Final = 0.2
_MOST_BYTES: Final = 16 << 20
_LATER: Final = frozenset({408, 429, 500, 502, 503, 504})


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A complete answer of the store."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OwnBucket:
    """A bucket, opened with its keys."""

    def __init__(self, session: aiohttp.ClientSession, bucket: Bucket, keys: Keys | None) -> None:
        self._session = session
        self._bucket = bucket
        self._keys = keys

    @property
    def name(self) -> str:
        """The name of the bucket."""
        return self._bucket.name

    async def head(self, key: str) -> ObjectOf | None:
        """Return the current state of an object; None if there is no such object."""
        answer = await self._call("HEAD", key, may_be=404)
        return None if answer.status == 404 else head_of(key, answer.headers)

    async def get(self, key: str) -> bytes | None:
        """Return the bytes of a small object; None if there is no such object."""
        answer = await self._call("GET", key, may_be=404)
        return None if answer.status == 404 else answer.body

    async def put(self, key: str, body: bytes, meta: Mapping[str, str] | None = None) -> None:
        """Store a whole object; it becomes visible at once or not at all."""
        await self._call("PUT", key, headers=_meta(meta), body=body)

    async def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        await self._call("DELETE", key, may_be=404)

    async def begin(self, key: str, meta: Mapping[str, str] | None = None) -> str:
        """Begin an upload in parts and return its id. Nothing is visible until it is completed."""
        return upload_of((await self._call("POST", key, query={"uploads": ""}, headers=_meta(meta))).body)

    async def part(self, key: str, upload: str, number: int, body: bytes) -> str:
        """Send a part, numbered from 1, and return its ETag."""
        answer = await self._call(
            "PUT", key, query={"partNumber": str(number), "uploadId": upload}, body=body
        )
        return answer.headers.get("etag", "").strip('"')

    async def parts(self, key: str, upload: str) -> list[ListedPart] | None:
        """Return the stored parts by number; None if there is no such upload."""
        found: list[ListedPart] = []
        after: int | None = 0
        while after is not None:
            query = {"uploadId": upload, "part-number-marker": str(after)}
            answer = await self._call("GET", key, query=query, may_be=404)
            if answer.status == 404:
                return None
            page, after = parts_of(answer.body)
            found += page
        return sorted(found, key=lambda part: part.number)

    async def complete(self, key: str, upload: str, etags: Sequence[str]) -> None:
        """Complete the upload: the object becomes visible as a whole.

        Raises:
            PeerError: `bucket.refused-upload`: the store does not take the parts together.
        """
        listed = "".join(
            f'<Part><PartNumber>{number}</PartNumber><ETag>"{etag}"</ETag></Part>'
            for number, etag in enumerate(etags, 1)
        )
        body = f"<CompleteMultipartUpload>{listed}</CompleteMultipartUpload>".encode()
        answer = await self._call("POST", key, query={"uploadId": upload}, body=body)
        if fault := fault_of(answer.status, answer.body).code:  # it may come with 200, long after the head
            raise errors.BUCKET_REFUSED_UPLOAD(fault=fault)

    async def abort(self, key: str, upload: str) -> None:
        """Discard an upload and its parts, if it exists."""
        await self._call("DELETE", key, query={"uploadId": upload}, may_be=404)

    async def _call(
        self,
        method: Literal["GET", "HEAD", "PUT", "POST", "DELETE"],
        key: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        may_be: int | None = None,
    ) -> Answer:
        """Call the store; an answer that is neither a success nor `may_be` raises an error."""
        failures = 0
        while True:
            error: PeerError
            try:
                answer = await self._once(method, key, query, headers, body)
            except (aiohttp.ClientError, TimeoutError, OSError) as broken:
                error = errors.BUCKET_UNREACHABLE(error=type(broken).__name__)
            else:
                if answer.status in {200, 204, 206, may_be}:
                    return answer
                fault = fault_of(answer.status, answer.body)
                if answer.status not in _LATER:
                    raise _refused(fault)
                error = _put_off(fault)
            failures += 1
            if failures == TRIES:
                raise error
            await asyncio.sleep(_PAUSE_S * 2**failures)

    async def _once(
        self,
        method: Literal["GET", "HEAD", "PUT", "POST", "DELETE"],
        key: str,
        query: Mapping[str, str] | None,
        headers: Mapping[str, str] | None,
        body: bytes,
    ) -> Answer:
        now = datetime.fromtimestamp(time.time(), UTC)  # the store's clock is what counts, to minutes
        call = request(
            self._bucket, method, key, query=query, headers=headers, body=body, keys=self._keys, now=now
        )
        async with self._session.request(
            method,
            URL(call.url, encoded=True),
            headers={"Content-Type": "application/octet-stream", **call.headers},
            data=body,
            allow_redirects=False,
        ) as response:
            read = bytearray()
            async for piece in response.content.iter_chunked(64 * 1024):
                read += piece
                if len(read) > _MOST_BYTES:
                    raise errors.BUCKET_ANSWER()
            told = {name.lower(): value for name, value in response.headers.items()}
            return Answer(status=response.status, headers=told, body=bytes(read))


@asynccontextmanager
async def own_bucket(
    name: str, *, endpoint: str | None = None, region: str | None = None, keys: Keys | None = None
) -> AsyncIterator[OwnBucket]:
    """Open a bucket for the duration of the block. Absent arguments are taken from the `AWS_…` variables.

    Args:
        endpoint: address of the store; AWS in the region if neither this nor a variable gives one.

    Raises:
        InputError: `bucket.*`.
    """
    said = os.environ
    where = region or said.get("AWS_REGION") or said.get("AWS_DEFAULT_REGION") or "us-east-1"
    at = endpoint or said.get("AWS_ENDPOINT_URL_S3") or said.get("AWS_ENDPOINT_URL")
    bucket = Bucket(
        endpoint=at or f"https://s3.{where}.amazonaws.com",
        region=where,
        name=name,
        path_style=at is not None,
    )
    limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=READ_S)
    async with aiohttp.ClientSession(
        timeout=limits, auto_decompress=False, skip_auto_headers={"User-Agent", "Accept-Encoding"}
    ) as session:
        yield OwnBucket(session, bucket, keys or _keys_of(said))


def _keys_of(said: Mapping[str, str]) -> Keys:
    access, secret = said.get("AWS_ACCESS_KEY_ID"), said.get("AWS_SECRET_ACCESS_KEY")
    if not access or not secret or not (access + secret).isprintable():
        raise errors.BUCKET_NO_KEYS()
    return Keys(access=access, secret=secret, token=said.get("AWS_SESSION_TOKEN") or None)


def _meta(meta: Mapping[str, str] | None) -> dict[str, str]:
    return {f"x-amz-meta-{name}": value for name, value in (meta or {}).items()}


def _refused(fault: Fault) -> RefusedError:
    said = fault.code or f"HTTP {fault.status}"
    return errors.BUCKET_REFUSED(code=fault.code, status=fault.status, said=said)


def _put_off(fault: Fault) -> PeerError:
    said = fault.code or f"HTTP {fault.status}"
    return errors.BUCKET_LATER(said=said)
