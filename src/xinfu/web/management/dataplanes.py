"""Data planes: the one inside this node, and those that registered."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from xinfu.dsp import HTTP_PULL, HTTP_PUSH
from xinfu.ports.records import DATA_PLANES, RegisteredPlane
from xinfu.ports.sources import SourceKind
from xinfu.services.sources import registered_planes
from xinfu.web.management.faults import FaultsError, invalid, missing
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import V4, Version, millis

_SOURCES: Final = {SourceKind.FILE: "File", SourceKind.FOLDER: "Folder"}


class Registration(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The registration of a data plane, in plain JSON."""

    dataplane_id: str
    endpoint: str
    transfer_types: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    authorization: dict[str, Any] | list[dict[str, Any]] = msgspec.field(default_factory=dict)


async def show_all(call: ManagementCall) -> list[dict[str, Any]]:
    async with call.parts.store.view(call.context.id) as view:
        registered = await view.of(DATA_PLANES).find(limit=1000)
    own = _own(call)
    return call.many([_node(each, call.version) for each in (own, *registered)])


async def register(call: ManagementCall) -> Response:
    try:
        said = msgspec.json.decode(call.raw, type=Registration)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FaultsError(400, invalid(str(error))) from error
    now = call.parts.clock.now()
    listed = said.authorization if isinstance(said.authorization, list) else [said.authorization]
    record = RegisteredPlane(
        id=said.dataplane_id,
        context=call.context.id,
        endpoint=said.endpoint,
        transfer_types=said.transfer_types,
        labels=said.labels,
        authorization=listed[0] if listed else {},
        created=now,
        updated=now,
    )
    await registered_planes.save_plane(call.parts, record)
    return Response(status_code=200)


async def unregister(call: ManagementCall) -> Response:
    if not await registered_planes.remove_plane(call.parts, call.context.id, call.id):
        raise missing("DataPlaneInstance", call.id)
    return Response(status_code=200)


def _own(call: ManagementCall) -> RegisteredPlane:
    """Return the data plane of this node, which always exists."""
    now = call.parts.clock.now()
    sources = [_SOURCES.get(kind, str(kind)) for kind in call.parts.planes]
    return RegisteredPlane(
        id=f"{call.context.id}-embedded",
        context=call.context.id,
        endpoint=call.context.data_base,
        transfer_types=(HTTP_PULL, HTTP_PUSH),
        source_types=tuple(sources),
        created=now,
        updated=now,
    )


def _node(plane: RegisteredPlane, version: Version) -> dict[str, Any]:
    older = {"allowedDestTypes": [], "turnCount": 0} if version.is_v3 else {}
    return version.node(
        "DataPlaneInstance",
        plane.id,
        url=plane.endpoint,
        lastActive=millis(plane.updated),
        stateTimestamp=millis(plane.updated),
        allowedSourceTypes=version.several(plane.source_types),
        allowedTransferTypes=version.several(plane.transfer_types),
        destinationProvisionTypes=[],
        labels=version.several(plane.labels) if plane.labels else None,
        state="REGISTERED",
        **older,
    )


LINES = [
    ManagementRoute(method="GET", path="/dataplanes", handler=show_all),
    ManagementRoute(method="PUT", path="/dataplanes", handler=register, versions=(V4,)),
    ManagementRoute(method="DELETE", path="/dataplanes/{id}", handler=unregister, versions=(V4,)),
]
