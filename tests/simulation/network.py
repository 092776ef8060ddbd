"""The way between two parties: it loses, delays, repeats and reorders, as a seed says.

`SimulatedOutbound` is the checked client of a party (an `Outbound`) over this network. Requests reach the real
routes of the other side's protocol listener.
"""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import msgspec
from tests.simulation.owner import OWNER

from xinfu.errors import PeerError
from xinfu.ports.outbound import MIB, HttpAnswer, Purpose, StreamedAnswer

if TYPE_CHECKING:
    from tests.simulation.party import Side

WITHDRAWN: Final = ("/start", "/suspension")
"""Messages that never come after their sender has stopped waiting. It may have withdrawn them for one of the other
side that crossed theirs, and nothing in the protocol tells such a straggler from a new message."""
VERSION_PATH: Final = "/.well-known/dspace-version"


class Weather(msgspec.Struct, frozen=True, kw_only=True):
    """How bad things are: each a probability, `slowest` in seconds.

    Attributes:
        lose_request: it never arrives. lose_answer: it is handled, and nobody hears of it.
        late: it arrives after the sender has stopped waiting.
        double: the same bytes, token included, arrive once more at any later time.
        crash_before, crash_after: a party dies at a commit; `power` of them lose what was not flushed.
    """

    lose_request: float = 0.0
    lose_answer: float = 0.0
    late: float = 0.0
    double: float = 0.0
    crash_before: float = 0.0
    crash_after: float = 0.0
    power: float = 0.0
    slowest: float = 0.05


CALM: Final = Weather()


class Network:
    """Carries requests between parties; `weather` may be changed at any time."""

    def __init__(self, rng: Random, trace: list[str]) -> None:
        self.rng = rng
        self.weather = CALM
        self.parties: dict[str, Side] = {}
        self.cut: set[str] = set()
        self.strangers: set[str] = set()
        self._trace = trace

    def note(self, text: str) -> None:
        """Write a line of the story."""
        self._trace.append(f"{asyncio.get_running_loop().time():10.3f}  {text}")

    def happens(self, probability: float) -> bool:
        """Draw once."""
        return probability > 0 and self.rng.random() < probability

    async def carry(
        self, sender: str, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpAnswer:
        """Send a request and wait for its answer.

        Raises:
            PeerError: `peer.timeout`, `peer.unreachable`.
        """
        receiver = self.parties[urlsplit(url).hostname or ""]
        if url.endswith(VERSION_PATH) and receiver.name in self.strangers:
            return HttpAnswer(status=404, headers={}, body=b"", url=url)
        what = f"{sender} {method} {urlsplit(url).path.split('2025-1')[-1]}"
        answer: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()
        weather = self.weather
        if sender in self.cut or receiver.name in self.cut or self.happens(weather.lose_request):
            self.note(f"{what}: lost")
            return await self._lost(timeout_s)
        delay = self.rng.random() * weather.slowest
        if self.happens(weather.late):
            if url.endswith(WITHDRAWN):
                self.note(f"{what}: lost on a long way")
                return await self._lost(timeout_s)
            delay = timeout_s + self.rng.random() * 70
            self.note(f"{what}: will be {delay:.1f} s late")
        lost = self.happens(weather.lose_answer)
        if self.happens(weather.double):
            again = delay + self.rng.random() * 40
            unheard: asyncio.Future[HttpAnswer] = asyncio.get_running_loop().create_future()
            _apart(self._journey(receiver, f"{what} (double)", method, url, headers, body, again, unheard))
        heard = asyncio.get_running_loop().create_future() if lost else answer
        _apart(self._journey(receiver, what, method, url, headers, body, delay, heard))
        if lost and self.rng.random() < 0.5:
            await asyncio.wait({heard}, timeout=timeout_s)
            self.note(f"{what}: the answer was lost")
            raise _unreachable()
        await asyncio.wait({answer}, timeout=timeout_s)
        if not answer.done():
            self.note(f"{what}: no answer in time")
            raise PeerError("peer.timeout", "No answer in time.", "超时。")
        return answer.result()

    async def _lost(self, timeout_s: float) -> HttpAnswer:
        if self.rng.random() < 0.5:
            await asyncio.sleep(timeout_s)
            raise PeerError("peer.timeout", "No answer in time.", "超时。")
        await asyncio.sleep(0.001)
        raise _unreachable()

    async def _journey(
        self,
        receiver: "Side",
        what: str,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        delay: float,
        answer: "asyncio.Future[HttpAnswer]",
    ) -> None:
        await asyncio.sleep(delay)
        try:
            status, said, told = await receiver.handle(method, url, headers, body)
        except ConnectionError:
            self.note(f"{what}: {receiver.name} is down")
            if not answer.done():
                answer.set_exception(_unreachable())
                answer.exception()
            return
        self.note(f"{what}: {status}")
        await asyncio.sleep(self.rng.random() * self.weather.slowest)
        if not answer.done():
            answer.set_result(HttpAnswer(status=status, headers=told, body=said, url=url))


class SimulatedOutbound:
    """The client of one party (an `Outbound`)."""

    def __init__(self, network: Network, party: str) -> None:
        self._network = network
        self._party = party

    def check(self, url: str, *, purpose: Purpose, context: str | None = None) -> None:
        """Every address of a simulation may be called."""

    def check_entry(self, entry: str) -> None:
        """Every address of a simulation may be named."""

    async def request(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        as_is: bool = False,
        limit_bytes: int = MIB,
        timeout_s: float = 30.0,
    ) -> HttpAnswer:
        return await self._network.carry(self._party, method, url, headers or {}, body or b"", timeout_s)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        purpose: Purpose,
        context: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes | AsyncIterator[bytes] | None = None,
        as_is: bool = False,
        limit_bytes: int | None = None,
        timeout_s: float | None = None,
        silence_s: float | None = None,
    ) -> AsyncIterator[StreamedAnswer]:
        raise PeerError("peer.unreachable", "No bytes are pulled here.", "此处不传输数据。")
        yield

    async def close(self) -> None:
        """Nothing is kept open."""


def _apart(journey: Coroutine[Any, Any, None]) -> None:
    """Start what belongs to neither party: a request under way goes on when its sender dies."""
    context = contextvars.copy_context()
    context.run(OWNER.set, None)
    task = asyncio.get_running_loop().create_task(journey, context=context)
    _UNDER_WAY.add(task)
    task.add_done_callback(_UNDER_WAY.discard)


_UNDER_WAY: Final[set[asyncio.Task[None]]] = set()


def _unreachable() -> PeerError:
    return PeerError("peer.unreachable", "Nobody answers.", "无人应答。")
