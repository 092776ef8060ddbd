"""Public documents: DID documents, and the status lists of an issuer."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu.credentials import render_did_document
from xinfu.services.identity.keys import KeyCabinet
from xinfu.services.identity.membership import status_list
from xinfu.services.parts import RecordParts
from xinfu.web import errors
from xinfu.web.problem import problem
from xinfu.web.protocol.receive import guard


def document_routes(parts: RecordParts, keys: KeyCabinet) -> list[Route]:
    """`/<context>/did.json`, and `/.well-known/did.json` where a context's DID has no path."""

    async def of_context(request: Request) -> Response:
        context = parts.contexts.get(request.path_params["context"])  # a closed one too: it has signed things
        return _document(keys, context.id)

    async def of_host(_: Request) -> Response:
        for context in parts.contexts:
            if context.participant.startswith("did:web:") and context.participant.count(":") == 2:
                return _document(keys, context.id)
        raise errors.DID_NOT_FOUND()

    async def status(request: Request) -> Response:
        context = parts.contexts.get(request.path_params["context"])
        return Response(await status_list(parts, keys, context), media_type="application/vc+jwt")

    return [
        Route("/.well-known/did.json", guard(of_host, problem), methods=["GET"]),
        Route("/{context}/did.json", guard(of_context, problem), methods=["GET"]),
        Route("/dsp/{context}/status/1", guard(status, problem), methods=["GET"]),
    ]


def _document(keys: KeyCabinet, context: str) -> Response:
    return Response(render_did_document(keys.document(context)), media_type="application/did+json")
