"""Contract negotiations: start, view, terminate."""

from typing import Any, Final

import msgspec

from xinfu import odrl
from xinfu.dsp.negotiation import ContractNegotiation, Kind, State
from xinfu.errors import ConflictError, InputError, NotFoundError
from xinfu.odrl import PolicyKind
from xinfu.ports.query import ByRole, Constant, First, Member, Moment, Quotient, RelatedField
from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS, Act, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import lifecycle
from xinfu.services.processes import acts, requests
from xinfu.web.management import agreements
from xinfu.web.management.empty_policy import open_empty
from xinfu.web.management.expanded_object import ExpandedObject
from xinfu.web.management.faults import conflict, edc, invalid, mandatory, missing, refused
from xinfu.web.management.identifiers import id_response
from xinfu.web.management.names import ODRL
from xinfu.web.management.policies import read_policy
from xinfu.web.management.processes import PROTOCOL, callbacks_of, detail, named_protocol
from xinfu.web.management.query import Codes, Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import Version, millis

_SENDING: Final = {
    Kind.REQUEST: ("REQUESTING", 100),
    Kind.OFFER: ("OFFERING", 300),
    Kind.ACCEPT: ("ACCEPTING", 700),
    Kind.AGREE: ("AGREEING", 825),
    Kind.VERIFY: ("VERIFYING", 1050),
    Kind.FINALIZE: ("FINALIZING", 1150),
    Kind.TERMINATE: ("TERMINATING", 1300),
}
_REACHED: Final = {
    State.REQUESTED: 200,
    State.OFFERED: 400,
    State.ACCEPTED: 800,
    State.AGREED: 850,
    State.VERIFIED: 1100,
    State.FINALIZED: 1200,
    State.TERMINATED: 1400,
}
ENTITY: Final = Entity[ContractNegotiation](
    name="ContractNegotiation",
    fields={
        "id": NEGOTIATIONS.id,
        "correlationId": ByRole(NEGOTIATIONS.provider_pid, NEGOTIATIONS.consumer_pid),
        "counterPartyId": NEGOTIATIONS.peer,
        "counterPartyAddress": Member(("peer_base",)),
        "protocol": Constant(PROTOCOL),
        "type": Codes(
            field=NEGOTIATIONS.role, known=(("consumer", "CONSUMER", 0), ("provider", "PROVIDER", 1))
        ),
        "state": Codes(
            field=First((Member(("sending",)), NEGOTIATIONS.state)),
            known=(
                *((str(kind), name, code) for kind, (name, code) in _SENDING.items()),
                *((str(state), str(state), code) for state, code in _REACHED.items()),
            ),
        ),
        "stateTimestamp": Moment(("updated",)),
        "createdAt": Quotient(NEGOTIATIONS.created, 1000),
        "errorDetail": Member(("reason",)),
        "assetId": NEGOTIATIONS.dataset,
        "contractAgreementId": RelatedField("negotiation-agreement", AGREEMENTS.id),
        "contractOffers.id": Member(("offer", "id")),
        "contractOffers.assetId": NEGOTIATIONS.dataset,
        **{
            f"contractAgreement.{name}": RelatedField("negotiation-agreement", field)
            for name, field in agreements.FIELDS.items()
        },
    },
    below={"contractOffers.policy": ("offer",)},
)


async def initiate(call: ManagementCall) -> dict[str, Any]:
    record = await open_negotiation(call)
    return id_response(call, record.id, record.created)


async def open_negotiation(call: ManagementCall, *, then_pull: bool = False) -> ContractNegotiation:
    """Start a negotiation of the body's offer; an EDC client declares a purpose by the terms that it sends."""
    given = call.given
    base = given.needed("counterPartyAddress")
    protocol = named_protocol(given, call.version)
    document = _offer(given, call.version)
    callbacks = callbacks_of(given)
    given.settle()
    callback.check(call.parts, call.context.id, callbacks)
    if protocol != PROTOCOL:
        raise refused(f"Protocol {protocol} is not supported; use {PROTOCOL}")
    offer = odrl.read(open_empty(document, call.context), kind=PolicyKind.OFFER)
    found = await call.parts.counterparty.find(offer.assigner or "", at=base)
    terms = msgspec.structs.replace(offer, assigner=None, assignee=None)
    try:
        return await requests.request_agreement(
            call.parts,
            call.context,
            peer=found.participant,
            base=found.base,
            offer=terms,
            purpose=odrl.sole_purpose(terms),
            callbacks=callbacks,
            then_pull=then_pull,
        )
    except InputError as error:
        if error.code != "message.unwritable":
            raise
        # a client that names an offer without its rules polls what it asked
        return await requests.ask_in_vain(
            call.parts,
            call.context,
            peer=found.participant,
            base=found.base,
            offer=terms,
            callbacks=callbacks,
            why=error,
        )


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        record = await _stored(view, call.id)
        agreed = await lifecycle.of_negotiations(view, [record.id])
    return call.one(negotiation_node(record, agreed.get(record.id), call.version))


async def state(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        record = await _stored(view, call.id)
    return call.one(call.version.node("NegotiationState", None, state=negotiation_state(record)))


async def agreement(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        record = await _stored(view, call.id)
        found = (await lifecycle.of_negotiations(view, [record.id])).get(record.id)
    if found is None:
        raise missing("ContractAgreement", call.id)
    return call.one(agreements.agreement_node(found, call.context.participant, call.version))


async def of_agreement(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        found = await agreements.load(view, call.id)
        record = await _stored(view, found.negotiation)
    return call.one(negotiation_node(record, found, call.version))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(NEGOTIATIONS).query(asked)
        total = await view.of(NEGOTIATIONS).matching(asked.conditions)
        agreed = await lifecycle.of_negotiations(view, [each.id for each in found])
    return page(call, [negotiation_node(each, agreed.get(each.id), call.version) for each in found], total)


async def terminate(call: ManagementCall) -> None:
    reason = call.given.needed("reason")
    call.given.settle()
    reasons = acts.by_operator(reason)
    try:
        await acts.act_on_negotiation(call.parts, call.context.id, call.id, Act.TERMINATE, reasons=reasons)
    except NotFoundError as error:
        raise missing("ContractNegotiation", call.id) from error
    except ConflictError as error:
        raise conflict(
            f"Could not execute TerminateNegotiationCommand on ContractNegotiation with ID [{call.id}] "
            f"because it's {await _state(call)}"
        ) from error


async def delete(call: ManagementCall) -> None:
    """Delete a negotiation, which must have ended without an agreement."""
    try:
        await acts.forget_negotiation(call.parts, call.context.id, call.id)
    except NotFoundError as error:
        raise missing("ContractNegotiation", call.id) from error
    except ConflictError as error:
        agreed = error.code == "negotiation.agreed"
        why = (
            "ContractAgreement already created." if agreed else f"it is {await _state(call)}, not TERMINATED."
        )
        raise conflict(f"Cannot delete ContractNegotiation [ID={call.id}] - {why}") from error


async def _state(call: ManagementCall) -> str:
    async with call.parts.store.view(call.context.id) as view:
        return negotiation_state(await _stored(view, call.id))


def negotiation_state(record: ContractNegotiation) -> str:
    """Return EDC's name of the state; while a message is being sent, the name of the transition."""
    return _SENDING[record.sending][0] if record.sending is not None else str(record.state)


def negotiation_node(
    record: ContractNegotiation, agreed: AgreementRecord | None, version: Version
) -> dict[str, Any]:
    """A negotiation as it is shown."""
    return version.node(
        None,
        None,
        **version.node("ContractNegotiation", record.id),
        type=record.role.value.upper(),
        protocol=PROTOCOL,
        profile=PROTOCOL,
        state=negotiation_state(record),
        counterPartyId=record.peer,
        counterPartyAddress=record.peer_base,
        callbackAddresses=[version.node("CallbackAddress", None, **each) for each in record.callbacks],
        createdAt=millis(record.created),
        assetId=record.dataset,
        contractAgreementId=agreed.id if agreed else None,
        correlationId=record.peer_pid,
        errorDetail=detail(record.reason, record.code),
    )


def _offer(given: ExpandedObject, version: Version) -> dict[str, Any]:
    """Return the offer of a ContractRequest, which must have id, type, assigner and target."""
    policy = given.inside("policy", needed=True)
    if policy is None:
        return {}
    if version.is_v3 and not (policy.text("@id") or "").strip():
        path = edc("policy", "@id")
        given.faults.append(invalid(f"{path} cannot be null or blank", path))
    document = read_policy(given, "Offer")
    for name in ("assigner", "target"):
        if not policy.text(ODRL + name):
            given.faults.append(mandatory("object", edc("policy", ODRL + name)))
    return document


async def _stored(step: Step, id_: str) -> ContractNegotiation:
    record = await step.of(NEGOTIATIONS).get(id_)
    if record is None:
        raise missing("ContractNegotiation", id_)
    return record


LINES = [
    ManagementRoute(method="POST", path="/contractnegotiations", handler=initiate, takes="ContractRequest"),
    ManagementRoute(
        method="POST",
        path="/contractnegotiations/request",
        handler=query,
        takes="QuerySpec",
        may_be_empty=True,
    ),
    ManagementRoute(method="GET", path="/contractnegotiations/{id}", handler=show),
    ManagementRoute(method="DELETE", path="/contractnegotiations/{id}", handler=delete),
    ManagementRoute(method="GET", path="/contractnegotiations/{id}/state", handler=state),
    ManagementRoute(method="GET", path="/contractnegotiations/{id}/agreement", handler=agreement),
    ManagementRoute(method="GET", path="/contractagreements/{id}/negotiation", handler=of_agreement),
    ManagementRoute(
        method="POST",
        path="/contractnegotiations/{id}/terminate",
        handler=terminate,
        takes="TerminateNegotiation",
    ),
]
