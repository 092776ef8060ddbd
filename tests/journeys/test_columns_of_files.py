"""A rule that speaks of a column which a file does not have is refused when it is published, as for tables."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pyarrow as pa
import pyarrow.parquet
import pytest
import pytest_asyncio
from tests.nodes import OPEN, Said, Site, rule, site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    folder = tmp_path_factory.mktemp("columns") / "bureau"
    async with aiohttp.ClientSession() as session, site(folder, session) as made:
        yield made


def written(path: Path) -> Path:
    if path.suffix == ".csv":
        path.write_bytes(b"city,level\r\nchangsha,3\r\n")
    elif path.suffix == ".jsonl":
        path.write_bytes(b'{"city": "changsha"}\n{"level": 3}\n')
    else:
        pyarrow.parquet.write_table(pa.table({"city": ["changsha"], "level": [3]}), path)
    return path


def only(*names: str) -> dict[str, Any]:
    """A policy under which only these columns leave."""
    return rule("dataField", "isAnyOf", list(names))


async def publish(node: Site, path: Path, policy: dict[str, Any], media_type: str = "") -> Said:
    asset = {"id": path.name, "source": {"kind": "file", "path": str(path)}, "grade": 1}
    if media_type:
        asset["media_type"] = media_type
    return await node.api("POST", "/publications", {"asset": asset, "policy": policy})


@pytest.mark.parametrize("name", ["air.csv", "air.jsonl", "air.parquet"])
async def test_a_column_that_the_file_lacks_is_refused(node: Site, name: str) -> None:
    path = written(node.folder / name)
    assert (await publish(node, path, only("city", "level"))).status == 201
    said = await publish(node, path, only("city", "nope"))
    assert (said.status, said.code) == (400, "policy.column-unknown")
    assert "nope" in said.json["detail"]
    shown = await node.get(f"/policies/{name}")
    assert "nope" not in str(shown)


async def test_also_where_only_its_media_type_says_that_it_has_rows(node: Site) -> None:
    path = written(node.folder / "plain.csv").rename(node.folder / "plain")
    said = await publish(node, path, only("nope"), "text/csv")
    assert (said.status, said.code) == (400, "policy.column-unknown")


async def test_also_where_the_policy_is_replaced_afterwards(node: Site) -> None:
    path = written(node.folder / "later.csv")
    assert (await publish(node, path, only("city"))).status == 201
    said = await node.api("PUT", "/policies/later.csv", {"id": "later.csv", "policy": only("nope")})
    assert (said.status, said.code) == (400, "policy.column-unknown")


async def test_a_file_that_is_not_what_its_name_says_is_published_as_it_is(node: Site) -> None:
    path = node.folder / "odd.parquet"
    path.write_bytes(b"no parquet at all")
    assert (await publish(node, path, dict(OPEN))).status == 201
