"""Catalog and dataset requests (DSP-RULES 4). Pages are linked by Link headers, for GET and for POST (R-CAT-23)."""

import gzip
import re

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import dsp
from xinfu.services.exchange.tokens import claim_read
from xinfu.services.offering import catalog
from xinfu.services.parts import DataParts
from xinfu.web.problem import catalog_error
from xinfu.web.protocol.receive import arrive, guard

_WORTH_COMPRESSING = 1024  # bytes
_REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


def catalog_routes(parts: DataParts, limit_bytes: int) -> list[Route]:
    """POST (and, for later pages, GET) of the catalog, GET of a dataset."""

    async def request_catalog(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        await claim_read(parts.store, arrival)
        if request.method == "GET":  # a later page: its address says which, the body is not asked for again
            asked = dsp.CatalogRequestMessage()
        else:
            asked = dsp.read(arrival.body, dsp.CatalogRequestMessage)
        page = await catalog.page_for(parts, arrival, asked, dict(request.query_params))
        links = [f'<{url}>; rel="{relation}"' for relation, url in page.links.items()]
        headers = {"Link": ", ".join(links)} if links else {}
        return _compressed(request, page.body, headers)

    async def request_dataset(request: Request) -> Response:
        arrival = await arrive(parts, request, limit_bytes)
        await claim_read(parts.store, arrival)
        dataset = await catalog.dataset_for(parts, arrival, request.path_params["dataset"])
        return _compressed(request, dataset, {})

    return [
        Route("/catalog/request", guard(request_catalog, catalog_error), methods=["POST", "GET"]),
        Route("/catalog/datasets/{dataset:path}", guard(request_dataset, catalog_error), methods=["GET"]),
    ]


def _compressed(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """Return the answer, compressed with gzip if it is large and the caller accepts that (R-CAT-25)."""
    headers = {**headers, "Vary": "Accept-Encoding"}
    if len(body) >= _WORTH_COMPRESSING and _takes_gzip(request.headers.get("accept-encoding", "")):
        headers["Content-Encoding"] = "gzip"
        body = gzip.compress(body, compresslevel=1)
    return Response(body, media_type="application/json", headers=headers)


def _takes_gzip(accepted: str) -> bool:
    """Whether an Accept-Encoding allows gzip with a weight above 0 (RFC 9110 §12.5.3)."""
    return any(
        coding.partition(";")[0].strip() == "gzip" and not _REFUSED.search(coding)
        for coding in accepted.lower().split(",")
    )
