"""Refusals on the wire: code, sentence and help in both languages.

A termination or suspension carries them as its reasons (T-03), so that the person on the other side reads
what was denied, by which rule, and what would make it allowed.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from xinfu import odrl
from xinfu.errors import NotFoundError, PeerError, RefusedError, XinfuError
from xinfu.odrl import Decision, Reason

REFUSALS: Final = frozenset({401, 403})
"""Statuses with which data is refused."""
LARGEST_REFUSAL: Final = 64 * 1024
"""Bytes of a refusal that are read."""


class RefusalText(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A reason on the wire, with its sentence and help in both languages."""

    code: str
    message: str
    message_zh: str
    help: str = ""
    help_zh: str = ""


def refused(decision: Decision) -> RefusedError:
    """The error for a decision that does not allow the use: its first reason, with the help text."""
    return error_of(refusal_texts(decision.reasons[:1])[0])


def refusal_texts(reasons: Sequence[Reason]) -> tuple[RefusalText, ...]:
    """The reasons of a decision as they are sent."""
    return tuple(
        RefusalText(
            code=reason.code,
            message=odrl.sentence(reason, "en"),
            message_zh=odrl.sentence(reason, "zh"),
            help=odrl.remedy(reason, "en"),
            help_zh=odrl.remedy(reason, "zh"),
        )
        for reason in reasons
    )


def as_reason(tellings: Sequence[RefusalText]) -> tuple[object, ...]:
    """The refusal texts as plain JSON for the `reason` of a message."""
    return tuple(msgspec.to_builtins(each) for each in tellings)


def refusal_text(error: XinfuError) -> RefusalText:
    """An error as a reason on the wire."""
    return RefusalText(
        code=error.code, message=error.en, message_zh=error.zh, help=error.help_en, help_zh=error.help_zh
    )


def error_of(telling: RefusalText) -> RefusedError:
    """A reason from the wire as an error."""
    return RefusedError(
        telling.code,
        telling.message,
        telling.message_zh,
        help_en=telling.help,
        help_zh=telling.help_zh,
    )


def provider_error(status: int, body: bytes, *, refusals: frozenset[int] = REFUSALS) -> XinfuError:
    """The error for a provider's failed answer, in the provider's own words if the body is our problem+json.

    A body of more than `LARGEST_REFUSAL` bytes is not read.
    """
    try:
        told = msgspec.json.decode(body if len(body) <= LARGEST_REFUSAL else b"{}", type=dict[str, object])
    except (msgspec.DecodeError, UnicodeDecodeError):
        told = {}
    code, en = (
        str(told.get("code", "peer.answer")),
        str(told.get("title", f"The provider answered {status}.")),
    )
    help_en, help_zh = str(told.get("help", "")), str(told.get("help_zh", ""))
    zh = str(told.get("detail_zh", f"数据提供方返回 {status}。")).removesuffix(help_zh).rstrip()
    kind: type[XinfuError] = RefusedError if status in refusals else PeerError
    return (NotFoundError if status == 404 else kind)(code, en, zh, help_en=help_en, help_zh=help_zh)
