"""The new address for a pull that the consumer has started again.

The specification lets the consumer start a suspended transfer (T-11), but has no message in which the provider could
answer with a new address. EDC sends one more start message, and so do we: the provider may send it
while the transfer is STARTED and an address is due, and it does not change the state.
"""

from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.messages import TransferMessage, TransferStartMessage
from xinfu.dsp.transfer.record import TransferProcess
from xinfu.dsp.transfer.states import Kind, State


def is_address(record: TransferProcess, message: TransferMessage) -> bool:
    """Whether `message` gives the consumer the address that is due."""
    return (
        record.role is Role.CONSUMER
        and record.state is State.STARTED
        and record.address_due
        and isinstance(message, TransferStartMessage)
        and message.data_address is not None
    )


def may_send(record: TransferProcess, kind: Kind) -> bool:
    """Whether we are the provider and owe an address, and `kind` is the start that carries it."""
    return (
        kind is Kind.START
        and record.role is Role.PROVIDER
        and record.state is State.STARTED
        and record.address_due
    )


def is_sending(record: TransferProcess) -> bool:
    """Whether our message in transit carries such an address; any change of state makes it pointless."""
    return record.sending is not None and may_send(record, record.sending)


def still_owes(record: TransferProcess, kind: Kind) -> bool:
    """Whether the consumer's start crossed our start of a pull, which stays in transit because it carries the address."""
    return (
        kind is Kind.START
        and record.role is Role.PROVIDER
        and record.state is State.SUSPENDED
        and record.sending is Kind.START
        and record.pull
    )
