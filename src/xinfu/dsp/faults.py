"""The errors with which a process refuses a peer's message (400), or a message that we want to send (409).

`family` is "negotiation" or "transfer", the first part of the code: `negotiation.wrong-state`.
"""

from typing import Final

from xinfu.dsp import errors
from xinfu.dsp.terms import Role
from xinfu.errors import ConflictError, ProtocolError

_ZH: Final = {"negotiation": "合同协商", "transfer": "数据传输"}
_ROLE_ZH: Final = {Role.CONSUMER: "消费方", Role.PROVIDER: "提供方"}


def wrong_state(family: str, kind: str, sender: Role, state: str | None) -> ProtocolError:
    """Make the error for a message that the table does not allow in this state (R-HTTP-06)."""
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
    """Make the error for a sender that claims our own role in the process (P1)."""
    return errors.WRONG_SIDE(
        kind=kind, sender=sender, family=family, sender_zh=_ROLE_ZH[sender], family_zh=_ZH[family]
    )


def crossed(family: str, kind: str, sending: str) -> ProtocolError:
    """Make the error for a message that our own message in transit excludes."""
    return errors.CROSSED(kind=kind, sending=sending, family=family)


def wrong_pid(family: str, key: str) -> ProtocolError:
    """Make the error for a body that names another process than its path (R-HTTP-14)."""
    return errors.WRONG_PID(key=key, family=family, family_zh=_ZH[family])


def already_open(family: str) -> ProtocolError:
    """Make the error for a different opening message for a process that exists."""
    return errors.ALREADY_OPEN(family=family, family_zh=_ZH[family])


def bad_callback(family: str) -> ProtocolError:
    """Make the error for an unusable callback address (R-CN-04, R-TP-06)."""
    return errors.CALLBACK_INVALID(family=family)


def not_opening(family: str) -> ProtocolError:
    """Make the error for an opening message without callback address, or with a pid that only its receiver can give."""
    return errors.NOT_OPENING(family=family)


def busy(family: str, sending: str) -> ConflictError:
    """Make the error for a message that has to wait until our message in transit is acknowledged."""
    return errors.BUSY(sending=sending, family=family)


def cannot_send(family: str, kind: str, role: Role, state: str | None) -> ConflictError:
    """Make the error for a message that our role cannot send in this state."""
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
    """Make the error for a process whose pid at the peer is not known yet."""
    return errors.NOT_OPEN(family=family, family_zh=_ZH[family])


def sent_wrong_pid(family: str) -> ConflictError:
    """Make the error for our own message if it names another process than its record."""
    return errors.WRONG_PID_TO_SEND(family=family, family_zh=_ZH[family])
