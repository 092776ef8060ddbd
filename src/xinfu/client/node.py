"""The async client of one node.

    async with connect("http://127.0.0.1:8181", api_key=key) as node:
        catalog = await node.catalog("did:web:bureau.example")
        negotiation = await catalog.dataset("air").negotiate(purpose="research")
        agreement = await negotiation.agreed()
        transfer = await agreement.transfer()
        await transfer.started()
        await transfer.save("air.csv")

Errors are those of `xinfu.errors`, as the node answers them: code, a sentence and help in both languages.
"""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from xinfu.api import (
    EntryView,
    Examination,
    NodeView,
)
from xinfu.client.contexts import Contexts
from xinfu.client.events import Event, events
from xinfu.client.exchanges import Exchanges
from xinfu.client.explanations import Explanations
from xinfu.client.grades import Grades
from xinfu.client.obligations import Obligations
from xinfu.client.publications import Publications
from xinfu.client.settings import Answers, Credentials, Keys, Participants, Secrets
from xinfu.client.templates import ContractTemplates
from xinfu.client.timeline import entries, receipts
from xinfu.client.transport import Transport, transport
from xinfu.client.vault import Vault


class Node(Publications, Exchanges, Obligations, Explanations):
    """A node, accessed by its native API.

    Attributes:
        answers: stored answers, which decide without a person. participants: the address book.
        contract_templates: the library of contract templates.
        keys: its signing keys. credentials: those about itself, and those that it issues.
        secrets: keys and passwords of its sources.
        grades: the grades of its assets.
        vault: the data in its vault.
        contexts: the participant contexts that it hosts.
    """

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport)
        self.answers = Answers(transport)
        self.participants = Participants(transport)
        self.contract_templates = ContractTemplates(transport)
        self.keys = Keys(transport)
        self.credentials = Credentials(transport)
        self.secrets = Secrets(transport)
        self.grades = Grades(transport)
        self.contexts = Contexts(transport)
        self.vault = Vault(transport)

    @property
    def url(self) -> str:
        """The URL of the management listener."""
        return self._transport.url

    async def about(self) -> NodeView:
        """Version and participants of the node."""
        return await self._transport.get("/node", NodeView)

    def events(
        self,
        *,
        since: int | None = None,
        kinds: Iterable[str] = (),
        process: str | None = None,
        follow: bool = True,
    ) -> AsyncIterator[Event]:
        """Yield events as they happen: entries of the evidence log in the order of their index.

        A connection that breaks off is reopened; no event is missed or repeated.

        Args:
            since: index of the first event; by default the first new one.
            kinds: select events of these kinds.
            process: select events of this negotiation or transfer.
            follow: continue without end; otherwise stop after the existing events.

        Raises:
            InputError: `query.kind`, `query.since`. ConflictError: `events.too-many`.
            PeerError: `node.unreachable`, unless `follow` is set.
        """
        return events(self._transport, since=since, kinds=kinds, process=process, follow=follow)

    async def entries(
        self,
        *,
        process: str | None = None,
        kind: str | None = None,
        contract: str | None = None,
        strategy: str | None = None,
        agreement: str | None = None,
        dataset: str | None = None,
        peer: str | None = None,
        outcome: str | None = None,
        since: datetime | str | None = None,
        until: datetime | str | None = None,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> list[EntryView]:
        """Return the entries of the evidence log that fit all conditions, in the order of their times.

        Args:
            contract: a digital contract: its number, or its id at this node.
            strategy: the id of a contract's strategy.
            agreement: an agreement: its id at this node, or the one on the wire.
            peer: the other side: a DID, or an alias of the address book.
            outcome: "completed", or another outcome of a use; or the code of a refusal.
            since: the first moment, aware; `until`: the first moment that is too late.
            limit: the most that are returned.

        Raises:
            InputError: `query.since`, `query.until`: not a moment, or without an offset; `participant.no-alias`.
        """
        query = {
            "process": process,
            "kind": kind,
            "contract": contract,
            "strategy": strategy,
            "agreement": agreement,
            "dataset": dataset,
            "peer": peer,
            "outcome": outcome,
            "since": since.isoformat() if isinstance(since, datetime) else since,
            "until": until.isoformat() if isinstance(until, datetime) else until,
            "order": "newest" if newest_first else None,
        }
        return await entries(self._transport, query, limit=limit)

    async def receipts(self, process: str) -> list[dict[str, Any]]:
        """Return the receipts of a negotiation or transfer, each a JSON document that `xinfu verify` checks."""
        return await receipts(self._transport, process)

    async def doctor(self) -> Examination:
        """Check the deployment: what a partner would see, what is open, what is misconfigured."""
        return await self._transport.get("/doctor", Examination)

    async def checkpoint(self) -> str:
        """Return the newest signed checkpoint of the evidence log.

        Raises:
            NotFoundError: `evidence.empty`.
        """
        return (await self._transport.raw("GET", "/evidence/checkpoint")).decode()


@asynccontextmanager
async def connect(
    url: str, api_key: str, *, context: str | None = None, traceparent: str | None = None
) -> AsyncIterator[Node]:
    """Connect to a node for the duration of the block.

    Args:
        url: of its management listener.
        api_key: from `api.key` beside its node.toml.
        context: id of the participant context of all calls; by default the node's first.
        traceparent: the trace (W3C Trace Context) of all calls; by default each call begins its own.

    Raises:
        InputError: `client.url`, `client.key`. The node is not contacted before the first call.
    """
    async with transport(url, api_key, context, traceparent) as session:
        yield Node(session)
