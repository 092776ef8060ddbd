"""What has no grade is not offered, and an offer keeps what its grade asks for: when published and ever after."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import OPEN, ContextTable, Site, World, rule, site
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTERNAL: Final = rule(
    "membership", "eq", "active", conflict="prohibit", prohibition=[{"action": "distribute"}]
)
"""Enough for grade 2."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A node whose operator states no grade for what names none."""
    folder: Path = tmp_path_factory.mktemp("strict") / "strict"
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        yield await stack.enter_async_context(site(folder, session, contexts=(ContextTable(id="strict"),)))


def asset(at: Site, id_: str, **more: Any) -> dict[str, Any]:
    file = at.folder / f"{urn()[9:]}.csv"
    file.write_bytes(b"1\n")
    return {"id": id_, "source": {"kind": "file", "path": str(file)}, **more}


async def shown(at: World, id_: str) -> list[dict[str, Any]]:
    """The dataset as the consumer's catalog has it; none when it is not offered."""
    said = await at.consumer.api("GET", "/catalog", participant=at.provider.did, dataset=id_)
    return list(said.json["datasets"]) if said.status == 200 else []


async def graded(at: Site, id_: str) -> list[dict[str, Any]]:
    """What the log says of the grade of an asset."""
    await at.numbered()
    entries = await at.get("/evidence/entries", kind="grade.stated")
    facts = [each["entry"]["facts"] for each in entries]
    return [each for each in facts if each["asset"] == id_]


async def test_what_has_no_grade_is_not_published(strict: Site) -> None:
    before = strict.counts()
    for form in ({"asset": asset(strict, "x"), "policy": OPEN}, {"asset": asset(strict, "x")}):
        said = await strict.api("POST", "/publications", form)
        assert (said.status, said.code) == (400, "grade.missing")
        assert "1 公开" in said.json["help_zh"]
    assert strict.counts() == before


async def test_what_has_no_grade_is_kept_and_offered_by_no_definition(strict: Site) -> None:
    await strict.post("/assets", asset(strict, "kept"))
    await strict.post("/policies", {"id": "open", "policy": OPEN})
    form = {"access_policy": "open", "contract_policy": "open"}
    said = await strict.api("POST", "/contract-definitions", {"id": "named", "assets": ["kept"], **form})
    assert (said.status, said.code) == (400, "grade.missing")
    await strict.post("/contract-definitions", {"id": "all", **form})
    found = await strict.get("/asset-grades/kept")
    assert (found["grade"], found["withheld"]) == (
        None,
        [{"definition": "all", "policy": "open", "lacks": []}],
    )
    (finding,) = [each for each in (await strict.get("/doctor"))["findings"] if each["code"] == "grade.none"]
    assert "kept" in finding["en"]
    assert (await strict.put("/asset-grades/kept", {"grade": 1}))["withheld"] == []
    codes = {each["code"] for each in (await strict.get("/doctor"))["findings"]}
    assert "grade.kept" in codes


@pytest.mark.parametrize("grade", [0, 6, "three", 1.5])
async def test_what_is_no_grade_is_refused(strict: Site, grade: object) -> None:
    said = await strict.api(
        "POST", "/publications", {"asset": asset(strict, "y", grade=grade), "policy": OPEN}
    )
    assert (said.status, said.code) == (400, "body.invalid")


async def test_a_policy_that_keeps_less_than_the_grade_is_refused_by_what_it_lacks(world: World) -> None:
    id_, before = urn(), world.provider.counts()
    form = {"asset": asset(world.provider, id_, grade=3), "policy": rule("purpose", "eq", "research")}
    said = await world.provider.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "grade.policy-weaker")
    assert said.json["facts"]["lacks"] == "permission[0]:members permission[0]:passing-on permission[0]:end"
    assert "--until" in said.json["help"]
    assert "--until" in said.json["help_zh"]
    assert world.provider.counts() == before


@pytest.mark.parametrize("grade", [1, 2, 3, 4])
async def test_without_a_policy_the_grade_says_which(world: World, grade: int) -> None:
    id_ = urn()
    made = await world.provider.post("/publications", {"asset": asset(world.provider, id_, grade=grade)})
    (scale,) = [each for each in (await world.provider.get("/grades"))["items"] if each["number"] == grade]
    rules = made["policy"]["policy"]["odrl"]["permission"][0]
    assert rules["action"] == scale["default"]["permission"][0]["action"]
    assert len(rules.get("constraint", [])) == len(scale["default"]["permission"][0].get("constraint", []))
    (seen,) = await shown(world, id_)
    assert seen["grade"] == grade
    assert await graded(world.provider, id_) == [{"asset": id_, "to": grade}]


async def test_important_data_is_published_under_stated_terms_only(world: World) -> None:
    form = {"asset": asset(world.provider, urn(), grade=5)}
    said = await world.provider.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "grade.no-default")


async def test_a_raised_grade_withholds_what_is_too_weak_and_says_so(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, OPEN)
    agreement = await world.agree(id_)
    found = await world.provider.put(f"/asset-grades/{id_}", {"grade": 2, "reason": "holds names"})
    (held,) = found["withheld"]
    assert (held["definition"], [each["demand"] for each in held["lacks"]]) == (
        id_,
        ["members", "passing-on"],
    )
    assert found["agreements"] == [agreement["wire_id"]]
    assert await shown(world, id_) == []
    said = await world.consumer.api(
        "POST", "/negotiations", {"participant": world.provider.did, "dataset": id_}
    )
    assert (said.status, said.code) == (404, "dataset.not-found")
    stated = await graded(world.provider, id_)
    assert stated[-1] == {"asset": id_, "from": 1, "to": 2, "reason": "holds names", "withheld": [id_]}
    findings = (await world.provider.get("/doctor"))["findings"]
    assert any(each["code"] == "grade.offer-withheld" and id_ in each["en"] for each in findings)
    await world.provider.put(f"/policies/{id_}", {"id": id_, "policy": INTERNAL})
    (seen,) = await shown(world, id_)
    assert seen["grade"] == 2


async def test_the_policy_of_an_offer_is_not_replaced_by_a_weaker_one(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, INTERNAL, grade=2)
    said = await world.provider.api("PUT", f"/policies/{id_}", {"id": id_, "policy": OPEN})
    assert (said.status, said.code) == (400, "grade.policy-weaker")
    assert len(await shown(world, id_)) == 1


async def test_why_an_offer_is_withheld_is_explained(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, OPEN)
    await world.provider.put(f"/asset-grades/{id_}", {"grade": 2})
    why = await world.provider.get("/explanation", participant=world.consumer.did, dataset=id_)
    assert why["reasons"][0]["code"] == "grade.policy-weaker"


async def test_a_person_cannot_agree_to_less_than_the_grade_asks_for(world: World) -> None:
    id_ = urn()
    await world.admit(world.consumer)
    await world.provider.publish(id_, INTERNAL, grade=2)
    opened = await world.negotiate(id_, policy=OPEN)
    held = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    said = await world.provider.api("POST", f"/negotiations/{held['provider_pid']}/agree", {})
    assert (said.status, said.code) == (409, "grade.terms-weaker")
    said = await world.provider.api("POST", f"/negotiations/{held['provider_pid']}/counter", {"policy": OPEN})
    assert (said.status, said.code) == (409, "grade.terms-weaker")


async def test_terms_that_became_too_weak_on_the_way_are_not_agreed_on(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_, rule("purpose", "eq", "research"))
    await world.provider.put(f"/answers/{id_}", {"on": "requested", "do": ["hold"], "dataset": id_})
    opened = await world.negotiate(id_, purpose="research")
    held = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    await world.provider.put(f"/asset-grades/{id_}", {"grade": 2})
    assert (await world.provider.api("DELETE", f"/answers/{id_}")).status == 204
    await world.provider.post(f"/negotiations/{held['provider_pid']}/release")
    ended = await world.consumer.reaches("negotiations", opened["id"], "TERMINATED")
    assert ended["code"] == "offer.withdrawn"


async def test_a_grade_stays_when_an_asset_is_stored_again_without_one(world: World) -> None:
    form = asset(world.provider, urn(), grade=3)
    await world.provider.post("/assets", form)
    again = await world.provider.put(f"/assets/{form['id']}", {k: v for k, v in form.items() if k != "grade"})
    assert again["grade"] == 3
    assert len(await graded(world.provider, form["id"])) == 1
    said = await world.provider.api("PUT", "/asset-grades/nothing", {"grade": 3})
    assert (said.status, said.code) == (404, "asset.not-found")


async def test_a_person_agrees_to_each_contract_about_important_data(world: World) -> None:
    id_ = urn()
    path = world.provider.folder / "important.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE t (name TEXT, city TEXT)")
    rules = [
        ("recipient", "eq", world.consumer.did),
        ("purpose", "eq", "research"),
        ("dateTime", "lteq", "2030-12-31T23:59:59+08:00"),
        ("count", "lteq", "3"),
        ("dataField", "isAnyOf", ["city"]),
    ]
    names = ("leftOperand", "operator", "rightOperand")
    asked = [dict(zip(names, each, strict=True)) for each in rules]
    policy = {"permission": [{"action": "read", "constraint": asked, "duty": [{"action": "delete"}]}]}
    source = {"kind": "table", "engine": "sqlite", "database": str(path), "table": "t"}
    form = {"asset": {"id": id_, "source": source, "grade": 5}, "policy": policy}
    await world.provider.post("/publications", form)
    await world.provider.put(f"/answers/{id_}", {"on": "requested", "do": ["agree"], "dataset": id_})
    opened = await world.negotiate(id_, purpose="research")
    asking = await world.consumer.reaches("negotiations", opened["id"], "REQUESTED")
    pid = asking["provider_pid"]
    assert (await world.provider.get(f"/negotiations/{pid}"))["held"]
    await world.provider.post(f"/negotiations/{pid}/agree")
    await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")
