"""How large a body may be, and where contexts stand in it; measured before anything else looks at it.

The walk is iterative and stops at the first limit that is passed (threats O6, O7).
"""

from collections.abc import Iterator
from itertools import islice
from typing import Final

import msgspec

from xinfu.errors import ProtocolError

MIB: Final = 1024 * 1024
MAX_DEPTH: Final = 64
"""Objects and arrays inside one another; a policy may nest 32 objects, each in an array."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a body may hold: bytes, objects and arrays (nodes), and members and items in them."""

    size_bytes: int
    nodes: int
    members: int


MESSAGE: Final = Limits(size_bytes=MIB, nodes=20_000, members=200_000)
LINKED_MESSAGE: Final = Limits(size_bytes=MIB, nodes=400, members=4_000)
"""Where JSON-LD has to be processed: up to 0.3 ms a node, so that the longest takes about 100 ms."""

CATALOG: Final = Limits(size_bytes=16 * MIB, nodes=400_000, members=2_000_000)
LINKED_CATALOG: Final = Limits(size_bytes=16 * MIB, nodes=4_000, members=40_000)
"""A catalog is an answer that we asked for, page by page; the longest takes about 1 s."""


def weigh(body: bytes, limits: Limits) -> None:
    """Refuse a body that is too long or opens too many brackets, before it is parsed.

    Brackets inside texts count too: a body with that many is refused either way.

    Raises:
        ProtocolError: `message.too-large`, `message.too-many-nodes`.
    """
    if len(body) > limits.size_bytes:
        raise _too_large(limits.size_bytes)
    if body.count(b"{") + body.count(b"[") > limits.nodes:
        raise _too_many(limits)


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the walk met: the contexts below the root."""

    contexts: tuple[object, ...]


def measure(document: object, limits: Limits, *, opaque: frozenset[str] = frozenset()) -> Found:
    """Refuse what is too deep or has too many parts.

    Args:
        opaque: members of the root in which `@context` means nothing to us.

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
    return Found(contexts=tuple(contexts))


def _inner(
    value: dict[str, object] | list[object], depth: int, counts: bool, opaque: frozenset[str]
) -> Iterator[tuple[dict[str, object] | list[object], int, bool]]:
    """The objects and arrays right inside `value`."""
    if isinstance(value, list):
        yield from ((item, depth + 1, counts) for item in value if isinstance(item, dict | list))
        return
    for key, item in value.items():
        if isinstance(item, dict | list):
            yield item, depth + 1, counts and key not in opaque


def too_deep() -> ProtocolError:
    """The body nests deeper than it may, perhaps so deep that it cannot even be parsed."""
    return ProtocolError(
        "message.too-deep",
        f"The body nests deeper than {MAX_DEPTH}.",
        f"消息体嵌套超过 {MAX_DEPTH} 层。",
        help_en="Send a flatter message.",
        help_zh="请减少嵌套层数。",
    )


def _too_many(limits: Limits) -> ProtocolError:
    return ProtocolError(
        "message.too-many-nodes",
        f"The body has more than {limits.nodes} objects and arrays, or {limits.members} members in them.",
        f"消息体中的对象和数组超过 {limits.nodes} 个，或其成员超过 {limits.members} 个。",
        help_en="Send a smaller message, in the compact form with the protocol's context alone.",
        help_zh="请缩小消息，并使用仅含协议上下文的紧凑形式。",
    )


def _too_large(limit: int) -> ProtocolError:
    """The body is longer than it may be."""
    return ProtocolError(
        "message.too-large",
        f"The body is longer than {limit} bytes.",
        f"消息体超过 {limit} 字节。",
        help_en="Send a smaller message, or ask for smaller pages.",
        help_zh="请缩小消息，或请求更小的分页。",
        facts={"limit": str(limit)},
    )
