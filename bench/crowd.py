"""Many negotiations at once, at almost no cost for the callers, so that the nodes have the machine.

Each caller writes the same bytes on a connection that is kept and looks only at the status of the answer, about
0.1 ms a negotiation. How far they have come is counted in the stores, twenty times a second, and new ones are
opened as long as fewer than AT_ONCE are under way.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from bench.nodes import Started, cpu_s

AT_ONCE = 128
CALLERS = 16
LOOK_S = 0.05
PATIENCE_S = 120.0

Count = Callable[[], Awaitable[int]]
"""How many negotiations are FINALIZED at both sides."""


class Crowd(msgspec.Struct, frozen=True, kw_only=True):
    """The result of a crowd of negotiations.

    Attributes:
        a_second: negotiations FINALIZED in both stores a second, while new ones were being opened.
        lost: opened negotiations that did not end in time.
        cpu_ms: milliseconds of processor a negotiation, over all nodes; `asking_ms` those of this process.
    """

    a_second: float
    opened: int
    lost: int
    cpu_ms: float
    asking_ms: float


class Caller:
    """A connection to a node's API that posts the same request repeatedly."""

    def __init__(self, consumer: Started, provider: Started) -> None:
        form = {
            "participant": provider.participant,
            "dataset": "open",
            "offer": "open:open:open",
            "policy": {"permission": [{"action": "use"}]},
        }
        body = json.dumps(form).encode()
        self._host, _, self._port = consumer.management.partition("//")[2].partition(":")
        head = (
            f"POST /api/v1/negotiations HTTP/1.1\r\nHost: {self._host}:{self._port}\r\n"
            f"X-Api-Key: {consumer.api_key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        self._request = head.encode() + body

    async def open(self) -> None:
        """Connect."""
        self._reader, self._writer = await asyncio.open_connection(self._host, int(self._port))

    async def call(self) -> None:
        """Open one negotiation."""
        self._writer.write(self._request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        body = await self._reader.readexactly(length)
        if not head.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(body.decode())

    def close(self) -> None:
        """Close the connection."""
        self._writer.close()


class Throng:
    """Callers that open negotiations for as long as there is room and time."""

    def __init__(self, count: Count) -> None:
        self.opened = 0
        self._count = count
        self._room = asyncio.Semaphore(AT_ONCE)
        self._over = False

    async def press(self, callers: Sequence[Caller], seconds: float) -> float:
        """Open negotiations for `seconds`, and return how many a second were finalized meanwhile."""
        before, began = await self._count(), time.perf_counter()
        looking = asyncio.create_task(self._look(before))
        calling = [asyncio.create_task(self._call(each)) for each in callers]
        await asyncio.sleep(seconds)
        rate = (await self._count() - before) / (time.perf_counter() - began)
        self._over = True
        await looking
        await asyncio.gather(*calling)
        return rate

    async def _call(self, caller: Caller) -> None:
        while True:
            await self._room.acquire()
            if self._over:
                return
            self.opened += 1
            await caller.call()

    async def _look(self, before: int) -> None:
        """Give the place of each finished negotiation to a new one; at the end let every caller leave."""
        seen = before
        while not self._over:
            await asyncio.sleep(LOOK_S)
            now = await self._count()
            for _ in range(now - seen):
                self._room.release()
            seen = now
        for _ in range(CALLERS):
            self._room.release()


async def negotiate(
    providers: Sequence[Started], consumers: Sequence[Started], count: Count, *, seconds: float
) -> Crowd:
    """Let the consumer's workers negotiate with the provider for `seconds`, then wait for all opened negotiations."""
    callers = [Caller(consumers[number % len(consumers)], providers[0]) for number in range(CALLERS)]
    for each in callers:
        await each.open()
    for each in callers[: len(consumers)]:  # who is who is known afterwards
        await each.call()
    warm = await _settled(count, len(consumers))
    pids = [each.pid for each in (*providers, *consumers)]
    used, asking = [cpu_s(pid) for pid in pids], time.process_time()
    throng = Throng(count)
    rate = await throng.press(callers, seconds)
    ended = await _settled(count, warm + throng.opened)
    spent = sum(cpu_s(pid) for pid in pids) - sum(used)
    for each in callers:
        each.close()
    return Crowd(
        a_second=rate,
        opened=throng.opened,
        lost=warm + throng.opened - ended,
        cpu_ms=1000 * spent / throng.opened,
        asking_ms=1000 * (time.process_time() - asking) / throng.opened,
    )


async def _settled(count: Count, wanted: int) -> int:
    """The count as soon as it reaches `wanted`, or when patience has run out."""
    until = time.perf_counter() + PATIENCE_S
    while (found := await count()) < wanted and time.perf_counter() < until:
        await asyncio.sleep(LOOK_S)
    return found
