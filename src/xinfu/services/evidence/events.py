"""Events: the log of a context as it grows, in the order of its indexes (D-19).

An event is an entry of evidence that has its place. Its index is its id, gapless and the same at every worker and
after every restart, so whoever was away goes on exactly where he was.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from xinfu.evidence.entry import KINDS
from xinfu.ports.log import StoredEntry
from xinfu.services.evidence import errors
from xinfu.services.parts import RecordParts

PAGE: Final = 256
WAKING: Final = frozenset({"checkpoint", "missed"})
"""Topics of commits after which there may be more."""


class EventFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which events: of a context, of these kinds (none named: all), of one process (None: all)."""

    context: str
    kinds: frozenset[str] = frozenset()
    process: str | None = None

    def fits(self, entry: StoredEntry) -> bool:
        """Whether it is wanted."""
        return (not self.kinds or entry.kind in self.kinds) and self.process in {None, entry.process}


def kinds_of(text: str) -> frozenset[str]:
    """Kinds from a list between commas.

    Raises:
        InputError: `query.kind`: nothing of this kind is ever recorded.
    """
    named = frozenset(each.strip() for each in text.split(",")) - {""}
    for each in sorted(named - set(KINDS)):
        raise errors.QUERY_KIND(kind=each[:60], kinds=", ".join(sorted(KINDS)))
    return named


async def next_index(parts: RecordParts, context: str) -> int:
    """The index that the next event will have."""
    async with parts.store.view(context) as view:
        head = await view.log.head()
    return 0 if head is None else head.size


async def page(parts: RecordParts, wanted: EventFilter, start: int) -> tuple[Sequence[StoredEntry], int]:
    """Wanted events among the next ones from index `start` on, and where to look next; `start` itself: no more yet."""
    async with parts.store.view(wanted.context) as view:
        found = await view.log.entries(start, PAGE)
    return [each for each in found if wanted.fits(each)], start + len(found)
