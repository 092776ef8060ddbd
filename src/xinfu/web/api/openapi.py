"""The OpenAPI 3.1 page of `/api/v1`, made from the table of operations."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import __version__
from xinfu.web.api.operation import PREFIX, Operation

_REF = "#/components/schemas/{name}"
_WHOLE: dict[str, dict[str, Any]] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
    "wait": {"type": "integer", "minimum": 0, "maximum": 60},
}
"""Query values that are whole numbers, in every operation that has them."""
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "stable; listed in docs/reference/errors.md"},
        "detail": {"type": "string"},
        "detail_zh": {"type": "string"},
        "help": {"type": "string"},
        "help_zh": {"type": "string"},
        "facts": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


def openapi(operations: Sequence[Operation]) -> dict[str, Any]:
    """The document as plain JSON values."""
    types = [each for op in operations for each in (op.takes, op.gives) if each is not None]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    made = iter(schemas)
    paths: dict[str, dict[str, Any]] = {}
    for op in operations:
        takes = next(made) if op.takes is not None else None
        gives = next(made) if op.gives is not None else None
        path = PREFIX + re.sub(r":path\}", "}", op.path)
        paths.setdefault(path, {})[op.method.lower()] = _operation(op, takes, gives)
    return {
        "openapi": "3.1.0",
        "info": {"title": "xinfu native API", "version": __version__, "license": {"name": "Apache-2.0"}},
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {**components, "Problem": _PROBLEM},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
        },
    }


def openapi_route(operations: Sequence[Operation]) -> Route:
    """`/api/v1/openapi.json`, open to read: it says nothing about the node's data."""
    body = msgspec.json.encode(openapi(operations))

    async def show(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route(f"{PREFIX}/openapi.json", show, methods=["GET"])


def _operation(op: Operation, takes: Any, gives: Any) -> dict[str, Any]:
    answer: dict[str, Any] = {"description": "done"}
    if gives is not None:
        answer["content"] = {"application/json": {"schema": gives}}
    elif op.media:
        answer["content"] = {op.media: {}}
    status = str(op.status if gives is not None or op.media else 204)
    described: dict[str, Any] = {
        "operationId": op.name or op.handler.__name__,
        "summary": op.summary,
        "parameters": [*_path_parameters(op), *_query_parameters(op)],
        "responses": {
            status: answer,
            "default": {
                "description": "a problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if takes is not None:
        content = {"application/json": {"schema": takes}}
        described["requestBody"] = {"required": not _may_be_absent(op.takes), "content": content}
    return described


def _may_be_absent(takes: Any) -> bool:
    """Whether the body may be absent, because every field has a default."""
    try:
        msgspec.convert({}, takes)
    except msgspec.ValidationError:
        return False
    return True


def _path_parameters(op: Operation) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)(?::path)?\}", op.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(op: Operation) -> list[dict[str, Any]]:
    named = {"context": "id of the participant context; the first by default", **op.query}
    return [
        {"name": name, "in": "query", "description": told, "schema": _WHOLE.get(name, {"type": "string"})}
        for name, told in named.items()
    ]
