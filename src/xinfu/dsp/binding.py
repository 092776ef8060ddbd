"""The HTTPS binding: under which path of the other side's base each message is posted.

Follows: Dataspace Protocol 2025-1, the HTTPS bindings of negotiation and transfer (DSP-RULES 6.2, 6.3, 7.2).
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from xinfu.dsp.negotiation.states import Kind as NegotiationKind
from xinfu.dsp.terms import Role
from xinfu.dsp.transfer.states import Kind as TransferKind

_NEGOTIATION: Final[Mapping[NegotiationKind, str]] = {
    NegotiationKind.REQUEST: "request",
    NegotiationKind.OFFER: "offers",
    NegotiationKind.ACCEPT: "events",
    NegotiationKind.AGREE: "agreement",
    NegotiationKind.VERIFY: "agreement/verification",
    NegotiationKind.FINALIZE: "events",
    NegotiationKind.TERMINATE: "termination",
}
_TRANSFER: Final[Mapping[TransferKind, str]] = {
    TransferKind.START: "start",
    TransferKind.COMPLETE: "completion",
    TransferKind.SUSPEND: "suspension",
    TransferKind.TERMINATE: "termination",
}


def negotiation_url(base: str, kind: NegotiationKind, pid: str | None) -> str:
    """Where a negotiation message goes; `pid` is the receiver's own, None for a message that opens one."""
    return _join(base, "negotiations", pid, _NEGOTIATION[kind])


def transfer_url(base: str, kind: TransferKind, pid: str | None) -> str:
    """Where a transfer message goes; `pid` is the receiver's own, None for the request."""
    if kind is TransferKind.REQUEST:
        return _join(base, "transfers", None, "request")
    return _join(base, "transfers", pid, _TRANSFER[kind])


def process_url(base: str, family: str, pid: str) -> str:
    """Where the state of a process is read; `family` is negotiations or transfers."""
    return _join(base, family, pid, None)


def receiver_pid(role: Role, consumer_pid: str | None, provider_pid: str | None) -> str | None:
    """The pid in the path when the side with `role` sends: that of the other side."""
    return provider_pid if role is Role.CONSUMER else consumer_pid


def _join(base: str, family: str, pid: str | None, action: str | None) -> str:
    """A trailing slash of the base makes no difference (R-HTTP-11); ids are percent-encoded (R-HTTP-13)."""
    parts = [base.rstrip("/"), family, quote(pid, safe="") if pid is not None else None, action]
    return "/".join(part for part in parts if part is not None)
