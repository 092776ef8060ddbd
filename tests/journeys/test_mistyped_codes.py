"""A mistyped subject code is refused where it is typed, and no text is signed that names us by another code."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.contracting import CONNECTORS, ENTITIES, OPERATOR, contracting, drafts, reaches
from tests.nodes import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

MISTYPED = "91430200MA0000001C"


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def parties(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    folder: Path = tmp_path_factory.mktemp("codes")
    async with contracting(folder) as (_, world):
        yield world


async def test_a_mistyped_code_does_not_get_into_the_address_book(parties: World) -> None:
    form = {"did": parties.provider.did, "entity": MISTYPED}
    said = await parties.consumer.api("PUT", "/participants/provider", form)
    assert (said.status, said.code) == (400, "identifier.check")
    found = (await parties.consumer.get("/participants"))["items"]
    assert ENTITIES["provider"] in {each["entity"] for each in found}


async def test_what_is_not_named_stays_in_the_address_book(parties: World) -> None:
    did = parties.provider.did
    made = await parties.consumer.put("/participants/provider", {"did": did, "name": "株洲装备"})
    assert (made["entity"], made["connector"], made["name"]) == (
        ENTITIES["provider"],
        CONNECTORS["provider"],
        "株洲装备",
    )
    gone = await parties.consumer.put("/participants/provider", {"did": did, "name": ""})
    assert (gone["entity"], gone["name"]) == (ENTITIES["provider"], "")
    other = await parties.consumer.put("/participants/passing", {"did": did, "entity": OPERATOR})
    assert other["entity"] == OPERATOR
    another = await parties.consumer.put("/participants/passing", {"did": parties.issuer.did})
    assert another["entity"] == ""


async def test_a_text_that_names_us_by_another_code_is_not_signed(parties: World) -> None:
    """The code is one, but not ours: its check character holds."""
    wrong = {"did": parties.provider.did, "entity": OPERATOR, "connector": CONNECTORS["provider"]}
    await parties.consumer.put("/participants/provider", wrong)
    ours, theirs = await drafts(parties)
    await parties.consumer.post(f"/contracts/{theirs}/begin")
    await parties.consumer.post(f"/contracts/{theirs}/sign")
    await reaches(parties.provider, ours, "02")
    said = await parties.provider.api("POST", f"/contracts/{ours}/sign")
    assert (said.status, said.code) == (403, "contract.other-code")
    assert OPERATOR in said.json["title"]
    assert ENTITIES["provider"] in said.json["detail_zh"]
    shown = await parties.provider.get(f"/contracts/{ours}")
    assert [each["signed"] is not None for each in shown["parties"] if each["type"] != "03"] == [False, True]
