"""Census: how much there is of what in a context at one moment, for those who watch over a node."""

from collections.abc import Mapping
from datetime import datetime

import msgspec


class Census(msgspec.Struct, frozen=True, kw_only=True):
    """Counts of one context.

    Attributes:
        negotiations, transfers: those that are not over, by role and state ("OPENING" before the first
            acknowledgement).
        agreements: by state. assets, definitions: all.
        waiting: outbox rows. retrying: those of them that failed before.
        oldest_due: when the row that waits longest was or will be due; None when none waits.
    """

    negotiations: Mapping[tuple[str, str], int]
    transfers: Mapping[tuple[str, str], int]
    agreements: Mapping[str, int]
    assets: int = 0
    definitions: int = 0
    waiting: int = 0
    retrying: int = 0
    oldest_due: datetime | None = None
