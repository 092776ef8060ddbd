"""What a process says when it refuses: of a peer's message (400), or of our own wish (409).

`family` is "negotiation" or "transfer" and leads the code: `negotiation.wrong-state`.
"""

from typing import Final

from xinfu.dsp import errors
from xinfu.dsp.terms import Role
from xinfu.errors import ConflictError, ProtocolError

_ZH: Final = {"negotiation": "合同协商", "transfer": "数据传输"}
_ROLE_ZH: Final = {Role.CONSUMER: "消费方", Role.PROVIDER: "提供方"}


def wrong_state(family: str, kind: str, sender: Role, state: str | None) -> ProtocolError:
    """The table has no such move (R-HTTP-06)."""
    where = state or "not opened"
    return errors.WRONG_STATE(
        state=state or "",
        kind=kind,
        sender=sender,
        family=family,
        where=where,
        family_zh=_ZH[family],
        sender_zh=_ROLE_ZH[sender],
    )


def wrong_side(family: str, kind: str, sender: Role) -> ProtocolError:
    """The sender claims our own side of the process (P1)."""
    return errors.WRONG_SIDE(
        kind=kind, sender=sender, family=family, sender_zh=_ROLE_ZH[sender], family_zh=_ZH[family]
    )


def crossed(family: str, kind: str, sending: str) -> ProtocolError:
    """Our own message is on its way and rules this one out."""
    return errors.CROSSED(kind=kind, sending=sending, family=family)


def wrong_pid(family: str, key: str) -> ProtocolError:
    """The body names another process than the path (R-HTTP-14)."""
    return errors.WRONG_PID(key=key, family=family, family_zh=_ZH[family])


def already_open(family: str) -> ProtocolError:
    """A different opening message for a process that exists."""
    return errors.ALREADY_OPEN(family=family, family_zh=_ZH[family])


def bad_callback(family: str) -> ProtocolError:
    """A callback address that nobody could use (R-CN-04, R-TP-06)."""
    return errors.CALLBACK_INVALID(family=family)


def not_opening(family: str) -> ProtocolError:
    """The first message of a process names a pid that only we could have given."""
    return errors.NOT_OPENING(family=family)


def busy(family: str, sending: str) -> ConflictError:
    """We have a message on its way; the next one has to wait."""
    return errors.BUSY(sending=sending, family=family)


def cannot_send(family: str, kind: str, role: Role, state: str | None) -> ConflictError:
    """What we want to send is no move of ours in this state."""
    where = state or "not opened"
    return errors.WRONG_STATE_TO_SEND(
        state=state or "",
        kind=kind,
        role=role,
        family=family,
        where=where,
        family_zh=_ZH[family],
        role_zh=_ROLE_ZH[role],
    )


def unknown_peer_pid(family: str) -> ConflictError:
    """The peer has not told us its pid yet."""
    return errors.NOT_OPEN(family=family, family_zh=_ZH[family])


def sent_wrong_pid(family: str) -> ConflictError:
    """Our own message names another process than the record it is sent for."""
    return errors.WRONG_PID_TO_SEND(family=family, family_zh=_ZH[family])
