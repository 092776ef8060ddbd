"""A negotiation that a peer opens: with a request (we provide) or an offer (we consume).

Our own offer is checked before a request for it opens anything (R-CN-02).
"""

from msgspec.structs import replace

from xinfu.dsp import Role
from xinfu.dsp import negotiation as cn
from xinfu.dsp.negotiation import ContractNegotiation, NegotiationMessage
from xinfu.dsp.repeats import opening_digest
from xinfu.ports.outbound import Purpose
from xinfu.ports.records import NEGOTIATIONS, Event
from xinfu.ports.store import Step
from xinfu.services.exchange.arrival import Arrival
from xinfu.services.offering import offers
from xinfu.services.offering.offers import Assessment
from xinfu.services.parts import PeerParts, RecordParts
from xinfu.services.processes import errors
from xinfu.services.processes.family import NewProcess, OpeningKey

Opening = cn.ContractRequestMessage | cn.ContractOfferMessage


def negotiation_key(parts: PeerParts, message: NegotiationMessage) -> OpeningKey[ContractNegotiation]:
    """The identity of a first message; a callback address that we would never call is refused (R-CN-04).

    Raises:
        InputError: `address.refused`.
    """
    if isinstance(message, Opening) and message.callback_address is not None:
        parts.outbound.check(message.callback_address, purpose=Purpose.PEER)
    if isinstance(message, cn.ContractRequestMessage):
        return OpeningKey(column=NEGOTIATIONS.consumer_pid, pid=message.consumer_pid, role=Role.PROVIDER)
    return OpeningKey(column=NEGOTIATIONS.provider_pid, pid=message.provider_pid or "", role=Role.CONSUMER)


def check_repeat(known: ContractNegotiation, arrival: Arrival) -> None:
    """Refuse a different first message under the pid of a negotiation; the same message is acknowledged again."""
    if known.opening == opening_digest(arrival.body):
        return
    raise errors.NEGOTIATION_ALREADY_OPEN()


async def open_negotiation(
    step: Step, parts: RecordParts, arrival: Arrival, message: NegotiationMessage
) -> NewProcess[ContractNegotiation]:
    """The negotiation that a first message opens; nothing is stored yet.

    Raises:
        ProtocolError: `offer.unknown`.
    """
    if not isinstance(message, Opening):
        raise TypeError(type(message))
    assessment: Assessment | None = None
    now = parts.clock.now()
    event = Event.OFFERED
    if isinstance(message, cn.ContractRequestMessage):
        asked, event = message.offer, Event.REQUESTED
        assessment = await offers.assess(step, arrival.context, asked.id or "", asked.target or "", now)
        ours = await offers.must_see(step, assessment, arrival, now)
        message = replace(message, offer=offers.with_our_ids(asked, ours))
    outcome = cn.open_received(
        message,
        context=arrival.context.id,
        participant=arrival.context.participant,
        peer=arrival.peer,
        own_pid=parts.clock.new_id(),
        now=now,
        body_digest=arrival.digest,
        opening=opening_digest(arrival.body),
    )
    return NewProcess(outcome=outcome, event=event, assessment=assessment)
