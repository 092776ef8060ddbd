"""Endpoint data references (v3): our running pulls, and the address of each.

With the additions of Tractus-X: negotiate and pull in one call, and ask for a fresh token.
"""

from typing import Any, Final

from xinfu.dsp import Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.ports.query import Compare, Condition, Field, Query, Quotient, RelatedField
from xinfu.ports.records import ADDRESSES, AGREEMENTS, TRANSFERS, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.fetching import endpoint
from xinfu.services.usage.facts import VAULT
from xinfu.services.vault import objects
from xinfu.web.management.addresses import show_address
from xinfu.web.management.faults import missing
from xinfu.web.management.identifiers import id_response
from xinfu.web.management.names import AUTH
from xinfu.web.management.negotiations import open_negotiation
from xinfu.web.management.query import Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import V3, Version, millis

_KIND: Final = "EndpointDataReferenceEntry"
_FIELDS: Final[dict[str, Field[TransferProcess]]] = {
    "id": TRANSFERS.id,
    "transferProcessId": TRANSFERS.id,
    "agreementId": RelatedField("transfer-agreement", AGREEMENTS.id),
    "contractNegotiationId": RelatedField("transfer-agreement", AGREEMENTS.negotiation),
    "assetId": TRANSFERS.dataset,
    "providerId": TRANSFERS.peer,
    "createdAt": Quotient(TRANSFERS.created, 1000),
}
ENTITY: Final = Entity(name=_KIND, fields=_FIELDS)
_LIVE: Final = (
    TRANSFERS.role.equals(Role.CONSUMER),
    TRANSFERS.state.equals(State.STARTED),
    Condition[TransferProcess](
        fields=(RelatedField("transfer-address", ADDRESSES.id),), test=Compare.PRESENT
    ),
)


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    live = Query(
        conditions=(*asked.conditions, *_LIVE),
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=asked.limit,
    )
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(TRANSFERS).query(live)
        total = await view.of(TRANSFERS).matching(live.conditions)
        nodes = [await _node(view, each, call.version) for each in found]
    return page(call, nodes, total)


async def data_address(call: ManagementCall) -> dict[str, Any]:
    """Return the stored address; with `?auto_refresh=true` its token is renewed first if it expires soon."""
    await _running(call)
    renewing = call.request.query_params.get("auto_refresh", "").lower() == "true"
    if renewing:
        await endpoint.place_of(call.parts, call.context.id, call.id)
    return await _shown(call, renewing=renewing)


async def refresh(call: ManagementCall) -> dict[str, Any]:
    """Return the address with a new token, or with the present one if no service renews it."""
    await _running(call)
    kept = await endpoint.find_address(call.parts, call.context.id, call.id)
    await endpoint.renew(call.parts, kept.place)
    return await _shown(call, renewing=True)


async def delete(call: ManagementCall) -> None:
    """Forget the address; the transfer itself goes on until it is ended."""
    if not await endpoint.forget(call.parts, call.context.id, call.id):
        raise missing(_KIND, call.id)


async def negotiate(call: ManagementCall) -> dict[str, Any]:
    """Start a negotiation whose agreement starts the pull without another call."""
    record = await open_negotiation(call, then_pull=True)
    return id_response(call, record.id, record.created)


async def _running(call: ManagementCall) -> None:
    """Refuse the call unless it names a running pull of which we are the consumer."""
    async with call.parts.store.view(call.context.id) as view:
        record = await view.of(TRANSFERS).get(call.id)
        if record is None or record.role is not Role.CONSUMER or record.state is not State.STARTED:
            raise missing(_KIND, call.id)
        if await view.of(ADDRESSES).get(call.id) is None:
            raise missing(_KIND, call.id)
        if record.environment == VAULT:
            raise objects.for_vault_only()


async def _shown(call: ManagementCall, *, renewing: bool) -> dict[str, Any]:
    """Return the stored address; for Tractus-X calls also its renewal fields and its remaining life."""
    kept = await endpoint.find_address(call.parts, call.context.id, call.id)
    left = kept.left(call.parts.clock.now())
    told = (
        {f"{AUTH}expiresIn": str(max(0, int(left.total_seconds())))} if renewing and left is not None else {}
    )
    return call.one(call.version.address(show_address(kept.address, renewing=renewing) | told))


async def _node(view: Step, record: TransferProcess, version: Version) -> dict[str, Any]:
    agreement = await _agreement(view, record)
    sealed = await view.of(ADDRESSES).get(record.id)
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
    found = await view.of(AGREEMENTS).find(
        AGREEMENTS.wire_id.equals(record.agreement_id), AGREEMENTS.role.equals("consumer"), limit=1
    )
    return found[0] if found else None


_V3: Final = (V3,)
LINES = [
    ManagementRoute(
        method="POST",
        path="/edrs/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
        versions=_V3,
    ),
    ManagementRoute(method="POST", path="/edrs", handler=negotiate, takes="ContractRequest", versions=_V3),
    ManagementRoute(
        method="GET",
        path="/edrs/{id}/dataaddress",
        handler=data_address,
        versions=_V3,
        query={"auto_refresh": "true: renew the token first, if its end is near"},
    ),
    ManagementRoute(method="POST", path="/edrs/{id}/refresh", handler=refresh, versions=_V3),
    ManagementRoute(method="DELETE", path="/edrs/{id}", handler=delete, versions=_V3),
]
