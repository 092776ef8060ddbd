"""Publishing many assets at once: each for itself, few transactions, and one policy for who sees them all."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import OPEN, Site, rule, site

MEMBERS = rule("MembershipCredential.memberOf", "eq", "yangtze")


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Site]:
    """A running node with a file."""
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        (made.folder / "a.csv").write_bytes(b"station,value\nsongjia,1\n")
        yield made


def form(bureau: Site, id_: str, **changes: Any) -> dict[str, Any]:
    """A publication of the file."""
    source = {"kind": "file", "path": str(bureau.folder / "a.csv")}
    return {"asset": {"id": id_, "source": source}, "policy": OPEN, **changes}


async def test_many_are_published_in_one_call_and_few_transactions(bureau: Site) -> None:
    ids = [f"d{number:03}" for number in range(250)]
    made = await bureau.post("/publications/batch", {"publications": [form(bureau, each) for each in ids]})
    assert (made["published"], made["refused"]) == (250, 0)
    assert [each["asset"] for each in made["items"]] == ids
    assert len({each["root"] for each in made["items"]}) == 1
    assert (await bureau.get("/assets", limit=1))["total"] == 250
    assert (await bureau.get("/contract-definitions", limit=1))["total"] == 250
    await bureau.numbered()
    assert len(await bureau.get("/evidence/entries", kind="publication", limit=1000)) == 250


async def test_each_gets_an_answer_of_its_own(bureau: Site) -> None:
    forms = [
        form(bureau, "good"),
        form(bureau, " bad id"),
        form(bureau, "everyone"),
        form(bureau, "gone") | {"asset": {"id": "gone", "source": {"kind": "file", "path": "/nowhere"}}},
        form(bureau, "odd", policy={"permission": [{"action": "fly"}]}),
        form(bureau, "also good"),
    ]
    made = await bureau.post("/publications/batch", {"publications": forms})
    assert [each["published"] for each in made["items"]] == [True, False, False, False, False, True]
    faults = [each["fault"] for each in made["items"]]
    assert [each and each["code"] for each in faults] == [
        None,
        "asset.id-invalid",
        "asset.id-reserved",
        "source.not-allowed",
        "policy.action-unknown",
        None,
    ]
    assert all(each["detail"] and each["detail_zh"] for each in faults if each)
    listed = await bureau.get("/assets")
    assert sorted(each["id"] for each in listed["items"]) == ["also good", "good"]


async def test_two_calls_at_once_about_the_same_assets_are_both_kept(bureau: Site) -> None:
    forms = [form(bureau, f"d{number}") for number in range(150)]
    calls = [bureau.post("/publications/batch", {"publications": forms}) for _ in range(2)]
    assert [each["published"] for each in await asyncio.gather(*calls)] == [150, 150]
    assert (await bureau.get("/assets", limit=1))["total"] == 150


async def test_the_same_id_twice_is_replaced_by_the_last(bureau: Site) -> None:
    first, last = form(bureau, "d"), form(bureau, "d")
    last["asset"]["title"] = {"en": "last"}
    last["replace"] = True
    made = await bureau.post("/publications/batch", {"publications": [first, last]})
    assert made["published"] == 2
    assert (await bureau.get("/assets/d"))["title"] == {"en": "last"}


async def test_a_call_takes_a_thousand_at_most(bureau: Site) -> None:
    light = {"asset": {"id": "x", "source": {"kind": "address"}}, "policy": {}}
    said = await bureau.api("POST", "/publications/batch", {"publications": [light] * 1001})
    assert (said.status, said.code) == (400, "publications.too-many")
    assert (await bureau.post("/publications/batch", {"publications": []}))["items"] == []


async def test_assets_with_the_same_audience_share_its_policy(bureau: Site) -> None:
    forms = [form(bureau, f"m{number}", access=MEMBERS) for number in range(5)]
    await bureau.post("/publications/batch", {"publications": [*forms, form(bureau, "open")]})
    listed = (await bureau.get("/contract-definitions"))["items"]
    by_asset = {each["id"]: each["access_policy"] for each in listed}
    assert by_asset["open"] == "everyone"
    assert len({by_asset[f"m{number}"] for number in range(5)}) == 1
    await bureau.post("/publications", form(bureau, "m0") | {"replace": True, "reason": "open to all"})
    listed = (await bureau.get("/contract-definitions"))["items"]
    assert {each["id"]: each["access_policy"] for each in listed}["m0"] == "everyone"


async def test_a_shared_audience_that_was_changed_is_set_right_by_the_next_who_says_it(bureau: Site) -> None:
    await bureau.post("/publications", form(bureau, "a", access=MEMBERS))
    shared = (await bureau.get("/contract-definitions"))["items"][0]["access_policy"]
    await bureau.put(f"/policies/{shared}", {"id": shared, "policy": OPEN})
    await bureau.post("/publications", form(bureau, "b", access=MEMBERS))
    kept = await bureau.get(f"/policies/{shared}")
    assert "memberOf" in str(kept["policy"])


async def test_readers_go_on_while_many_are_published(bureau: Site) -> None:
    forms = [form(bureau, f"d{number:03}") for number in range(400)]
    publishing = asyncio.create_task(bureau.post("/publications/batch", {"publications": forms}))
    read = 0
    while not publishing.done():
        await bureau.get("/node")
        read += 1
    assert (await publishing)["published"] == 400
    assert read > 3
