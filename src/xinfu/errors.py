"""The error tree: who has to act, a stable code, a sentence in English and Chinese, and what would help.

Split by who has to act: `InputError` (the caller's words), `ProtocolError` (the other side's message),
`UnauthorizedError` (the caller is not proven), `RefusedError` (a verdict that is not yes), `NotFoundError`,
`ConflictError`, `CapacityError` (a limit is reached), `PeerError` (the other side is away or broken), `ConfigError`.
Messages never hold a secret or personal data. Codes are dotted lower case (`policy.operand-unknown`) and only ever
added.
"""

from collections.abc import Mapping
from typing import ClassVar, Generic, TypeVar

import msgspec


class XinfuError(Exception):
    """The root of all errors that a person or program should read.

    Args:
        code: stable, dotted lower case; documented in docs/reference/errors.md.
        en: one sentence: what was wrong and where.
        zh: the same sentence in Chinese.
        help_en: what would make it work; empty if the reader can do nothing.
        help_zh: the same in Chinese.
        facts: values that a program may want to read (never secrets).
    """

    status: ClassVar[int] = 500

    def __init__(
        self,
        code: str,
        en: str,
        zh: str,
        *,
        help_en: str = "",
        help_zh: str = "",
        facts: dict[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code = code
        self.en = en
        self.zh = zh
        self.help_en = help_en
        self.help_zh = help_zh
        self.facts = facts or {}

    def sentence(self, language: str) -> str:
        """The sentence in `language` ("zh" or "en"), followed by what would help."""
        if language == "zh":
            return self.zh + (f" {self.help_zh}" if self.help_zh else "")
        return self.en + (f" {self.help_en}" if self.help_en else "")


class InputError(XinfuError):
    """The caller's own words cannot be used as they are."""

    status: ClassVar[int] = 400


class CutShortError(InputError):
    """The caller disconnected while it sent its body, so no answer can reach it."""


class MethodError(InputError):
    """The path or the source is known, but does not accept this method."""

    status: ClassVar[int] = 405


class TooLargeError(InputError):
    """The body is larger than this listener reads."""

    status: ClassVar[int] = 413


class UnreadableMediaTypeError(InputError):
    """This listener does not read bodies of this media type (A-06)."""

    status: ClassVar[int] = 415


class RangeError(InputError):
    """The range cannot be satisfied; `facts["size"]` is the actual size."""

    status: ClassVar[int] = 416


class UnauthorizedError(XinfuError):
    """The caller is unknown, or the proof does not hold."""

    status: ClassVar[int] = 401


class RefusedError(XinfuError):
    """A verdict is not yes: the request is understood but not allowed."""

    status: ClassVar[int] = 403


class NotFoundError(XinfuError):
    """The thing does not exist, or not for this caller."""

    status: ClassVar[int] = 404


class ConflictError(XinfuError):
    """The thing exists, but its state does not allow this."""

    status: ClassVar[int] = 409


class CapacityError(XinfuError):
    """A limit of the node or of one of its contexts is reached; the same may work later."""

    status: ClassVar[int] = 429


class ProtocolError(XinfuError):
    """The other side's message breaks the protocol; nothing has changed."""

    status: ClassVar[int] = 400


class PeerError(XinfuError):
    """The other side is away or slow, or its answer is unreadable."""

    status: ClassVar[int] = 502


class ConfigError(XinfuError):
    """The node cannot be run as it is configured."""

    status: ClassVar[int] = 500


class IntegrityError(XinfuError):
    """Stored or received data differs from what was signed or hashed."""

    status: ClassVar[int] = 500


class StoreError(XinfuError):
    """The store cannot keep what it was given; nothing of the step was kept."""

    status: ClassVar[int] = 503


E = TypeVar("E", bound=XinfuError)


class Wording(msgspec.Struct, Generic[E], frozen=True):
    """A row of a package's table of errors: calling it with its values gives the error.

    The code, the sentences and the helps are templates of `str.format`. Values are inserted and never read as templates.

    Args:
        kind: the class of the error, which states who has to act.
        facts: names of the values that a program may want to read; they become `error.facts`.
    """

    kind: type[E]
    code: str
    en: str
    zh: str
    help_en: str = ""
    help_zh: str = ""
    facts: tuple[str, ...] = ()

    def __call__(self, more_facts: Mapping[str, str] | None = None, /, **values: object) -> E:
        """Make the error of this row.

        Args:
            more_facts: facts whose names are known where the error is raised.
            values: exactly the values that the templates and `facts` name.
        """
        return self.kind(
            self.code.format(**values),
            self.en.format(**values),
            self.zh.format(**values),
            help_en=self.help_en.format(**values),
            help_zh=self.help_zh.format(**values),
            facts={name: str(values[name]) for name in self.facts} | dict(more_facts or {}),
        )
