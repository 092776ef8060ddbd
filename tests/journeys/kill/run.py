"""Goes through points on several pairs of nodes at once, and lists them."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tests.journeys.kill.pair import CONSUMER, Pair, pair
from tests.journeys.kill.play import Point, play
from tests.journeys.kill.proxy import Moment
from tests.journeys.kill.ways import NEGOTIATIONS

PAIRS: Final = 2


async def through(
    points: Sequence[Point], folder: Path, databases: Sequence[Mapping[str, str]] = ({},) * PAIRS
) -> list[str]:
    """Play all points and print each; gives what was wrong, with the point it was wrong at.

    Args:
        databases: of each pair of nodes, as `pair` wants them; so many pairs play.
    """
    left = list(enumerate(points, 1))
    faults: list[str] = []
    each = [_work(left, faults, folder / str(number), urls) for number, urls in enumerate(databases)]
    await asyncio.gather(*each)
    return faults


async def _work(
    left: list[tuple[int, Point]], faults: list[str], folder: Path, urls: Mapping[str, str]
) -> None:
    async with pair(folder, urls) as nodes:
        await _agree(nodes)
        while left:
            number, point = left.pop(0)
            began = time.monotonic()
            wrong = await _played(nodes, point)
            print(f"{number:3}  {point}  {time.monotonic() - began:5.1f} s  {'; '.join(wrong) or 'whole'}")
            faults += [f"{point}: {each}" for each in wrong]
            if wrong:
                return


async def _played(nodes: Pair, point: Point) -> list[str]:
    try:
        return await play(nodes, point)
    except TimeoutError:
        return ["it never came to its end"]


async def _agree(nodes: Pair) -> None:
    """An agreement for the transfers to stand on."""
    first = NEGOTIATIONS[0]
    await play(nodes, Point(first, Moment.DISPATCH))
    _, shown = await nodes.nodes[CONSUMER].api("GET", "/agreements")
    nodes.agreement = shown["items"][0]["id"]
