"""What stands in the way of a process, and what it waits for."""

from datetime import datetime

from xinfu.api.shape import View


class Fault(View, frozen=True, kw_only=True):
    """Why something was refused or failed: a stable code, and a sentence in English and Chinese."""

    code: str
    detail: str
    detail_zh: str
    help: str = ""
    help_zh: str = ""


class Waiting(View, frozen=True, kw_only=True):
    """What a process waits for: a participant, "a person here", or "delivery" with the next try of ours.

    Attributes:
        whom: "us", "person", "peer" or "nobody".
        since: when the process last moved. deadline: when we give up sending.
        failure: what went wrong at the last try, in the peer's words where it had any.
        stuck: it will hardly go on by itself.
    """

    waits_for: str
    whom: str = ""
    since: datetime | None = None
    next_try: datetime | None = None
    tries: int = 0
    deadline: datetime | None = None
    last_error: str | None = None
    failure: Fault | None = None
    stuck: bool = False


class Checked(View, frozen=True, kw_only=True):
    """What the peer said of a process: its state there, and what that means."""

    peer_state: str | None
    finding: str
    message: str
    message_zh: str
    at: datetime
