"""Structs of the faults of a process, and of what it waits for."""

from datetime import datetime

from xinfu.api.shape import View


class Fault(View, frozen=True, kw_only=True):
    """Why something was refused or failed: a stable code, a sentence and what would help, in both languages."""

    code: str
    detail: str
    detail_zh: str
    help: str = ""
    help_zh: str = ""


class Waiting(View, frozen=True, kw_only=True):
    """The state of a process that waits: for whom, since when, and until when.

    Attributes:
        waits_for: the peer's DID, "a person here", or "delivery" of what we send.
        whom: whose move it is: "us", "person", "peer", or "nobody" while data flows.
        since: when the process last moved.
        next_try: when we send again; `tries` failed so far; `deadline` is when we give up.
        last_error: code of the last failure; `failure` says it in words, the peer's own where it had any.
        stuck: it will hardly go on by itself: what we send has failed several times, or nothing has moved for long.
    """

    waits_for: str
    whom: str
    since: datetime
    next_try: datetime | None = None
    tries: int = 0
    deadline: datetime | None = None
    last_error: str | None = None
    failure: Fault | None = None
    stuck: bool = False


class Checked(View, frozen=True, kw_only=True):
    """The peer's answer about a process: its state there, and what that means."""

    peer_state: str | None
    finding: str
    message: str
    message_zh: str
    at: datetime
