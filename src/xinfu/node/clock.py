"""The real clock."""

from datetime import UTC, datetime

import uuid_utils


class SystemClock:
    """The machine's time, and UUIDv7 identifiers made from it."""

    def now(self) -> datetime:
        """This moment, UTC."""
        return datetime.now(UTC)

    def new_id(self) -> str:
        """A fresh `urn:uuid:` UUIDv7."""
        return f"urn:uuid:{uuid_utils.uuid7()}"
