"""The deterministic draw that every generator of the scenarios uses, without floating point or state.

The same seed and key give the same weight on every machine and in every version of Python.
"""

import hashlib
from collections.abc import Sequence


def weight(seed: int, key: str) -> int:
    """A whole number from 1 to 1000 that depends on `seed` and `key` alone.

    It is 1 + (first 8 bytes of SHA-256 of the UTF-8 text `seed:key`, big-endian) mod 1000.
    """
    digest = hashlib.sha256(f"{seed}:{key}".encode()).digest()
    return 1 + int.from_bytes(digest[:8], "big") % 1000


def share(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Split `total` into whole parts in proportion to `weights`; the parts add up to `total`.

    Each part is floor(total x weight / sum); what is left goes to the largest remainders, one unit
    each, ties to the lower index.

    Args:
        weights: at least one, none below 0, not all 0.

    Raises:
        ValueError: the weights cannot carry a total.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be 0 or more, and one of them above 0")
    parts = [total * one // whole for one in weights]
    by_remainder = sorted(range(len(weights)), key=lambda index: (-(total * weights[index] % whole), index))
    for index in by_remainder[: total - sum(parts)]:
        parts[index] += 1
    return tuple(parts)
