"""Waiting for what a node does by itself: looked for again whenever something happens there."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final, TypeVar

from xinfu.client import Node
from xinfu_scenarios import errors

WAIT_S: Final = 30
T = TypeVar("T")


async def soon(node: Node, look: Callable[[], Awaitable[T | None]]) -> T:
    """What `look` finds, looked for again whenever something happens at the node.

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
    """The first of a list, once there is one: a draft is written a moment after its agreement.

    Raises:
        PeerError: `wait.over`.
    """

    async def look() -> T | None:
        return await anext(items(), None)

    return await soon(node, look)
