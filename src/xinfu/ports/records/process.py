"""Kinds of the stored DSP processes; their structs are in `xinfu.dsp`."""

from typing import Any, ClassVar, Final, Generic, TypeVar

from xinfu.dsp import Process, Role
from xinfu.dsp import transfer as tp
from xinfu.dsp.negotiation import ContractNegotiation, State
from xinfu.dsp.process import ProcessState
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.column import Number, Word
from xinfu.ports.kind import DatedKind

P = TypeVar("P", bound=Process[Any, Any, Any])
S = TypeVar("S", bound=ProcessState)


class ProcessKind(DatedKind[P], Generic[P, S]):
    """Negotiations or transfers, with the columns that both have."""

    role = Word[P, Role](lambda process: process.role)
    peer = Word[P, str](lambda process: process.peer)
    dataset = Word[P, str](lambda process: process.dataset)
    state = Word[P, S](lambda process: process.state, optional=True)
    consumer_pid = Word[P, str](lambda process: process.consumer_pid, optional=True)
    provider_pid = Word[P, str](lambda process: process.provider_pid, optional=True)
    held = Number[P, bool](lambda process: process.held)
    indexed: ClassVar[tuple[str, ...]] = (
        "state",
        "peer",
        "dataset",
        "consumer_pid peer",
        "provider_pid peer",
        "held",
    )


class _Negotiations(ProcessKind[ContractNegotiation, State]):
    agreement = Word[ContractNegotiation, str](
        lambda negotiation: negotiation.agreement.id if negotiation.agreement else None, optional=True
    )
    indexed = ("agreement peer",)


class _Transfers(ProcessKind[TransferProcess, tp.State]):
    agreement = Word[TransferProcess, str](lambda transfer: transfer.agreement_id)
    indexed = ("agreement",)


NEGOTIATIONS: Final = _Negotiations("negotiation", "negotiations", "合约协商", ContractNegotiation)
TRANSFERS: Final = _Transfers("transfer", "transfers", "传输过程", TransferProcess)
