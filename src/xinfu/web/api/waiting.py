"""Waits for a process: the answer comes when the state is reached, and a commit wakes it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from xinfu.web.api.operation import Call

T = TypeVar("T")

WAITING = {
    "until": "the states to wait for, separated by commas; without it any final state",
    "wait": "seconds to wait, 0 to 60; 0 answers at once",
}


async def wait_for(
    call: Call, look: Callable[[], Awaitable[T]], state: Callable[[T], str], terminal: frozenset[str]
) -> T:
    """Return the result of `look` once it reaches a state that the query waits for, or the time is over."""
    seconds = call.whole("wait", 0, least=0, most=60)
    wanted = frozenset(call.query.get("until", "").upper().split(",")) - {""} | terminal
    happened = asyncio.Event()

    def told(topics: frozenset[str]) -> None:
        if call.path["id"] in topics or "missed" in topics:
            happened.set()

    end = call.parts.store.watch(told)
    try:
        async with asyncio.timeout(seconds) as limit:
            while True:
                happened.clear()
                shown = await look()
                if seconds == 0 or state(shown) in wanted:
                    return shown
                await happened.wait()
    except TimeoutError:
        if not limit.expired():
            raise
        return await look()
    finally:
        end()
