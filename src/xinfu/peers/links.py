"""Link headers: which page comes next. Follows: RFC 8288, section 3; DSP 2025-1, Pagination (R-CAT-20 to 22)."""

import re
from collections.abc import Iterator
from typing import Final

_LINK: Final = re.compile(
    r"""\s*<(?P<target>[^>]*)>(?P<parameters>(?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"(?:[^"\\]|\\.)*"|[^\s;,"]*))?)*)"""
)
_PARAMETER: Final = re.compile(
    r';\s*(?P<name>[^\s;,="]+)(?:\s*=\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<token>[^\s;,"]*)))?'
)


def links(header: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Target and relations of each link, in order; several headers may be joined by commas.

    What cannot be read ends the list: a link after it could mean something else than it says.
    """
    place = 0
    while place < len(header):
        found = _LINK.match(header, place)
        if found is None:
            return
        yield found["target"], _relations(found["parameters"])
        comma = re.compile(r"\s*(?:,|$)").match(header, found.end())
        if comma is None:
            return
        place = comma.end()


def next_page(header: str | None) -> str | None:
    """The target of the first link with the relation `next`; None: this was the last page."""
    return next((target for target, relations in links(header or "") if "next" in relations), None)


def _relations(parameters: str) -> frozenset[str]:
    """The words of the first `rel`; later ones are ignored, as RFC 8288 says."""
    for found in _PARAMETER.finditer(parameters):
        if found["name"].lower() == "rel":
            text = found["quoted"] if found["quoted"] is not None else found["token"] or ""
            return frozenset(re.sub(r"\\(.)", r"\1", text).lower().split())
    return frozenset()
