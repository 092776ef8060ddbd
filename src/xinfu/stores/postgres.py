"""The PostgreSQL store: many workers on one database.

Durable means `synchronous_commit=on` (D-15). Steps run at the same time and wait for one another only where
they lock the same record or ask to be `alone` by the same name. What only steers delivery (leases, releases)
does not wait for the disk.

Several workers may own leases under one name; a number of its own tells each of them apart.
"""

import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from xinfu.errors import ConfigError, StoreError
from xinfu.ports.records import Deadline, OutboxRow
from xinfu.ports.store import Counters, Step
from xinfu.stores import errors, postgres_leases
from xinfu.stores.postgres_errors import LOST, code_of, is_away, postgres_error
from xinfu.stores.postgres_migrate import migrate_postgres
from xinfu.stores.postgres_news import News
from xinfu.stores.postgres_place import Database
from xinfu.stores.postgres_pool import Pool
from xinfu.stores.postgres_session import PostgresSession
from xinfu.stores.postgres_turns import CHANGE, LAZY_STEP, LOOK, STEP, VIEW, PostgresTurn, Turns
from xinfu.stores.sql import outbox
from xinfu.stores.sql.contexts import contexts
from xinfu.stores.sql.deadlines import earliest
from xinfu.stores.sql.quota_batches import Batch
from xinfu.stores.sql.quota_groups import QuotaGroups
from xinfu.stores.sql.quotas import QuotasTable
from xinfu.stores.sql.step import SqlStep

_log = logging.getLogger(__name__)

Notify = Callable[[frozenset[str]], None]
Take = Callable[[Sequence[OutboxRow]], None]

CONNECTIONS: Final = 8
"""How many steps and views run at the same time."""
_NO_DATABASE: Final = "3D000"
_REFUSED: Final = frozenset({"28000", "28P01", "3D000", "42501"})


async def open_postgres(
    url: str,
    *,
    password_file: Path | None = None,
    connections: int = CONNECTIONS,
    busy_timeout_s: float = 10.0,
) -> "PostgresStore":
    """Open the store in the database at `url`; create or migrate its tables if needed. Close it when done.

    Args:
        url: `postgresql://user@host:port/database`; `?search_path=name` names a schema.
        password_file: holds the password alone, mode 0600.
        connections: how many steps and views run at the same time; one more connection listens.
        busy_timeout_s: how long a step waits for a connection, for a row, or for an unreachable database.

    Raises:
        ConfigError: `store.url`, `store.password-in-url`, `store.password-file`, `store.refused`,
            `store.newer`, `store.foreign`, `store.encoding`.
        StoreError: `store.away`, `store.broken`.
    """
    place = Database(url, password_file=password_file, wait_s=busy_timeout_s)
    store = PostgresStore(place, connections=connections, busy_timeout_s=busy_timeout_s)
    try:
        await _prepare(place)
        await store.listen()
    except LOST as error:
        raise _refusal(error, place) from error
    return store


class PostgresStore:
    """Implements `Store` of ports/store.py; made by `open_postgres`."""

    def __init__(self, place: Database, *, connections: int, busy_timeout_s: float) -> None:
        self._watching: list[Notify] = []
        self._lease: outbox.Lease | None = None
        self._take: Take = _leave
        self._pool = Pool(place.connect, size=connections, wait_s=busy_timeout_s)
        self._news = News(place.connect, tell=self._tell, look=self._free_the_dead)
        self._turns = Turns(self._pool, before=self._news.announce, after=self._done)

        self._quotas = QuotaGroups(self._batch, self._counters)

    @property
    def commits(self) -> int:
        """The number of steps committed since the store was opened."""
        return self._turns.commits

    async def listen(self) -> None:
        """Begin to receive topics from other workers. Raises what the driver raises."""
        await self._news.open()

    def step(self, context: str, *, lazy: bool = False) -> AbstractAsyncContextManager[Step]:
        return self._turns.turn(
            LAZY_STEP if lazy else STEP, partial(SqlStep, context=context, lease=self._lease)
        )

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        return self._turns.turn(VIEW, partial(SqlStep, context=context))

    def quotas(self, context: str) -> Counters:
        return self._quotas.of(context)

    async def contexts(self) -> list[str]:
        async with self._turns.turn(VIEW, _itself) as session:
            return await contexts(session)

    async def claim(
        self, owner: str, *, now: datetime, lease_until: datetime, limit: int = 64
    ) -> list[OutboxRow]:
        tagged = postgres_leases.tag(owner, self._news.life)
        async with self._turns.turn(CHANGE, _itself) as session:
            return await postgres_leases.claim(session, tagged, now=now, lease_until=lease_until, limit=limit)

    async def release(self, ids: Sequence[int], *, now: datetime) -> None:
        async with self._turns.turn(LAZY_STEP, _itself) as session:
            await outbox.release(session, ids, now=now)

    def entrust(self, owner: str, *, lease: timedelta, take: Take) -> None:
        self._lease, self._take = outbox.Lease(postgres_leases.tag(owner, self._news.life), lease), take

    async def free(self, owner: str) -> None:
        async with self._turns.turn(LAZY_STEP, _itself) as session:
            await postgres_leases.free(session, owner, self._news.life)

    async def next_due(self) -> datetime | None:
        async with self._turns.turn(LOOK, _itself) as session:
            return await outbox.next_due(session)

    async def deadlines(self, *, limit: int = 64) -> list[Deadline]:
        async with self._turns.turn(LOOK, _itself) as session:
            return await earliest(session, limit=limit)

    def watch(self, notify: Notify) -> Callable[[], None]:
        watching = self._watching
        watching.append(notify)

        def end() -> None:
            if notify in watching:
                watching.remove(notify)

        return end

    async def close(self) -> None:
        await self._pool.close()
        await self._news.close()

    def _batch(self, context: str) -> PostgresTurn[Batch]:
        return self._turns.turn(STEP, partial(Batch, context=context))

    def _counters(self, context: str) -> PostgresTurn[QuotasTable]:
        return self._turns.turn(VIEW, partial(QuotasTable, context=context))

    def _done(self, topics: frozenset[str], promised: Sequence[OutboxRow]) -> None:
        """Notify watchers and other workers of a committed step, and hand over the rows that it promised."""
        if topics:
            self._tell(topics)
            self._news.spread(topics)
        if promised:
            self._take(promised)

    def _tell(self, topics: frozenset[str]) -> None:
        for notify in tuple(self._watching):
            try:
                notify(topics)
            except Exception:
                # The commit stands; one who watches must not take it from the others.
                _log.exception("a watcher failed", extra={"topics": sorted(topics)})

    async def _free_the_dead(self) -> None:
        async with self._turns.turn(LAZY_STEP, _itself) as session:
            await postgres_leases.free_the_dead(session, self._news.life)


def _leave(rows: Sequence[OutboxRow]) -> None:
    """Do nothing: no row was leased, because no owner has been entrusted with rows yet."""


def _itself(session: PostgresSession) -> PostgresSession:
    return session


async def _prepare(place: Database) -> None:
    connection = await place.connect()
    try:
        await migrate_postgres(connection)
        if await connection.fetchval("SHOW fsync") != "on":
            _log.warning("the database does not wait for its disk (fsync=off): nothing is durable")
    finally:
        connection.terminate()


def _refusal(error: Exception, place: Database) -> ConfigError | StoreError:
    if is_away(error):
        return errors.STORE_AWAY_AT_START(shown=place.shown)
    if code_of(error) == _NO_DATABASE:
        return errors.STORE_REFUSED_NO_DATABASE(database=place.database, server=place.server)
    if code_of(error) not in _REFUSED:
        return postgres_error(error)
    return errors.STORE_REFUSED(error=type(error).__name__)
