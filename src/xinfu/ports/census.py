"""Census: the numbers of processes, agreements and other records of a context at one moment, for monitoring."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one context.

    Attributes:
        negotiations, transfers: processes that are not over, by role and state ("OPENING" before the first
            acknowledgement).
        agreements: by state. assets, definitions: all.
        waiting: outbox rows. retrying: those that failed before.
        oldest_due: the earliest due time of a waiting row; None if no row waits.
    """

    negotiations: Mapping[tuple[str, str], int]
    transfers: Mapping[tuple[str, str], int]
    agreements: Mapping[str, int]
    assets: int = 0
    definitions: int = 0
    waiting: int = 0
    retrying: int = 0
    oldest_due: datetime | None = None
