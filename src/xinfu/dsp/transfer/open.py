"""Opening a transfer process: the consumer's request, received or to be sent."""

from datetime import datetime

from xinfu.dsp import faults
from xinfu.dsp.callback import is_usable
from xinfu.dsp.outcome import Refusal, Transition
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.messages import TransferRequestMessage
from xinfu.dsp.transfer.record import TransferProcess
from xinfu.dsp.transfer.states import Kind, State

_FAMILY = "transfer"


def open_received(
    message: TransferRequestMessage,
    *,
    context: str,
    participant: str,
    peer: str,
    own_pid: str,
    dataset: str,
    now: datetime,
    body_digest: str | None = None,
) -> Transition[TransferProcess] | Refusal:
    """Open a transfer from the consumer's request, as the provider.

    The caller has to check that the agreement exists, is live and belongs to this peer (R-TP-01), and that there is no
    transfer with the same consumer pid (R-TP-07).

    Args:
        participant: our own participant id; `peer` is the proven id of the sender.
        own_pid: a fresh id for our side.
        dataset: the dataset of the agreement.
        body_digest: SHA-256 of the canonical body, by which a repeat is recognised.
    """
    if not is_usable(message.callback_address):
        return Refusal(error=faults.bad_callback(_FAMILY))
    record = TransferProcess(
        id=own_pid,
        context=context,
        participant=participant,
        role=Role.PROVIDER,
        peer=peer,
        consumer_pid=message.consumer_pid,
        provider_pid=own_pid,
        state=State.REQUESTED,
        peer_base=message.callback_address,
        agreement_id=message.agreement_id,
        dataset=dataset,
        format=message.format,
        purpose=message.purpose,
        environment=message.environment,
        declared=message.declared,
        pull=message.push_address is None,
        data_address=message.push_address.redacted() if message.push_address else None,
        last_received=body_digest,
        opening=body_digest,
        created=now,
        updated=now,
    )
    return Transition(record=record, created=True)


def open_to_send(
    message: TransferRequestMessage,
    *,
    context: str,
    participant: str,
    peer: str,
    peer_base: str,
    dataset: str,
    now: datetime,
) -> TransferProcess:
    """Open a transfer as the consumer: `message` is in transit, and the state is None until it is acknowledged.

    Args:
        peer_base: the provider's protocol base.
    """
    return TransferProcess(
        id=message.consumer_pid,
        context=context,
        participant=participant,
        role=Role.CONSUMER,
        peer=peer,
        consumer_pid=message.consumer_pid,
        peer_base=peer_base,
        agreement_id=message.agreement_id,
        dataset=dataset,
        format=message.format,
        purpose=message.purpose,
        environment=message.environment,
        declared=message.declared,
        pull=message.push_address is None,
        data_address=message.push_address.redacted() if message.push_address else None,
        sending=Kind.REQUEST,
        created=now,
        updated=now,
    )
