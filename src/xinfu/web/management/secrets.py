"""Secrets: sealed by the keyring before they reach the store, and named in addresses and callbacks."""

from typing import Any

from msgspec.structs import replace as replaced

from xinfu.errors import ConflictError, NotFoundError
from xinfu.ports.records import SealedSecret
from xinfu.services.sources.secrets import sealed_name
from xinfu.web.management.faults import conflict, missing
from xinfu.web.management.identifiers import given_or_new, id_response
from xinfu.web.management.routes import Call, Line


async def create(call: Call) -> dict[str, Any]:
    id_, value = given_or_new(call), call.given.needed("value")
    call.given.settle()
    now = call.parts.clock.now()
    record = SealedSecret(
        id=id_, context=call.context.id, envelope=_sealed(call, id_, value), created=now, updated=now
    )
    try:
        async with call.parts.store.step(call.context.id) as step:
            await step.secrets.add(record)
    except ConflictError as error:
        raise conflict(f"Secret {id_} already exist") from error
    return id_response(call, id_, now)


async def show(call: Call) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.secrets.get(call.id)
    if found is None:
        raise missing("Secret", call.id)
    opened = call.parts.keyring.open(found.envelope, context=found.context, name=sealed_name(found.id))
    return call.one(call.version.node("Secret", found.id, value=opened.decode()))


async def replace(call: Call) -> None:
    id_, value = call.given.id() or "", call.given.needed("value")
    call.given.settle()
    try:
        async with call.parts.store.step(call.context.id) as step:
            known = await step.secrets.lock(id_)
            envelope = _sealed(call, id_, value)
            await step.secrets.save(replaced(known, envelope=envelope, updated=call.parts.clock.now()))
    except NotFoundError as error:
        raise missing("Secret", id_) from error


async def delete(call: Call) -> None:
    async with call.parts.store.step(call.context.id) as step:
        if not await step.secrets.remove(call.id):
            raise missing("Secret", call.id)


def _sealed(call: Call, id_: str, value: str) -> bytes:
    return call.parts.keyring.seal(value.encode(), context=call.context.id, name=sealed_name(id_))


LINES = [
    Line(method="POST", path="/secrets", handler=create, takes="Secret"),
    Line(method="PUT", path="/secrets", handler=replace, takes="Secret"),
    Line(method="GET", path="/secrets/{id}", handler=show),
    Line(method="DELETE", path="/secrets/{id}", handler=delete),
]
