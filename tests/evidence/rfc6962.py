"""A second implementation of RFC 6962 §2.1, written from the text of the RFC alone, for comparison.

Recursive and slow on purpose: each function is a sentence of the RFC. It imports nothing of ours.
"""

import hashlib


def split(n: int) -> int:
    """ "Let k be the largest power of two smaller than n (i.e., k < n <= 2k)"."""
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def mth(d: list[bytes]) -> bytes:
    """MTH(D[n]): the Merkle Tree Hash of an ordered list of entries."""
    if not d:
        return hashlib.sha256(b"").digest()
    if len(d) == 1:
        return hashlib.sha256(b"\x00" + d[0]).digest()
    k = split(len(d))
    return hashlib.sha256(b"\x01" + mth(d[:k]) + mth(d[k:])).digest()


def path(m: int, d: list[bytes]) -> list[bytes]:
    """PATH(m, D[n]): the audit path of the (m+1)th entry."""
    if len(d) == 1:
        return []
    k = split(len(d))
    if m < k:
        return [*path(m, d[:k]), mth(d[k:])]
    return [*path(m - k, d[k:]), mth(d[:k])]


def proof(m: int, d: list[bytes]) -> list[bytes]:
    """PROOF(m, D[n]): the consistency proof from the first m entries, 0 < m <= n."""
    return subproof(m, d, complete=True)


def subproof(m: int, d: list[bytes], *, complete: bool) -> list[bytes]:
    """SUBPROOF(m, D[n], b)."""
    if m == len(d):
        return [] if complete else [mth(d)]
    k = split(len(d))
    if m <= k:
        return [*subproof(m, d[:k], complete=complete), mth(d[k:])]
    return [*subproof(m - k, d[k:], complete=False), mth(d[:k])]


def root_from_path(m: int, n: int, leaf: bytes, audit_path: list[bytes]) -> bytes:
    """The root that an audit path leads to: PATH read backwards. ValueError for a wrong length."""
    if n == 1:
        if audit_path:
            raise ValueError("path too long")
        return hashlib.sha256(b"\x00" + leaf).digest()
    if not audit_path:
        raise ValueError("path too short")
    k, rest, last = split(n), audit_path[:-1], audit_path[-1]
    if m < k:
        return hashlib.sha256(b"\x01" + root_from_path(m, k, leaf, rest) + last).digest()
    return hashlib.sha256(b"\x01" + last + root_from_path(m - k, n - k, leaf, rest)).digest()
