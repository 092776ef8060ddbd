"""Structs of what a node publishes, and of its stored answers to requests."""

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
    """An asset of a provider. `grade` is the grade stated for it; null if none is stated."""

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
    """The changes from the previous publication under the same id.

    `source` and `grade` hold what was before and what is now, and are empty where it stays; `terms` and `access` (who sees
    the offer) are changes step by step. `gives_more`: the data is less protected than before.
    """

    source: tuple[str, ...] = ()
    grade: tuple[int | None, ...] = ()
    terms: tuple[Change, ...] = ()
    access: tuple[Change, ...] = ()
    gives_more: bool = False


class Published(View, frozen=True, kw_only=True):
    """The result of a publication; `replaced` is null if there was none before, or nothing changed."""

    asset: AssetView
    policy: PolicyDefinitionView
    definition: ContractDefinitionView
    replaced: ReplacementView | None = None


class PublicationAnswer(View, frozen=True, kw_only=True):
    """The result of one of many publications: the `root` of its content if published, else the `fault`."""

    asset: str
    published: bool
    root: str | None = None
    fault: Fault | None = None


class PublicationAnswers(View, frozen=True, kw_only=True):
    """The result of each publication, in the order of the request."""

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
