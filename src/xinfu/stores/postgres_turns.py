"""Steps and views on PostgreSQL: one transaction each, many at the same time, rows locked where they meet.

A step is READ COMMITTED: each of its statements sees what was committed before it, so what it reads after `lock`
is what nobody else changes meanwhile. A view is REPEATABLE READ: it sees one moment.

The end of a step goes on when the one who waits for it is cancelled: a COMMIT is never cut short.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from types import TracebackType
from typing import Final, Generic, TypeVar

import msgspec
from asyncpg import Connection

from xinfu.ports.records import OutboxRow
from xinfu.stores.postgres_errors import LOST, away, is_away, postgres_error, unsure
from xinfu.stores.postgres_pool import Pool
from xinfu.stores.postgres_session import PostgresSession


class Mode(msgspec.Struct, frozen=True):
    """A kind of transaction. Without `begin` it is a single statement, which commits by itself."""

    begin: str
    writes: bool


STEP: Final = Mode("BEGIN", writes=True)
LAZY_STEP: Final = Mode("BEGIN; SET LOCAL synchronous_commit = off", writes=True)
VIEW: Final = Mode("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", writes=False)
LOOK: Final = Mode("", writes=False)
CHANGE: Final = Mode("", writes=True)
_UNDO_S: Final = 5.0
"""A server that does not undo within this time does it when the connection breaks."""

S = TypeVar("S")


class Turns:
    """Begins and ends transactions.

    Args:
        before: awaited before the COMMIT of a step that has topics.
        after: gets the topics of each step that was committed, and the rows that it promised.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        before: Callable[[], Awaitable[None]],
        after: Callable[[frozenset[str], Sequence[OutboxRow]], None],
    ) -> None:
        self.commits = 0
        self._pool = pool
        self._before = before
        self._after = after
        self._inside: set[asyncio.Task[object]] = set()
        self._holding: Counter[asyncio.Task[object]] = Counter()
        self._ending: set[asyncio.Task[None]] = set()

    def turn(self, mode: Mode, make: Callable[[PostgresSession], S]) -> "PostgresTurn[S]":
        """A context manager around one transaction; yields the result of `make` on its session."""
        return PostgresTurn(self, make, mode)

    async def take(self, mode: Mode) -> tuple[Connection, asyncio.Task[object] | None]:
        """Begin a transaction, and return its connection and the task that holds it."""
        task = asyncio.current_task()
        if mode.writes and task in self._inside:
            raise RuntimeError("a step inside a step of the same task would wait for itself")
        connection = await self._pool.begin(mode.begin, nested=task in self._holding)
        if task is not None:
            self._holding[task] += 1
            if mode.writes:
                self._inside.add(task)
        return connection, task

    async def end(
        self, task: asyncio.Task[object] | None, work: Coroutine[object, object, None], *, writes: bool
    ) -> None:
        """Run `work` to its end, even if the caller is cancelled meanwhile."""
        if task is not None:
            self._holding[task] -= 1
            if not self._holding[task]:
                del self._holding[task]
            if writes:
                self._inside.discard(task)
        ending = asyncio.ensure_future(work)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        await asyncio.shield(ending)

    async def keep(self, connection: Connection, session: PostgresSession) -> None:
        """Commit the step, then pass on its topics and the rows that it promised."""
        if session.broken is not None:
            await self.undo(connection)
            raise session.broken
        try:
            if session.topics:
                await self._before()
            if connection.is_closed():  # nothing was asked for yet, so nothing was kept
                raise away()
            await connection.execute("COMMIT")
        except LOST as error:
            self._pool.give_back(connection, usable=False)
            raise (unsure() if is_away(error) else postgres_error(error)) from error
        except BaseException:
            self._pool.give_back(connection, usable=False)
            raise
        self._pool.give_back(connection, usable=True)
        self.commits += 1
        self._after(frozenset(session.topics), session.promised)

    async def let_go(self, connection: Connection, *, usable: bool) -> None:
        """Return the connection of a single statement, which has ended its own transaction."""
        self._pool.give_back(connection, usable=usable)

    async def undo(self, connection: Connection) -> None:
        """Roll back. If that fails, drop the connection, and the server rolls back by itself."""
        usable = False
        try:
            async with asyncio.timeout(_UNDO_S):
                await connection.execute("ROLLBACK")
            usable = True
        except LOST:
            pass
        finally:
            self._pool.give_back(connection, usable=usable)


class PostgresTurn(Generic[S]):
    """A context manager around one transaction."""

    __slots__ = ("_connection", "_make", "_mode", "_session", "_task", "_turns")

    def __init__(self, turns: Turns, make: Callable[[PostgresSession], S], mode: Mode) -> None:
        self._turns = turns
        self._make = make
        self._mode = mode
        self._session: PostgresSession | None = None

    async def __aenter__(self) -> S:
        self._connection, self._task = await self._turns.take(self._mode)
        self._session = PostgresSession(self._connection, writable=self._mode.writes)
        return self._make(self._session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        self._session.end()
        if not self._mode.begin:
            work = self._turns.let_go(self._connection, usable=error is None)
        elif self._mode.writes and error is None:
            work = self._turns.keep(self._connection, self._session)
        else:
            work = self._turns.undo(self._connection)
        await self._turns.end(self._task, work, writes=self._mode.writes)
