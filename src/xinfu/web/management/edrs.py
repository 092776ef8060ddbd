"""Endpoint data references (v3): the running pulls of ours, and where each is fetched.

With the additions of Tractus-X: negotiate and pull in one call, and ask for a fresh token.
"""

from typing import Any, Final

from xinfu.dsp import DataAddress, Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.query import Column, Compare, Condition, Field, Query, Related
from xinfu.ports.records import AgreementRecord
from xinfu.ports.store import Step
from xinfu.web.management.addresses import opened, shown
from xinfu.web.management.faults import missing
from xinfu.web.management.identifiers import id_response
from xinfu.web.management.names import AUTH
from xinfu.web.management.negotiations import open_negotiation
from xinfu.web.management.query import Entity, page, queried
from xinfu.web.management.routes import Call, Line
from xinfu.web.management.shapes import V3, Version, millis

_KIND: Final = "EndpointDataReferenceEntry"
_FIELDS: Final[dict[str, Field]] = {
    "id": Column("id"),
    "transferProcessId": Column("id"),
    "agreementId": Related("transfer-agreement", Column("id")),
    "contractNegotiationId": Related("transfer-agreement", Column("negotiation")),
    "assetId": Column("dataset"),
    "providerId": Column("peer"),
    "createdAt": Column("created", 1000),
}
ENTITY: Final = Entity(name=_KIND, fields=_FIELDS)
_LIVE: Final = (
    Condition(fields=(Column("role"),), test=Compare.EQUAL, values=(str(Role.CONSUMER),)),
    Condition(fields=(Column("state"),), test=Compare.EQUAL, values=(str(State.STARTED),)),
    Condition(fields=(Related("transfer-address", Column("id")),), test=Compare.PRESENT),
)


async def query(call: Call) -> Any:
    asked = queried(call.given, ENTITY)
    live = Query(
        conditions=(*asked.conditions, *_LIVE),
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=asked.limit,
    )
    async with call.parts.store.view(call.context.id) as view:
        found = await view.transfers.query(live)
        total = await view.transfers.matching(live.conditions)
        nodes = [await _node(view, each, call.version) for each in found]
    return page(call, nodes, total)


async def data_address(call: Call) -> dict[str, Any]:
    """`?auto_refresh` changes nothing: the token that is kept is the newest that the provider gave."""
    address = await _address(call)
    return call.one(call.version.address(shown(address)))


async def refresh(call: Call) -> dict[str, Any]:
    """The newest token, with what Tractus-X tells beside it."""
    address = await _address(call)
    known = {each.word: each.value for each in address.properties}
    told = {f"{AUTH}{name}": known[name] for name in _TOLD if name in known}
    return call.one(call.version.address(shown(address) | told))


async def delete(call: Call) -> None:
    """Forget the address; the transfer itself goes on until it is ended."""
    async with call.parts.store.step(call.context.id) as step:
        if not await step.addresses.remove(call.id):
            raise missing(_KIND, call.id)


async def negotiate(call: Call) -> dict[str, Any]:
    """Negotiate; when the agreement is there, the pull is asked for without another call."""
    record = await open_negotiation(call, then_pull=True)
    return id_response(call, record.id, record.created)


async def _address(call: Call) -> DataAddress:
    async with call.parts.store.view(call.context.id) as view:
        record = await view.transfers.get(call.id)
        ours = record is not None and record.role is Role.CONSUMER
        found = await opened(call.parts, view, record) if record is not None and ours else None
    if found is None:
        raise missing(_KIND, call.id)
    return found


async def _node(view: Step, record: TransferProcess, version: Version) -> dict[str, Any]:
    agreement = await _agreement(view, record)
    sealed = await view.addresses.get(record.id)
    return version.node(
        _KIND,
        record.id,
        providerId=record.peer,
        assetId=record.dataset,
        agreementId=agreement.id if agreement else None,
        transferProcessId=record.id,
        createdAt=millis(sealed.created if sealed else record.created),
        contractNegotiationId=agreement.negotiation if agreement else None,
    )


async def _agreement(view: Step, record: TransferProcess) -> AgreementRecord | None:
    found = await view.agreements.find({"wire_id": record.agreement_id, "role": "consumer"}, limit=1)
    return found[0] if found else None


_TOLD: Final = ("refreshToken", "refreshEndpoint", "expiresIn", "refreshAudience", "audience")
_V3: Final = (V3,)
LINES = [
    Line(
        method="POST",
        path="/edrs/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
        versions=_V3,
    ),
    Line(method="POST", path="/edrs", handler=negotiate, takes="ContractRequest", versions=_V3),
    Line(method="GET", path="/edrs/{id}/dataaddress", handler=data_address, versions=_V3),
    Line(method="POST", path="/edrs/{id}/refresh", handler=refresh, versions=_V3),
    Line(method="DELETE", path="/edrs/{id}", handler=delete, versions=_V3),
]
