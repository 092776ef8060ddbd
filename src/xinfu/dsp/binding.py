"""The HTTPS binding: the path below the other side's base to which each message is posted.

Negotiations and transfers have one table of messages each. It gives the addresses to which this node posts, the
routes at which it receives, and the message names used in metrics and traces.

Follows: Dataspace Protocol 2025-1, the HTTPS bindings of negotiation and transfer (DSP-RULES 6.2, 6.3, 7.2).
"""

from enum import StrEnum
from typing import Generic, TypeVar
from urllib.parse import quote

import msgspec

from xinfu.dsp.message import Message
from xinfu.dsp.terms import Role

K = TypeVar("K", bound=StrEnum)


class MessageRow(msgspec.Struct, Generic[K], frozen=True, kw_only=True):
    """A message of the binding.

    Attributes:
        path: path below the process, or below the family if the message opens a process.
        message: the struct of the message.
        kinds: the effects that the message can have on a process; only the event message has two.
        opens: whether it can open a process. follows: whether it can be sent to a process that is open.
    """

    path: str
    message: type[Message]
    kinds: tuple[K, ...]
    opens: bool = False
    follows: bool = True

    @property
    def name(self) -> str:
        """The name of the message in metrics and traces."""
        return self.kinds[0].lower() if len(self.kinds) == 1 else "event"


class MessageTable(msgspec.Struct, Generic[K], frozen=True, kw_only=True):
    """The messages of negotiations or of transfers; `family` is the first part of their paths."""

    family: str
    rows: tuple[MessageRow[K], ...]

    def url(self, base: str, kind: K, pid: str | None) -> str:
        """The address to post a message to; `pid` is the receiver's, None for a message that opens a process."""
        row = next(row for row in self.rows if kind in row.kinds)
        return _join(base, self.family, pid if row.follows else None, row.path)


def process_url(base: str, family: str, pid: str) -> str:
    """The address at which the state of a process is read; `family` is negotiations or transfers."""
    return _join(base, family, pid, None)


def receiver_pid(role: Role, consumer_pid: str | None, provider_pid: str | None) -> str | None:
    """The pid in the path of a message that the side with `role` sends: the pid of the other side."""
    return provider_pid if role is Role.CONSUMER else consumer_pid


def _join(base: str, family: str, pid: str | None, action: str | None) -> str:
    """Join the parts of an address; ignore a trailing slash of the base (R-HTTP-11), percent-encode ids (R-HTTP-13)."""
    parts = [base.rstrip("/"), family, quote(pid, safe="") if pid is not None else None, action]
    return "/".join(part for part in parts if part is not None)
