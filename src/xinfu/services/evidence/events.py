"""Events: the log of a context as it grows, in the order of its indexes (D-19).

An event is an entry of evidence that is numbered. Its index is its id, gapless and the same at every worker and after
every restart, so that a listener can go on exactly where it stopped.
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
    """A filter of events: of one context, of these kinds (none: all), of one process (None: all)."""

    context: str
    kinds: frozenset[str] = frozenset()
    process: str | None = None

    def fits(self, entry: StoredEntry) -> bool:
        """Whether the entry passes the filter."""
        return (not self.kinds or entry.kind in self.kinds) and self.process in {None, entry.process}


def kinds_of(text: str) -> frozenset[str]:
    """Read kinds from a comma-separated list.

    Raises:
        InputError: `query.kind`: there is no such kind.
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
    """The matching events among the next entries from `start` on, and the next index; `start` itself: no more yet."""
    async with parts.store.view(wanted.context) as view:
        found = await view.log.entries(start, PAGE)
    return [each for each in found if wanted.fits(each)], start + len(found)
