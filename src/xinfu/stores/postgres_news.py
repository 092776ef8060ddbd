"""Notifications between the workers on one database, by NOTIFY, and which of the workers are alive.

A step sends its topics after its commit: with a NOTIFY inside, no two steps could commit at the same time.
A worker that dies between the two would leave others asleep, so three rules hold:

- a worker that commits has announced itself to the others within the last second (`announce`);
- a worker that heard from another one looks at the store once more soon after (`look`), and then sleeps;
- a worker is alive as long as its session holds an advisory lock of its own number; the first worker that looks
  frees the leases of dead ones.

So no row waits for long after a death, and an idle store is not queried at all.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Final

import msgspec
from asyncpg import Connection

from xinfu.errors import XinfuError
from xinfu.stores.postgres_errors import LOST
from xinfu.stores.postgres_leases import CLASS
from xinfu.stores.postgres_pool import FIRST_PAUSE_S, LONGEST_PAUSE_S

_log = logging.getLogger(__name__)

GATHER_S: Final = 0.005
"""How long topics are gathered for one NOTIFY."""
HELP_S: Final = 0.03
"""The worker that added a row has this long to take it up; later the others do."""
ANNOUNCE_S: Final = 1.0
LOOK_S: Final = 2.0
DEAF_S: Final = 3.0
"""After how long without the server watchers get the topic "deaf"."""
_LEAVE_S: Final = 2.0
_BYTES: Final = 7000
"""A NOTIFY carries fewer than 8,000 bytes."""
_LIVE: Final = "SELECT pg_advisory_lock($1::int, $2::int)"
_DIE: Final = "SELECT pg_advisory_unlock_all()"
_SPREAD: Final = "SELECT pg_notify($1, $2)"


class News:
    """The session in which a worker receives and sends notifications, and shows that it is alive.

    Args:
        connect: opens a connection.
        tell: gets the topics that other workers sent.
        look: frees the leases of dead workers; called soon after a notification, and never while the store is idle.
    """

    def __init__(
        self,
        connect: Callable[[], Awaitable[Connection]],
        *,
        tell: Callable[[frozenset[str]], None],
        look: Callable[[], Awaitable[None]],
    ) -> None:
        self.life = secrets.randbelow(2**31)
        self._connect = connect
        self._tell = tell
        self._look = look
        self._channel = ""
        self._session: Connection | None = None
        self._speaking = asyncio.Lock()
        self._told: set[str] = set()
        self._spoke = 0.0
        self._soon: set[str] = set()
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Begin to listen. Raises what the driver raises."""
        connection = await self._connect()
        try:
            schema = await connection.fetchval("SELECT current_schema()")
            self._channel = f"xinfu_{schema}"[:63]
            await connection.fetchval(_LIVE, CLASS, self.life)
            await connection.add_listener(self._channel, self._heard)
        except BaseException:
            connection.terminate()
            raise
        connection.add_termination_listener(self._lost)
        self._session = connection
        self._spoke = 0.0
        self._later("look", LOOK_S, self._look_now)
        if self._told:
            self._later("speak", 0.0, self._speak_now)

    async def close(self) -> None:
        """End the session after sending the topics that wait."""
        self._closed = True
        for timer in self._timers.values():
            timer.cancel()
        with suppress(TimeoutError):
            async with asyncio.timeout(_LEAVE_S), self._speaking:
                pass  # what is being told is told
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        session, self._session = self._session, None
        if session is None:
            return
        try:
            await self._say(session)
            await session.fetchval(_DIE)
            await session.close(timeout=_LEAVE_S)
        except LOST:
            session.terminate()

    def spread(self, topics: Iterable[str]) -> None:
        """Send topics to the other workers soon; if the server is unreachable, when it is back."""
        self._told.update(topics)
        if self._session is not None:
            self._later("speak", GATHER_S, self._speak_now)

    async def announce(self) -> None:
        """Ensure that the other workers have heard from this one within the last second."""
        if self._session is not None and asyncio.get_running_loop().time() - self._spoke > ANNOUNCE_S:
            with suppress(*LOST):
                await self._say(self._session, empty=True)

    def _heard(self, connection: Connection, pid: int, channel: str, payload: str) -> None:
        life, *topics = msgspec.json.decode(payload, type=tuple[int | str, ...])
        if life == self.life or self._closed:
            return
        now = frozenset(str(topic) for topic in topics) - {"outbox", "log"}
        if now:
            self._tell(now)
        if "outbox" in topics:
            self._later("help", HELP_S, self._help_now)
        self._later("look", LOOK_S, self._look_now)

    def _help_now(self) -> None:
        self._tell(frozenset({"outbox"}))

    def _look_now(self) -> None:
        self._start(self._looked())

    def _speak_now(self) -> None:
        self._start(self._spoken())

    async def _looked(self) -> None:
        try:
            await self._look()
        except XinfuError as error:
            _log.warning("what the dead held could not be freed", extra={"code": error.code})
        self._tell(frozenset({"outbox", "log"}))

    async def _spoken(self) -> None:
        session = self._session
        if session is not None:
            with suppress(*LOST):
                await self._say(session)

    async def _say(self, session: Connection, *, empty: bool = False) -> None:
        async with self._speaking:
            topics, self._told = self._told, set()
            try:
                for payload in payloads(self.life, topics, empty=empty):
                    await session.fetchval(_SPREAD, self._channel, payload)
            except BaseException:
                self._told |= topics
                session.terminate()  # the driver does not tell of every loss that it meets while it sends
                self._lost(session)
                raise
            self._spoke = asyncio.get_running_loop().time()

    def _lost(self, connection: Connection) -> None:
        if self._closed or connection is not self._session:
            return
        self._session = None
        self._later("deaf", DEAF_S, self._deaf_now)
        self._start(self._return())

    def _deaf_now(self) -> None:
        _log.warning("the database has been away for %g seconds", DEAF_S)
        self._tell(frozenset({"deaf"}))

    async def _return(self) -> None:
        """Reconnect until the server is back, then report that topics may have been missed."""
        pause = FIRST_PAUSE_S
        while True:
            try:
                await self.open()
                break
            except LOST:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_S)
        if deaf := self._timers.pop("deaf", None):
            deaf.cancel()
        self._tell(frozenset({"missed", "outbox", "log"}))

    def _later(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        """Start the timer of this name. A second call before it fires does nothing."""
        if name in self._timers or self._closed:
            return

        def fire() -> None:
            self._timers.pop(name, None)
            call()

        self._timers[name] = asyncio.get_running_loop().call_later(seconds, fire)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def payloads(life: int, topics: Iterable[str], *, empty: bool = False) -> Iterator[str]:
    """Pack topics into texts that each fit into a NOTIFY. A text without topics only shows that the worker is alive.

    A topic that is too long is replaced by "missed", so that watchers look for themselves.
    """
    fitting: list[int | str] = [life]
    size = 0
    for topic in sorted(topics):
        more = len(msgspec.json.encode(topic)) + 1
        if more > _BYTES:
            topic, more = "missed", 10
        if len(fitting) > 1 and size + more > _BYTES:
            yield msgspec.json.encode(fitting).decode()
            fitting, size = [life], 0
        fitting.append(topic)
        size += more
    if len(fitting) > 1 or empty:
        yield msgspec.json.encode(fitting).decode()
