"""A file of a transfer as Python's own kind of file: pandas, pyarrow and others read it by range.

    with node.transfer(id).open() as file:
        frame = pandas.read_parquet(file, columns=["pm25"])

Bytes come in blocks of 1 MiB, those that are needed and, where reading goes straight on, some ahead. Blocks are kept
until 64 MiB are there, so that nothing is fetched twice within them: under a policy that counts, bytes are uses.
"""

import io
import threading
from collections import OrderedDict
from typing import Final, Protocol

from xinfu.client.blocking.loop import Loop

BLOCK_BYTES: Final = 1 << 20
KEPT_BLOCKS: Final = 64
AHEAD_BLOCKS: Final = 4
"""Fetched at once where a read begins at the end of the one before."""


class ByRange(Protocol):
    """A file that can be read by range."""

    path: str
    size: int
    root: str

    async def read(self, start: int, end: int) -> bytes:
        """Bytes `start` up to but not including `end`."""
        ...


class TransferFile(io.RawIOBase):
    """A file of a transfer, opened for reading; several threads may use it.

    A read raises the node's error: RefusedError if the provider refuses or has stopped the transfer, IntegrityError
    `data.changed` if it has published a new version, PeerError if it does not answer.
    """

    def __init__(self, loop: Loop, ranges: ByRange) -> None:
        super().__init__()
        self._loop = loop
        self._ranges = ranges
        self._at = 0
        self._read_to = -1
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._lock = threading.RLock()
        self.name = ranges.path

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._ranges.size

    @property
    def root(self) -> str:
        """Merkle root of the file, hex, as the provider published it; each byte is checked against it by the node."""
        return self._ranges.root

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Return the offset of the next read."""
        self._must_be_open()
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move the position without fetching anything."""
        self._must_be_open()
        with self._lock:
            base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}.get(whence)
            if base is None or base + offset < 0:
                raise ValueError(f"no place in a file: {offset} from {whence}")
            self._at = base + offset
            return self._at

    def readinto(self, buffer: "bytearray | memoryview", /) -> int:  # type: ignore[override]  # any writable buffer
        """Fill `buffer`, or less at the end of the file."""
        self._must_be_open()
        with self._lock, memoryview(buffer).cast("B") as view:
            end = min(self.size, self._at + len(view))
            count = max(0, end - self._at)
            if count:
                self._fetch(self._at, end)
                view[:count] = self._bytes(self._at, end)
                self._at = self._read_to = end
                self._forget()
            return count

    def close(self) -> None:
        """Drop the cached blocks; the transfer continues."""
        self._kept.clear()
        super().close()

    def _must_be_open(self) -> None:
        if self.closed:
            raise ValueError("the file is closed")

    def _fetch(self, start: int, end: int) -> None:
        """Fetch the missing blocks of a range, adjacent blocks in one call."""
        first, last = start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES
        missing = [number for number in range(first, last + 1) if number not in self._kept]
        if not missing:
            return
        if start == self._read_to:
            blocks = -(-self.size // BLOCK_BYTES)
            ahead = range(last + 1, min(blocks, missing[0] + AHEAD_BLOCKS))
            missing += [number for number in ahead if number not in self._kept]
        for begin, stop in _runs(missing):
            at, until = begin * BLOCK_BYTES, min(self.size, stop * BLOCK_BYTES)
            data = self._loop.wait(self._ranges.read(at, until))
            for number in range(begin, stop):
                own = number * BLOCK_BYTES - at
                self._kept[number] = data[own : own + BLOCK_BYTES]

    def _bytes(self, start: int, end: int) -> bytes:
        numbers = range(start // BLOCK_BYTES, (end - 1) // BLOCK_BYTES + 1)
        for number in numbers:
            self._kept.move_to_end(number)
        own = start - numbers[0] * BLOCK_BYTES
        return b"".join(self._kept[number] for number in numbers)[own : own + end - start]

    def _forget(self) -> None:
        """Drop the least recently used blocks."""
        while len(self._kept) > KEPT_BLOCKS:
            self._kept.popitem(last=False)


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Yield ascending numbers as ranges without gaps, each as its first number and the number after its last."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs
