"""The version documents; open to everyone (R-VER-01..05)."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import dsp
from xinfu.errors import XinfuError
from xinfu.services.offering.catalog import versions
from xinfu.services.parts import RecordParts
from xinfu.web.problem import problem
from xinfu.web.protocol.receive import context_of


def version_routes(parts: RecordParts) -> list[Route]:
    """Return the routes of a version document for each context, and of all contexts at the host's root (R-VER-07)."""

    async def of_context(request: Request) -> Response:
        try:
            context = context_of(parts, request)
        except XinfuError as error:
            return problem(error)
        return _json(dsp.write(versions(context)))

    async def of_all(_: Request) -> Response:
        return _json(
            dsp.write(versions(*(each for each in parts.contexts if not each.closed), from_root=True))
        )

    return [
        Route("/dsp/{context}/.well-known/dspace-version", of_context, methods=["GET"]),
        Route("/.well-known/dspace-version", of_all, methods=["GET"]),
    ]


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
