"""The single writer of a SQLite store: turns, groups, and one fsync for many steps.

Steps are serial. A step is a SAVEPOINT inside the transaction of its group; steps that wait while another one runs
join its group, and one COMMIT makes them all durable. The COMMIT runs in a thread, since it waits for the
disk; everything else runs on the event loop. No step returns before its group is on the disk, and if the COMMIT
fails, every step of the group fails.

The only timer here tries the lock again while another process holds the database.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Final, Generic, TypeVar

from xinfu.errors import StoreError
from xinfu.ports.records import OutboxRow
from xinfu.stores import errors
from xinfu.stores.sqlite_session import SqliteSession, is_busy, sqlite_error

GROUP_STEPS: Final = 64
GROUP_S: Final = 0.02
"""A group takes no further step when it has GROUP_STEPS or is GROUP_S seconds old."""

_FIRST_PAUSE_S: Final = 0.001
_LONGEST_PAUSE_S: Final = 0.05

S = TypeVar("S")


class Group:
    """A group of steps that a single COMMIT makes durable.

    Attributes:
        lazy: whether the COMMIT need not reach the disk; what a power cut would lose comes back by itself.
        changed: whether there is something to commit.
        topics: topics of which watchers are notified.
        promised: rows to hand over.
    """

    __slots__ = ("_ends", "changed", "lazy", "promised", "topics", "waiting")

    def __init__(self, *, lazy: bool) -> None:
        self.lazy = lazy
        self.changed = False
        self.topics: set[str] = set()
        self.promised: list[OutboxRow] = []
        self.waiting: list[asyncio.Future[None]] = []
        self._ends = asyncio.get_running_loop().time() + GROUP_S

    @property
    def is_full(self) -> bool:
        """Whether no further step may join."""
        return (
            self.lazy or len(self.waiting) >= GROUP_STEPS or asyncio.get_running_loop().time() >= self._ends
        )

    def join(self) -> asyncio.Future[None]:
        """Join the group; the future is done when the group is durable."""
        done = asyncio.get_running_loop().create_future()
        self.waiting.append(done)
        return done

    def settle(self, error: Exception | None) -> None:
        """Wake every step that waits, with the error if there is one."""
        for done in self.waiting:
            if done.done():
                continue
            if error is None:
                done.set_result(None)
            else:
                done.set_exception(error if isinstance(error, StoreError) else sqlite_error(error))


class Writer:
    """Hands the writing connection to one step at a time.

    Args:
        connection: in autocommit mode, usable from any thread.
        durable: False never waits for the disk and commits on the loop.
        busy_timeout_s: how long another process may hold the database.
        notify: gets the topics of each group that was committed.
        hand_over: gets the rows that it promised.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        durable: bool,
        busy_timeout_s: float,
        notify: Callable[[frozenset[str]], None],
        hand_over: Callable[[Sequence[OutboxRow]], None],
    ) -> None:
        self.commits = 0
        self._connection = connection
        self._durable = durable
        self._busy_timeout_s = busy_timeout_s
        self._notify = notify
        self._hand_over = hand_over
        self._thread = ThreadPoolExecutor(1, "xinfu-store")
        self._queue: deque[asyncio.Future[None]] = deque()
        self._taken = False
        self._closed = False
        self._lazily = False
        self._holder: asyncio.Task[object] | None = None
        self._group: Group | None = None
        self._changes = 0

    async def take(self, *, lazy: bool) -> SqliteSession:
        """Wait for the turn and begin a step."""
        if self._closed:
            raise errors.STORE_CLOSED()
        task = asyncio.current_task()
        if task is not None and task is self._holder:
            raise RuntimeError("a step inside a step of the same task would wait for itself")
        deadline = asyncio.get_running_loop().time() + self._busy_timeout_s
        await self._turn()
        try:
            await self._begin_step(lazy, deadline)
        except BaseException:
            self._pass_on()
            raise
        self._holder = task
        self._changes = self._connection.total_changes
        return SqliteSession(self._connection, writable=True)

    async def keep(self, session: SqliteSession) -> None:
        """Keep the changes of the step; return when they are durable."""
        if session.broken is None:
            session.broken = self._run("RELEASE step")
        if session.broken is not None:
            await self.undo(session, session.broken)
            raise session.broken
        group = self._open_group()
        group.changed = group.changed or self._connection.total_changes != self._changes
        group.topics |= session.topics
        group.promised += session.promised
        done = group.join()
        self._pass_on()
        await done

    async def undo(self, session: SqliteSession, error: BaseException) -> None:
        """Undo the step as if it had not run.

        The reason for a refusal may lie in steps of the same group that are not durable yet, so the refusal
        is not raised before they are.
        """
        group = self._open_group()
        lost = self._run("ROLLBACK TO step") or self._run("RELEASE step")
        if lost is not None:
            self._lose(group, session.broken or lost)
        heard = group.join() if group.changed and lost is None and isinstance(error, Exception) else None
        self._pass_on()
        if heard is not None:
            await heard

    async def close(self) -> None:
        """Close the connection after every waiting step has had its turn."""
        if self._closed:
            return
        self._closed = True
        await self._turn()
        if self._group is not None:
            self._commit_here(self._group)
        self._thread.shutdown(wait=False)
        self._connection.close()

    async def _turn(self) -> None:
        if not self._taken:
            self._taken = True
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._pass_on()
            raise

    async def _begin_step(self, lazy: bool, deadline: float) -> None:
        if self._group is None:
            alone = (
                lazy and not self._queue
            )  # beside others it waits with them, for one COMMIT instead of two
            await self._begin_group(alone, deadline)
            self._group = Group(lazy=alone)
        error = self._run("SAVEPOINT step")
        if error is not None:
            self._lose(self._group, error)
            raise error

    async def _begin_group(self, lazy: bool, deadline: float) -> None:
        loop = asyncio.get_running_loop()
        pause = _FIRST_PAUSE_S
        while True:
            try:
                self._set_lazily(lazy)
                self._connection.execute("BEGIN IMMEDIATE")
                return  # noqa: TRY300 - the way out of the loop
            except sqlite3.Error as error:
                if not is_busy(error):
                    raise sqlite_error(error) from error
                if loop.time() >= deadline:
                    raise errors.STORE_BUSY(waited_s=self._busy_timeout_s) from error
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE_S)

    def _set_lazily(self, lazy: bool) -> None:
        """A lazy COMMIT neither waits for the disk nor copies the write-ahead log back."""
        if lazy != self._lazily and self._durable:
            self._connection.execute(f"PRAGMA synchronous={'NORMAL' if lazy else 'FULL'}")
            self._connection.execute(f"PRAGMA wal_autocheckpoint={0 if lazy else 1000}")
            self._lazily = lazy

    def _pass_on(self) -> None:
        """Give the turn to the next step; commit first if the group is full or no step waits."""
        self._holder = None
        group = self._group
        while self._queue and self._queue[0].done():
            self._queue.popleft()
        if group is not None and (group.is_full or not self._queue):
            self._commit(group)
        elif self._queue:
            self._queue.popleft().set_result(None)
        else:
            self._taken = False

    def _commit(self, group: Group) -> None:
        if not self._durable or group.lazy or not group.changed:
            self._commit_here(group)
            self._pass_on()
            return
        self._group = None
        work = asyncio.get_running_loop().run_in_executor(self._thread, self._commit_now)
        work.add_done_callback(partial(self._committed, group))

    def _commit_here(self, group: Group) -> None:
        self._group = None
        self._settle(group, self._commit_now())

    def _commit_now(self) -> sqlite3.Error | None:
        try:
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with suppress(sqlite3.Error):
                self._connection.rollback()
            return error
        return None

    def _committed(self, group: Group, work: "asyncio.Future[sqlite3.Error | None]") -> None:
        self._settle(group, work.result())
        self._pass_on()

    def _settle(self, group: Group, error: sqlite3.Error | None) -> None:
        group.settle(error)
        if error is None and group.changed:
            self.commits += 1
        if error is None and group.topics:
            self._notify(frozenset(group.topics))
        if error is None and group.promised:
            self._hand_over(group.promised)

    def _run(self, command: str) -> StoreError | None:
        try:
            self._connection.execute(command)
        except sqlite3.Error as error:
            return sqlite_error(error)
        return None

    def _lose(self, group: Group, error: StoreError) -> None:
        """Fail every step of the group, because its transaction is gone or unusable."""
        with suppress(sqlite3.Error):
            self._connection.rollback()
        self._group = None
        group.settle(error)

    def _open_group(self) -> Group:
        assert self._group is not None, "a step runs inside a group"
        return self._group


class SqliteTurn(Generic[S]):
    """A context manager around one step of the writer; yields the result of `make` on its session."""

    __slots__ = ("_lazy", "_make", "_session", "_writer")

    def __init__(self, writer: Writer, make: Callable[[SqliteSession], S], *, lazy: bool = False) -> None:
        self._writer = writer
        self._make = make
        self._lazy = lazy
        self._session: SqliteSession | None = None

    async def __aenter__(self) -> S:
        self._session = await self._writer.take(lazy=self._lazy)
        return self._make(self._session)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        self._session.end()
        if error is None:
            await self._writer.keep(self._session)
        else:
            await self._writer.undo(self._session, error)
