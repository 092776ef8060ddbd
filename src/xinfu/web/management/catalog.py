"""Catalogs of others, passed on as their provider wrote them.

The answer is the protocol's own form with EDC's names short; it is not put into the management context. What a
client asks of the catalog travels to the provider as a filter and is applied there.
"""

from functools import partial
from typing import Any, Final

import msgspec

from xinfu import dsp
from xinfu.dsp import CatalogRequestMessage
from xinfu.errors import NotFoundError, PeerError
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import Fault, FaultsError, refused
from xinfu.web.management.names import DSP, EDC, EDC_DSP
from xinfu.web.management.processes import PROTOCOL, named_protocol
from xinfu.web.management.query import criteria
from xinfu.web.management.routes import ManagementCall, ManagementRoute

DEFAULT_LIMIT: Final = 50
_FORM: Final = {"@context": {"@vocab": EDC}, "@type": "QuerySpec"}


async def request(call: ManagementCall) -> dict[str, Any]:
    base, peer = _whom(call.given, call)
    spec = call.given.inside("querySpec")
    asked, limit = _spec(spec) if spec is not None else (None, DEFAULT_LIMIT)
    call.given.settle()
    found = await call.parts.counterparty.find(peer, at=base)
    message = CatalogRequestMessage(filter=(asked,) if asked is not None else ())
    whole: dict[str, Any] | None = None
    try:
        pages = call.parts.counterparty.catalog(
            context=call.context.id, peer=found.participant, base=found.base, body=dsp.write(message)
        )
        async for page in pages:
            document = await call.parts.aside.do(partial(_document, page.body))
            if whole is None:
                whole = document
            else:
                whole["dataset"] = [*_datasets(whole), *_datasets(document)]
            if len(_datasets(whole)) >= limit:
                break
    except PeerError as error:
        raise _bad_gateway(error.sentence("en")) from error
    return _cut(whole or pass_on({}), limit)


async def request_dataset(call: ManagementCall) -> dict[str, Any]:
    id_ = call.given.needed("@id")
    base, peer = _whom(call.given, call)
    call.given.settle()
    found = await call.parts.counterparty.find(peer, at=base)
    try:
        dataset = await call.parts.counterparty.dataset_body(
            context=call.context.id, peer=found.participant, base=found.base, dataset_id=id_
        )
    except (PeerError, NotFoundError) as error:
        raise _bad_gateway(error.sentence("en")) from error
    return await call.parts.aside.do(partial(_document, dataset))


async def request_cached(_: ManagementCall) -> list[dict[str, Any]]:
    """Return no catalogs, because this node does not fetch any ahead of time."""
    return []


def _document(body: bytes) -> dict[str, Any]:
    return pass_on(msgspec.json.decode(body))


def pass_on(document: dict[str, Any]) -> dict[str, Any]:
    """A catalog or dataset with EDC's names short and its context last."""
    named: dict[str, Any] = {
        _short(key): _inside(value) for key, value in document.items() if key != "@context"
    }
    return named | {"@context": [DSP, EDC_DSP]}


def _inside(value: Any) -> Any:
    if isinstance(value, list):
        return [_inside(each) for each in value]
    if isinstance(value, dict):
        return {_short(key): _inside(each) for key, each in value.items()}
    return value.replace(EDC, "") if value == f"{EDC}inForceDate" else value


def _short(key: str) -> str:
    if key == f"{EDC}id":
        return "id"
    return key.replace(EDC, "edc:", 1) if key.startswith(EDC) else key


def _whom(given: ExpandedObject, call: ManagementCall) -> tuple[str, str]:
    """Return the counter-party's address and id; old v3 clients give only the address."""
    named = given.needed("counterPartyId")
    base = given.needed("counterPartyAddress")
    protocol = named_protocol(given, call.version)
    given.settle()
    if call.version.is_v3 and given.text("profile") and given.text("protocol"):
        raise refused("protocol and profile cannot be named together")
    if protocol != PROTOCOL:
        raise refused(f"Protocol {protocol} is not supported; use {PROTOCOL}")
    return base, named


def _spec(spec: ExpandedObject) -> tuple[dict[str, Any] | None, int]:
    """Return the filter to send (None if every catalog matches it anyway) and the size of the page."""
    selected = criteria(spec, "filterExpression")
    offset, limit = spec.value("offset") or 0, spec.value("limit") or DEFAULT_LIMIT
    sort, order = spec.text("sortField"), spec.text("sortOrder") or "ASC"
    size = limit if isinstance(limit, int) and limit > 0 else DEFAULT_LIMIT
    if not selected and not offset and sort is None and order == "ASC":
        return None, size
    stated: dict[str, Any] = {**_FORM, "offset": offset, "limit": size, "sortOrder": order}
    stated |= {"sortField": sort} if sort else {}
    stated["filterExpression"] = [
        {
            "@type": "Criterion",
            "operandLeft": each.left,
            "operator": each.operator,
            "operandRight": each.right,
        }
        for each in selected
    ]
    return stated, size


def _datasets(document: dict[str, Any]) -> list[Any]:
    found = document.get("dataset", [])
    return found if isinstance(found, list) else [found]


def _cut(document: dict[str, Any], limit: int) -> dict[str, Any]:
    listed = _datasets(document)
    return document | {"dataset": listed[:limit]} if len(listed) > limit else document


def _bad_gateway(message: str) -> FaultsError:
    return FaultsError(502, Fault(message=message, type="BadGateway"))


LINES = [
    ManagementRoute(method="POST", path="/catalog/request", handler=request, takes="CatalogRequest"),
    ManagementRoute(
        method="POST", path="/catalog/dataset/request", handler=request_dataset, takes="DatasetRequest"
    ),
    ManagementRoute(
        method="POST", path="/catalogs/request", handler=request_cached, takes="QuerySpec", may_be_empty=True
    ),
]
