"""Contract agreements. `@id` is this connector's own id, `agreementId` the id that both sides know."""

from typing import Any, Final

import msgspec

from xinfu.ports.query import ByRole, Constant, Field, Quotient
from xinfu.ports.records import AGREEMENTS, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services.contexts.context import Context
from xinfu.web.management.faults import missing
from xinfu.web.management.query import Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import Version, millis

FIELDS: Final[dict[str, Field[AgreementRecord]]] = {
    "id": AGREEMENTS.id,
    "agreementId": AGREEMENTS.wire_id,
    "assetId": AGREEMENTS.dataset,
    "contractSigningDate": Quotient(AGREEMENTS.created, 1_000_000),
}
"""Fields that are the same for every participant of the node."""


def entity(context: Context) -> Entity[AgreementRecord]:
    """Return the fields by which agreements can be queried; one of the parties is always this context."""
    us = Constant(context.participant)
    return Entity(
        name="ContractAgreement",
        fields={
            **FIELDS,
            "createdAt": Quotient(AGREEMENTS.created, 1000),
            "providerId": ByRole(AGREEMENTS.peer, us),
            "consumerId": ByRole(us, AGREEMENTS.peer),
        },
        below={"policy": ("policy",)},
    )


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        found = await load(view, call.id)
    return call.one(agreement_node(found, call.context.participant, call.version))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, entity(call.context))
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(AGREEMENTS).query(asked)
        total = await view.of(AGREEMENTS).matching(asked.conditions)
    return page(call, [agreement_node(each, call.context.participant, call.version) for each in found], total)


def agreement_node(record: AgreementRecord, us: str, version: Version) -> dict[str, Any]:
    """An agreement as it is shown."""
    provider, consumer = (us, record.peer) if record.role == "provider" else (record.peer, us)
    policy = msgspec.structs.replace(
        record.policy,
        assigner=record.policy.assigner or provider,
        assignee=record.policy.assignee or consumer,
        target=record.policy.target or record.dataset,
    )
    return version.node(
        None,
        None,
        **version.node("ContractAgreement", record.id),
        assetId=record.dataset,
        agreementId=record.wire_id,
        policy=version.policy(policy, id_=record.id),
        contractSigningDate=millis(record.concluded) // 1000,
        consumerId=consumer,
        providerId=provider,
        claims={key: list(values) for key, values in record.claims.items()},
    )


async def load(step: Step, id_: str) -> AgreementRecord:
    """Return the agreement, or raise the error that it does not exist."""
    found = await step.of(AGREEMENTS).get(id_)
    if found is None:
        raise missing("ContractAgreement", id_)
    return found


LINES = [
    ManagementRoute(
        method="POST", path="/contractagreements/request", handler=query, takes="QuerySpec", may_be_empty=True
    ),
    ManagementRoute(method="GET", path="/contractagreements/{id}", handler=show),
]
