"""Manifests: a file as chunks of 1 MiB, the SHA-256 of each, and a Merkle root over them.

The root names the file's content in evidence; a consumer checks each chunk as it arrives. The tree is
that of RFC 6962 over the 32-byte digests (a leaf is SHA-256(0x00 || digest)). Pure: digests come in, no
file is opened. Follows: DECISIONS D-17.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from xinfu.evidence import errors
from xinfu.evidence.canonical import leaf_hash
from xinfu.evidence.tree import HASH_BYTES, root

CHUNK_BYTES: Final = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The digests of a file's content, chunk by chunk.

    Attributes:
        size: bytes in the file.
        chunk_size: bytes in each chunk but the last.
        chunks: SHA-256 of each chunk, lower-case hex; none for an empty file.
        root: Merkle root over them, lower-case hex.

    Raises:
        IntegrityError: `evidence.manifest-broken`: the parts do not fit each other.
    """

    size: int
    chunk_size: int = CHUNK_BYTES
    chunks: tuple[str, ...]
    root: str

    def __post_init__(self) -> None:
        if self.size < 0 or self.chunk_size < 1 or len(self.chunks) != -(-self.size // self.chunk_size):
            raise errors.EVIDENCE_MANIFEST_BROKEN(
                en="it has not one digest for each chunk", zh="分块摘要数量与大小不符"
            )
        try:
            digests = [bytes.fromhex(chunk) for chunk in self.chunks]
        except ValueError as error:
            raise errors.EVIDENCE_MANIFEST_BROKEN(
                en="a digest is not hexadecimal", zh="摘要不是十六进制"
            ) from error
        if any(len(d) != HASH_BYTES or d.hex() != c for d, c in zip(digests, self.chunks, strict=True)):
            raise errors.EVIDENCE_MANIFEST_BROKEN(
                en="a digest is not a SHA-256 in lower-case hex", zh="摘要不是小写十六进制的 SHA-256"
            )
        if manifest_root(digests) != self.root:
            raise errors.EVIDENCE_MANIFEST_BROKEN(
                en="its root does not follow from its chunks", zh="根哈希与各分块不符"
            )

    @classmethod
    def of(cls, size: int, digests: Iterable[bytes], chunk_size: int = CHUNK_BYTES) -> "Manifest":
        """The manifest of a file of `size` bytes with these SHA-256 digests of its chunks, in order."""
        listed = list(digests)
        return cls(
            size=size,
            chunk_size=chunk_size,
            chunks=tuple(digest.hex() for digest in listed),
            root=manifest_root(listed),
        )

    def span(self, chunk: int) -> tuple[int, int]:
        """The bytes [start, end) of a chunk.

        Raises:
            InputError: `evidence.no-such-chunk`.
        """
        if not 0 <= chunk < len(self.chunks):
            raise errors.EVIDENCE_NO_SUCH_CHUNK(chunk=chunk, count=len(self.chunks))
        start = chunk * self.chunk_size
        return start, min(start + self.chunk_size, self.size)

    def covering(self, start: int, end: int) -> range:
        """The chunks that hold bytes [start, end), cut to the file; empty when there are none."""
        start, end = max(start, 0), min(end, self.size)
        if start >= end:
            return range(0)
        return range(start // self.chunk_size, (end - 1) // self.chunk_size + 1)

    def whole(self, start: int, end: int) -> range:
        """The chunks that lie wholly within bytes [start, end): those that such a read can verify."""
        last = len(self.chunks) if end >= self.size else max(end, 0) // self.chunk_size
        return range(min(-(-max(start, 0) // self.chunk_size), last), last)

    def fits(self, chunk: int, digest: bytes) -> bool:
        """Whether `digest` is the published SHA-256 of the chunk with this number."""
        return 0 <= chunk < len(self.chunks) and self.chunks[chunk] == digest.hex()


def manifest_root(digests: Iterable[bytes]) -> str:
    """The Merkle root over chunk digests, lower-case hex."""
    return root(leaf_hash(digest) for digest in digests).hex()
