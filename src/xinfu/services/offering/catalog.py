"""The catalog as each caller may see it, a page at a time; and the version document.

What a caller sees depends on who it is: an offer is in its catalog when the definition's access policy says
yes to its proven claims (R-CAT-14). Pages are cut by the store, never in memory, and linked by URLs that are
opaque to the caller (R-CAT-20..24).
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from xinfu import __version__, dsp
from xinfu.dsp import (
    BINDING,
    GRADE_KEY,
    HTTP_PULL,
    HTTP_PUSH,
    VERSION,
    DataService,
    Dataset,
    Distribution,
    VersionEntry,
)
from xinfu.errors import NotFoundError
from xinfu.ports.records import ASSETS, POLICIES, PolicyDefinition
from xinfu.ports.store import OfferedAsset, Step
from xinfu.services.contexts.context import Context
from xinfu.services.evidence.notes import record_entry
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.offering import errors, offers
from xinfu.services.offering.catalog_filter import PAGE, CatalogFilter, read_filter
from xinfu.services.offering.criteria import EDC
from xinfu.services.offering.grading import grade_of, is_withheld
from xinfu.services.parts import DataParts, RecordParts
from xinfu.services.sources.places import describe_table

_LONGEST_ID: Final = 256

_AT_ONCE: Final = 1000
"""How many policies are looked up together."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a catalog, with links to the next and the previous one."""

    body: bytes
    links: dict[str, str]


def versions(*contexts: Context, from_root: bool = False) -> dsp.VersionResponse:
    """The version document of one context, or of all from the root of the host."""
    return dsp.VersionResponse(
        protocol_versions=tuple(
            VersionEntry(
                version=VERSION,
                path=f"/dsp/{context.id}/{VERSION}" if from_root else f"/{VERSION}",
                binding=BINDING,
                service_id=context.participant,
                identifier_type="did:web" if context.participant.startswith("did:web:") else None,
                node=__version__,
            )
            for context in contexts
        )
    )


async def page_for(
    parts: DataParts, arrival: Arrival, asked: dsp.CatalogRequestMessage, query: Mapping[str, str]
) -> Page:
    """The page of our catalog that the caller asks for.

    Raises:
        InputError: `catalog.filter-unsupported` (R-CAT-02), `catalog.page-unknown`, `catalog.limit`.
    """
    if (stated := _continued(query) or read_filter(asked.filter)) is not None:
        return await _selected(parts, arrival, stated)
    return await _page(parts, arrival, _filter(asked.filter), query, _limit(query))


async def _selected(parts: DataParts, arrival: Arrival, stated: CatalogFilter) -> Page:
    """The page that a filter in EDC's words asks for; a filter that selects nothing gives the ordinary page."""
    size = stated.limit
    if stated.is_plain:
        return await _page(parts, arrival, None, {}, size)
    wanted = replace(stated.query(), limit=size + 1)
    async with parts.store.view(arrival.context.id) as view:
        try:
            found = await view.offerings.query(await _shown(parts, view, arrival), wanted)
        except NotFoundError as error:
            raise errors.CATALOG_PAGE_UNKNOWN() from error
        shown = await _datasets(view, parts, arrival.context, found[:size])
    links = {}
    if len(found) > size:
        following = replace(stated, offset=0, after=found[size - 1].asset.id)
        links["next"] = _page_url(arrival.context, f"spec:{msgspec.json.encode(following).decode()}")
    return Page(body=_written(arrival.context, shown), links=links)


async def _page(
    parts: DataParts, arrival: Arrival, wanted: str | None, query: Mapping[str, str], limit: int
) -> Page:
    after, before = _cursor(query)
    context = arrival.context
    async with parts.store.view(context.id) as view:
        access = await _shown(parts, view, arrival)
        if wanted is not None:
            found = await _one(view, access, wanted)
        else:
            found = await view.offerings.page(access, after=after, before=before, limit=limit + 1)
        more = len(found) > limit
        shown = found[-limit:] if before is not None else found[:limit]
        datasets = await _datasets(view, parts, context, shown)
    if wanted is not None and not found:
        await _record_nothing(parts, arrival, wanted)
    links = _links(context, [each.asset.id for each in shown], more=more, after=after, before=before)
    return Page(body=_written(context, datasets), links=links)


def _written(context: Context, datasets: list[Dataset]) -> bytes:
    return dsp.write(
        dsp.Catalog(
            id=f"{context.participant}#catalog",
            participant_id=context.participant,
            datasets=tuple(datasets),
            services=(_service(context),),
            title={key: text for key, text in context.name.items() if text},
        )
    )


def _continued(query: Mapping[str, str]) -> CatalogFilter | None:
    """The filter that a page's address carries on."""
    direction, _, rest = _token(query).partition(":")
    if direction != "spec":
        return None
    try:
        return msgspec.json.decode(rest, type=CatalogFilter)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise errors.CATALOG_PAGE_UNKNOWN() from error


async def dataset_for(parts: DataParts, arrival: Arrival, id_: str) -> bytes:
    """A dataset as JSON, with the offers that the caller may see.

    Raises:
        NotFoundError: `dataset.not-found`: there is none, or none for this caller.
    """
    async with parts.store.view(arrival.context.id) as view:
        found = await _one(view, await _shown(parts, view, arrival), id_)
        datasets = await _datasets(view, parts, arrival.context, found)
    if not datasets:
        await _record_nothing(parts, arrival, id_)
        raise errors.DATASET_NOT_FOUND()
    return dsp.write(datasets[0])


async def _record_nothing(parts: RecordParts, arrival: Arrival, id_: str) -> None:
    """Record that a member asked for a dataset it may not see, existing or not; strangers are not recorded."""
    if not arrival.caller.participant.claims:
        return
    async with parts.store.step(arrival.context.id) as step:
        facts = {"code": "dataset.not-found", "dataset": id_[:_LONGEST_ID]}
        await record_entry(step, parts.clock, "refusal", facts, peer=arrival.peer)


async def _shown(parts: DataParts, view: Step, arrival: Arrival) -> list[str]:
    """The access policies that let this caller see their offers."""
    claims = arrival.caller.participant.claims
    return await parts.audiences.shown(view, arrival.peer, claims, parts.clock.now())


async def _one(view: Step, access: list[str], wanted: str) -> list[OfferedAsset]:
    """The asset of this id, if it is offered under one of these access policies."""
    asset = await view.of(ASSETS).get(wanted)
    under = tuple(each for each in await view.offerings.of(wanted) if each.access in access)
    return [OfferedAsset(asset=asset, under=under)] if asset is not None and under else []


async def _datasets(
    view: Step, parts: RecordParts, context: Context, found: Sequence[OfferedAsset]
) -> list[Dataset]:
    """The catalog entries of these assets; an asset whose grade withholds all its offers is left out."""
    now = parts.clock.now()
    policies = await _policies(view, {under.contract for each in found for under in each.under})
    return [made for each in found if (made := _dataset(context, each, policies, now)) is not None]


async def _policies(view: Step, ids: set[str]) -> dict[str, PolicyDefinition]:
    listed, found = sorted(ids), dict[str, PolicyDefinition]()
    for start in range(0, len(listed), _AT_ONCE):
        some = await view.of(POLICIES).find(
            POLICIES.id.among(listed[start : start + _AT_ONCE]), limit=_AT_ONCE
        )
        found |= {policy.id: policy for policy in some}
    return found


def _dataset(
    context: Context, offered: OfferedAsset, policies: Mapping[str, PolicyDefinition], now: datetime
) -> Dataset | None:
    """The dataset with its offers; None where its grade withholds all of them."""
    asset, grade = offered.asset, grade_of(offered.asset, context)
    under = [
        (each.definition, policies[each.contract]) for each in offered.under if each.contract in policies
    ]
    made = [
        offers.offer_of(definition, asset.id, policy)
        for definition, policy in under
        if not is_withheld(policy.policy, grade, now)
    ]
    if grade is None or (under and not made):
        return None
    distributions = tuple(
        Distribution(
            format=format_,
            access_service=_service(context),
            media_type=asset.media_type,
            size_bytes=asset.size_bytes,
        )
        for format_ in ((HTTP_PULL, HTTP_PUSH) if asset.source.is_pushable else (HTTP_PULL,))
    )
    generated: dict[str, Any] = {"xinfu:generated": "true"} if asset.generated else {}
    return Dataset(
        id=asset.id,
        offers=tuple(made),
        distributions=distributions,
        title=asset.title,
        description=asset.description,
        keywords=asset.keywords,
        issued=asset.created.isoformat(),
        modified=asset.updated.isoformat(),
        extra={
            **asset.public,
            **({f"{EDC}id": asset.id} if asset.public else {}),
            **{f"xinfu:{key}": value for key, value in asset.properties.items()},
            **{f"xinfu:{key}": value for key, value in describe_table(asset).items()},
            **generated,
            GRADE_KEY: str(grade),
        },
    )


def _service(context: Context) -> DataService:
    return DataService(id=f"{context.participant}#connector", endpoint_url=context.protocol_base)


def _filter(filters: tuple[Any, ...]) -> str | None:
    """The one filter that we support: a dataset by its id, `{"dataset": "<id>"}`."""
    if not filters:
        return None
    match filters:
        case ({"dataset": str(wanted)},) if len(filters[0]) == 1:
            return wanted
        case _:
            raise errors.CATALOG_FILTER_UNSUPPORTED()


def _token(query: Mapping[str, str]) -> str:
    try:
        return base64.urlsafe_b64decode(query.get("page", "").encode()).decode()
    except (binascii.Error, ValueError) as error:
        raise errors.CATALOG_PAGE_UNKNOWN() from error


def _cursor(query: Mapping[str, str]) -> tuple[str | None, str | None]:
    if "page" not in query:
        return None, None
    direction, _, id_ = _token(query).partition(":")
    if direction not in {"after", "before"} or not id_:
        raise errors.CATALOG_PAGE_UNKNOWN()
    return (id_, None) if direction == "after" else (None, id_)


def _limit(query: Mapping[str, str]) -> int:
    """Datasets on a page."""
    text = query.get("limit", str(PAGE))
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= PAGE:
        raise errors.CATALOG_LIMIT(page=PAGE)
    return int(text)


def _links(
    context: Context, ids: list[str], *, more: bool, after: str | None, before: str | None
) -> dict[str, str]:
    """Opaque URLs of the neighbouring pages."""
    if not ids:
        return {}
    links: dict[str, str] = {}
    if more or before is not None:
        links["next"] = _page_url(context, f"after:{ids[-1]}")
    if after is not None or (before is not None and more):
        links["previous"] = _page_url(context, f"before:{ids[0]}")
    return links


def _page_url(context: Context, cursor: str) -> str:
    token = base64.urlsafe_b64encode(cursor.encode()).decode()
    return f"{context.protocol_base}/catalog/request?page={token}"
