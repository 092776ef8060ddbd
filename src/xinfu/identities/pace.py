"""Pace: how many unknown DIDs are looked up for one network, and for all of them.

A bucket for each source network and one for everybody. It fills with time; an empty one refuses. Buckets
that are full again are forgotten, so memory stays bounded.

Follows: design decision D-09; threat M7.
"""

from datetime import datetime
from typing import Final

import msgspec

MOST_SOURCES: Final = 4096


class Bucket(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens left in a bucket at a moment."""

    left: float
    at: datetime


class Pace:
    """Admits look-ups for strangers.

    Args:
        burst: how many at once for one source; `overall` times as many for all sources together.
        per_s: how many more each second, for one source.
    """

    def __init__(self, *, burst: int = 20, per_s: float = 1.0, overall: int = 10) -> None:
        self._burst = burst
        self._per_s = per_s
        self._overall = overall
        self._buckets: dict[str, Bucket] = {}
        self._everybody: Bucket | None = None

    def admit(self, source: str, now: datetime) -> bool:
        """Whether one more look-up for `source` may happen; when it may, it is counted."""
        own = self._filled(self._buckets.get(source), now, 1)
        everybody = self._filled(self._everybody, now, self._overall)
        if own < 1 or everybody < 1:
            return False
        if len(self._buckets) >= MOST_SOURCES:
            self._forget(now)
        self._buckets[source] = Bucket(left=own - 1, at=now)
        self._everybody = Bucket(left=everybody - 1, at=now)
        return True

    def _filled(self, bucket: Bucket | None, now: datetime, factor: int) -> float:
        full = float(self._burst * factor)
        if bucket is None:
            return full
        waited_s = max((now - bucket.at).total_seconds(), 0.0)
        return min(full, bucket.left + waited_s * self._per_s * factor)

    def _forget(self, now: datetime) -> None:
        """Drop full buckets; when none is full, the oldest half."""
        kept = {name: one for name, one in self._buckets.items() if self._filled(one, now, 1) < self._burst}
        if len(kept) >= MOST_SOURCES:
            newest = sorted(kept.items(), key=lambda item: item[1].at)[MOST_SOURCES // 2 :]
            kept = dict(newest)
        self._buckets = kept
