"""Small files of rows that swell when they are read, at a running node: refused in bounded memory, and the node goes on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pyarrow as pa
import pyarrow.parquet
import pytest
import pytest_asyncio
from tests.nodes import IdentityTable, Site, rule, site

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1024 * 1024
GROWTH = 700 * MIB
"""More than a reading needs, and less than one that spreads such a file out."""
ONLY_CITY = rule("dataField", "eq", "city")


class Two:
    """A provider and a consumer."""

    def __init__(self, provider: Site, consumer: Site) -> None:
        self.provider = provider
        self.consumer = consumer

    async def published(self, path: Path, policy: dict[str, Any]) -> tuple[int, str]:
        asset = {"id": path.name, "source": {"kind": "file", "path": str(path)}, "grade": 1}
        said = await self.provider.api("POST", "/publications", {"asset": asset, "policy": policy})
        return said.status, said.code if said.status >= 300 else ""

    async def read(self, dataset: str) -> tuple[int, str]:
        """The status and the code of a whole reading, through the consumer's node."""
        wanted = {"participant": "provider", "at": self.provider.base, "dataset": dataset}
        opened = await self.consumer.post("/negotiations", wanted)
        await self.consumer.reaches("negotiations", opened["id"], "FINALIZED")
        agreement = (await self.consumer.get("/agreements", negotiation=opened["id"]))["items"][0]
        moving = await self.consumer.post("/transfers", {"agreement": agreement["id"]})
        await self.consumer.reaches("transfers", moving["id"], "STARTED")
        said = await self.consumer.api("GET", f"/transfers/{moving['id']}/content")
        return said.status, said.code if said.status >= 300 else ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Two]:
    folder, static = tmp_path_factory.mktemp("swelling"), IdentityTable(kind="insecure-static")
    async with (
        aiohttp.ClientSession() as session,
        site(folder / "provider", session, identity=static) as provider,
        site(folder / "consumer", session, identity=static) as consumer,
    ):
        yield Two(provider, consumer)


def forget_peak() -> int:
    """Begin to measure anew; gives what the process has now, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024


async def test_a_value_that_is_repeated_without_measure_is_not_spread_out(two: Two) -> None:
    """The rows are read whole, for the policy lets another column leave."""
    path = two.provider.folder / "repeated.parquet"
    values = pa.DictionaryArray.from_arrays(pa.array([0] * 1500, pa.int32()), pa.array(["x" * MIB]))
    table = pa.table({"city": pa.array(["changsha"] * 1500), "note": values})
    pyarrow.parquet.write_table(
        table, path, compression="zstd", dictionary_pagesize_limit=2 * MIB, store_schema=False
    )
    assert path.stat().st_size < MIB
    before = forget_peak()
    assert await two.published(path, ONLY_CITY) == (201, "")
    assert await two.read(path.name) == (200, "")
    assert peak() - before < GROWTH


async def test_one_value_larger_than_what_may_be_unpacked_is_refused(two: Two) -> None:
    path = two.provider.folder / "large.parquet"
    pyarrow.parquet.write_table(pa.table({"city": ["x" * (300 * MIB)]}), path, compression="zstd")
    assert path.stat().st_size < MIB
    before = forget_peak()
    assert await two.published(path, ONLY_CITY) == (201, "")
    assert await two.read(path.name) == (403, "transform.unreadable")
    assert peak() - before < 200 * MIB


async def test_a_head_of_150_000_columns_is_refused(two: Two) -> None:
    path = two.provider.folder / "wide.csv"
    path.write_text(",".join(["city", *(f"c{n}" for n in range(150_000))]) + "\n")
    assert await two.published(path, ONLY_CITY) == (201, "")
    assert await two.read(path.name) == (403, "transform.unreadable")


async def test_a_field_of_200_mib_is_refused_in_bounded_memory(two: Two) -> None:
    path = two.provider.folder / "long.csv"
    with path.open("wb") as file:
        file.write(b"city,level\n")
        file.truncate(200 * MIB)  # takes no room on the disk
    before = forget_peak()
    assert await two.published(path, ONLY_CITY) == (201, "")
    assert await two.read(path.name) == (403, "transform.unreadable")
    assert peak() - before < 150 * MIB


async def test_the_node_goes_on(two: Two) -> None:
    path = two.provider.folder / "good.csv"
    path.write_bytes(b"city,level\r\nchangsha,3\r\n")
    assert await two.published(path, ONLY_CITY) == (201, "")
    assert await two.read(path.name) == (200, "")
