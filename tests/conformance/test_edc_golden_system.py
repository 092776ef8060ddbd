"""EDC's version, health and protocol version documents, beside ours: the same shape, our own facts."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import Site, site

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def node(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path_factory.mktemp("s") / "node", session) as made,
    ):
        yield made


def recorded(shared: Path, name: str) -> Any:
    return json.loads((shared / "edc-golden" / "system" / f"{name}.json").read_text(encoding="utf-8"))


async def test_the_versions_of_the_management_api_are_those_of_the_release(shared: Path, node: Site) -> None:
    told = recorded(shared, "01-version-api")
    said = await node.send("GET", node.urls["management"] + told["request"]["path"])
    assert said.status == told["response"]["status"]
    theirs = told["response"]["body"]["management"]
    assert said.json["management"] == [each for each in theirs if each["maturity"] != "beta"]
    assert said.json["version"] == told["response"]["body"]["version"]


@pytest.mark.parametrize(
    "name", ["02-check-health", "03-check-readiness", "04-check-liveness", "05-check-startup"]
)
async def test_a_probe_answers_in_the_same_shape(shared: Path, node: Site, name: str) -> None:
    told = recorded(shared, name)
    said = await node.send("GET", node.urls["management"] + told["request"]["path"])
    theirs = told["response"]["body"]
    assert said.status == told["response"]["status"]
    assert set(said.json) == set(theirs)
    assert {frozenset(each) for each in said.json["componentResults"]} == {
        frozenset(each) for each in theirs["componentResults"]
    }
    assert said.json["isSystemHealthy"] is True


async def test_the_protocol_version_document_stands_at_the_root_and_nowhere_below(
    shared: Path, node: Site
) -> None:
    for name in ("06-dspace-version", "07-dspace-version-under-2025-1"):
        told = recorded(shared, name)
        path = told["request"]["path"].replace("/protocol", "")
        said = await node.send("GET", node.context.protocol_root + path)
        assert said.status == told["response"]["status"]
        if said.status == 200:
            ours, theirs = said.json["protocolVersions"][0], told["response"]["body"]["protocolVersions"][0]
            assert {key: ours[key] for key in theirs} == theirs
