"""Turns problem documents of a node (RFC 9457) into the error tree, and reasons of the other side into refusals.

The class follows the status, which shows who has to act; the code, both sentences and both helps are kept as the node
sent them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from xinfu.client import errors
from xinfu.errors import (
    ConflictError,
    InputError,
    NotFoundError,
    PeerError,
    RefusedError,
    StoreError,
    UnauthorizedError,
    XinfuError,
)

FAMILIES: Final[dict[int, type[XinfuError]]] = {
    400: InputError,
    401: UnauthorizedError,
    403: RefusedError,
    404: NotFoundError,
    409: ConflictError,
    413: InputError,
    416: InputError,
    502: PeerError,
    503: StoreError,
    504: PeerError,
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """The members of a problem document that the client reads."""

    code: str
    title: str
    detail: str = ""
    detail_zh: str = ""
    help: str = ""
    help_zh: str = ""
    facts: dict[str, str] = {}


def error_of(status: int, body: bytes) -> XinfuError:
    """Return the error in a node's answer, or `node.answer` if it is not a problem document."""
    try:
        told = msgspec.json.decode(body, type=Problem)
    except (msgspec.DecodeError, RecursionError):
        return errors.NODE_ANSWER(status=status)
    family = FAMILIES.get(status, XinfuError)
    zh = told.detail_zh.removesuffix(told.help_zh).rstrip() if told.help_zh else told.detail_zh
    return family(
        told.code,
        told.title,
        zh or told.title,
        help_en=told.help,
        help_zh=told.help_zh,
        facts=told.facts,
    )


def unreadable(error: Exception) -> PeerError:
    """Return the error for a JSON answer of an unexpected shape."""
    return errors.NODE_UNREADABLE(error=error)


def ended(what: tuple[str, str], *, peer: str, code: str | None, reasons: Sequence[Any]) -> RefusedError:
    """Return the error for an ended process, in the words of the side that ended it.

    Args:
        what: the process in English and Chinese.
        reasons: as received; the first in xinfu's own form is used.
    """
    for reason in reasons:
        if isinstance(reason, dict) and isinstance(reason.get("message"), str):
            en = reason["message"]
            return RefusedError(
                str(reason.get("code") or code or "peer.ended"),
                en,
                str(reason.get("message_zh") or en),
                help_en=str(reason.get("help") or ""),
                help_zh=str(reason.get("help_zh") or ""),
                facts={"peer": peer},
            )
    said = "; ".join(each if isinstance(each, str) else _json(each) for each in reasons)
    why = ": ".join(part for part in (code or "", said) if part)
    if not why:
        return errors.PEER_ENDED_WITHOUT_REASON(
            peer=peer, code=code or "", process=what[0], process_zh=what[1]
        )
    return errors.PEER_ENDED(peer=peer, code=code or "", process=what[0], process_zh=what[1], why=why)


def stopped(code: str | None, reason: Mapping[str, str]) -> RefusedError:
    """Return, by language, why something that the node did by itself was not completed."""
    en = reason.get("en") or "It stopped without a reason."
    return RefusedError(code or "node.stopped", en, reason.get("zh") or en)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
