"""Saves a file to disk: written to `NAME.part`, resumable, checked as a whole, and then moved into place.

`NAME.part.json` next to the part holds the Merkle root of the part's file. A part with another root is discarded.
The bytes of a part are hashed again before it is resumed, and the file gets its name only if its root equals that of
the provider's manifest. A provider without a manifest gives no root: such a file is never resumed, and never counts
as verified.
"""

import contextlib
import hashlib
import os
import re
import unicodedata
from io import FileIO
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from xinfu.client import errors
from xinfu.client.files import check_free, unwritable
from xinfu.evidence import CHUNK_BYTES, Manifest

_PART: Final = ".part"
_SIDE: Final = ".part.json"
_LONGEST_PATH: Final = 4096 - 512
"""Bytes; leaves room for the folder that it is saved to."""
_LONGEST_NAME: Final = 255 - len(_SIDE)
"""Bytes of a name, with what is added to it on the way."""
_SHOWN: Final = 120
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Control characters, those that change the direction of text, halves of characters, separators of lines."""
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{kind}{number}" for kind in ("COM", "LPT") for number in "123456789¹²³"}
)


class PartOrigin(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a part."""

    root: str


class Part:
    """A partly saved file. Blocking; meant for a worker thread.

    Args:
        target: where the file goes in the end.
        at: path of the part, if it is not next to the target.
        overwrite: replace a file at `target` once the new one is whole.
    """

    def __init__(self, target: Path, at: Path | None = None, *, overwrite: bool = True) -> None:
        self.target = target
        self._overwrite = overwrite
        beside = target if at is None else at
        self.path = beside.with_name(beside.name + _PART)
        self._side = beside.with_name(beside.name + _SIDE)
        self._file: FileIO | None = None
        self._digests: list[bytes] = []
        self._chunk = hashlib.sha256()
        self._root = ""
        self.size = 0

    def known_root(self) -> str:
        """Return the root of the part's file; "" without a part to resume."""
        try:
            return (
                msgspec.json.decode(self._side.read_bytes(), type=PartOrigin).root
                if self.path.exists()
                else ""
            )
        except (OSError, msgspec.DecodeError):
            return ""

    def open(self, root: str) -> int:
        """Open the part for writing and return the offset to continue at, a multiple of 1 MiB.

        Raises:
            InputError: `save.failed`: the place cannot be written to. `save.exists`: a file is there and is to stay.
        """
        self._digests, self._chunk, self.size = [], hashlib.sha256(), 0
        self._root = root
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            check_free(self.target, overwrite=self._overwrite)
            resumes = bool(root) and self.known_root() == root
            self._file = FileIO(self.path, "r+" if resumes else "w")
            if resumes:
                self._take_over(self._file)
            else:
                self._side.write_bytes(msgspec.json.encode(PartOrigin(root=root)))
        except OSError as error:
            self.close()
            raise unwritable(self.target, error) from error
        return self.size

    def write(self, data: bytes) -> None:
        """Append bytes. They are written to the file at once, so that closing it cannot fail for lack of space.

        Raises:
            InputError: `save.failed`: disk full, or gone.
        """
        if self._file is None:
            raise RuntimeError("open() goes before write()")
        view = memoryview(data)
        try:
            while view:
                view = view[self._file.write(view) :]
        except OSError as error:
            raise unwritable(
                self.target, error, kept=bool(self._root) and self.size >= CHUNK_BYTES
            ) from error
        self._hash(data)
        self.size += len(data)

    def finish(self, root: str) -> None:
        """Check the whole file against `root` and move it into place; "" skips the check.

        Raises:
            IntegrityError: `data.altered`: the part is thrown away. InputError: `save.failed`, `save.exists`.
        """
        if root and self._own_root() != root:
            self.discard()
            raise errors.DATA_ALTERED_ON_DISK(name=self.target.name)
        try:
            if self._file is not None:
                os.fsync(self._file.fileno())
                self._file.close()
                self._file = None
            self.target.parent.mkdir(parents=True, exist_ok=True)
            check_free(self.target, overwrite=self._overwrite)
            self.path.replace(self.target)
            self._side.unlink(missing_ok=True)
            _sync(self.target.parent)
        except OSError as error:
            raise unwritable(self.target, error, kept=True) from error

    def close(self) -> None:
        """Close the file; written bytes stay for the next attempt, and an empty part is removed."""
        if self._file is None:
            return
        with contextlib.suppress(OSError):  # whatever it is, the next call finds out how much is there
            self._file.close()
        self._file = None
        if not self.size:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)
                self._side.unlink(missing_ok=True)

    def discard(self) -> None:
        """Delete the part."""
        self.close()
        self.path.unlink(missing_ok=True)
        self._side.unlink(missing_ok=True)

    def _take_over(self, file: FileIO) -> None:
        """Hash the existing whole chunks, and cut off the bytes after them."""
        with self.path.open("rb") as known:
            while len(chunk := known.read(CHUNK_BYTES)) == CHUNK_BYTES:
                self._hash(chunk)
                self.size += CHUNK_BYTES
        file.truncate(self.size)
        file.seek(self.size)

    def _hash(self, data: bytes) -> None:
        """Add `data` to the hashes, split at the boundaries of chunks."""
        view, at = memoryview(data), 0
        filled = self.size % CHUNK_BYTES
        while at < len(view):
            taken = min(CHUNK_BYTES - filled, len(view) - at)
            self._chunk.update(view[at : at + taken])
            at, filled = at + taken, filled + taken
            if filled == CHUNK_BYTES:
                self._digests.append(self._chunk.digest())
                self._chunk, filled = hashlib.sha256(), 0

    def _own_root(self) -> str:
        tail = [self._chunk.digest()] if self.size % CHUNK_BYTES else []
        return Manifest.of(self.size, [*self._digests, *tail]).root


def name_of(dataset: str) -> str:
    """Return the file name under which a dataset is saved, from its id.

    Raises:
        InputError: `get.no-name`: its id gives none.
    """
    name = dataset.rstrip("/").rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    if name in {"", ".", ".."} or "\\" in name or "\x00" in name:
        raise errors.GET_NO_NAME(dataset=dataset)
    return name


def root_of(path: Path) -> str:
    """Return the Merkle root of an existing file; "" without one."""
    digests, size = [], 0
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                digests.append(hashlib.sha256(chunk).digest())
                size += len(chunk)
    except OSError:
        return ""
    return Manifest.of(size, digests).root


def safe(path: str) -> PurePosixPath:
    """Return a path of a listing if it stays below the folder that it is saved to.

    Raises:
        IntegrityError: `data.path-unsafe`: absolute, climbing, too long, or with a name that some system takes for
            something else than a file (a device, a drive, a stream, what a terminal obeys).
    """
    made = PurePosixPath(path)
    odd = (
        not made.parts
        or made.is_absolute()
        or str(made) != path
        or len(path.encode(errors="surrogatepass")) > _LONGEST_PATH
    )
    if odd or not all(map(_is_name, made.parts)):
        shown = path if len(path) <= _SHOWN else path[:_SHOWN] + "…"
        raise errors.DATA_PATH_UNSAFE(shown=shown)
    return made


def _is_name(name: str) -> bool:
    """Whether a text is a plain file name on every system, and safe to print."""
    return (
        len(name.encode(errors="surrogatepass")) <= _LONGEST_NAME
        and not any(unicodedata.category(each) in _UNSEEN or each == "\\" for each in name)
        and name != ".."
        and not _DRIVE.match(name)
        and name.partition(".")[0].rstrip().upper() not in _DEVICES
    )


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
