"""The catalogs of other participants."""

from typing import TypeVar

import msgspec

from xinfu import dsp
from xinfu.api import CatalogView, ColumnView, DatasetView, ParameterView, TermsView
from xinfu.odrl.control.grades import read_grade
from xinfu.ports.sources import Column, Parameter
from xinfu.services.identity import discover
from xinfu.web.api.operation import Call, Operation
from xinfu.web.api.shapes import policy_view, to_view

T = TypeVar("T")


async def show_catalog(call: Call) -> CatalogView:
    participant = call.query.get("participant", "")
    found = await discover.catalog_of(
        call.parts,
        call.context.id,
        participant,
        at=call.query.get("at"),
        dataset=call.query.get("dataset"),
        after=call.query.get("after"),
        limit=call.limit,
    )
    return CatalogView(
        participant=found.participant,
        base=found.base,
        datasets=await call.parts.aside.do(lambda: _datasets(found.datasets)),
        more=found.next is not None,
        next=found.next,
    )


def _datasets(found: list[dsp.Dataset]) -> list[DatasetView]:
    """Return the views of datasets. Called off the event loop, because writing many offers as sentences takes long."""
    return [_dataset(each) for each in found]


def _dataset(dataset: dsp.Dataset) -> DatasetView:
    first = dataset.distributions[0] if dataset.distributions else None
    return DatasetView(
        id=dataset.id or "",
        title=dataset.title,
        description=dataset.description,
        keywords=dataset.keywords,
        formats=tuple(dict.fromkeys(each.format for each in dataset.distributions)),
        size_bytes=first.size_bytes if first else None,
        media_type=first.media_type if first else None,
        generated=str(dataset.extra.get("xinfu:generated", "")).lower() == "true",
        grade=read_grade(str(dataset.extra.get(dsp.GRADE_KEY))),
        columns=tuple(to_view(each, ColumnView) for each in _listed(dataset, "columns", list[Column])),
        parameters=tuple(
            to_view(each, ParameterView) for each in _listed(dataset, "parameters", list[Parameter])
        ),
        table_formats=tuple(_listed(dataset, "formats", list[str])),
        offers=[TermsView(id=offer.id or "", policy=policy_view(offer)) for offer in dataset.offers],
    )


def _listed(dataset: dsp.Dataset, name: str, type_: type[list[T]]) -> list[T]:
    """Decode a list that a catalog gives about a table; an absent or unreadable list is empty."""
    try:
        return msgspec.json.decode(str(dataset.extra.get(f"xinfu:{name}", "[]")), type=type_)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return []


OPERATIONS = [
    Operation(
        method="GET",
        path="/catalog",
        summary="Request the catalog of a participant.",
        handler=show_catalog,
        gives=CatalogView,
        query={
            "participant": "a DID, or an alias of the address book",
            "at": "the address to use instead of the one in the DID document",
            "dataset": "only this dataset",
            "after": "the cursor `next` of the page before",
            "limit": "the largest number of datasets, 1 to 1,000",
        },
    ),
]
