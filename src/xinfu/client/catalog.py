"""The catalog of another participant, and its datasets as handles that can be negotiated for."""

from collections.abc import Iterator
from typing import Any

from xinfu.client.negotiation import Negotiation
from xinfu.client.transport import Transport
from xinfu.client.views import CatalogView, DatasetView, NegotiationView, TermsView
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
        """The provider's id of it."""
        return self.view.id

    @property
    def offers(self) -> list[TermsView]:
        """The terms under which it can be had, the first by default."""
        return self.view.offers

    def title(self, language: str) -> str:
        """Its title in "zh" or "en"; in any other language, or its id, where there is none."""
        titles = self.view.title
        return titles.get(language) or next(iter(titles.values()), "") or self.id

    async def negotiate(
        self, *, purpose: str | None = None, offer: str | None = None, policy: dict[str, Any] | None = None
    ) -> Negotiation:
        """Ask for it.

        Args:
            purpose: what the data will be used for; declared, signed and recorded.
            offer: id of one of its offers; without it the first.
            policy: other terms than the offer's: a counter-offer from the start.

        Raises:
            NotFoundError: `offer.not-found`. PeerError: the participant is away.
        """
        body = {
            "participant": self.participant,
            "dataset": self.id,
            "at": self._at,
            "offer": offer,
            "policy": policy,
            "purpose": purpose,
        }
        return Negotiation(
            self._transport, await self._transport.post("/negotiations", NegotiationView, body)
        )


class Catalog:
    """What a participant offers us, as it was when asked for. `more`: it offers further datasets, behind `next`."""

    def __init__(self, transport: Transport, view: CatalogView, at: str | None) -> None:
        self.view = view
        self.participant = view.participant
        self.more = view.more
        self.next = view.next
        self.datasets = [Dataset(transport, each, view.participant, at) for each in view.datasets]

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def dataset(self, id_: str) -> Dataset:
        """The dataset of this id.

        Raises:
            NotFoundError: `dataset.not-found`.
        """
        for each in self.datasets:
            if each.id == id_:
                return each
        raise not_offered(id_, self.participant)


def not_offered(dataset: str, participant: str) -> NotFoundError:
    """The catalog that we were shown does not hold it."""
    return NotFoundError(
        "dataset.not-found",
        f"{participant} offers us no dataset {dataset!r}.",
        f"{participant} 没有向我方提供数据产品 {dataset!r}。",
        help_en="`xinfu catalog` lists what it offers; its access policy may not let us see this one.",
        help_zh="可用 `xinfu catalog` 查看；其访问策略可能不允许我方看到该数据产品。",
        facts={"participant": participant, "dataset": dataset},
    )
