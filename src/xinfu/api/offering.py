"""What a node publishes, and how it answers those who ask."""

from datetime import datetime
from typing import Any

from xinfu.api.catalog import ColumnView
from xinfu.api.negotiation import Change
from xinfu.api.policy import PolicyDefinitionView
from xinfu.api.process import Fault
from xinfu.api.shape import View


class FileView(View, frozen=True, kw_only=True):
    """A file of a transfer; `path` is "" where the dataset is one file. `root` is its Merkle root, hex."""

    path: str
    size: int
    root: str


class AssetView(View, frozen=True, kw_only=True):
    """What a provider holds. `grade` is the one that was stated of it."""

    id: str
    source: dict[str, Any]
    grade: int | None = None
    title: dict[str, str] = {}
    description: dict[str, str] = {}
    keywords: tuple[str, ...] = ()
    media_type: str = "application/octet-stream"
    generated: bool = False
    derived_from: tuple[str, ...] = ()
    size_bytes: int | None = None
    root: str | None = None
    columns: tuple[ColumnView, ...] = ()
    created: datetime
    updated: datetime


class ContractDefinitionView(View, frozen=True, kw_only=True):
    """Which assets are offered under which policies; `assets` None means all."""

    id: str
    access_policy: str
    contract_policy: str
    assets: tuple[str, ...] | None = None


class ReplacementView(View, frozen=True, kw_only=True):
    """What a publication changed of the one before under its id.

    `source` and `grade` hold what was before and what is now, and are empty where it stays; `terms` and `access` (who sees
    the offer) are changes step by step. `gives_more`: the data is less protected than before.
    """

    source: tuple[str, ...] = ()
    grade: tuple[int | None, ...] = ()
    terms: tuple[Change, ...] = ()
    access: tuple[Change, ...] = ()
    gives_more: bool = False


class Published(View, frozen=True, kw_only=True):
    """What one act of publishing made; `replaced` None: nothing was there, or it stays as it was said."""

    asset: AssetView
    policy: PolicyDefinitionView
    definition: ContractDefinitionView
    replaced: ReplacementView | None = None


class PublicationAnswer(View, frozen=True, kw_only=True):
    """What came of one of many: `root` of its content where it was published, else `fault`."""

    asset: str
    published: bool
    root: str | None = None
    fault: Fault | None = None


class PublicationAnswers(View, frozen=True, kw_only=True):
    """What came of each, in the order in which they were given."""

    items: list[PublicationAnswer]
    published: int
    refused: int


class AnswerView(View, frozen=True, kw_only=True):
    """A stored answer: on this event, where all named fields match, do these acts one after another."""

    id: str
    on: str
    do: tuple[str, ...]
    dataset: str | None = None
    agreement: str | None = None
    peer: str | None = None
    priority: int = 0
    reason: str | None = None
    version: int = 1
