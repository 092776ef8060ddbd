"""The error tree: who has to act, a stable code, a sentence in English and Chinese, and what would help.

Split by who has to act: `InputError` (the caller's words), `ProtocolError` (the other side's message),
`UnauthorizedError` (no proof of who calls), `RefusedError` (a verdict that is not yes), `NotFoundError`,
`ConflictError`, `CapacityError` (a bound is reached), `PeerError` (the other side is away or broken), `ConfigError`. Messages never hold a
secret or personal data. Codes are dotted lower case (`policy.operand-unknown`) and only ever added.
"""

from typing import ClassVar


class XinfuError(Exception):
    """Root of all errors that a person or program should read.

    Args:
        code: stable, dotted lower case; documented in docs/reference/errors.md.
        en: one sentence, what was wrong and where.
        zh: the same sentence in Chinese.
        help_en: what would make it work; empty when nothing the reader can do would.
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


class UnauthorizedError(XinfuError):
    """Nobody knows who calls, or the proof does not hold."""

    status: ClassVar[int] = 401


class RefusedError(XinfuError):
    """A verdict is not yes: understood, known, and not allowed."""

    status: ClassVar[int] = 403


class NotFoundError(XinfuError):
    """There is no such thing, or not for the one who asks."""

    status: ClassVar[int] = 404


class ConflictError(XinfuError):
    """The thing exists and is in a state in which this cannot be done."""

    status: ClassVar[int] = 409


class CapacityError(XinfuError):
    """A bound of the node or of one of its contexts is reached; the same may work later."""

    status: ClassVar[int] = 429


class ProtocolError(XinfuError):
    """The other side's message breaks the protocol; nothing has changed."""

    status: ClassVar[int] = 400


class PeerError(XinfuError):
    """The other side is away, slow or answers what nobody can read."""

    status: ClassVar[int] = 502


class ConfigError(XinfuError):
    """The node cannot be run as it is configured."""

    status: ClassVar[int] = 500


class IntegrityError(XinfuError):
    """What was stored or received is not what was signed or hashed."""

    status: ClassVar[int] = 500


class StoreError(XinfuError):
    """The store cannot keep what it was given; nothing of the step is there."""

    status: ClassVar[int] = 503
