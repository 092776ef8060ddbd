"""The Merkle tree of RFC 6962 (RFC 9162 §2.1): roots, growth, inclusion and consistency.

Hashes are 32 bytes of SHA-256; a leaf is hashed behind 0x00 (`canonical.leaf_hash`), a node behind 0x01.
Proofs read complete subtrees through a `NodeReader`, so their cost is O(log n) whoever stores the nodes.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeAlias

import msgspec

from xinfu.evidence import errors

NodeReader: TypeAlias = Callable[[int, int], bytes]
"""(level, index) -> hash of the complete subtree over leaves [index * 2^level, (index + 1) * 2^level)."""

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = hashlib.sha256(b"").digest()
_NODE: Final = b"\x01"


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return hashlib.sha256(_NODE + left + right).digest()


class Frontier(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The right edge of a tree: all that is needed to append and to know the root.

    Attributes:
        size: number of leaves.
        peaks: roots of the complete subtrees, from the left; one for each bit set in `size`.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise errors.EVIDENCE_FRONTIER_BROKEN()

    def append(self, leaf: bytes) -> "Frontier":
        """The frontier after one more leaf hash; O(log n)."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> "Frontier":
        """The frontier after more leaf hashes, in order."""
        size, peaks, sha256 = self.size, list(self.peaks), hashlib.sha256
        for node in leaves:
            carry = size
            while carry & 1:
                node = sha256(_NODE + peaks.pop() + node).digest()
                carry >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size=size, peaks=tuple(peaks))

    def root(self) -> bytes:
        """The root of the tree so far; of an empty tree SHA-256 of nothing."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        """Size as 8 bytes big-endian, then the peaks."""
        return self.size.to_bytes(8, "big") + b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, data: bytes) -> "Frontier":
        """Read what `to_bytes` wrote.

        Raises:
            IntegrityError: `evidence.frontier-broken`.
        """
        size, peaks = int.from_bytes(data[:8], "big"), data[8:]
        if len(data) != 8 + HASH_BYTES * size.bit_count():
            raise errors.EVIDENCE_FRONTIER_BROKEN_LENGTH()
        return cls(
            size=size, peaks=tuple(peaks[i : i + HASH_BYTES] for i in range(0, len(peaks), HASH_BYTES))
        )

    @classmethod
    def read(cls, size: int, read: NodeReader) -> "Frontier":
        """The frontier of the tree of `size` leaves whose nodes `read` knows."""
        peaks, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                peaks.append(read(level, start >> level))
                start += 1 << level
        return cls(size=size, peaks=tuple(peaks))


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in order."""
    return Frontier().extend(leaves).root()


def inclusion_proof(index: int, size: int, read: NodeReader) -> tuple[bytes, ...]:
    """The siblings on the way from leaf `index` up to the root of the tree of `size` leaves.

    Raises:
        InputError: `evidence.no-such-index`.

    Follows: RFC 9162 §2.1.3.1.
    """
    if not 0 <= index < size:
        raise errors.EVIDENCE_NO_SUCH_INDEX(index=index, size=size)
    start, end, path = 0, size, []
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(range_root(middle, end, read))
            end = middle
        else:
            path.append(range_root(start, middle, read))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, read: NodeReader) -> tuple[bytes, ...]:
    """The nodes that show the tree of `old` leaves to be a prefix of the tree of `new` leaves.

    Raises:
        InputError: `evidence.no-such-size`: not 0 <= old <= new.

    Follows: RFC 9162 §2.1.4.1. From an empty tree, and between equal trees, nothing need be shown.
    """
    if not 0 <= old <= new:
        raise errors.EVIDENCE_NO_SUCH_SIZE(old=old, new=new)
    if old in {0, new}:
        return ()
    start, end, path = 0, new, []
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(range_root(middle, end, read))
            end = middle
        else:
            path.append(range_root(start, middle, read))
            start = middle
    if start != 0:
        path.append(range_root(start, end, read))
    return tuple(reversed(path))


def range_root(start: int, end: int, read: NodeReader) -> bytes:
    """The root over leaves [start, end), a range that RFC 6962's splitting gives; O(log n) reads."""
    width = end - start
    level = width.bit_length() - 1
    if width == 1 << level:
        return read(level, start >> level)
    middle = start + _split(width)
    return node_hash(range_root(start, middle, read), range_root(middle, end, read))


def _split(width: int) -> int:
    """The largest power of two below `width`, for width > 1."""
    return 1 << (width - 1).bit_length() - 1


def inclusion_trail(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> tuple[bytes, ...] | None:
    """The nodes from the leaf hash to the root that the proof leads to; None if its length is wrong.

    Follows: RFC 9162 §2.1.3.2.
    """
    if not 0 <= index < size:
        return None
    fn, sn, trail = index, size - 1, [leaf]
    for sibling in proof:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            trail.append(node_hash(sibling, trail[-1]))
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            trail.append(node_hash(trail[-1], sibling))
        fn, sn = fn >> 1, sn >> 1
    return tuple(trail) if sn == 0 else None


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof leads from the leaf hash at `index` to the root of the tree of `size` leaves."""
    trail = inclusion_trail(leaf, index, size, proof)
    return trail is not None and trail[-1] == root


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Whether the tree of `old` leaves is shown to be a prefix of the tree of `new` leaves.

    Follows: RFC 9162 §2.1.4.2.
    """
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    if not path:
        return False
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    was = now = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            was, now = node_hash(node, was), node_hash(node, now)
            while not fn & 1 and fn != 0:
                fn, sn = fn >> 1, sn >> 1
        else:
            now = node_hash(now, node)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and was == old_root and now == new_root
