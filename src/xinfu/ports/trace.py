"""Trace: an id shared by all work that follows from one call, on our side and on the other.

It is received and sent as the header `traceparent`, and stored in the same form with a process and its outbox
rows. A malformed header counts as absent: it never makes a message fail.
Follows: W3C Trace Context, section 3.2.
"""

import re
from typing import Final

import msgspec

_FORM: Final = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16
_SAMPLED: Final = 1


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """A place in a trace.

    Attributes:
        trace_id: 32 lower-case hex digits, the same on all sides.
        span_id: 16 lower-case hex digits: the piece of work that further work follows from.
        sampled: whether the initiator of the trace wants it recorded.
    """

    trace_id: str
    span_id: str
    sampled: bool = True

    def header(self) -> str:
        """The value of `traceparent`."""
        return f"00-{self.trace_id}-{self.span_id}-{'01' if self.sampled else '00'}"


def read_trace(header: str | None) -> Trace | None:
    """Read the trace from a `traceparent`; None if the header is absent or malformed."""
    found = _FORM.fullmatch(header) if header is not None and len(header) <= 512 else None
    if found is None:
        return None
    version, trace_id, span_id, flags, more = found.groups()
    if version == "ff" or (version == "00" and more) or trace_id == _NO_TRACE or span_id == _NO_SPAN:
        return None
    return Trace(trace_id=trace_id, span_id=span_id, sampled=bool(int(flags, 16) & _SAMPLED))
