"""The story of one demo of S03, as values. The page is drawn from it alone.

All words are in both languages. All moments are aware; the page prints them in Beijing time.
"""

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from xinfu_scenarios.aqi import Index
from xinfu_scenarios.diary import Event, Party, ReceiptFile, Refusal
from xinfu_scenarios.episodes import Alert, Episode
from xinfu_scenarios.s03.figures import Summary
from xinfu_scenarios.words import Text


class Control(StrEnum):
    """How far a rule is enforced, which people see before they sign."""

    PROVIDER = "provider"
    ENVIRONMENT = "environment"
    CONTRACT = "contract"


class Rule(Struct, frozen=True, kw_only=True):
    """A rule of the contract as a sentence, and its level of control."""

    sentence: Text
    control: Control


class Contract(Struct, frozen=True, kw_only=True):
    """The agreement of one data product.

    Args:
        digest: SHA-256 of the agreement's policy, hex; the seal is drawn from it.
    """

    id: str
    product: Text
    digest: str
    agreed_at: datetime
    finalized_after_ms: int


class Delivery(Struct, frozen=True, kw_only=True):
    """A file that arrived, as the consumer checked it."""

    name: str
    size_bytes: int
    sha256: str
    hours: int


class Air(Struct, frozen=True, kw_only=True):
    """The results that the consumer computed from the files.

    Args:
        days: index of each day in order; None where the day has no value.
        alert: of the last episode that is worth one; None when there is none.
        chief: days by chief pollutant.
    """

    stations: tuple[str, ...]
    days: dict[date, Index | None]
    episodes: tuple[Episode, ...]
    summary: Summary
    chief: dict[str, int]
    alert: Alert | None


class Story(Struct, frozen=True, kw_only=True):
    """The whole story.

    Args:
        generated: whether any of the data is generated; the page then marks it wherever it appears.
        trust_files: DID documents whose keys the receipts are checked against, relative to the page.
        altered_file: the receipt that was altered by a byte, relative to the page.
        page: where the page is.
        receipts: the receipts in its folder.
    """

    played_at: datetime
    generated: bool
    parties: tuple[Party, ...]
    rules: tuple[Rule, ...]
    contracts: tuple[Contract, ...]
    deliveries: tuple[Delivery, ...]
    events: tuple[Event, ...]
    air: Air
    receipt_files: tuple[ReceiptFile, ...]
    trust_files: tuple[str, ...]
    altered_file: str
    refusals: tuple[Refusal, ...]
    page: Path
    receipts: Sequence[Path]
    lines: tuple[Text, ...]
