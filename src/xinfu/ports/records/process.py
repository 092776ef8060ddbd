"""Kinds of the stored DSP processes; their structs are in `xinfu.dsp`."""

from typing import Final

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.ports.kind import Kind

NEGOTIATIONS: Final = Kind("negotiation", "negotiations", "合约协商", ContractNegotiation)
TRANSFERS: Final = Kind("transfer", "transfers", "传输过程", TransferProcess)
