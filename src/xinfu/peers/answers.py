"""Turns a participant's answer into a delivery outcome, or into an error that quotes it."""

from typing import Final

import msgspec

from xinfu.errors import PeerError, RefusedError, XinfuError
from xinfu.peers import errors
from xinfu.peers.addresses import MalformedAddressError, read_address
from xinfu.ports.outbound import HttpAnswer
from xinfu.ports.peer import DeliveryOutcome, DeliveryResult

LOG_HEAD: Final = "xinfu-log-head"
"""The header with the head of the other side's evidence log (services/evidence/heads.py)."""
_UNREADABLE: Final = frozenset({"peer.redirect-refused", "peer.too-large", "peer.malformed"})
_TROUBLE: Final = frozenset({408, 425, 429})
_LONGEST: Final = 500


def outcome_of(status: int) -> DeliveryOutcome:
    """Map the HTTP status of an answer to the outcome of the delivery (D-12)."""
    if 200 <= status < 300:
        return DeliveryOutcome.ACKNOWLEDGED
    if status in (404, 409):
        return DeliveryOutcome.EARLY
    if status in (401, 403):
        return DeliveryOutcome.UNAUTHORIZED
    if status >= 500 or status in _TROUBLE:
        return DeliveryOutcome.FAILING
    return DeliveryOutcome.REFUSED if 400 <= status < 500 else DeliveryOutcome.UNREADABLE


def delivery_result(answer: HttpAnswer, token: str) -> DeliveryResult:
    """The outcome of an answer that came."""
    outcome = outcome_of(answer.status)
    if outcome is DeliveryOutcome.ACKNOWLEDGED:
        return DeliveryResult(
            outcome=outcome,
            status=answer.status,
            body=answer.body,
            token=token,
            log_head=answer.headers.get(LOG_HEAD, ""),
        )
    return DeliveryResult(
        outcome=outcome,
        status=answer.status,
        body=answer.body,
        code=f"http.{answer.status}",
        detail=f"{_origin(answer.url)} answered {answer.status}.",
        token=token,
    )


def failed_delivery(error: PeerError | RefusedError, token: str) -> DeliveryResult:
    """The outcome where no answer came that anyone could read."""
    if isinstance(error, RefusedError):
        outcome = DeliveryOutcome.FORBIDDEN
    else:
        outcome = DeliveryOutcome.UNREADABLE if error.code in _UNREADABLE else DeliveryOutcome.UNREACHABLE
    return DeliveryResult(outcome=outcome, code=error.code, detail=error.sentence("en"), token=token)


def unexpected(answer: HttpAnswer) -> PeerError:
    """Make the error `peer.answer` for an unexpected status, with the code and reason of the error body."""
    code, reason = _said(answer.body)
    origin = _origin(answer.url)
    said = f": {reason}" if reason else ""
    return errors.PEER_ANSWER(status=answer.status, code=code, reason=reason, address=origin, said=said)


def no_catalog(url: str) -> PeerError:
    """A 200 whose body is neither catalog nor dataset."""
    origin = _origin(url)
    return errors.PEER_CATALOG(address=origin)


def catalog_too_large(url: str, error: XinfuError) -> PeerError:
    """A page that holds more than we read; `error` names the bound."""
    origin = _origin(url)
    return errors.PEER_CATALOG_TOO_LARGE(
        {"code": error.code, **error.facts}, address=origin, en=error.en, zh=error.zh
    )


def other_participant(url: str, asked: str, said: str) -> PeerError:
    """A catalog or an offer that says it is somebody else's."""
    origin = _origin(url)
    return errors.PEER_OTHER_PARTICIPANT(address=origin, asked=asked, said=_name(said))


def other_dataset(url: str, asked: str, said: str) -> PeerError:
    """Make the error for an answer that describes another dataset than the requested one."""
    origin = _origin(url)
    return errors.PEER_OTHER_DATASET(address=origin, asked=asked, said=_name(said))


def _name(said: str) -> str:
    """A name from an answer, short and printable."""
    return "".join(each for each in said[:256] if each.isprintable())


def no_version_document(url: str) -> PeerError:
    """Make the error for a version document that cannot be read or leads to no usable address."""
    origin = _origin(url)
    return errors.PEER_VERSION(address=origin)


class _ErrorBody(msgspec.Struct, frozen=True):
    code: object = ""
    reason: object = ""


def _said(body: bytes) -> tuple[str, str]:
    """Code and reasons of an error body in whatever form; empty where there are none (T-03)."""
    try:
        said = msgspec.json.decode(body, type=_ErrorBody)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return "", ""
    return _text(said.code), _text(said.reason)


def _text(value: object) -> str:
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        text = "; ".join(value)
    else:
        text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return "".join(each for each in text[:_LONGEST] if each.isprintable())


def _origin(url: str) -> str:
    """Scheme, host and port; paths and queries may hold secrets."""
    try:
        return read_address(url).origin
    except MalformedAddressError:
        return "the peer"
