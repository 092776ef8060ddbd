"""Objects of an S3-compatible store as sources: one object, or all below a prefix.

An object is known by its stamp: ETag, size and time of its last change. Each chunk of 1 MiB is a call of its own under
`If-Match`: whatever changes meanwhile ends the stream with `source.changed`, a call that broke is made again, no
connection to the store waits for a slow reader, and memory is a few chunks whatever the size.

Follows: Amazon S3 API reference: HeadObject, GetObject, ListObjectsV2.
"""

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from xinfu.dataplanes import errors
from xinfu.dataplanes.folders import components, not_found
from xinfu.dataplanes.s3_store import Store, object_changed
from xinfu.dataplanes.source_errors import broken_off, unreachable
from xinfu.errors import InputError, NotFoundError, PeerError, RefusedError, XinfuError
from xinfu.evidence import Manifest
from xinfu.ports.clock import Clock
from xinfu.ports.dataplane import CHUNK_BYTES, NO_SECRETS, FileOf, Secrets
from xinfu.ports.outbound import Outbound
from xinfu.ports.sources import S3Source, Source
from xinfu.s3 import Bucket, Keys, ObjectOf, checked_key

AHEAD: Final = 3
"""Chunks that are asked for before they are taken, so that the way to the store costs its time only once."""


_WAYS: Final = frozenset({(True, True, False), (False, False, True), (False, False, False)})
"""How keys are named: as two secrets, as one, or not at all."""


class S3:
    """Reads sources of the kind `s3`."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock

    async def files(self, source: Source, *, secrets: Secrets = NO_SECRETS) -> list[FileOf]:
        """The object with the path "", or all objects below the prefix, ordered by path.

        Raises:
            InputError: `source.missing`, `source.key-unsafe`, `source.too-many`, `source.bucket-incomplete`, `bucket.*`.
            StoreError: `source.refused`. RefusedError: `address.refused`. PeerError: the store is away.
        """
        place = _s3(source)
        store = self._store(place, secrets)
        try:
            if place.key is not None:
                return [_file("", await store.head(place.key))]
            prefix = place.prefix or ""
            found = [_file(_path(prefix, each.key), each) async for each in store.objects(prefix)]
        except NotFoundError as error:
            raise errors.SOURCE_MISSING_IN_STORE() from error
        return sorted(found, key=lambda file: file.path)

    async def measure(self, source: Source, file: FileOf, *, secrets: Secrets = NO_SECRETS) -> Manifest:
        """Hash one object in chunks of 1 MiB, in flat memory."""
        async with self.open(source, file.path, stamp=file.stamp, secrets=secrets) as opened:
            chunks = opened.chunks(0, file.size_bytes)
            digests = [await asyncio.to_thread(_digest, chunk) async for chunk in chunks]
        return Manifest.of(size=file.size_bytes, digests=digests)

    @asynccontextmanager
    async def open(
        self, source: Source, path: str, *, stamp: str, secrets: Secrets = NO_SECRETS
    ) -> AsyncIterator["OpenedObject"]:
        """Open one object for reading; the stamp must still fit."""
        place = _s3(source)
        key = _key(place, path)
        try:
            store = self._store(place, secrets)
            found = await store.head(key)
        except NotFoundError as error:
            raise object_changed() from error
        except (InputError, PeerError, RefusedError) as error:
            raise unreachable() from error
        file = _file(path, found)
        if file.stamp != stamp:
            raise object_changed()
        yield OpenedObject(store, found, file)

    def _store(self, source: S3Source, secrets: Secrets) -> Store:
        bucket = Bucket(
            endpoint=source.endpoint,
            region=source.region,
            name=source.bucket,
            path_style=source.path_style,
        )
        return Store(self._outbound, self._clock, bucket, _keys(source, secrets), context=secrets.context)


class OpenedObject:
    """An open object; every chunk is requested under the ETag that was published."""

    def __init__(self, store: Store, found: ObjectOf, file: FileOf) -> None:
        self._store = store
        self._found = found
        self.file = file

    async def chunks(self, start: int, end: int) -> AsyncGenerator[bytes, None]:
        """Bytes `start` to `end` (exclusive), cut at multiples of 1 MiB of the object.

        A few chunks are requested ahead.
        """
        asked: deque[asyncio.Task[bytes]] = deque()
        at = start
        try:
            while asked or at < end:
                while at < end and len(asked) < AHEAD:
                    stop = min(end, (at // CHUNK_BYTES + 1) * CHUNK_BYTES)
                    asked.append(asyncio.create_task(self._chunk(at, stop)))
                    at = stop
                yield await asked.popleft()
        finally:
            for each in asked:
                each.cancel()
            await asyncio.gather(*asked, return_exceptions=True)

    async def _chunk(self, start: int, stop: int) -> bytes:
        try:
            return await self._store.read(self._found, start, stop)
        except NotFoundError as error:
            raise object_changed() from error
        except RefusedError as error:
            raise unreachable() from error
        except PeerError as error:
            raise broken_off() from error


class _BothKeys(msgspec.Struct, frozen=True, rename="camel"):
    """The secret that `keys` names, as EDC's vault holds it."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None


def _s3(source: Source) -> S3Source:
    if not isinstance(source, S3Source):
        raise TypeError(f"{source.kind} is not an object store")
    named = (source.access_key is not None, source.secret_key is not None, source.keys is not None)
    if (source.key is None) == (source.prefix is None) or named not in _WAYS:
        raise errors.SOURCE_BUCKET_INCOMPLETE()
    return source


def _keys(source: S3Source, secrets: Secrets) -> Keys | None:
    if source.keys is not None:
        try:
            both = msgspec.json.decode(secrets[source.keys], type=_BothKeys)
        except msgspec.DecodeError:
            raise errors.SECRET_NOT_KEYS(name=source.keys) from None  # the fault would quote the secret
        return Keys(access=both.access_key_id, secret=both.secret_access_key, token=both.session_token)
    if source.access_key is None or source.secret_key is None:
        return None
    return Keys(access=secrets[source.access_key], secret=secrets[source.secret_key])


def _key(source: S3Source, path: str) -> str:
    """The key of a path of the source.

    Raises:
        NotFoundError: `file.not-found`.
    """
    if source.key is not None:
        if path:
            raise not_found()
        return source.key
    components(path)
    return f"{source.prefix}{path}"


def _path(prefix: str, key: str) -> str:
    """The path of an object below the prefix.

    Raises:
        InputError: `source.key-unsafe`: it could not lie under this name in a folder.
    """
    path = key.removeprefix(prefix)
    try:
        components(path)
        checked_key(key)
    except XinfuError as error:
        raise errors.SOURCE_KEY_UNSAFE(key=key) from error
    return path


def _file(path: str, found: ObjectOf) -> FileOf:
    stamp = f"{found.etag}:{found.size}:{int(found.modified.timestamp())}"
    return FileOf(path=path, size_bytes=found.size, stamp=stamp)


def _digest(chunk: bytes) -> bytes:
    return hashlib.sha256(chunk).digest()
