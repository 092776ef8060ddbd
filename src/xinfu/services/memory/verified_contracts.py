"""The filed contracts whose signatures this process has checked since it started."""

from collections import OrderedDict
from typing import Final

MOST: Final = 10_000


class VerifiedContracts:
    """The evidence codes (`contractHash`) of contracts whose signatures hold, and the differences already reported.

    A code is the digest of a contract's text and signatures, so a contract that changes afterwards is checked again.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._codes: OrderedDict[str, None] = OrderedDict()
        self._reported: OrderedDict[tuple[str, str, str], None] = OrderedDict()

    def __contains__(self, code: str) -> bool:
        return code in self._codes

    def add(self, code: str) -> None:
        """Remember that the signatures under a code hold; the oldest codes are forgotten."""
        self._codes[code] = None
        if len(self._codes) > self._most:
            self._codes.popitem(last=False)

    def is_first(self, context: str, agreement: str, difference: str) -> bool:
        """Whether this process has not reported this difference of an agreement before; it counts as reported now."""
        name = (context, agreement, difference)
        if name in self._reported:
            return False
        self._reported[name] = None
        if len(self._reported) > self._most:
            self._reported.popitem(last=False)
        return True
