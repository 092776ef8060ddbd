"""The contract negotiation as a family of processes: its table, its messages, and what follows from its states."""

from typing import Final, assert_never

from xinfu.dsp import Role, conclude
from xinfu.dsp import negotiation as cn
from xinfu.dsp.negotiation import MACHINE, ContractNegotiation, Kind, NegotiationMessage, State
from xinfu.errors import NotFoundError
from xinfu.ports.records import NEGOTIATIONS, Act, Event, outbox
from xinfu.ports.store import Step
from xinfu.services import callback
from xinfu.services.agreements import lifecycle
from xinfu.services.evidence.notes import claims_again
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.processes import answers, errors, negotiation_opening
from xinfu.services.processes.family import Claims, Family, MessageContent
from xinfu.services.refusals import as_reason


def waiting_event(record: ContractNegotiation) -> Event | None:
    """The event that a negotiation waits for us to answer; None if it is the other side's turn."""
    if record.sending is not None or record.state is None:
        return None
    provider = record.role is Role.PROVIDER
    return {
        State.REQUESTED: Event.REQUESTED if provider else None,
        State.OFFERED: None if provider else Event.OFFERED,
        State.ACCEPTED: Event.ACCEPTED if provider else None,
        State.AGREED: None if provider else Event.AGREED,
        State.VERIFIED: Event.VERIFIED if provider else None,
    }.get(record.state)


def _not_found() -> NotFoundError:
    return errors.NEGOTIATION_NOT_FOUND()


async def _admit(
    step: Step,
    _before: ContractNegotiation,
    after: ContractNegotiation,
    message: NegotiationMessage,
) -> ContractNegotiation:
    """Refuse an agreement whose id we already have, because every later message names an agreement by its id."""
    if not isinstance(message, cn.ContractAgreementMessage):
        return after
    if await lifecycle.by_wire_id(step, message.agreement.id, "consumer") is not None:
        raise errors.AGREEMENT_ID_TAKEN()
    return after


async def _follow(
    step: Step,
    parts: PeerParts,
    record: ContractNegotiation,
    _reason: str | None,
    _message: NegotiationMessage | None,
) -> None:
    """Store the agreement once the negotiation is finalized (R-CN-14), and notify callbacks."""
    if record.state is State.FINALIZED:
        await lifecycle.conclude(step, parts, record)
    await callback.of_negotiation(step, parts, record)


async def _claims(parts: PeerParts, context: str, event: outbox.ProcessEvent) -> Claims:
    """The peer's proven claims for a negotiation that a person has released, perhaps long after the request."""
    return await claims_again(parts, context, event.process, event.peer)


async def _compose(
    _step: Step, parts: RecordParts, record: ContractNegotiation, act: Act, said: MessageContent
) -> NegotiationMessage:
    """The message for an act."""
    pids = {"consumer_pid": record.consumer_pid or "", "provider_pid": record.provider_pid or ""}
    match act:
        case Act.OFFER:
            return cn.ContractOfferMessage(**pids, offer=said.offer or record.offer)
        case Act.COUNTER:
            return cn.ContractRequestMessage(**pids, offer=said.offer or record.offer, purpose=record.purpose)
        case Act.ACCEPT:
            return cn.ContractNegotiationEventMessage(**pids, event_type=State.ACCEPTED)
        case Act.AGREE:
            return _agreement(parts, record)
        case Act.VERIFY:
            return cn.ContractAgreementVerificationMessage(**pids)
        case Act.FINALIZE:
            return cn.ContractNegotiationEventMessage(**pids, event_type=State.FINALIZED)
        case Act.TERMINATE:
            code = said.reasons[0].code if said.reasons else None
            return cn.ContractNegotiationTerminationMessage(**pids, code=code, reason=as_reason(said.reasons))
        case (
            Act.NOTHING
            | Act.HOLD
            | Act.AGREE_WITHIN
            | Act.START
            | Act.SUSPEND
            | Act.COMPLETE
            | Act.SIGN
            | Act.SIGN_WITHIN
            | Act.FILE
            | Act.PULL
        ):
            raise errors.ANSWER_WRONG_ACT_OF_NEGOTIATION(act=act)
        case _ as never:
            assert_never(never)


def _agreement(parts: RecordParts, record: ContractNegotiation) -> cn.ContractAgreementMessage:
    """Our agreement on the current offer (R-POL-03, R-POL-09)."""
    agreement = conclude(
        record.offer,
        agreement_id=parts.clock.new_id(),
        assigner=record.provider,
        assignee=record.consumer,
        at=parts.clock.now(),
    )
    return cn.ContractAgreementMessage(
        consumer_pid=record.consumer_pid or "", provider_pid=record.provider_pid or "", agreement=agreement
    )


NEGOTIATION: Final = Family[ContractNegotiation, NegotiationMessage, Kind](
    name="negotiation",
    machine=MACHINE,
    kinds=Kind,
    ack=cn.ContractNegotiationAck,
    error=cn.ContractNegotiationError,
    termination=cn.ContractNegotiationTerminationMessage,
    records=NEGOTIATIONS,
    messages=cn.MESSAGES,
    acknowledgement=cn.acknowledgement,
    not_found=_not_found,
    acknowledged=Event.REQUEST_ACKNOWLEDGED,
    events={
        Kind.REQUEST: Event.COUNTERED,
        Kind.OFFER: Event.OFFERED,
        Kind.ACCEPT: Event.ACCEPTED,
        Kind.AGREE: Event.AGREED,
        Kind.VERIFY: Event.VERIFIED,
        Kind.FINALIZE: Event.FINALIZED,
    },
    quiet=frozenset({Event.REQUEST_ACKNOWLEDGED, Event.FINALIZED}),
    first=negotiation_opening.negotiation_key,
    check_repeat=negotiation_opening.check_repeat,
    open=negotiation_opening.open_negotiation,
    admit=_admit,
    follow=_follow,
    claims=_claims,
    choose=answers.choose,
    compose=_compose,
)
