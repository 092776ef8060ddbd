"""Terms and what is broader than them, for `isA`, `isPartOf` and `hasPart`; safe against cycles."""

from collections.abc import Mapping
from typing import Final

import msgspec

from xinfu.verdict import Verdict

MAX_DEPTH: Final = 32


class Taxonomy(msgspec.Struct, frozen=True, kw_only=True):
    """A tree or net of terms.

    Attributes:
        broader: each known term and the terms directly above it; a top term has none.
    """

    broader: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)

    def within(self, term: str, above: str) -> Verdict:
        """Whether `term` is `above` or below it; UNKNOWN for a term the taxonomy does not have."""
        if term == above:
            return Verdict.YES
        if term not in self.broader or above not in self.broader:
            return Verdict.UNKNOWN
        seen, level = {term}, [term]
        for _ in range(MAX_DEPTH):
            level = [up for name in level for up in self.broader.get(name, ()) if up not in seen]
            if above in level:
                return Verdict.YES
            if not level:
                return Verdict.NO
            seen.update(level)
        return Verdict.UNKNOWN
