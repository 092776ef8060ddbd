"""Opening a contract negotiation: the first message, received or to be sent."""

from datetime import datetime

from xinfu.dsp import errors, faults
from xinfu.dsp.callback import is_usable
from xinfu.dsp.negotiation.messages import ContractOfferMessage, ContractRequestMessage
from xinfu.dsp.negotiation.record import ContractNegotiation, Draft
from xinfu.dsp.negotiation.states import Kind, State
from xinfu.dsp.outcome import Refusal, Transition
from xinfu.dsp.terms import Role
from xinfu.errors import ConflictError

_FAMILY = "negotiation"


def open_received(
    message: ContractRequestMessage | ContractOfferMessage,
    *,
    context: str,
    participant: str,
    peer: str,
    own_pid: str,
    now: datetime,
    body_digest: str | None = None,
    opening: str | None = None,
) -> Transition[ContractNegotiation] | Refusal:
    """Open a negotiation from the peer's first message: a request (we are provider) or an offer (we are consumer).

    The caller has to check that an offer with this id exists (R-CN-02).

    Args:
        participant: our own participant id; `peer` is the proven id of the sender.
        own_pid: a fresh id for our side.
        body_digest: SHA-256 of the body, by which a repeat is recognised.
        opening: `opening_digest` of the body, by which another attempt to open is recognised.
    """
    request = isinstance(message, ContractRequestMessage)
    if message.callback_address is None or _own_pid(message) is not None:
        return Refusal(error=faults.not_opening(_FAMILY))
    if not is_usable(message.callback_address):
        return Refusal(error=faults.bad_callback(_FAMILY))
    if not message.offer.target:
        return Refusal(error=errors.NEGOTIATION_TARGET_MISSING())
    record = ContractNegotiation(
        id=own_pid,
        context=context,
        participant=participant,
        role=Role.PROVIDER if request else Role.CONSUMER,
        peer=peer,
        consumer_pid=message.consumer_pid if request else own_pid,
        provider_pid=own_pid if request else message.provider_pid,
        state=State.REQUESTED if request else State.OFFERED,
        peer_base=message.callback_address,
        offer=message.offer,
        offered_by=Role.CONSUMER if request else Role.PROVIDER,
        dataset=message.offer.target,
        last_received=body_digest,
        opening=opening or body_digest,
        purpose=message.purpose if isinstance(message, ContractRequestMessage) else None,
        created=now,
        updated=now,
    )
    return Transition(record=record, created=True)


def open_to_send(
    message: ContractRequestMessage | ContractOfferMessage,
    *,
    context: str,
    participant: str,
    peer: str,
    peer_base: str,
    now: datetime,
) -> ContractNegotiation:
    """Open a negotiation ourselves: `message` is in transit, and the state is None until it is acknowledged.

    Args:
        peer_base: the address of the first message; consumer and provider both keep using it (T-22).

    Raises:
        ConflictError: `negotiation.not-opening`: no callback address, a pid of the peer, or no target.
    """
    request = isinstance(message, ContractRequestMessage)
    if message.callback_address is None or _own_pid(message) is not None or not message.offer.target:
        fault = faults.not_opening(_FAMILY)
        raise ConflictError(fault.code, fault.en, fault.zh)
    own_pid = message.consumer_pid if isinstance(message, ContractRequestMessage) else message.provider_pid
    return ContractNegotiation(
        id=own_pid,
        context=context,
        participant=participant,
        role=Role.CONSUMER if request else Role.PROVIDER,
        peer=peer,
        consumer_pid=own_pid if request else None,
        provider_pid=None if request else own_pid,
        peer_base=peer_base,
        offer=message.offer,
        offered_by=Role.CONSUMER if request else Role.PROVIDER,
        dataset=message.offer.target,
        sending=Kind.REQUEST if request else Kind.OFFER,
        draft=Draft(offer=message.offer),
        purpose=message.purpose if isinstance(message, ContractRequestMessage) else None,
        created=now,
        updated=now,
    )


def _own_pid(message: ContractRequestMessage | ContractOfferMessage) -> str | None:
    """The receiver's pid, which an opening message cannot know."""
    return message.provider_pid if isinstance(message, ContractRequestMessage) else message.consumer_pid
