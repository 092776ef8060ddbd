"""Catalog, Dataset, Distribution and DataService, and the messages that request them.

Texts for people (`title`, `description`) are keyed by language tag, "" if the source names no language.
`extra` keeps the members of a dataset that have no field here, unchanged.
Follows: Dataspace Protocol 2025-1, Catalog Protocol; DCAT 3.
"""

from typing import Any, ClassVar

import msgspec

from xinfu.dsp.message import Message
from xinfu.odrl import Policy


class CatalogRequestMessage(Message, frozen=True, kw_only=True):
    """A request for the catalog. The server defines the form of a filter; without one it returns all (R-CAT-01)."""

    wire_type: ClassVar[str] = "CatalogRequestMessage"

    filter: tuple[Any, ...] = ()


class DatasetRequestMessage(Message, frozen=True, kw_only=True):
    """A request for one dataset. It is not sent over HTTPS, where the id is in the path."""

    wire_type: ClassVar[str] = "DatasetRequestMessage"

    dataset: str


class DataService(msgspec.Struct, frozen=True, kw_only=True):
    """The protocol base at which negotiations and transfers for a dataset are opened (R-CAT-08)."""

    id: str
    endpoint_url: str
    endpoint_description: str | None = None


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A way to get a dataset. `access_service` is a service, or the id of a service in the same catalog."""

    format: str
    access_service: DataService | str
    offers: tuple[Policy, ...] = ()
    title: dict[str, str] = msgspec.field(default_factory=dict)
    media_type: str | None = None
    size_bytes: int | None = None


class Dataset(Message, frozen=True, kw_only=True):
    """A dataset: the public description of an asset, with its offers and the forms in which it is available."""

    wire_type: ClassVar[str] = "Dataset"

    offers: tuple[Policy, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)
    keywords: tuple[str, ...] = ()
    issued: str | None = None
    modified: str | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)

    def offer(self, offer_id: str) -> Policy | None:
        """The offer with this id, from the dataset or a distribution, with this dataset as its target (R-CAT-12)."""
        offers = (*self.offers, *(each for one in self.distributions for each in one.offers))
        found = next((each for each in offers if each.id == offer_id), None)
        return None if found is None else msgspec.structs.replace(found, target=self.id)


class Catalog(Message, frozen=True, kw_only=True):
    """A participant's datasets. Nested catalogs need no `participant_id` (R-CAT-03)."""

    wire_type: ClassVar[str] = "Catalog"

    participant_id: str | None = None
    datasets: tuple[Dataset, ...] = ()
    services: tuple[DataService, ...] = ()
    catalogs: tuple["Catalog", ...] = ()
    distributions: tuple[Distribution, ...] = ()
    title: dict[str, str] = msgspec.field(default_factory=dict)
    description: dict[str, str] = msgspec.field(default_factory=dict)

    def service_of(self, distribution: Distribution) -> DataService | None:
        """The access service of `distribution`, looked up if it is named by id only (R-CAT-11); None if unknown."""
        if isinstance(distribution.access_service, DataService):
            return distribution.access_service
        return next((each for each in self.services if each.id == distribution.access_service), None)


class CatalogError(Message, frozen=True, kw_only=True):
    """The answer to a catalog request that failed."""

    wire_type: ClassVar[str] = "CatalogError"

    code: str | None = None
    reason: tuple[Any, ...] = ()
