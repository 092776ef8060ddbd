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

import asyncio
import mimetypes
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from xinfu.api import (
    AgreementView,
    AssetView,
    CatalogView,
    ContractDefinitionView,
    ContractView,
    DryRun,
    DutyView,
    EntryView,
    Examination,
    ExplanationView,
    NegotiationView,
    NodeView,
    PaymentView,
    PolicyDefinitionView,
    PublicationAnswer,
    PublicationAnswers,
    Published,
    TransferView,
)
from xinfu.client.agreement import Agreement
from xinfu.client.catalog import Catalog, Dataset, not_offered
from xinfu.client.contexts import Contexts
from xinfu.client.contract import ANY_STATUS, Contract
from xinfu.client.duty import Duty
from xinfu.client.events import Event, events
from xinfu.client.grades import Grades
from xinfu.client.negotiation import Negotiation
from xinfu.client.settings import Answers, Credentials, Keys, Participants, Secrets
from xinfu.client.templates import ContractTemplates
from xinfu.client.timeline import entries, receipts
from xinfu.client.transfer import Transfer
from xinfu.client.transport import Transport, transport
from xinfu.client.vault import Vault
from xinfu.errors import NotFoundError

UNKNOWN_MEDIA = "application/octet-stream"
_TOGETHER = 500
"""Publications in one call."""


class Node:
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
        self._transport = transport
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

    async def publish(
        self,
        source: str | Path | Mapping[str, Any],
        *,
        id: str,  # noqa: A002 - the API's name
        grade: int | None = None,
        policy: dict[str, Any] | None = None,
        access: dict[str, Any] | None = None,
        title: dict[str, str] | None = None,
        description: dict[str, str] | None = None,
        keywords: Sequence[str] = (),
        media_type: str | None = None,
        generated: bool = False,
        derived_from: Sequence[str] = (),
        kind: Literal["file", "folder"] | None = None,
        replace: bool = False,
        reason: str | None = None,
        past: bool = False,
    ) -> Published:
        """Publish a source as a dataset, in one call.

        Publishing the same source again measures it anew. Any other change under an existing id needs `replace`;
        agreements keep their terms.

        Args:
            source: a file or folder of the node's machine; or a source as the API takes it, such as of `in_bucket`.
            grade: of the data (分类分级), 1 to 5; by default the grade stated before, or that of the context.
            policy: its terms (`xinfu.client.policy` writes the usual ones); by default those of its grade.
            access: who sees the offer; by default every authenticated participant.
            title, description: by language, "zh" and "en".
            media_type: guessed from the name when None.
            derived_from: agreements under which we received the data that it is derived from; each has to permit the
                offer by its permission to `derive`.
            kind: by default determined from the local path.
            replace: replace the asset published under this id.
            reason: the reason for the log; required for a lower grade, wider terms or a wider audience.
            past: accept rules whose time is over.

        Raises:
            RefusedError: `source.not-allowed`, `derived.not-permitted`. InputError: `source.*`, `address.refused`,
                `policy.*`, `grade.*`, `publication.reason`. ConflictError: `publication.exists`.
        """
        stated = source if isinstance(source, Mapping) else await asyncio.to_thread(_place, source, kind)
        asset = {
            "id": id,
            "source": stated,
            "grade": grade,
            "title": title or {},
            "description": description or {},
            "keywords": list(keywords),
            "media_type": media_type or _media_type(stated),
            "generated": generated,
            "derived_from": list(derived_from),
        }
        body = {
            "asset": asset,
            "policy": policy,
            "access": access,
            "replace": replace,
            "reason": reason,
            "past": past,
        }
        return await self._transport.post("/publications", Published, body)

    async def define(
        self,
        id_: str,
        datasets: Sequence[str],
        *,
        policy: dict[str, Any],
        access: dict[str, Any],
    ) -> ContractDefinitionView:
        """Offer published datasets to further participants or under other terms, by another contract definition.

        Args:
            policy: its terms. access: who sees this offer.

        Raises:
            ConflictError: `policy.exists`, `definition.exists`. InputError: `policy.*`. NotFoundError: `asset.not-found`.
            RefusedError: `derived.not-permitted`.
        """
        named = {"access_policy": f"{id_} seen by", "contract_policy": id_}
        for key, terms in (("access_policy", access), ("contract_policy", policy)):
            await self._transport.post("/policies", PolicyDefinitionView, {"id": named[key], "policy": terms})
        body = {"id": id_, "assets": list(datasets), **named}
        return await self._transport.post("/contract-definitions", ContractDefinitionView, body)

    async def publish_all(
        self, publications: Iterable[Mapping[str, Any]]
    ) -> AsyncIterator[PublicationAnswer]:
        """Publish many assets, each independent of the others, a few hundred in a call.

        Args:
            publications: bodies of `POST /publications`: `asset` with its `grade`, `policy` if it differs from that of
                the grade, and `access` if not everyone may see it.

        Returns:
            The result of each, in order; a refused publication does not affect the others.
        """
        rest = iter(publications)
        while some := list(islice(rest, _TOGETHER)):
            body = {"publications": some}
            answers = await self._transport.post("/publications/batch", PublicationAnswers, body)
            for each in answers.items:
                yield each

    def assets(self) -> AsyncIterator[AssetView]:
        """Yield the assets of the node."""
        return self._transport.pages("/assets", AssetView)

    async def withdraw(self, id_: str) -> None:
        """Remove an asset from the catalog and delete its record.

        Raises:
            NotFoundError: `asset.not-found`. ConflictError: `asset.in-use`: live agreements stand on it.
        """
        await self._transport.delete(f"/assets/{quote(id_, safe='')}")

    async def catalog(
        self,
        participant: str,
        *,
        at: str | None = None,
        dataset: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> Catalog:
        """Return the catalog of a participant, as offered to us.

        Args:
            participant: a DID, or an alias of the address book.
            at: address to ask, instead of the one in its DID document.
            dataset: return only this dataset.
            after: `next` of the previous catalog, to get its next page.

        Raises:
            NotFoundError: `participant.unknown`, `dataset.not-found`. PeerError: the participant is unreachable.
        """
        query = {
            "participant": participant,
            "at": at,
            "dataset": dataset,
            "after": after,
            "limit": str(limit),
        }
        try:
            view = await self._transport.get("/catalog", CatalogView, query)
        except NotFoundError as error:
            if dataset is None or error.code == "participant.unknown":
                raise
            raise not_offered(dataset, participant) from error
        return Catalog(self._transport, view, at)

    async def datasets(self, participant: str, *, at: str | None = None) -> AsyncIterator[Dataset]:
        """Yield every dataset that a participant offers us; pages are fetched on demand.

        Raises:
            As `catalog`.
        """
        after: str | None = None
        while True:
            page = await self.catalog(participant, at=at, after=after, limit=500)
            for each in page:
                yield each
            if page.next is None:
                return
            after = page.next

    async def offer(self, participant: str, dataset: str, *, offer: str | None = None) -> Negotiation:
        """Open a negotiation by sending our offer to a participant, as provider."""
        body = {"participant": participant, "dataset": dataset, "offer": offer, "role": "provider"}
        view = await self._transport.post("/negotiations", NegotiationView, body)
        return Negotiation(self._transport, view)

    async def negotiation(self, id_: str) -> Negotiation:
        """Return a negotiation by our id.

        Raises:
            NotFoundError: `negotiation.not-found`.
        """
        view = await self._transport.get(f"/negotiations/{quote(id_, safe='')}", NegotiationView)
        return Negotiation(self._transport, view)

    async def negotiations(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        stuck: bool = False,
    ) -> AsyncIterator[Negotiation]:
        """Yield the matching negotiations, oldest first; `stuck` selects those that need help to continue."""
        query = {"state": state, "role": role, "peer": peer, "dataset": dataset, "stuck": _flag(stuck)}
        async for view in self._transport.pages("/negotiations", NegotiationView, query):
            yield Negotiation(self._transport, view)

    async def agreement(self, id_: str) -> Agreement:
        """Return an agreement by our id.

        Raises:
            NotFoundError: `agreement.not-found`.
        """
        view = await self._transport.get(f"/agreements/{quote(id_, safe='')}", AgreementView)
        return Agreement(self._transport, view)

    async def contract(self, id_: str, *, wait_s: int = 0) -> Contract:
        """Return a digital contract by our id or its number, or a draft by the id of its agreement.

        Args:
            wait_s: seconds to wait until the other party has sent it to us; at most 25.

        Raises:
            NotFoundError: `contract.not-found`.
        """
        query = {"until": ANY_STATUS, "wait": str(wait_s)} if wait_s else None
        view = await self._transport.get(f"/contracts/{quote(id_, safe='')}", ContractView, query)
        return Contract(self._transport, view)

    async def contracts(
        self,
        *,
        status: str | None = None,
        agreement: str | None = None,
        side: str | None = None,
        amends: str | None = None,
    ) -> AsyncIterator[Contract]:
        """Yield the matching digital contracts, oldest first.

        Args:
            agreement: a wire id.
            amends: the number of a contract, to select only its supplements.
        """
        query = {"status": status, "agreement": agreement, "side": side, "amends": amends}
        async for view in self._transport.pages("/contracts", ContractView, query):
            yield Contract(self._transport, view)

    async def agreements(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        wire_id: str | None = None,
    ) -> AsyncIterator[Agreement]:
        """Yield the matching agreements, oldest first."""
        query = {"state": state, "role": role, "peer": peer, "dataset": dataset, "wire_id": wire_id}
        async for view in self._transport.pages("/agreements", AgreementView, query):
            yield Agreement(self._transport, view)

    async def explain(
        self,
        participant: str,
        dataset: str,
        *,
        action: str = "use",
        purpose: str | None = None,
        at: datetime | str | None = None,
    ) -> ExplanationView:
        """Explain whether a participant may perform an action on our dataset, and why. Asking spends nothing.

        Args:
            participant: its DID.
            purpose: the purpose that it would declare; by default the agreed one.
            at: the time of use; by default now.

        Raises:
            InputError: `explain.moment`: a time without an offset.
        """
        query = {
            "participant": participant,
            "dataset": dataset,
            "action": action,
            "purpose": purpose,
            "at": at.isoformat() if isinstance(at, datetime) else at,
        }
        return await self._transport.get("/explanation", ExplanationView, query)

    async def may_we(
        self,
        dataset: str | None = None,
        *,
        agreement: str | None = None,
        provider: str | None = None,
        action: str = "use",
        purpose: str | None = None,
        vault: bool = False,
        at: datetime | str | None = None,
    ) -> ExplanationView:
        """Explain whether we may perform an action on another's dataset, as far as our node knows; no provider is asked.

        Args:
            dataset: the dataset, under any agreement that we have for it.
            agreement: our id of the agreement to consider.
            provider: DID of the provider whose agreements to consider.
            purpose: the purpose that we would declare; by default the agreed one.
            vault: whether the data would land in our vault.
            at: the time of use; by default now.

        Raises:
            InputError: `explain.missing`: neither a dataset nor an agreement. `explain.moment`: a time without an offset.
        """
        query = {
            "dataset": dataset,
            "agreement": agreement,
            "provider": provider,
            "action": action,
            "purpose": purpose,
            "vault": "true" if vault else None,
            "at": at.isoformat() if isinstance(at, datetime) else at,
        }
        return await self._transport.get("/explanation", ExplanationView, query)

    async def dry_run(
        self,
        policy: dict[str, Any],
        *,
        dataset: str | None = None,
        action: str = "use",
        purpose: str | None = None,
    ) -> DryRun:
        """Return which known participants could agree to terms and then use a dataset.

        Raises:
            InputError: `policy.*`: it could not be published.
        """
        body = {"policy": policy, "action": action, "purpose": purpose}
        return await self._transport.post(
            "/dry-run", DryRun, body | ({"dataset": dataset} if dataset else {})
        )

    async def duty(self, id_: str) -> Duty:
        """Return a duty by our id.

        Raises:
            NotFoundError: `duty.not-found`.
        """
        return Duty(self._transport, await self._transport.get(f"/duties/{quote(id_, safe='')}", DutyView))

    async def duties(
        self,
        *,
        state: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        action: str | None = None,
        transfer: str | None = None,
    ) -> AsyncIterator[Duty]:
        """Yield the matching duties, oldest first; `agreement` is our id."""
        query = {"state": state, "agreement": agreement, "peer": peer, "action": action, "transfer": transfer}
        async for view in self._transport.pages("/duties", DutyView, query):
            yield Duty(self._transport, view)

    async def payments(
        self, *, agreement: str | None = None, peer: str | None = None
    ) -> AsyncIterator[PaymentView]:
        """Yield the payments under agreements, oldest first; `agreement` is our id."""
        query = {"agreement": agreement, "peer": peer}
        async for view in self._transport.pages("/payments", PaymentView, query):
            yield view

    async def transfer(self, id_: str) -> Transfer:
        """Return a transfer by our id.

        Raises:
            NotFoundError: `transfer.not-found`.
        """
        view = await self._transport.get(f"/transfers/{quote(id_, safe='')}", TransferView)
        return Transfer(self._transport, view)

    async def transfers(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        agreement: str | None = None,
        stuck: bool = False,
    ) -> AsyncIterator[Transfer]:
        """Yield the matching transfers, oldest first; `agreement` is a wire id.

        Args:
            stuck: select transfers that need help to continue.
        """
        query = {
            "state": state,
            "role": role,
            "peer": peer,
            "dataset": dataset,
            "agreement": agreement,
            "stuck": _flag(stuck),
        }
        async for view in self._transport.pages("/transfers", TransferView, query):
            yield Transfer(self._transport, view)

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


def _flag(said: bool) -> str | None:
    return "true" if said else None


def _place(path: str | Path, kind: Literal["file", "folder"] | None) -> dict[str, Any]:
    here = Path(path).resolve()
    return {"kind": kind or ("folder" if here.is_dir() else "file"), "path": str(here)}


def _media_type(source: Mapping[str, Any]) -> str:
    """Return the media type that the name of a file or object suggests."""
    name = {"file": source.get("path"), "s3": source.get("key")}.get(str(source.get("kind")))
    return (mimetypes.guess_type(str(name), strict=False)[0] if name else None) or UNKNOWN_MEDIA
