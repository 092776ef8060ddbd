"""Retired agreements (v3, Tractus-X): they allow no use until they are reactivated.

Retiring suspends the agreement on our side and stops what runs under it; taking the retirement back lets transfers
be started again. A terminated agreement is over for good and does not count as retired.
"""

from typing import Any, Final

from xinfu.errors import ConflictError, NotFoundError
from xinfu.ports.query import Compare, Condition, Member, Moment, Query
from xinfu.ports.records import AGREEMENTS, AgreementRecord, AgreementState
from xinfu.services.agreements import lifecycle
from xinfu.web.management.faults import conflict, missing
from xinfu.web.management.query import Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import V3, Version, millis

_KIND: Final = "AgreementsRetirementEntry"
_TX: Final = "https://w3id.org/tractusx/v0.0.1/ns/"
ENTITY: Final = Entity[AgreementRecord](
    name=_KIND,
    fields={
        "agreementId": AGREEMENTS.id,
        "reason": Member(("reason",)),
        "agreementRetirementDate": Moment(("retired",)),
    },
)
_RETIRED: Final = Condition[AgreementRecord](fields=(Moment(("retired",)),), test=Compare.PRESENT)


async def retire(call: ManagementCall) -> None:
    """Retire an agreement, so that it allows no further use."""
    id_ = call.given.needed("agreementId")
    reason = call.given.text(f"{_TX}reason") or call.given.text("reason")
    call.given.settle()
    found = await _stored(call, id_)
    if found.retired is not None:
        raise conflict(f"Contract agreement {id_} is retired already")
    try:
        await _change(call, id_, AgreementState.SUSPENDED, reason)
    except ConflictError as error:
        raise conflict(f"Contract agreement {id_} has ended") from error


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    retired = Query(
        conditions=(*asked.conditions, _RETIRED),
        sort=asked.sort,
        descending=asked.descending,
        offset=asked.offset,
        limit=asked.limit,
    )
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(AGREEMENTS).query(retired)
        total = await view.of(AGREEMENTS).matching(retired.conditions)
    return page(call, [_node(each, call.version) for each in found], total)


async def take_back(call: ManagementCall) -> None:
    """Reactivate an agreement, so that it can be used again."""
    if (await _stored(call, call.id)).retired is None:
        raise missing(_KIND, call.id)
    await _change(call, call.id, AgreementState.ACTIVE, None)


async def _stored(call: ManagementCall, id_: str) -> AgreementRecord:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(AGREEMENTS).get(id_)
    if found is None:
        raise missing("ContractAgreement", id_)
    return found


async def _change(call: ManagementCall, id_: str, to: AgreementState, reason: str | None) -> None:
    now = call.parts.clock.now() if to is AgreementState.SUSPENDED else None
    by = call.context.participant
    try:
        await lifecycle.change(call.parts, call.context.id, id_, to, by=by, reason=reason, retired=now)
    except NotFoundError as error:
        raise missing("ContractAgreement", id_) from error


def _node(record: AgreementRecord, version: Version) -> dict[str, Any]:
    told = {
        "reason": record.reason,
        "agreementRetirementDate": millis(record.retired) if record.retired else None,
    }
    whole = {f"{_TX}{name}": value for name, value in told.items()}
    return version.node(None, None, agreementId=record.id, **told, **whole)


_V3: Final = (V3,)
LINES = [
    ManagementRoute(
        method="POST",
        path="/contractagreements/retirements",
        handler=retire,
        takes="Retirement",
        versions=_V3,
    ),
    ManagementRoute(
        method="POST",
        path="/contractagreements/retirements/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
        versions=_V3,
    ),
    ManagementRoute(
        method="DELETE", path="/contractagreements/retirements/{id}", handler=take_back, versions=_V3
    ),
]
