"""Uploads a dataset into one's own bucket: in parts, resumable, checked as a whole, and visible only then.

While an upload runs, `KEY.part.json` next to the object holds the Merkle root of its file, the id of the upload, the
ETags of the stored parts, and the frontier of the tree over their chunks. Parts that the store still has with these
ETags are not fetched again. The upload is completed only if the root of all its bytes equals that of the provider's
manifest, so the object appears whole and checked or not at all. Small files are uploaded in one piece.
"""

import asyncio
import hashlib
from typing import Final

import msgspec
from msgspec.structs import replace

from xinfu.api import FileView
from xinfu.client import errors
from xinfu.client.bucket import OwnBucket, own_bucket
from xinfu.client.files import exists
from xinfu.client.saving import name_of, safe
from xinfu.client.transfer import TRIES, Progress, Transfer
from xinfu.errors import IntegrityError, PeerError, RefusedError
from xinfu.evidence import CHUNK_BYTES, Frontier, Manifest, leaf_hash
from xinfu.s3 import Keys, read_place

PART_BYTES: Final = 8 * CHUNK_BYTES
"""A part, unless the file is so large that there would be more than 10,000."""
_UNTOLD_PART_BYTES: Final = 32 * CHUNK_BYTES
_MOST_PARTS: Final = 10_000
_SIDE: Final = ".part.json"
_ROOT: Final = "xinfu-root"
"""User metadata of what we stored: the root that it was checked against."""


class Landed(msgspec.Struct, frozen=True, kw_only=True):
    """The data uploaded to the bucket.

    Attributes:
        place: `s3://bucket/key`, with a slash at the end for a folder.
        verified: whether every file was checked against the provider's manifest before it became visible.
        resumed_from: bytes present from an earlier attempt.
    """

    place: str
    size_bytes: int
    files: int
    verified: bool
    resumed_from: int


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """The progress of an upload; `frontier` is `Frontier.to_bytes` in hex."""

    root: str
    upload: str
    part_bytes: int
    etags: tuple[str, ...] = ()
    frontier: str = Frontier().to_bytes().hex()

    @property
    def size(self) -> int:
        """Bytes in the parts, all of which are full."""
        return len(self.etags) * self.part_bytes

    def after(self, etag: str, part: bytes) -> "UploadProgress":
        """Return the progress after another part."""
        known = Frontier.from_bytes(bytes.fromhex(self.frontier))
        leaves = [leaf_hash(digest) for digest in _digests(part)]
        return replace(self, etags=(*self.etags, etag), frontier=known.extend(leaves).to_bytes().hex())

    def fits(self, root: str) -> bool:
        """Whether the parts form the whole file with this root."""
        return Frontier.from_bytes(bytes.fromhex(self.frontier)).root().hex() == root


async def upload(
    transfer: Transfer,
    place: str,
    *,
    endpoint: str | None = None,
    region: str | None = None,
    keys: Keys | None = None,
    progress: Progress | None = None,
    overwrite: bool = True,
) -> Landed:
    """Upload the data of a transfer to one's own bucket. Continues an earlier attempt.

    Args:
        place: `s3://bucket/key`; a folder is uploaded below it, and so is a file if the place ends in a slash.
        endpoint, region, keys: of the store; absent ones are taken from the `AWS_…` variables.
        overwrite: overwrite other objects; otherwise an existing object stops the upload.

    Raises:
        RefusedError: the provider refuses or stopped it; `bucket.refused`: the store does.
        PeerError: `data.cut` again and again, `bucket.unreachable`. IntegrityError: `data.altered`, `data.path-unsafe`.
        InputError: `bucket.*`, `save.exists`. Nothing is visible of a file that did not arrive whole.
    """
    read = read_place(place)
    name = name_of(transfer.view.dataset) if read.key.endswith("/") or not read.key else ""
    async with own_bucket(read.bucket, endpoint=endpoint, region=region, keys=keys) as bucket:
        return await _Upload(transfer, bucket, progress, overwrite=overwrite).land(read.key, name)


class _Upload:
    """The work of a call of `upload`."""

    def __init__(
        self, transfer: Transfer, bucket: OwnBucket, progress: Progress | None, *, overwrite: bool
    ) -> None:
        self._transfer = transfer
        self._overwrite = overwrite
        self._bucket = bucket
        self._progress = progress
        self._total = self._done = self._resumed = 0
        self._verified = True

    async def land(self, key: str, name: str) -> Landed:
        """Upload all files below `key`; a single file to `key`, or to `name` below it if it ends in a slash.

        Raises:
            As `upload`.
        """
        listed = await self._transfer.listed()
        self._total = sum(each.size for each in listed)
        is_folder = not key or key.endswith("/")
        if len(listed) == 1 and listed[0].path == "":
            ended = key + name if is_folder else key
            await self._file(listed[0], ended)
        else:
            ended = key if is_folder else f"{key}/"
            for file in listed:
                await self._file(file, ended + str(safe(file.path)))
        return Landed(
            place=f"s3://{self._bucket.name}/{ended}",
            size_bytes=self._done,
            files=len(listed),
            verified=self._verified,
            resumed_from=self._resumed,
        )

    async def _file(self, file: FileView, key: str) -> None:
        """Upload a file, retrying after each cut while every attempt makes progress."""
        self._verified = self._verified and bool(file.root)
        if await self._is_there(file, key):
            self._resumed += file.size
            self._count(file.size)
            await self._forget(key)
            return
        if not self._overwrite and await self._bucket.head(key) is not None:
            raise exists(f"s3://{self._bucket.name}/{key}")
        before, failures = self._done, 0
        side = await self._kept(file, key)
        self._resumed += side.size if side else 0
        while True:
            self._done = before + (side.size if side else 0)
            at = side.size if side else 0
            try:
                await self._attempt(file, key, side)
            except PeerError as error:
                if error.code.startswith("bucket."):
                    raise
                why = await self._transfer.why_cut(error)
                side = await self._kept(file, key)
                failures = 0 if side is not None and side.size > at else failures + 1
                if why is not error or failures == TRIES:
                    raise why from error
                await asyncio.sleep(0.2 * 2**failures)
            else:
                return

    async def _attempt(self, file: FileView, key: str, side: UploadProgress | None) -> None:
        """Receive the missing parts one by one, and complete the object."""
        waiting = bytearray()
        at = side.size if side else 0
        try:
            if at < file.size or not file.root:
                async with self._transfer.open(file.path, start=at) as incoming:
                    if incoming.root != file.root and file.root:
                        raise errors.DATA_CHANGED()
                    async for chunk in incoming.chunks():
                        waiting += chunk
                        self._count(len(chunk))
                        side = await self._send_full(file, key, side, waiting)
            await self._finish(file, key, side, bytes(waiting))
        except BaseException:
            if (
                side is not None and not file.root
            ):  # nothing says that its parts are of the same version next time
                await self._bucket.abort(key, side.upload)
            raise

    async def _send_full(
        self, file: FileView, key: str, side: UploadProgress | None, waiting: bytearray
    ) -> UploadProgress | None:
        """Send the full buffered parts except the last: an object of one part is stored whole."""
        size = _part_bytes(file)
        while len(waiting) > size:
            side = await self._send(file, key, side, bytes(waiting[:size]))
            del waiting[:size]
        return side

    async def _send(
        self, file: FileView, key: str, side: UploadProgress | None, part: bytes
    ) -> UploadProgress:
        if side is None:
            upload = await self._bucket.begin(key, _meta(file))
            side = UploadProgress(root=file.root, upload=upload, part_bytes=_part_bytes(file))
            await self._note(file, key, side)
        etag = await self._bucket.part(key, side.upload, len(side.etags) + 1, part)
        side = await asyncio.to_thread(side.after, etag, part)
        if len(part) == side.part_bytes:
            await self._note(file, key, side)
        return side

    async def _finish(self, file: FileView, key: str, side: UploadProgress | None, last: bytes) -> None:
        if side is None:
            if file.root and Manifest.of(len(last), _digests(last)).root != file.root:
                raise errors.DATA_ALTERED(key=key)
            await self._bucket.put(key, last, _meta(file))
            return
        if last:
            side = await self._send(file, key, side, last)
        if file.root and not side.fits(file.root):
            await self._bucket.abort(key, side.upload)
            await self._forget(key)
            raise errors.DATA_ALTERED(key=key)
        try:
            await self._bucket.complete(key, side.upload, side.etags)
        except RefusedError:  # it may be done, and only the answer was lost
            if not await self._is_there(file, key):
                raise
        await self._forget(key)

    async def _is_there(self, file: FileView, key: str) -> bool:
        """Whether the object is this file, checked by us when we stored it."""
        found = await self._bucket.head(key) if file.root else None
        return found is not None and (found.meta.get(_ROOT), found.size) == (file.root, file.size)

    async def _note(self, file: FileView, key: str, side: UploadProgress) -> None:
        if file.root:
            await self._bucket.put(key + _SIDE, msgspec.json.encode(side))

    async def _kept(self, file: FileView, key: str) -> UploadProgress | None:
        """Return an earlier attempt's progress if the store still has exactly its parts; discard any other upload."""
        told = await self._bucket.get(key + _SIDE) if file.root else None
        if told is None:
            return None
        try:
            side = msgspec.json.decode(told, type=UploadProgress)
            Frontier.from_bytes(bytes.fromhex(side.frontier))
        except (msgspec.DecodeError, ValueError, IntegrityError):
            return None
        have = await self._bucket.parts(key, side.upload) or []
        noted = [(number, etag, side.part_bytes) for number, etag in enumerate(side.etags, 1)]
        same = [(part.number, part.etag, part.size) for part in have[: len(noted)]] == noted
        if side.root == file.root and side.part_bytes == _part_bytes(file) and noted and same:
            return side
        await self._bucket.abort(key, side.upload)
        await self._forget(key)
        return None

    async def _forget(self, key: str) -> None:
        if await self._bucket.head(key + _SIDE) is not None:
            await self._bucket.delete(key + _SIDE)

    def _count(self, more: int) -> None:
        self._done += more
        if self._progress is not None:
            self._progress(self._done, max(self._total, self._done))


def _part_bytes(file: FileView) -> int:
    """Return the bytes of a part, a multiple of the chunk; without a manifest the size of the file is unknown."""
    if not file.root:
        return _UNTOLD_PART_BYTES
    chunks = -(-file.size // (CHUNK_BYTES * _MOST_PARTS))
    return max(PART_BYTES, chunks * CHUNK_BYTES)


def _digests(data: bytes) -> list[bytes]:
    view = memoryview(data)
    return [hashlib.sha256(view[at : at + CHUNK_BYTES]).digest() for at in range(0, len(view), CHUNK_BYTES)]


def _meta(file: FileView) -> dict[str, str]:
    return {_ROOT: file.root} if file.root else {}
