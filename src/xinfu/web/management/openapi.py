"""The OpenAPI 3.1 page of the management API, generated from its routes and served below its base.

Bodies of v3 are JSON-LD in any form, so nothing but an object can be asked of one here; those of v4 are compact, and
what they must hold is what `compact` demands. Open to read: it says nothing about the node's data.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, get_type_hints

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from xinfu import __version__
from xinfu.web.management import compact
from xinfu.web.management.names import V2
from xinfu.web.management.routes import ManagementRoute
from xinfu.web.management.shapes import Version

_ERRORS: Final = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "required": ["message", "type", "path", "invalidValue"],
        "properties": {
            "message": {"type": "string"},
            "type": {"type": "string"},
            "path": {"type": ["string", "null"]},
            "invalidValue": {},
        },
    },
}
_CONTEXT: Final = "id of the participant context; the first by default"


def openapi(lines: Sequence[ManagementRoute]) -> dict[str, Any]:
    """The document as plain JSON values."""
    paths: dict[str, dict[str, Any]] = {}
    for line in lines:
        for version in line.versions:
            path = f"/{version.name}{line.path}"
            paths.setdefault(path, {})[line.method.lower()] = _operation(line, version)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "EDC management API of xinfu",
            "version": __version__,
            "license": {"name": "Apache-2.0"},
        },
        "servers": [{"url": "/management"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": {"Errors": _ERRORS},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
        },
    }


def openapi_route(lines: Sequence[ManagementRoute]) -> Route:
    """`/openapi.json`."""
    body = msgspec.json.encode(openapi(lines))

    async def show(_: Request) -> Response:
        return Response(body, media_type="application/json")

    return Route("/openapi.json", show, methods=["GET"])


def _operation(line: ManagementRoute, version: Version) -> dict[str, Any]:
    name = f"{line.handler.__module__.rpartition('.')[2]}_{line.handler.__name__}"
    described: dict[str, Any] = {
        "operationId": f"{version.name}_{name}_{line.method.lower()}",
        "tags": [line.path.split("/")[1]],
        "parameters": [*_path_parameters(line), *_query_parameters(line)],
        "responses": {
            **_success(line),
            "default": {
                "description": "what is wrong, one element a fault",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Errors"}}},
            },
        },
    }
    if line.takes:
        described["requestBody"] = {
            "required": not line.may_be_empty,
            "content": {"application/json": {"schema": _body(line, version)}},
        }
    return described


def _success(line: ManagementRoute) -> dict[str, Any]:
    """Return the responses of a handler by its return type: 204 for None, 200 without a body for a Response."""
    gives = get_type_hints(line.handler)["return"]
    if gives is type(None):
        return {"204": {"description": "done"}}
    if gives is Response:
        return {"200": {"description": "done"}}
    return {"200": {"description": "what was asked for", "content": {"application/json": {"schema": {}}}}}


def _body(line: ManagementRoute, version: Version) -> dict[str, Any]:
    if version.is_v3:
        return {"type": "object"}
    whole = {
        "type": "object",
        "required": ["@context", "@type", *compact.required_members(line.takes)],
        "properties": {
            "@context": {"type": "array", "items": {"type": "string"}, "contains": {"const": V2}},
            "@type": {"enum": list(compact.types(line.takes))},
        },
    }
    if not line.may_be_empty:
        return whole
    nothing = {"type": "object", "properties": {"@context": {}}, "additionalProperties": False}
    return {"anyOf": [whole, nothing]}


def _path_parameters(line: ManagementRoute) -> list[dict[str, Any]]:
    names = re.findall(r"\{(\w+)\}", line.path)
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _query_parameters(line: ManagementRoute) -> list[dict[str, Any]]:
    named = {"context": _CONTEXT, **line.query}
    return [
        {"name": name, "in": "query", "description": told, "schema": {"type": "string"}}
        for name, told in named.items()
    ]
