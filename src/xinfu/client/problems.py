"""Problems that a node answers (RFC 9457) -> the error tree; and reasons of the other side -> a refusal.

The class follows the status, so that a caller can tell whose move it is; code, both sentences and both helps are
kept as the node said them.
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
    """The members of a problem document that we read."""

    code: str
    title: str
    detail: str = ""
    detail_zh: str = ""
    help: str = ""
    help_zh: str = ""
    facts: dict[str, str] = {}


def error_of(status: int, body: bytes) -> XinfuError:
    """The error that an answer of a node tells; an answer that is no problem document says so."""
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
    """An answer that is JSON of another shape than we know."""
    return errors.NODE_UNREADABLE(error=error)


def ended(what: tuple[str, str], *, peer: str, code: str | None, reasons: Sequence[Any]) -> RefusedError:
    """Why a process ended, in the words of the side that ended it.

    Args:
        what: the process in English and Chinese.
        reasons: as they came; the first that speaks as we do is told.
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
    """Why something that the node did by itself came to no end, by language."""
    en = reason.get("en") or "It stopped without a reason."
    return RefusedError(code or "node.stopped", en, reason.get("zh") or en)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
