"""Assets of EDC's clients: a grade that their properties state, else their operator's, else none and no offer."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import ContextTable, IdentityTable, Site, site
from tests.stranger import urn
from tests.web.management.conftest import V3, V4, Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

USE: Final[dict[str, Any]] = {"@type": "Set", "permission": [{"action": "use"}]}


class House:
    """A node of two participants, of which one states a grade, and one who looks at their catalogs."""

    def __init__(self, node: Site, looker: Site) -> None:
        self.node = node
        self.looker = looker

    async def good(self, context: str, method: str, path: str, body: object) -> Any:
        said = await Api(self.node).send(method, f"{path}?context={context}", body)
        assert 200 <= said.status < 300, (said.status, said.body)
        return said.json if said.body else None

    async def offered(self, context: str) -> dict[str, int | None]:
        """Grade by dataset, as the other node reads the catalog."""
        at = self.node.node.parts.contexts.get(context).protocol_base
        found = await self.looker.get("/catalog", participant=context, at=at)
        return {each["id"]: each["grade"] for each in found["datasets"]}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder: Path = tmp_path_factory.mktemp("house")
    contexts = (ContextTable(id="public", grade=1), ContextTable(id="ungraded"))
    identity = IdentityTable(kind="insecure-static")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        node = await stack.enter_async_context(
            site(folder / "node", session, identity=identity, contexts=contexts)
        )
        looker = await stack.enter_async_context(site(folder / "looker", session, identity=identity))
        made = House(node, looker)
        policy = {"@id": "use", "@type": "PolicyDefinition", "policy": USE}
        for context in ("public", "ungraded"):
            await made.good(context, "POST", "/v4/policydefinitions", policy)
            definition = {
                "@id": "all",
                "accessPolicyId": "use",
                "contractPolicyId": "use",
                "assetsSelector": [],
            }
            await made.good(context, "POST", "/v3/contractdefinitions", definition)
        yield made


def asset(id_: str, **properties: Any) -> dict[str, Any]:
    return {
        "@id": id_,
        "properties": {"name": id_, **properties},
        "dataAddress": {"type": "File", "path": "x"},
    }


@pytest.mark.parametrize("stated", [1, "1", {"xinfu:grade": "1"}], ids=["number", "text", "in our name"])
@pytest.mark.parametrize("version", [V3, V4], ids=["v3", "v4"])
async def test_a_property_states_the_grade(
    house: House, tmp_path: Path, version: dict[str, Any], stated: Any
) -> None:
    file = house.node.folder / "x.csv"
    file.write_bytes(b"1\n")
    properties = stated if isinstance(stated, dict) else {"grade": stated}
    path = "/v3/assets" if version is V3 else "/v4/assets"
    body = asset(urn(), **properties)
    body["dataAddress"]["path"] = str(file)
    made = await house.good("ungraded", "POST", path, {**body, "@type": "Asset"})
    assert (await house.offered("ungraded"))[made["@id"]] == 1


async def test_what_states_none_has_its_operators_or_is_kept_and_not_offered(house: House) -> None:
    file = house.node.folder / "y.csv"
    file.write_bytes(b"1\n")
    body = asset("plain")
    body["dataAddress"]["path"] = str(file)
    for context in ("public", "ungraded"):
        await house.good(context, "POST", "/v3/assets", body)
    assert (await house.offered("public"))["plain"] == 1
    assert "plain" not in await house.offered("ungraded")
    shown = await house.good("ungraded", "GET", "/v3/assets/plain", None)
    assert shown["properties"]["name"] == "plain"
    await house.node.put("/asset-grades/plain?context=ungraded", {"grade": 1})
    assert (await house.offered("ungraded"))["plain"] == 1


async def test_a_property_of_that_name_that_is_no_grade_is_the_clients_own(house: House) -> None:
    file = house.node.folder / "z.csv"
    file.write_bytes(b"1\n")
    body = asset("steel", grade="S355")
    body["dataAddress"]["path"] = str(file)
    await house.good("public", "POST", "/v3/assets", body)
    assert (await house.offered("public"))["steel"] == 1
    body = asset("wrong", **{"xinfu:grade": "7"})
    said = await Api(house.node).send("POST", "/v3/assets?context=public", body)
    assert said.status == 400
    assert "xinfu:grade" in said.json[0]["path"]


async def test_what_a_client_reads_and_puts_back_keeps_its_grade(house: House) -> None:
    file = house.node.folder / "w.csv"
    file.write_bytes(b"1\n")
    form = {"id": "native", "source": {"kind": "file", "path": str(file)}, "grade": 2}
    await house.node.post("/assets", form, context="public")
    read = await house.good("public", "GET", "/v3/assets/native", None)
    await house.good("public", "PUT", "/v3/assets", read)
    assert (await house.node.get("/assets/native", context="public"))["grade"] == 2
    assert "native" not in await house.offered("public")
