"""The SQLite store: one writer that groups commits, many readers.

Durable means a write-ahead log with `synchronous=FULL` (D-15): when a step returns, its pages were flushed.
What only steers delivery (leases, releases) is written lazily: after a power cut it makes itself again.
"""

import asyncio
import logging
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from xinfu.ports.records import Deadline, OutboxRow
from xinfu.ports.store import Counters, Step
from xinfu.stores.sql import outbox
from xinfu.stores.sql.contexts import contexts
from xinfu.stores.sql.deadlines import earliest
from xinfu.stores.sql.quota_batches import Batch
from xinfu.stores.sql.quota_groups import QuotaGroups
from xinfu.stores.sql.quotas import QuotasTable
from xinfu.stores.sql.step import SqlStep
from xinfu.stores.sqlite_file import connect_reader, connect_writer, prepare, prepare_in_memory
from xinfu.stores.sqlite_readers import Look, Readers
from xinfu.stores.sqlite_session import SqliteSession
from xinfu.stores.sqlite_writer import SqliteTurn, Writer

_log = logging.getLogger(__name__)

Notify = Callable[[frozenset[str]], None]
Take = Callable[[Sequence[OutboxRow]], None]


async def open_sqlite(
    path: Path | Literal[":memory:"], *, durable: bool = True, busy_timeout_s: float = 10.0
) -> "SqliteStore":
    """Open the store at `path`; create or migrate it if needed. Close it when done.

    Args:
        path: the database file; its folder is made for the owner alone. ":memory:" is a fresh store that
            goes when it is closed, and is never durable.
        durable: False does not wait for the disk, for simulations and tests only.
        busy_timeout_s: how long another process may hold the file before `store.busy`.

    Raises:
        ConfigError: `store.newer`, `store.foreign`, `store.unreachable`.
        ConflictError: `store.busy`.
        StoreError: `store.full`, `store.broken`.
    """
    if isinstance(path, str):
        folder = prepare_in_memory()
        return SqliteStore(
            Path(folder.name, "store.db"), durable=False, busy_timeout_s=busy_timeout_s, folder=folder
        )
    await asyncio.to_thread(prepare, path, busy_timeout_s=busy_timeout_s)
    return SqliteStore(path, durable=durable, busy_timeout_s=busy_timeout_s)


class SqliteStore:
    """Implements `Store` of ports/store.py; made by `open_sqlite`."""

    def __init__(
        self,
        path: Path,
        *,
        durable: bool,
        busy_timeout_s: float,
        folder: tempfile.TemporaryDirectory[str] | None = None,
    ) -> None:
        self._folder = folder
        self._watching: list[Notify] = []
        self._lease: outbox.Lease | None = None
        self._take: Take = _leave
        self._readers = Readers(partial(connect_reader, path))
        self._writer = Writer(
            connect_writer(path, durable=durable),
            durable=durable,
            busy_timeout_s=busy_timeout_s,
            notify=self._tell,
            hand_over=self._hand_over,
        )

        self._quotas = QuotaGroups(self._batch, self._counters)

    @property
    def commits(self) -> int:
        """The number of groups of steps committed since the store was opened."""
        return self._writer.commits

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        return SqliteTurn(self._writer, partial(SqlStep, context=context, lease=self._lease), lazy=lazy)

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        return Look(self._readers, partial(SqlStep, context=context))

    def quotas(self, context: str) -> Counters:
        return self._quotas.of(context)

    async def contexts(self) -> list[str]:
        async with self._looking() as session:
            return await contexts(session)

    async def claim(
        self, owner: str, *, now: datetime, lease_until: datetime, limit: int = 64
    ) -> list[OutboxRow]:
        async with self._lazily() as session:
            return await outbox.claim(session, owner, now=now, lease_until=lease_until, limit=limit)

    async def release(self, ids: Sequence[int], *, now: datetime) -> None:
        async with self._lazily() as session:
            await outbox.release(session, ids, now=now)

    def entrust(self, owner: str, *, lease: timedelta, take: Take) -> None:
        self._lease, self._take = outbox.Lease(owner, lease), take

    async def free(self, owner: str) -> None:
        async with self._lazily() as session:
            await outbox.free(session, owner)

    async def next_due(self) -> datetime | None:
        async with self._looking() as session:
            return await outbox.next_due(session)

    async def deadlines(self, *, limit: int = 64) -> list[Deadline]:
        async with self._looking() as session:
            return await earliest(session, limit=limit)

    def watch(self, notify: Notify) -> Callable[[], None]:
        watching = self._watching
        watching.append(notify)

        def end() -> None:
            if notify in watching:
                watching.remove(notify)

        return end

    async def close(self) -> None:
        await self._writer.close()
        self._readers.close()
        if self._folder is not None:
            self._folder.cleanup()

    def _hand_over(self, rows: Sequence[OutboxRow]) -> None:
        self._take(rows)

    def _tell(self, topics: frozenset[str]) -> None:
        for notify in tuple(self._watching):
            try:
                notify(topics)
            except Exception:
                # The commit stands; one who watches must not take it from the others.
                _log.exception("a watcher failed", extra={"topics": sorted(topics)})

    def _batch(self, context: str) -> SqliteTurn[Batch]:
        return SqliteTurn(self._writer, partial(Batch, context=context))

    def _counters(self, context: str) -> Look[QuotasTable]:
        return Look(self._readers, partial(QuotasTable, context=context))

    def _lazily(self) -> SqliteTurn[SqliteSession]:
        return SqliteTurn(self._writer, _itself, lazy=True)

    def _looking(self) -> Look[SqliteSession]:
        return Look(self._readers, _itself)


def _leave(rows: Sequence[OutboxRow]) -> None:
    """Do nothing: no row was leased, because no owner has been entrusted with rows yet."""


def _itself(session: SqliteSession) -> SqliteSession:
    return session
