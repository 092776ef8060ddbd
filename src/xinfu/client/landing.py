"""A dataset on its way into one's own bucket: in parts, resumed, checked whole, and visible only then.

Beside an object that is on its way lies `KEY.part.json`: the Merkle root of the file that it is from, the upload, the
ETags of the parts that are there, and the frontier of the tree over their chunks. Parts that the store still has with
these ETags are not fetched again. The upload is completed only when the root of all that went into it is that of the
provider's manifest, so the object appears whole and checked or not at all. Small files go up in one piece.
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
    """What is in the bucket.

    Attributes:
        place: `s3://bucket/key`, of a folder with a slash at its end.
        verified: every file was held against the provider's manifest before it became visible.
        resumed_from: bytes that were there from before.
    """

    place: str
    size_bytes: int
    files: int
    verified: bool
    resumed_from: int


class UploadProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far an upload has come; `frontier` as `Frontier.to_bytes`, hex."""

    root: str
    upload: str
    part_bytes: int
    etags: tuple[str, ...] = ()
    frontier: str = Frontier().to_bytes().hex()

    @property
    def size(self) -> int:
        """Bytes in the parts, all of them full."""
        return len(self.etags) * self.part_bytes

    def after(self, etag: str, part: bytes) -> "UploadProgress":
        """One part further."""
        known = Frontier.from_bytes(bytes.fromhex(self.frontier))
        leaves = [leaf_hash(digest) for digest in _digests(part)]
        return replace(self, etags=(*self.etags, etag), frontier=known.extend(leaves).to_bytes().hex())

    def fits(self, root: str) -> bool:
        """Whether the parts are all of the file with this root."""
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
    """Let what a transfer carries land in one's own bucket. Goes on where an earlier try ended.

    Args:
        place: `s3://bucket/key`; a folder, and what ends in a slash, comes below it.
        endpoint, region, keys: of the store; what is not given is taken from the `AWS_…` variables.
        overwrite: write over other objects that are there; otherwise they stay and stop it.

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
    """One call of `upload`."""

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
        """Bring all files below `key`; a single one to `key`, or to `name` below it where it ends in a slash.

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
        """One file, over as many cuts as it takes while each try brings something."""
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
        """Receive what is missing, part by part, and let it appear."""
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
        """Send the full parts of what waits, but for the last of them: an object that is one part goes up whole."""
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
        """How far an earlier try came, if the store still has exactly its parts; any other is thrown away."""
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
    """Bytes of a part, whole chunks; the size of a file without a manifest is not known before."""
    if not file.root:
        return _UNTOLD_PART_BYTES
    chunks = -(-file.size // (CHUNK_BYTES * _MOST_PARTS))
    return max(PART_BYTES, chunks * CHUNK_BYTES)


def _digests(data: bytes) -> list[bytes]:
    view = memoryview(data)
    return [hashlib.sha256(view[at : at + CHUNK_BYTES]).digest() for at in range(0, len(view), CHUNK_BYTES)]


def _meta(file: FileView) -> dict[str, str]:
    return {_ROOT: file.root} if file.root else {}
