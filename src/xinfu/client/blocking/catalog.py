"""The catalog of another participant, and its datasets as handles, blocking."""

from collections.abc import Iterator, Mapping
from typing import Any

from xinfu.client import catalog as catalogs
from xinfu.client.blocking.loop import Loop
from xinfu.client.blocking.negotiation import Negotiation
from xinfu.client.views import CatalogView, DatasetView, TermsView


class Dataset:
    """See `xinfu.client.Dataset`."""

    def __init__(self, loop: Loop, inner: catalogs.Dataset) -> None:
        self._loop = loop
        self._inner = inner

    @property
    def view(self) -> DatasetView:
        """What the catalog says of it."""
        return self._inner.view

    @property
    def id(self) -> str:
        """The provider's id of it."""
        return self._inner.id

    @property
    def offers(self) -> list[TermsView]:
        """The terms under which it can be had."""
        return self._inner.offers

    def title(self, language: str) -> str:
        """Its title in "zh" or "en"."""
        return self._inner.title(language)

    def negotiate(
        self,
        *,
        purpose: str | None = None,
        offer: str | None = None,
        policy: dict[str, Any] | None = None,
        declared: Mapping[str, str] | None = None,
        vault: bool = False,
        anyway: bool = False,
    ) -> Negotiation:
        """Ask for it, under the offer that this catalog shows."""
        work = self._inner.negotiate(
            purpose=purpose, offer=offer, policy=policy, declared=declared, vault=vault, anyway=anyway
        )
        return Negotiation(self._loop, self._loop.wait(work))


class Catalog:
    """See `xinfu.client.Catalog`."""

    def __init__(self, loop: Loop, inner: catalogs.Catalog) -> None:
        self._loop = loop
        self._inner = inner
        self.participant = inner.participant
        self.more = inner.more
        self.next = inner.next
        self.datasets = [Dataset(loop, each) for each in inner.datasets]

    @property
    def view(self) -> CatalogView:
        """As it was when asked for."""
        return self._inner.view

    def __iter__(self) -> Iterator[Dataset]:
        return iter(self.datasets)

    def __len__(self) -> int:
        return len(self.datasets)

    def dataset(self, id_: str) -> Dataset:
        """The dataset of this id."""
        return Dataset(self._loop, self._inner.dataset(id_))
