"""The story of one play of S01, as values read back from the nodes. The pages are drawn from it alone."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from xinfu_scenarios.diary import Event, ReceiptFile
from xinfu_scenarios.s01.figures import Figures, Row
from xinfu_scenarios.s01.generator import Count
from xinfu_scenarios.s01.ledger import Correction, Ledger, Signed
from xinfu_scenarios.words import Text


class Refused(Struct, frozen=True, kw_only=True):
    """An attempt that was refused.

    Args:
        number: its number in the card's list. code: the stable code. rule: the rule that refuses it.
        log: the participant whose log records it, in the entry `entry`.
    """

    number: int
    tried: Text
    code: str
    answer: Text
    rule: Text
    log: Text
    entry: str
    at: datetime


class FirmLedger(Struct, frozen=True, kw_only=True):
    """A firm, its ledger as the city counts it, and its projects; None if it publishes none."""

    name: Text
    ledger: Ledger
    projects: int | None


class Opened(Struct, frozen=True, kw_only=True):
    """A row that the province opened behind a sum, with the members that it may see, and the agreement."""

    id: str
    side: str
    amount: int
    status: str
    agreement: str


class Corrected(Struct, frozen=True, kw_only=True):
    """The correction with its contract, and both sums in 0.01 亿元 with their moments."""

    said: Correction
    firm: Text
    signed: Signed
    before: int
    before_at: datetime
    after: int
    after_at: datetime


class Reads(Struct, frozen=True, kw_only=True):
    """The reads of the derived product: answered, granted in the month, and recorded by the city without repeats."""

    answered: int
    granted: int
    recorded: int


class Story(Struct, frozen=True, kw_only=True):
    """The whole story.

    Args:
        found: the figures of the year as they were signed; `corrected` has the later change.
        rows: the derived product as the province read it.
        delegated: the contract under which it did.
        counts_kept: figures of the page reproduced, figures computed as they were drawn, and refusals: each of how many.
    """

    played_at: datetime
    found: Figures
    counts: tuple[Count, ...]
    rows: tuple[Row, ...]
    ledgers: tuple[FirmLedger, ...]
    opened: tuple[Opened, ...]
    corrected: Corrected
    delegated: Signed
    reads: Reads
    refusals: tuple[Refused, ...]
    events: tuple[Event, ...]
    receipt_files: tuple[ReceiptFile, ...]
    trust_files: tuple[str, ...]
    counts_kept: tuple[tuple[int, int], ...]
    page: Path
    receipts: Sequence[Path]
    lines: tuple[Text, ...]
