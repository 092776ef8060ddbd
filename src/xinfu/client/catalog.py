"""The catalog of another participant, and handles of its datasets for negotiation."""

from collections.abc import Iterator, Mapping
from typing import Any

from xinfu.api import CatalogView, DatasetView, NegotiationView, TermsView
from xinfu.client import errors
from xinfu.client.negotiation import Negotiation
from xinfu.client.transport import Transport
from xinfu.errors import NotFoundError


class Dataset:
    """A dataset that a participant offers us."""

    def __init__(self, transport: Transport, view: DatasetView, participant: str, at: str | None) -> None:
        self._transport = transport
        self._at = at
        self.view = view
        self.participant = participant

    @property
    def id(self) -> str:
        """The provider's id of the dataset."""
        return self.view.id

    @property
    def offers(self) -> list[TermsView]:
        """The terms under which the dataset is offered; the first are the default."""
        return self.view.offers

    def title(self, language: str) -> str:
        """Return the title in "zh" or "en"; failing that, in any other language, or the id."""
        titles = self.view.title
        return titles.get(language) or next(iter(titles.values()), "") or self.id

    async def negotiate(
        self,
        *,
        purpose: str | None = None,
        offer: str | None = None,
        policy: dict[str, Any] | None = None,
        declared: Mapping[str, str] | None = None,
        vault: bool = False,
        anyway: bool = False,
    ) -> Negotiation:
        """Request the dataset under the offer that this catalog shows.

        Args:
            purpose: what the data will be used for; declared, signed and recorded.
            offer: id of one of its offers; by default the first.
            policy: terms that differ from the offer, as a counter-offer from the start.
            declared: further declarations for the transfer (see `Agreement.transfer`).
            vault: the data will land in the node's vault.
            anyway: request it without a declaration that the offer needs; such an agreement allows no use.

        Raises:
            RefusedError: `offer.declaration`: the offer needs a purpose, or another declaration, that is not given.
            ConflictError: `offer.changed`: the provider's offer is not the one that this catalog shows any more.
            NotFoundError: `offer.not-found`. PeerError: the participant is away.
        """
        shown = next((each for each in self.offers if offer in {None, each.id}), None)
        body = {
            "participant": self.participant,
            "dataset": self.id,
            "at": self._at,
            "offer": offer if shown is None else shown.id,
            "shown": None if shown is None else shown.policy.odrl,
            "policy": policy,
            "purpose": purpose,
            "declared": dict(declared or {}),
            "vault": vault,
            "anyway": anyway,
        }
        return Negotiation(
            self._transport, await self._transport.post("/negotiations", NegotiationView, body)
        )


class Catalog:
    """The offers of a participant to us, when last requested. `more`: further datasets follow behind `next`."""

    def __init__(self, transport: Transport, view: CatalogView, at: str | None) -> None:
        self.view = view
        self.participant: str = view.participant
        self.more: bool = view.more
        self.next: str | None = view.next
        self.datasets: list[Dataset] = [
            Dataset(transport, each, view.participant, at) for each in view.datasets
        ]

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def dataset(self, id_: str) -> Dataset:
        """Return the dataset with this id.

        Raises:
            NotFoundError: `dataset.not-found`.
        """
        for each in self.datasets:
            if each.id == id_:
                return each
        raise not_offered(id_, self.participant)


def not_offered(dataset: str, participant: str) -> NotFoundError:
    """Return the error for a dataset that is not in the catalog shown to us."""
    return errors.DATASET_NOT_FOUND(participant=participant, dataset=dataset)
