"""Datasets in a catalog, with their columns and parameters."""

from typing import Annotated

import msgspec

from xinfu.api.policy import TermsView
from xinfu.api.shape import View


class ColumnView(View, frozen=True, kw_only=True):
    """A column of a table."""

    name: str
    type: str


ParameterType = Annotated[
    str,
    msgspec.Meta(
        extra_json_schema={"enum": ["boolean", "date", "enum", "integer", "number", "text", "timestamp"]}
    ),
]


class ParameterView(View, frozen=True, kw_only=True):
    """A parameter of a query. Without a default it has to be given; `values`: all that an enum can be."""

    name: str
    type: ParameterType
    values: tuple[str, ...] = ()
    default: str | int | float | bool | msgspec.UnsetType | None = msgspec.UNSET


class DatasetView(View, frozen=True, kw_only=True):
    """A dataset in the catalog of another participant; titles are keyed by language.

    Of a table also: `columns`, `parameters` and `table_formats`. `grade` (分类分级) is 1 to 5; None: it is not told.
    """

    id: str
    title: dict[str, str]
    description: dict[str, str]
    keywords: tuple[str, ...]
    formats: tuple[str, ...]
    size_bytes: int | None
    media_type: str | None
    generated: bool
    grade: int | None
    columns: tuple[ColumnView, ...]
    parameters: tuple[ParameterView, ...]
    table_formats: tuple[str, ...]
    offers: list[TermsView]


class CatalogView(View, frozen=True, kw_only=True):
    """The datasets that a participant offers us. Where `more` is true, send `next` back as `after` to get the rest."""

    participant: str
    base: str
    datasets: list[DatasetView]
    more: bool
    next: str | None = None
