"""A step: the parts of stores/sql over one open transaction and one context."""

from collections.abc import Mapping

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.dsp.transfer import TransferProcess
from xinfu.evidence import Entry
from xinfu.ports.census import Census
from xinfu.ports.records import (
    AgreementRecord,
    Answer,
    Asset,
    ContractDefinition,
    ContractRecord,
    DutyRecord,
    Grant,
    HeldCredential,
    HostedContext,
    IssuedCredential,
    KeptTemplate,
    KeyedRead,
    KeyRecord,
    KnownParticipant,
    PaymentRecord,
    PolicyDefinition,
    RegisteredPlane,
    SealedAddress,
    SealedSecret,
    StoredManifest,
    VaultObject,
)
from xinfu.stores.sql import kinds
from xinfu.stores.sql.census import census
from xinfu.stores.sql.deadlines import DeadlinesTable
from xinfu.stores.sql.log import LogTables
from xinfu.stores.sql.nonces import NoncesTable
from xinfu.stores.sql.offerings import OfferingsTable
from xinfu.stores.sql.outbox import Lease, OutboxTable
from xinfu.stores.sql.peerlogs import PeerLogsTables
from xinfu.stores.sql.quotas import QuotasTable
from xinfu.stores.sql.records import RecordsTable
from xinfu.stores.sql.statements import Session


class SqlStep:
    """Implements `Step` of ports/store.py; a view is the same over a session that refuses to write."""

    __slots__ = ("_lease", "_session", "context")

    def __init__(self, session: Session, context: str, lease: Lease | None = None) -> None:
        self._session = session
        self._lease = lease
        self.context = context

    @property
    def assets(self) -> RecordsTable[Asset]:
        return RecordsTable(kinds.ASSET, self._session, self.context)

    @property
    def policies(self) -> RecordsTable[PolicyDefinition]:
        return RecordsTable(kinds.POLICY, self._session, self.context)

    @property
    def definitions(self) -> RecordsTable[ContractDefinition]:
        return RecordsTable(kinds.DEFINITION, self._session, self.context)

    @property
    def offerings(self) -> OfferingsTable:
        return OfferingsTable(self._session, self.context)

    @property
    def negotiations(self) -> RecordsTable[ContractNegotiation]:
        return RecordsTable(kinds.NEGOTIATION, self._session, self.context)

    @property
    def agreements(self) -> RecordsTable[AgreementRecord]:
        return RecordsTable(kinds.AGREEMENT, self._session, self.context)

    @property
    def contracts(self) -> RecordsTable[ContractRecord]:
        return RecordsTable(kinds.CONTRACT, self._session, self.context)

    @property
    def duties(self) -> RecordsTable[DutyRecord]:
        return RecordsTable(kinds.DUTY, self._session, self.context)

    @property
    def contract_templates(self) -> RecordsTable[KeptTemplate]:
        return RecordsTable(kinds.CONTRACT_TEMPLATE, self._session, self.context)

    @property
    def transfers(self) -> RecordsTable[TransferProcess]:
        return RecordsTable(kinds.TRANSFER, self._session, self.context)

    @property
    def grants(self) -> RecordsTable[Grant]:
        return RecordsTable(kinds.GRANT, self._session, self.context)

    @property
    def payments(self) -> RecordsTable[PaymentRecord]:
        return RecordsTable(kinds.PAYMENT, self._session, self.context)

    @property
    def reads(self) -> RecordsTable[KeyedRead]:
        return RecordsTable(kinds.KEYED_READ, self._session, self.context)

    @property
    def manifests(self) -> RecordsTable[StoredManifest]:
        return RecordsTable(kinds.MANIFEST, self._session, self.context)

    @property
    def addresses(self) -> RecordsTable[SealedAddress]:
        return RecordsTable(kinds.ADDRESS, self._session, self.context)

    @property
    def answers(self) -> RecordsTable[Answer]:
        return RecordsTable(kinds.ANSWER, self._session, self.context)

    @property
    def keys(self) -> RecordsTable[KeyRecord]:
        return RecordsTable(kinds.KEY, self._session, self.context)

    @property
    def held_credentials(self) -> RecordsTable[HeldCredential]:
        return RecordsTable(kinds.HELD_CREDENTIAL, self._session, self.context)

    @property
    def issued_credentials(self) -> RecordsTable[IssuedCredential]:
        return RecordsTable(kinds.ISSUED_CREDENTIAL, self._session, self.context)

    @property
    def participants(self) -> RecordsTable[KnownParticipant]:
        return RecordsTable(kinds.PARTICIPANT, self._session, self.context)

    @property
    def secrets(self) -> RecordsTable[SealedSecret]:
        return RecordsTable(kinds.SECRET, self._session, self.context)

    @property
    def data_planes(self) -> RecordsTable[RegisteredPlane]:
        return RecordsTable(kinds.DATA_PLANE, self._session, self.context)

    @property
    def vault(self) -> RecordsTable[VaultObject]:
        return RecordsTable(kinds.VAULT_OBJECT, self._session, self.context)

    @property
    def hosted(self) -> RecordsTable[HostedContext]:
        return RecordsTable(kinds.HOSTED, self._session, self.context)

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
