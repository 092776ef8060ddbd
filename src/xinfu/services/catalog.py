"""Offers for who asks, a page at a time; and the version document.

What a caller sees depends on who it is: an offer is in its catalog when the definition's access policy says
yes to its proven claims (R-CAT-14). Pages are cut by the store, never in memory, and linked by URLs that are
opaque to the caller (R-CAT-20..24).
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from xinfu import __version__, dsp
from xinfu.dsp import BINDING, HTTP_PULL, VERSION, DataService, Dataset, Distribution, VersionEntry
from xinfu.errors import InputError, NotFoundError
from xinfu.ports.records import Asset, ContractDefinition
from xinfu.ports.store import Step
from xinfu.services import offers
from xinfu.services.contexts import Context
from xinfu.services.identify import Arrival
from xinfu.services.parts import Parts

PAGE: Final = 100


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a catalog, and where the next and the previous one are."""

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
    parts: Parts, arrival: Arrival, asked: dsp.CatalogRequestMessage, query: Mapping[str, str]
) -> Page:
    """The page of our catalog that the caller asks for.

    Raises:
        InputError: `catalog.filter-unsupported` (R-CAT-02), `catalog.page-unknown`, `catalog.limit`.
    """
    wanted = _filter(asked.filter)
    after, before = _cursor(query)
    limit = _limit(query)
    context = arrival.context
    async with parts.store.view(context.id) as view:
        definitions = await _visible(view, arrival, parts.clock.now())
        found = await _assets(view, list(definitions), wanted, after=after, before=before, limit=limit)
        more = len(found) > limit
        shown = found[-limit:] if before is not None else found[:limit]
        datasets = [await _dataset(view, context, asset, ids, definitions) for asset, ids in shown]
    links = _links(context, [asset.id for asset, _ in shown], more=more, after=after, before=before)
    catalog = dsp.Catalog(
        id=f"{context.participant}#catalog",
        participant_id=context.participant,
        datasets=tuple(datasets),
        services=(_service(context),),
        title={key: text for key, text in context.name.items() if text},
    )
    return Page(body=dsp.write(catalog), links=links)


async def dataset_for(parts: Parts, arrival: Arrival, id_: str) -> bytes:
    """One dataset with the offers that the caller may see.

    Raises:
        NotFoundError: `dataset.not-found`: there is none, or none for this caller.
    """
    async with parts.store.view(arrival.context.id) as view:
        definitions = await _visible(view, arrival, parts.clock.now())
        asset = await view.assets.get(id_)
        ids = [each for each in await view.offerings.of(id_) if each in definitions]
        if asset is None or not ids:
            raise NotFoundError("dataset.not-found", "There is no such dataset.", "没有这个数据产品。")
        return dsp.write(await _dataset(view, arrival.context, asset, tuple(ids), definitions))


async def _visible(view: Step, arrival: Arrival, now: datetime) -> dict[str, ContractDefinition]:
    """The definitions whose access policy lets this caller see their offers."""
    seen: dict[str, ContractDefinition] = {}
    allowed: dict[str, bool] = {}
    after: str | None = None
    while page := await view.definitions.find(after=after, limit=1000):
        after = page[-1].id
        for definition in page:
            policy = definition.access_policy
            if policy not in allowed:
                claims = arrival.caller.participant.claims
                allowed[policy] = await offers.visible(view, definition, arrival.peer, claims, now)
            if allowed[policy]:
                seen[definition.id] = definition
    return seen


async def _assets(
    view: Step,
    definitions: list[str],
    wanted: str | None,
    *,
    after: str | None,
    before: str | None,
    limit: int,
) -> list[tuple[Asset, tuple[str, ...]]]:
    if wanted is not None:
        asset = await view.assets.get(wanted)
        ids = tuple(each for each in await view.offerings.of(wanted) if each in definitions)
        return [(asset, ids)] if asset is not None and ids else []
    return await view.offerings.page(definitions, after=after, before=before, limit=limit + 1)


async def _dataset(
    view: Step,
    context: Context,
    asset: Asset,
    ids: tuple[str, ...],
    definitions: Mapping[str, ContractDefinition],
) -> Dataset:
    made = []
    for id_ in ids:
        policy = await view.policies.get(definitions[id_].contract_policy)
        if policy is not None:
            made.append(offers.offered(definitions[id_], asset.id, policy))
    distribution = Distribution(
        format=HTTP_PULL,
        access_service=_service(context),
        media_type=asset.media_type,
        size_bytes=asset.size_bytes,
    )
    generated: dict[str, Any] = {"xinfu:generated": "true"} if asset.generated else {}
    return Dataset(
        id=asset.id,
        offers=tuple(made),
        distributions=(distribution,),
        title=asset.title,
        description=asset.description,
        keywords=asset.keywords,
        issued=asset.created.isoformat(),
        modified=asset.updated.isoformat(),
        extra={**{f"xinfu:{key}": value for key, value in asset.properties.items()}, **generated},
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
            raise InputError(
                "catalog.filter-unsupported",
                "The catalog can be filtered by the id of a dataset only.",
                "目录只支持按数据产品标识过滤。",
                help_en='Send filter: [{"dataset": "<id>"}] or none.',
                help_zh='请使用 filter: [{"dataset": "<标识>"}]，或不带过滤条件。',
            )


def _cursor(query: Mapping[str, str]) -> tuple[str | None, str | None]:
    token = query.get("page")
    if token is None:
        return None, None
    try:
        direction, _, id_ = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, ValueError) as error:
        raise _no_page() from error
    if direction not in {"after", "before"} or not id_:
        raise _no_page()
    return (id_, None) if direction == "after" else (None, id_)


def _limit(query: Mapping[str, str]) -> int:
    """Datasets on a page."""
    text = query.get("limit", str(PAGE))
    if not text.isdecimal() or len(text) > 3 or not 1 <= int(text) <= PAGE:
        raise InputError(
            "catalog.limit", f"limit is a whole number from 1 to {PAGE}.", f"limit 须为 1 至 {PAGE} 的整数。"
        )
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


def _no_page() -> InputError:
    return InputError(
        "catalog.page-unknown",
        "The catalog has no such page.",
        "目录没有这一页。",
        help_en="Follow the links as they were given.",
        help_zh="请按给出的链接翻页。",
    )
