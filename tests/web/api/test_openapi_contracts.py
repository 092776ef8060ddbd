"""Every operation on contracts and their templates answers what its schema says, with a platform beside."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.contracting import contracting, drafts, reaches, recorded, signed
from tests.contracts.samples import TEMPLATE
from tests.nodes import Site, World
from tests.web.api.pages import GoodCall, calling, listed, page_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

FORM: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(TEMPLATE))
AREAS = ("contracts", "contract-templates")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("contracting")) as (platform, world):
        yield platform, world


async def test_every_operation_on_contracts_answers_what_its_schema_says(both: tuple[Site, World]) -> None:
    platform, world = both
    page = await page_of(world.provider)
    called = []
    async for each in _calls(platform, world):
        called.append(each.key)
        await each.made(page)
    assert set(called) == set(listed(*AREAS))


async def _calls(platform: Site, world: World) -> AsyncIterator[GoodCall]:
    """Each is made before the next is asked for."""
    ours, theirs = world.provider, world.consumer
    template = f"/contract-templates/{TEMPLATE.id}"
    await platform.put(template, FORM)
    yield calling(ours, "POST", "/contract-templates/fetch", body={})
    yield calling(ours, "GET", "/contract-templates")
    yield calling(ours, "PUT", "/contract-templates/{id}", TEMPLATE.id, FORM)
    yield calling(ours, "POST", "/contract-templates/{id}/fill", TEMPLATE.id, {"values": {"times": "2"}})
    yield calling(ours, "DELETE", "/contract-templates/{id}", TEMPLATE.id)
    draft, _ = await drafts(world)
    yield calling(ours, "POST", "/contracts/{id}/begin", draft, {"terms": ["争议先由双方协商。"]})
    yield calling(ours, "POST", "/contracts/{id}/sign", draft, {})
    yield calling(ours, "GET", "/contracts")
    yield calling(ours, "GET", "/contracts/{id}", draft)
    yield calling(ours, "GET", "/contracts/{id}/text", draft)
    filed, there = await signed(world)
    yield calling(ours, "POST", "/contracts/{id}/file", filed, {})
    await reaches(ours, filed, "05")
    await reaches(theirs, there, "05")
    yield calling(ours, "POST", "/contracts/{id}/amend", filed, {"terms": ["金额更正。"]})
    yield calling(ours, "GET", "/contracts/{id}/chain", filed)
    yield calling(ours, "GET", "/contracts/{id}/check", filed)
    yield calling(ours, "GET", "/contracts/{id}/document", filed)
    yield calling(ours, "GET", "/contracts/{id}/document.pdf", filed)
    yield calling(ours, "GET", "/contracts/{id}/history", filed)
    entry = (await ours.get(f"/contracts/{filed}/history"))[0]["entry"]
    yield GoodCall(
        site=ours,
        method="GET",
        path="/contracts/{id}/history/{entry}",
        target=f"/contracts/{filed}/history/{entry}",
    )
    yield calling(
        theirs, "POST", "/contracts/{id}/report", there, {"actions": ["read"], "result": "3 次读取"}
    )
    yield calling(
        theirs, "POST", "/contracts/{id}/feedback", there, {"result": "denied", "details": {"a": "b"}}
    )
    await recorded(ours, filed, "usage.feedback")
    await ours.numbered()
    yield calling(ours, "POST", "/contracts/{id}/prove", filed, {})
    yield calling(ours, "POST", "/contracts/{id}/stop", filed, {"reason": "连接器环境变更"})
    yield calling(ours, "POST", "/contracts/{id}/end", filed, {"reason": "项目结束", "clause": "7.1"})
