"""Transfer processes: start, view, suspend, resume, terminate."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from xinfu import dsp
from xinfu.dsp import DataAddress, EndpointProperty
from xinfu.dsp.transfer import Kind, State, TransferProcess, is_pull
from xinfu.errors import ConflictError, NotFoundError
from xinfu.ports.query import ByRole, Constant, First, Member, Moment, Quotient, RelatedField
from xinfu.ports.records import AGREEMENTS, TRANSFERS, Act, AgreementRecord
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.processes import acts, requests
from xinfu.services.processes.requests import DataRequest, Wishes
from xinfu.web.management.addresses import open_address, show_address
from xinfu.web.management.expanded_object import address_of
from xinfu.web.management.faults import conflict, missing, refused
from xinfu.web.management.identifiers import id_response
from xinfu.web.management.names import EDC
from xinfu.web.management.processes import PROTOCOL, callbacks_of, detail, named_protocol
from xinfu.web.management.query import Codes, Entity, page, read_query
from xinfu.web.management.routes import ManagementCall, ManagementRoute
from xinfu.web.management.shapes import V3, Version, millis

_SENDING: Final = {
    Kind.REQUEST: ("REQUESTING", 400),
    Kind.START: ("STARTING", 550),
    Kind.SUSPEND: ("SUSPENDING", 650),
    Kind.COMPLETE: ("COMPLETING", 750),
    Kind.TERMINATE: ("TERMINATING", 825),
}
_REACHED: Final = {
    State.REQUESTED: 500,
    State.STARTED: 600,
    State.SUSPENDED: 700,
    State.COMPLETED: 800,
    State.TERMINATED: 850,
}
ENTITY: Final = Entity[TransferProcess](
    name="TransferProcess",
    fields={
        "id": TRANSFERS.id,
        "correlationId": ByRole(TRANSFERS.provider_pid, TRANSFERS.consumer_pid),
        "assetId": TRANSFERS.dataset,
        "contractId": RelatedField("transfer-agreement", AGREEMENTS.id),
        "counterPartyAddress": Member(("peer_base",)),
        "protocol": Constant(PROTOCOL),
        "type": Codes(field=TRANSFERS.role, known=(("consumer", "CONSUMER", 0), ("provider", "PROVIDER", 1))),
        "state": Codes(
            field=First((Member(("sending",)), TRANSFERS.state)),
            known=(
                *((str(kind), name, code) for kind, (name, code) in _SENDING.items()),
                *((str(state), str(state), code) for state, code in _REACHED.items()),
            ),
        ),
        "stateTimestamp": Moment(("updated",)),
        "createdAt": Quotient(TRANSFERS.created, 1000),
        "transferType": Member(("format",)),
        "errorDetail": Member(("reason",)),
        "dataDestination.type": Member(("destination", "type")),
    },
    below={"privateProperties": ("private",), "dataDestination": ("destination",)},
)


async def initiate(call: ManagementCall) -> dict[str, Any]:
    given = call.given
    base, contract = given.needed("counterPartyAddress"), given.needed("contractId")
    protocol = named_protocol(given, call.version)
    kind = given.needed("transferType")
    pull = is_pull(kind)
    destination = address_of(given.inside("dataDestination"), called=not pull)
    metadata = given.value("dataplaneMetadata")
    wishes = Wishes(
        callbacks=callbacks_of(given),
        destination=destination,
        private=given.free("privateProperties"),
        dataplane=metadata if isinstance(metadata, dict) else None,
    )
    given.settle()
    callback.check(call.parts, call.context.id, wishes.callbacks)
    if protocol != PROTOCOL:
        raise refused(f"Protocol {protocol} is not supported; use {PROTOCOL}")
    agreement = await _agreement(call, contract)
    found = await call.parts.counterparty.find(agreement.peer, at=base)
    asked = DataRequest(
        base=found.base,
        format=kind,
        data_address=None if pull else wire_address(destination),
        wishes=wishes,
    )
    record = await requests.request_data(call.parts, call.context, agreement, asked)
    return id_response(call, record.id, record.created)


async def show(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        record = await _stored(view, call.id)
        nodes = await _nodes(call, view, [record])
    return call.one(nodes[0])


async def state(call: ManagementCall) -> dict[str, Any]:
    async with call.parts.store.view(call.context.id) as view:
        record = await _stored(view, call.id)
    return call.one(call.version.node("TransferState", None, state=transfer_state(record)))


async def query(call: ManagementCall) -> Any:
    asked = read_query(call.given, ENTITY)
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(TRANSFERS).query(asked)
        total = await view.of(TRANSFERS).matching(asked.conditions)
        return page(call, await _nodes(call, view, found), total)


async def terminate(call: ManagementCall) -> None:
    reason = call.given.needed("reason")
    call.given.settle()
    await _act(call, Act.TERMINATE, "TerminateTransferCommand", reason)


async def suspend(call: ManagementCall) -> None:
    await _act(call, Act.SUSPEND, "SuspendTransferCommand", call.given.text("reason"))


async def resume(call: ManagementCall) -> None:
    await _act(call, Act.START, "ResumeTransferCommand", None)


async def deprovision(call: ManagementCall) -> None:
    """Accept the call that v3 clients make after a transfer; there is nothing to deprovision."""
    async with call.parts.store.view(call.context.id) as view:
        await _stored(view, call.id)


def transfer_state(record: TransferProcess) -> str:
    """Return EDC's name of the state; while a message is being sent, the name of the transition."""
    if record.sending is Kind.START and record.state is State.SUSPENDED:
        return "RESUMING"
    return _SENDING[record.sending][0] if record.sending is not None else str(record.state)


def wire_address(destination: Mapping[str, Any] | None) -> DataAddress | None:
    """Return a destination as sent: its properties under full names, as EDC writes them."""
    if destination is None:
        return None
    named = {key: value for key, value in destination.items() if key != "type" and isinstance(value, str)}
    return DataAddress(
        endpoint_type=str(destination.get("type", dsp.HTTP_ENDPOINT)),
        properties=tuple(
            EndpointProperty(name=key if "://" in key else EDC + key, value=value)
            for key, value in named.items()
        ),
    )


async def _act(call: ManagementCall, act: Act, command: str, reason: str | None) -> None:
    only_from = State.SUSPENDED if act is Act.START else None
    reasons = acts.by_operator(reason)
    try:
        await acts.act_on_transfer(
            call.parts, call.context.id, call.id, act, reasons=reasons, only_from=only_from
        )
    except NotFoundError as error:
        raise missing("TransferProcess", call.id) from error
    except ConflictError as error:
        async with call.parts.store.view(call.context.id) as view:
            record = await _stored(view, call.id)
        raise conflict(
            f"Could not execute {command} on TransferProcess with ID [{call.id}] because it's {transfer_state(record)}"
        ) from error


async def _agreement(call: ManagementCall, id_: str) -> AgreementRecord:
    async with call.parts.store.view(call.context.id) as view:
        found = await view.of(AGREEMENTS).get(id_)
    if found is None:
        raise refused(f"Contract agreement with id {id_} not found")
    return found


async def _nodes(
    call: ManagementCall, view: Step, records: Sequence[TransferProcess]
) -> list[dict[str, Any]]:
    wires = [each.agreement_id for each in records]
    agreed = await view.of(AGREEMENTS).find(AGREEMENTS.wire_id.among(wires), limit=1000) if wires else []
    local = {(each.wire_id, str(each.role)): each.id for each in agreed}
    nodes = []
    for record in records:
        contract = local.get((record.agreement_id, str(record.role)))
        address = await open_address(call.parts, view, record)
        nodes.append(_node(record, contract, address, call.version))
    return nodes


def _node(
    record: TransferProcess, contract: str | None, address: DataAddress | None, version: Version
) -> dict[str, Any]:
    destination = record.destination if address is None else show_address(address)
    return version.node(
        None,
        None,
        **version.node("TransferProcess", record.id),
        state=transfer_state(record),
        stateTimestamp=millis(record.updated),
        type=record.role.value.upper(),
        callbackAddresses=[version.node("CallbackAddress", None, **each) for each in record.callbacks],
        correlationId=record.peer_pid,
        assetId=record.dataset,
        contractId=contract,
        transferType=record.format,
        errorDetail=detail(record.reason, record.code),
        dataDestination=version.address(destination) if destination else None,
        privateProperties=version.free(record.private) or None,
        dataplaneMetadata=version.metadata(record.dataplane or {}),
    )


async def _stored(step: Step, id_: str) -> TransferProcess:
    record = await step.of(TRANSFERS).get(id_)
    if record is None:
        raise missing("TransferProcess", id_)
    return record


LINES = [
    ManagementRoute(method="POST", path="/transferprocesses", handler=initiate, takes="TransferRequest"),
    ManagementRoute(
        method="POST", path="/transferprocesses/request", handler=query, takes="QuerySpec", may_be_empty=True
    ),
    ManagementRoute(method="GET", path="/transferprocesses/{id}", handler=show),
    ManagementRoute(method="GET", path="/transferprocesses/{id}/state", handler=state),
    ManagementRoute(
        method="POST", path="/transferprocesses/{id}/terminate", handler=terminate, takes="TerminateTransfer"
    ),
    ManagementRoute(
        method="POST",
        path="/transferprocesses/{id}/suspend",
        handler=suspend,
        takes="SuspendTransfer",
        may_be_empty=True,
    ),
    ManagementRoute(method="POST", path="/transferprocesses/{id}/resume", handler=resume),
    ManagementRoute(
        method="POST", path="/transferprocesses/{id}/deprovision", handler=deprovision, versions=(V3,)
    ),
]
