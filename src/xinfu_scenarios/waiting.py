"""Wait for a node to do something by itself, by looking again after each of its events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from xinfu.client import Node
from xinfu_scenarios import errors

WAIT_S: Final = 30
T = TypeVar("T")


async def soon(node: Node, look: Callable[[], Awaitable[T | None]]) -> T:
    """The first result of `look` that is not None; `look` is called again after each event of the node.

    Raises:
        PeerError: `wait.over`.
    """
    if (found := await look()) is not None:
        return found
    past = [event.index async for event in node.events(since=0, follow=False)]
    if (found := await look()) is not None:
        return found
    try:
        async with asyncio.timeout(WAIT_S):
            async for _ in node.events(since=max(past, default=-1) + 1):
                if (found := await look()) is not None:
                    return found
    except TimeoutError:
        pass
    raise errors.WAIT_OVER(wait_s=WAIT_S)


async def first(node: Node, items: Callable[[], AsyncIterator[T]]) -> T:
    """Wait for the first item of a list, such as a draft that is written a moment after its agreement.

    Raises:
        PeerError: `wait.over`.
    """

    async def look() -> T | None:
        return await anext(items(), None)

    return await soon(node, look)
