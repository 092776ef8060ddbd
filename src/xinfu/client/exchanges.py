"""Catalogs of other participants, and the negotiations, agreements and transfers with them."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from xinfu.api import (
    AgreementView,
    CatalogView,
    NegotiationView,
    TransferView,
)
from xinfu.client.agreement import Agreement
from xinfu.client.catalog import Catalog, Dataset, not_offered
from xinfu.client.handle import Handle
from xinfu.client.negotiation import Negotiation
from xinfu.client.transfer import Transfer
from xinfu.errors import NotFoundError


class Exchanges(Handle):
    """The calls of a node for its exchanges with other participants."""

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


def _flag(said: bool) -> str | None:
    return "true" if said else None
