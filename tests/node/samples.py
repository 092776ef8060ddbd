"""Reading what `/metrics` shows."""

import asyncio
from collections.abc import Mapping
from typing import Final

import msgspec
from prometheus_client.parser import text_string_to_metric_families
from tests.nodes import Site

Key = tuple[str, frozenset[tuple[str, str]]]

KEYED: Final = "X-Api-Key"


class Samples(msgspec.Struct, frozen=True):
    """All samples of one scrape."""

    values: Mapping[Key, float]

    def of(self, name: str, **labels: str) -> float:
        """The sum of the samples with this name whose labels are at least these."""
        wanted = set(labels.items())
        return sum(value for (each, has), value in self.values.items() if each == name and wanted <= has)

    def labels(self, name: str) -> set[str]:
        """All values of the label `name`."""
        return {value for _, has in self.values for key, value in has if key == name}


def parsed(text: str) -> Samples:
    """A scrape in the text format."""
    return Samples(
        {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }
    )


async def scraped(site: Site) -> Samples:
    """What the node's metrics show now."""
    said = await site.send("GET", f"{site.urls['management']}/metrics", headers={KEYED: site.api_key})
    assert said.status == 200, said
    return parsed(said.body.decode())


async def counted(site: Site, name: str, value: float, **labels: str) -> None:
    """Wait until a metric shows `value`: an answer is out a moment before it is counted."""
    async with asyncio.timeout(60):
        while (await scraped(site)).of(name, **labels) != value:
            await asyncio.sleep(0.02)
