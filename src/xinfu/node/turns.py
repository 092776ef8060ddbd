"""Streams take turns, so that many fast readers hold up nothing else that the loop has to do."""

import asyncio
from collections import deque


class Turns:
    """Lets one stream go on in each round of the loop, first come, first served."""

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._passing = False

    async def wait(self) -> None:
        """Until it is the caller's turn: at the earliest in the next round."""
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        self._waiting.append(turn)
        if not self._passing:
            self._passing = True
            loop.call_soon(self._pass)
        await turn

    def _pass(self) -> None:
        """Pass the turn to the first waiting stream, and to the next in the next round while others wait."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        self._passing = bool(self._waiting)
        if self._passing:
            asyncio.get_running_loop().call_soon(self._pass)
