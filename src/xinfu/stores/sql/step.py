"""A step: the parts of stores/sql over one open transaction and one context."""

from collections.abc import Mapping
from typing import TypeVar

from xinfu.evidence import Entry
from xinfu.ports.census import Census
from xinfu.ports.kind import Kind, Record
from xinfu.stores.sql.census import census
from xinfu.stores.sql.deadlines import DeadlinesTable
from xinfu.stores.sql.layouts import LAYOUTS
from xinfu.stores.sql.log import LogTables
from xinfu.stores.sql.nonces import NoncesTable
from xinfu.stores.sql.offerings import OfferingsTable
from xinfu.stores.sql.outbox import Lease, OutboxTable
from xinfu.stores.sql.peerlogs import PeerLogsTables
from xinfu.stores.sql.quotas import QuotasTable
from xinfu.stores.sql.records import RecordsTable
from xinfu.stores.sql.statements import Session

T = TypeVar("T", bound=Record)


class SqlStep:
    """Implements `Step` of ports/store.py; a view is the same over a session that refuses to write."""

    __slots__ = ("_lease", "_session", "context")

    def __init__(self, session: Session, context: str, lease: Lease | None = None) -> None:
        self._session = session
        self._lease = lease
        self.context = context

    def of(self, kind: Kind[T]) -> RecordsTable[T]:
        return RecordsTable(LAYOUTS[kind], self._session, self.context)

    @property
    def offerings(self) -> OfferingsTable:
        return OfferingsTable(self._session, self.context)

    @property
    def outbox(self) -> OutboxTable:
        return OutboxTable(self._session, self.context, self._lease)

    @property
    def deadlines(self) -> DeadlinesTable:
        return DeadlinesTable(self._session, self.context)

    @property
    def nonces(self) -> NoncesTable:
        return NoncesTable(self._session, self.context)

    @property
    def quotas(self) -> QuotasTable:
        return QuotasTable(self._session, self.context)

    @property
    def log(self) -> LogTables:
        return LogTables(self._session, self.context)

    @property
    def peer_logs(self) -> PeerLogsTables:
        return PeerLogsTables(self._session, self.context)

    async def record(self, entry: Entry, attachments: Mapping[str, bytes] | None = None) -> None:
        await self.log.append(entry, attachments or {})

    async def alone(self, name: str) -> None:
        await self._session.alone(f"{self.context}\n{name}")

    async def census(self) -> Census:
        return await census(self._session, self.context)

    def publish(self, topic: str) -> None:
        self._session.topic(topic)
