"""The size limits of a body, checked before anything else reads it, and the search for the contexts in it.

The walk is iterative and stops at the first limit that is exceeded (threats O6, O7).
"""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Final

import msgspec

from xinfu.dsp import errors
from xinfu.errors import ProtocolError

MIB: Final = 1024 * 1024
MAX_DEPTH: Final = 64
"""Nesting depth of objects and arrays; a policy may nest 32 objects, each in an array."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """The most that a body may hold: bytes, objects and arrays (nodes), and members and items in them."""

    size_bytes: int
    nodes: int
    members: int


MESSAGE: Final = Limits(size_bytes=MIB, nodes=20_000, members=200_000)
LINKED_MESSAGE: Final = Limits(size_bytes=MIB, nodes=400, members=4_000)
"""For a body that needs JSON-LD processing: that takes up to 0.3 ms a node, so about 100 ms at most."""

CATALOG: Final = Limits(size_bytes=16 * MIB, nodes=100_000, members=400_000)
LINKED_CATALOG: Final = Limits(size_bytes=16 * MIB, nodes=4_000, members=40_000)
"""For a catalog that needs JSON-LD processing; we request catalogs page by page and read them outside the event loop."""


class PageBounds(msgspec.Struct, frozen=True, kw_only=True):
    """The most that one page of a catalog, or one dataset, may hold.

    Attributes:
        size_bytes: bytes of its body.
        datasets: datasets in it and in its nested catalogs.
        offers: offers of all its datasets and distributions.
    """

    size_bytes: int = 8 * MIB
    datasets: int = 2_000
    offers: int = 4_000


def count(document: Mapping[str, object], bounds: PageBounds) -> None:
    """Refuse a page with too many datasets or offers, before any of them is read.

    Args:
        document: a Catalog or Dataset in its plain form, checked by `measure` already.

    Raises:
        ProtocolError: `message.too-many-datasets`, `message.too-many-offers`.
    """
    datasets = offers = 0
    stack: list[object] = [document]
    while stack:
        one = stack.pop()
        if not isinstance(one, Mapping):
            continue
        inside = _several(one.get("dataset"))
        datasets += len(inside)
        offers += len(_several(one.get("hasPolicy")))
        stack += [*inside, *_several(one.get("catalog")), *_several(one.get("distribution"))]
        if datasets > bounds.datasets:
            raise errors.MESSAGE_TOO_MANY(limit=bounds.datasets, what_en="datasets", what_zh="数据产品")
        if offers > bounds.offers:
            raise errors.MESSAGE_TOO_MANY(limit=bounds.offers, what_en="offers", what_zh="要约")


def _several(value: object) -> list[object]:
    return value if isinstance(value, list) else [] if value is None else [value]


def weigh(body: bytes, limits: Limits) -> None:
    """Refuse a body that is too long, or has too many opening brackets or commas, before it is parsed.

    Brackets and commas inside texts count too.

    Raises:
        ProtocolError: `message.too-large`, `message.too-many-nodes`.
    """
    if len(body) > limits.size_bytes:
        raise errors.MESSAGE_TOO_LARGE(limit=limits.size_bytes)
    if body.count(b"{") + body.count(b"[") > limits.nodes or body.count(b",") > limits.members:
        raise _too_many(limits)


class NestedContexts(msgspec.Struct, frozen=True, kw_only=True):
    """The contexts that `measure` found below the root."""

    contexts: tuple[object, ...]


def measure(document: object, limits: Limits, *, opaque: frozenset[str] = frozenset()) -> NestedContexts:
    """Refuse a document that is too deep or has too many parts, and collect the contexts below its root.

    Args:
        opaque: members of the root in which `@context` is ignored.

    Raises:
        ProtocolError: `message.too-deep`, `message.too-many-nodes`.
    """
    nodes = members = 0
    contexts: list[object] = []
    stack: list[tuple[dict[str, object] | list[object], int, bool]] = []
    stack.extend(_inner([document], 0, True, frozenset()))
    while stack:
        value, depth, counts = stack.pop()
        nodes += 1
        members += len(value)
        if depth > MAX_DEPTH:
            raise too_deep()
        if counts and depth > 1 and isinstance(value, dict) and "@context" in value:
            contexts.append(value["@context"])
        room = limits.nodes - nodes - len(stack)
        stack.extend(islice(_inner(value, depth, counts, opaque if depth == 1 else frozenset()), room + 1))
        if nodes + len(stack) > limits.nodes or members > limits.members:
            raise _too_many(limits)
    return NestedContexts(contexts=tuple(contexts))


def _inner(
    value: dict[str, object] | list[object], depth: int, counts: bool, opaque: frozenset[str]
) -> Iterator[tuple[dict[str, object] | list[object], int, bool]]:
    """The objects and arrays directly inside `value`."""
    if isinstance(value, list):
        yield from ((item, depth + 1, counts) for item in value if isinstance(item, dict | list))
        return
    for key, item in value.items():
        if isinstance(item, dict | list):
            yield item, depth + 1, counts and key not in opaque


def too_deep() -> ProtocolError:
    """Make the error for a body that nests too deep, perhaps too deep to be parsed."""
    return errors.MESSAGE_TOO_DEEP(max_depth=MAX_DEPTH)


def _too_many(limits: Limits) -> ProtocolError:
    return errors.MESSAGE_TOO_MANY_NODES(nodes=limits.nodes, members=limits.members)
