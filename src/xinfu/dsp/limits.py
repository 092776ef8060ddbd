"""How large a body may be, and where contexts stand in it; measured before anything else looks at it.

The walk is iterative and stops at the first limit that is passed (threats O6, O7).
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from xinfu.errors import ProtocolError

MIB: Final = 1024 * 1024
MAX_DEPTH: Final = 64
"""Objects and arrays inside one another; a policy may nest 32 objects, each in an array."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What a body may hold: bytes, and objects and arrays, in plain form and where JSON-LD has to be processed."""

    size_bytes: int
    nodes: int
    linked_nodes: int


MESSAGE: Final = Limits(size_bytes=MIB, nodes=20_000, linked_nodes=1_000)
CATALOG: Final = Limits(size_bytes=16 * MIB, nodes=400_000, linked_nodes=10_000)
"""A catalog is an answer that we asked for, page by page."""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What the walk met: objects and arrays, and the contexts below the root."""

    nodes: int
    contexts: tuple[object, ...]


def measure(document: object, limits: Limits, *, opaque: frozenset[str] = frozenset()) -> Found:
    """Refuse what is too deep or has too many parts.

    Args:
        opaque: members of the root in which `@context` means nothing to us.

    Raises:
        ProtocolError: `message.too-deep`, `message.too-many-nodes`.
    """
    nodes = 0
    contexts: list[object] = []
    stack: list[tuple[object, int, bool]] = [(document, 1, True)]
    while stack:
        value, depth, counts = stack.pop()
        nodes += 1
        if depth > MAX_DEPTH:
            raise _too_deep()
        if nodes + len(stack) > limits.nodes:
            raise _too_many(limits.nodes)
        if isinstance(value, dict):
            if counts and depth > 1 and "@context" in value:
                contexts.append(value["@context"])
            hidden = opaque if depth == 1 else frozenset()
            stack.extend(
                (item, depth + 1, counts and key not in hidden)
                for key, item in value.items()
                if isinstance(item, dict | list)
            )
        elif isinstance(value, list):
            stack.extend((item, depth + 1, counts) for item in value if isinstance(item, dict | list))
    return Found(nodes=nodes, contexts=tuple(contexts))


def names_in(contexts: Iterator[object]) -> Iterator[str]:
    """Every IRI that stands as a context in `contexts`, at any depth."""
    stack = list(contexts)
    while stack:
        value = stack.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            stack.extend(value)


def _too_deep() -> ProtocolError:
    return ProtocolError(
        "message.too-deep",
        f"The body nests deeper than {MAX_DEPTH}.",
        f"消息体嵌套超过 {MAX_DEPTH} 层。",
        help_en="Send a flatter message.",
        help_zh="请减少嵌套层数。",
    )


def _too_many(limit: int) -> ProtocolError:
    return ProtocolError(
        "message.too-many-nodes",
        f"The body has more than {limit} objects and arrays.",
        f"消息体中的对象和数组超过 {limit} 个。",
        help_en="Send a smaller message.",
        help_zh="请缩小消息。",
    )


def too_large(limit: int) -> ProtocolError:
    """The body is longer than it may be."""
    return ProtocolError(
        "message.too-large",
        f"The body is longer than {limit} bytes.",
        f"消息体超过 {limit} 字节。",
        help_en="Send a smaller message, or ask for smaller pages.",
        help_zh="请缩小消息，或请求更小的分页。",
        facts={"limit": str(limit)},
    )


def too_deep() -> ProtocolError:
    """The body nests so deep that it cannot even be parsed."""
    return _too_deep()
