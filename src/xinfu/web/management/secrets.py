"""Secrets: sealed by the keyring before they reach the store, and named in addresses and callbacks."""

from typing import Any

from xinfu.errors import ConflictError, NotFoundError
from xinfu.ports.records import SECRETS
from xinfu.services.sources import secrets
from xinfu.web.management.faults import conflict, missing
from xinfu.web.management.identifiers import given_or_new, id_response
from xinfu.web.management.routes import ManagementCall, ManagementRoute


async def create(call: ManagementCall) -> dict[str, Any]:
    id_, value = given_or_new(call), call.given.needed("value")
    call.given.settle()
    try:
        record = await secrets.add(call.parts, call.context.id, id_, value)
    except ConflictError as error:
        raise conflict(f"Secret {id_} already exist") from error
    return id_response(call, id_, record.created)


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(SECRETS).get(call.id)
    if found is None:
        raise missing("Secret", call.id)
    opened = call.parts.keyring.open(
        found.envelope, context=found.context, name=secrets.sealed_name(found.id)
    )
    return call.one(call.version.node("Secret", found.id, value=opened.decode()))


async def replace(call: ManagementCall) -> None:
    id_, value = call.given.id() or "", call.given.needed("value")
    call.given.settle()
    try:
        await secrets.change(call.parts, call.context.id, id_, value)
    except NotFoundError as error:
        raise missing("Secret", id_) from error


async def delete(call: ManagementCall) -> None:
    try:
        await secrets.remove(call.parts, call.context.id, call.id)
    except NotFoundError as error:
        raise missing("Secret", call.id) from error


LINES = [
    ManagementRoute(method="POST", path="/secrets", handler=create, takes="Secret"),
    ManagementRoute(method="PUT", path="/secrets", handler=replace, takes="Secret"),
    ManagementRoute(method="GET", path="/secrets/{id}", handler=show),
    ManagementRoute(method="DELETE", path="/secrets/{id}", handler=delete),
]
