"""One node, blocking."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from xinfu.client import node as nodes
from xinfu.client.blocking.agreement import Agreement
from xinfu.client.blocking.catalog import Catalog, Dataset
from xinfu.client.blocking.contexts import Contexts
from xinfu.client.blocking.contract import Contract
from xinfu.client.blocking.duty import Duty
from xinfu.client.blocking.grades import Grades
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.negotiation import Negotiation
from xinfu.client.blocking.settings import Answers, Credentials, Keys, Participants, Secrets
from xinfu.client.blocking.templates import ContractTemplates
from xinfu.client.blocking.transfer import Transfer
from xinfu.client.blocking.vault import Vault
from xinfu.client.events import Event
from xinfu.client.views import (
    AssetView,
    ContractDefinitionView,
    DryRun,
    EntryView,
    Examination,
    ExplanationView,
    NodeView,
    PaymentView,
    PublicationAnswer,
    Published,
)


class Node:
    """See `xinfu.client.Node`."""

    def __init__(self, loop: Loop, inner: nodes.Node) -> None:
        self._loop = loop
        self._inner = inner
        self.answers = Answers(loop, inner.answers)
        self.participants = Participants(loop, inner.participants)
        self.contract_templates = ContractTemplates(loop, inner.contract_templates)
        self.keys = Keys(loop, inner.keys)
        self.credentials = Credentials(loop, inner.credentials)
        self.secrets = Secrets(loop, inner.secrets)
        self.grades = Grades(loop, inner.grades)
        self.contexts = Contexts(loop, inner.contexts)
        self.vault = Vault(loop, inner.vault)

    @property
    def url(self) -> str:
        """Its management listener."""
        return self._inner.url

    def about(self) -> NodeView:
        """Version and participants of the node."""
        return self._loop.wait(self._inner.about())

    def publish(
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
        """Publish a source as a dataset, in one act."""
        return self._loop.wait(
            self._inner.publish(
                source,
                id=id,
                grade=grade,
                policy=policy,
                access=access,
                title=title,
                description=description,
                keywords=keywords,
                media_type=media_type,
                generated=generated,
                derived_from=derived_from,
                kind=kind,
                replace=replace,
                reason=reason,
                past=past,
            )
        )

    def define(
        self, id_: str, datasets: Sequence[str], *, policy: dict[str, Any], access: dict[str, Any]
    ) -> ContractDefinitionView:
        """Offer published datasets to others too, or under other terms."""
        return self._loop.wait(self._inner.define(id_, datasets, policy=policy, access=access))

    def publish_all(self, publications: Iterable[Mapping[str, Any]]) -> Iterator[PublicationAnswer]:
        """Publish very many assets, each for itself; gives what came of each."""
        return self._loop.each(self._inner.publish_all(publications))

    def assets(self) -> Iterator[AssetView]:
        """What the node holds."""
        return self._loop.each(self._inner.assets())

    def withdraw(self, id_: str) -> None:
        """Take an asset out of the catalog and forget it."""
        self._loop.wait(self._inner.withdraw(id_))

    def catalog(
        self,
        participant: str,
        *,
        at: str | None = None,
        dataset: str | None = None,
        after: str | None = None,
        limit: int = 1000,
    ) -> Catalog:
        """What a participant offers us."""
        work = self._inner.catalog(participant, at=at, dataset=dataset, after=after, limit=limit)
        return Catalog(self._loop, self._loop.wait(work))

    def datasets(self, participant: str, *, at: str | None = None) -> Iterator[Dataset]:
        """Every dataset that a participant offers us, fetched page by page as they are asked for."""
        found = self._inner.datasets(participant, at=at)
        return (Dataset(self._loop, each) for each in self._loop.each(found))

    def offer(self, participant: str, dataset: str, *, offer: str | None = None) -> Negotiation:
        """As provider: open a negotiation with an offer of ours."""
        return Negotiation(self._loop, self._loop.wait(self._inner.offer(participant, dataset, offer=offer)))

    def negotiation(self, id_: str) -> Negotiation:
        """One negotiation."""
        return Negotiation(self._loop, self._loop.wait(self._inner.negotiation(id_)))

    def negotiations(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        stuck: bool = False,
    ) -> Iterator[Negotiation]:
        """Negotiations, oldest first."""
        found = self._inner.negotiations(state=state, role=role, peer=peer, dataset=dataset, stuck=stuck)
        return (Negotiation(self._loop, each) for each in self._loop.each(found))

    def agreement(self, id_: str) -> Agreement:
        """One agreement, by our id."""
        return Agreement(self._loop, self._loop.wait(self._inner.agreement(id_)))

    def explain(
        self,
        participant: str,
        dataset: str,
        *,
        action: str = "use",
        purpose: str | None = None,
        at: datetime | str | None = None,
    ) -> ExplanationView:
        """May a participant do something with a dataset of ours, and why."""
        asked = self._inner.explain(participant, dataset, action=action, purpose=purpose, at=at)
        return self._loop.wait(asked)

    def may_we(
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
        """May we do something with a dataset of others, and why, as far as our node knows."""
        asked = self._inner.may_we(
            dataset,
            agreement=agreement,
            provider=provider,
            action=action,
            purpose=purpose,
            vault=vault,
            at=at,
        )
        return self._loop.wait(asked)

    def dry_run(
        self,
        policy: dict[str, Any],
        *,
        dataset: str | None = None,
        action: str = "use",
        purpose: str | None = None,
    ) -> DryRun:
        """Which of the participants that the node knows could agree to terms and then use a dataset."""
        return self._loop.wait(self._inner.dry_run(policy, dataset=dataset, action=action, purpose=purpose))

    def contract(self, id_: str, *, wait_s: int = 0) -> Contract:
        """One digital contract, by our id or by its number; `wait_s`: until the other party has told us of it."""
        return Contract(self._loop, self._loop.wait(self._inner.contract(id_, wait_s=wait_s)))

    def contracts(
        self,
        *,
        status: str | None = None,
        agreement: str | None = None,
        side: str | None = None,
        amends: str | None = None,
    ) -> Iterator[Contract]:
        """Digital contracts, oldest first, those that match all that is given."""
        found = self._inner.contracts(status=status, agreement=agreement, side=side, amends=amends)
        return (Contract(self._loop, each) for each in self._loop.each(found))

    def agreements(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        wire_id: str | None = None,
    ) -> Iterator[Agreement]:
        """Agreements, oldest first."""
        found = self._inner.agreements(state=state, role=role, peer=peer, dataset=dataset, wire_id=wire_id)
        return (Agreement(self._loop, each) for each in self._loop.each(found))

    def duty(self, id_: str) -> Duty:
        """One duty."""
        return Duty(self._loop, self._loop.wait(self._inner.duty(id_)))

    def duties(
        self,
        *,
        state: str | None = None,
        agreement: str | None = None,
        peer: str | None = None,
        action: str | None = None,
        transfer: str | None = None,
    ) -> Iterator[Duty]:
        """Duties, oldest first."""
        found = self._inner.duties(
            state=state, agreement=agreement, peer=peer, action=action, transfer=transfer
        )
        return (Duty(self._loop, each) for each in self._loop.each(found))

    def payments(self, *, agreement: str | None = None, peer: str | None = None) -> Iterator[PaymentView]:
        """Payments under agreements, oldest first."""
        return self._loop.each(self._inner.payments(agreement=agreement, peer=peer))

    def transfer(self, id_: str) -> Transfer:
        """One transfer."""
        return Transfer(self._loop, self._loop.wait(self._inner.transfer(id_)))

    def transfers(
        self,
        *,
        state: str | None = None,
        role: str | None = None,
        peer: str | None = None,
        dataset: str | None = None,
        agreement: str | None = None,
        stuck: bool = False,
    ) -> Iterator[Transfer]:
        """Transfers, oldest first."""
        found = self._inner.transfers(
            state=state, role=role, peer=peer, dataset=dataset, agreement=agreement, stuck=stuck
        )
        return (Transfer(self._loop, each) for each in self._loop.each(found))

    def doctor(self) -> Examination:
        """Look the deployment over."""
        return self._loop.wait(self._inner.doctor())

    def events(
        self,
        *,
        since: int | None = None,
        kinds: Iterable[str] = (),
        process: str | None = None,
        follow: bool = True,
    ) -> Iterator[Event]:
        """What happens, as it happens; waits for the next one when it is asked for."""
        found = self._inner.events(since=since, kinds=kinds, process=process, follow=follow)
        return self._loop.each(found)

    def entries(self, *, process: str | None = None, kind: str | None = None) -> list[EntryView]:
        """Entries of the evidence log, in order."""
        return self._loop.wait(self._inner.entries(process=process, kind=kind))

    def receipts(self, process: str) -> list[dict[str, Any]]:
        """The receipts of a negotiation or transfer."""
        return self._loop.wait(self._inner.receipts(process))

    def checkpoint(self) -> str:
        """The newest signed checkpoint of the evidence log."""
        return self._loop.wait(self._inner.checkpoint())


@contextmanager
def connect(
    url: str, api_key: str, *, context: str | None = None, traceparent: str | None = None
) -> Iterator[Node]:
    """A node, for as long as the block lasts; see `xinfu.client.connect`."""
    loop = Loop()
    try:
        connection = nodes.connect(url, api_key, context=context, traceparent=traceparent)
        inner = loop.wait(_entered(connection))
        try:
            yield Node(loop, inner)
        finally:
            loop.wait(_left(connection))
    finally:
        loop.close()


async def _entered(connection: AbstractAsyncContextManager[nodes.Node]) -> nodes.Node:
    return await connection.__aenter__()


async def _left(connection: AbstractAsyncContextManager[nodes.Node]) -> None:
    await connection.__aexit__(None, None, None)
