"""A transfer that a consumer opens: under a live agreement between exactly these two, in a form that we serve."""

from xinfu import dsp
from xinfu.dsp import Role
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp
from xinfu.dsp.transfer import TransferMessage, TransferProcess
from xinfu.errors import ProtocolError
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import ASSETS, NEGOTIATIONS, TRANSFERS, AgreementRecord, AgreementState, Event
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.parts import Parts, PeerParts
from xinfu.services.processes import errors, push_target, steps
from xinfu.services.processes.family import NewProcess, OpeningKey
from xinfu.services.processes.negotiation import NEGOTIATION


def transfer_key(parts: PeerParts, message: TransferMessage) -> OpeningKey[TransferProcess]:
    """The identity of a first message (R-TP-07); addresses that we would never call are refused (R-TP-06).

    Raises:
        InputError: `address.refused`.
    """
    if isinstance(message, tp.TransferRequestMessage):
        parts.outbound.check(message.callback_address, purpose=Purpose.PEER)
        if message.push_address is not None:
            push_target.check(parts, message.push_address)
    return OpeningKey(column=TRANSFERS.consumer_pid, pid=message.consumer_pid, role=Role.PROVIDER)


def check_address(parts: PeerParts, message: TransferMessage) -> None:
    """Refuse a start with an address that we would never call.

    Raises:
        InputError: `address.refused`.
    """
    address = message.data_address if isinstance(message, tp.TransferStartMessage) else None
    if address is None:
        return
    parts.outbound.check(address.url or "", purpose=Purpose.DATA)
    if address.refresh_token is not None:
        parts.outbound.check(address.refresh_endpoint, purpose=Purpose.DATA)


async def open_transfer(
    step: Step, parts: Parts, arrival: Arrival, message: TransferMessage
) -> NewProcess[TransferProcess]:
    """The transfer that a request opens; nothing is stored yet.

    Raises:
        ProtocolError: `agreement.unknown` and the like, `transfer.format-unsupported` (R-TP-01..03).
    """
    if not isinstance(message, tp.TransferRequestMessage):
        raise TypeError(type(message))
    agreement = await _agreed(step, parts, arrival, message)
    outcome = tp.open_received(
        message,
        context=arrival.context.id,
        participant=arrival.context.participant,
        peer=arrival.peer,
        own_pid=parts.clock.new_id(),
        dataset=agreement.dataset,
        now=parts.clock.now(),
        body_digest=arrival.digest,
    )
    return NewProcess(outcome=outcome, event=Event.TRANSFER_REQUESTED)


async def _agreed(
    step: Step, parts: Parts, arrival: Arrival, message: tp.TransferRequestMessage
) -> AgreementRecord:
    """The live agreement between exactly these two that the request names (R-TP-01), in a form we serve."""
    found = await lifecycle.by_wire_id(step, message.agreement_id, "provider")
    if found is None:
        found = await _finalized_by_this(step, parts, arrival, message.agreement_id)
    if found is None or found.peer != arrival.peer:
        raise errors.AGREEMENT_UNKNOWN()
    if found.state is not AgreementState.ACTIVE:
        refused = lifecycle.ended(found)
        raise ProtocolError(
            refused.code, refused.en, refused.zh, help_en=refused.help_en, help_zh=refused.help_zh
        )
    wanted = (message.format, message.push_address is not None)
    asset = await step.of(ASSETS).get(found.dataset)
    pushed = asset is None or asset.source.is_pushable
    if wanted != (dsp.HTTP_PULL, False) and not (wanted == (dsp.HTTP_PUSH, True) and pushed):
        both = f", or as {dsp.HTTP_PUSH} to one" if pushed else ""
        raise errors.TRANSFER_FORMAT_UNSUPPORTED(
            format=dsp.HTTP_PULL, both=both, both_zh="，或以 HttpData-PUSH 推送到所给地址" if pushed else ""
        )
    return found


async def _finalized_by_this(
    step: Step, parts: Parts, arrival: Arrival, wire_id: str
) -> AgreementRecord | None:
    """The agreement of a consumer whose acknowledgement of our FINALIZED is still on its way; None if there is none.

    Another worker may be recording that acknowledgement right now, so the negotiation is locked before it is judged.
    """
    where = (
        NEGOTIATIONS.agreement.equals(wire_id),
        NEGOTIATIONS.peer.equals(arrival.peer),
        NEGOTIATIONS.role.equals(Role.PROVIDER),
    )
    for found in await step.of(NEGOTIATIONS).find(*where, limit=1):
        record = await step.of(NEGOTIATIONS).lock(found.id)
        if record.sending is cn.Kind.FINALIZE:
            await step.outbox.drop(record.id, kind=str(cn.Kind.FINALIZE))
            await steps.acknowledge(step, parts, NEGOTIATION, record, cn.Kind.FINALIZE)
        return await lifecycle.by_wire_id(step, wire_id, "provider")
    return None
