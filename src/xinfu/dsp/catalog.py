"""Catalog, Dataset, Distribution and DataService, and the messages that ask for them.

Texts that people read (`title`, `description`) are keyed by language tag, "" where the source names none.
`extra` keeps the members of a dataset that have no field here, as they stood.
Follows: Dataspace Protocol 2025-1, Catalog Protocol; DCAT 3.
"""

from typing import Any, ClassVar

import msgspec

from xinfu.dsp.message import Message
from xinfu.odrl import Policy


class CatalogRequestMessage(Message, frozen=True, kw_only=True):
    """Asks for the catalog. What a filter may be is the server's affair; none means all (R-CAT-01)."""

    wire_type: ClassVar[str] = "CatalogRequestMessage"

    filter: tuple[Any, ...] = ()


class DatasetRequestMessage(Message, frozen=True, kw_only=True):
    """Asks for one dataset. Over HTTPS nobody sends it: the id stands in the path."""

    wire_type: ClassVar[str] = "DatasetRequestMessage"

    dataset: str


class DataService(msgspec.Struct, frozen=True, kw_only=True):
    """Where negotiations and transfers for a dataset are opened: a protocol base (R-CAT-08)."""

    id: str
    endpoint_url: str
    endpoint_description: str | None = None


class Distribution(msgspec.Struct, frozen=True, kw_only=True):
    """A way to get a dataset. `access_service` is a service or the id of one in the same catalog."""

    format: str
    access_service: DataService | str
    offers: tuple[Policy, ...] = ()
    title: dict[str, str] = msgspec.field(default_factory=dict)
    media_type: str | None = None
    size_bytes: int | None = None


class Dataset(Message, frozen=True, kw_only=True):
    """What others see of an asset, under which offers and in which forms."""

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
        """The offer of that id, here or at a distribution, with this dataset as its target (R-CAT-12)."""
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
        """The access service of `distribution`, also where it is named by id only (R-CAT-11)."""
        if isinstance(distribution.access_service, DataService):
            return distribution.access_service
        return next((each for each in self.services if each.id == distribution.access_service), None)


class CatalogError(Message, frozen=True, kw_only=True):
    """A catalog request failed."""

    wire_type: ClassVar[str] = "CatalogError"

    code: str | None = None
    reason: tuple[Any, ...] = ()
