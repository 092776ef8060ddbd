"""May X do Y with Z now, and why: the same answer as a use gets, before anybody uses anything."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.nodes import OPEN, World, rule, world


async def asked(world: World, dataset: str = "air", **query: object) -> dict[str, Any]:
    found: dict[str, Any] = await world.provider.get(
        "/explanation", participant=world.consumer.did, dataset=dataset, **query
    )
    return found


def codes(found: dict[str, Any]) -> list[str]:
    return [each["code"] for each in found["reasons"]]


async def test_who_has_no_agreement_is_told_which_offer_to_negotiate(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        assert (await asked(at))["basis"] == "nothing"
        offer = await at.provider.publish("air", rule("purpose", "isAnyOf", ["research", "health"]))
        found = await asked(at, purpose="research")
        assert (found["may"], found["basis"], found["under"]) == ("no", "offer", offer)
        assert (found["negotiable"], found["use"]) == ("yes", "yes")
        assert codes(found) == ["policy.not-agreed"]
        other = await asked(at, purpose="marketing")
        assert codes(other) == ["policy.not-agreed", "purpose.not-included"]
        assert "research" in other["reasons"][1]["help"]
        assert "research" in other["reasons"][1]["help_zh"]


async def test_an_agreement_answers_for_now_and_for_later(tmp_path: Path) -> None:
    until = datetime.now(UTC) + timedelta(days=1)
    async with world(tmp_path) as at:
        await at.provider.publish("air", rule("dateTime", "lteq", until.isoformat()))
        await at.agree("air")
        now = await asked(at)
        assert (now["may"], now["basis"], now["reasons"]) == ("yes", "agreement", [])
        assert [each["verdict"] for each in now["parts"] if each["operand"] == "dateTime"] == ["yes"]
        assert datetime.fromisoformat(now["until"]) - until < timedelta(milliseconds=1)
        later = await asked(at, at=(until + timedelta(hours=1)).isoformat())
        assert (later["may"], codes(later)) == ("no", ["time.after"])
        assert "协商" in later["reasons"][0]["help_zh"]


async def test_a_question_spends_nothing_and_records_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        await at.provider.publish("air", rule("count", "lteq", "1"))
        await at.agree("air")
        await at.provider.numbered()
        before = at.provider.counts()
        for _ in range(3):
            assert (await asked(at))["may"] == "yes"
        assert at.provider.counts() == before


async def test_an_ended_agreement_says_that_it_is_over(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        await at.provider.publish("air", OPEN)
        await at.agree("air")
        (agreement,) = (await at.provider.get("/agreements"))["items"]
        await at.provider.post(f"/agreements/{agreement['id']}/terminate", {"reason": "the space is closed"})
        found = await asked(at)
        assert (found["may"], found["basis"], found["negotiable"]) == ("no", "offer", "yes")
        await at.provider.api("DELETE", f"/contract-definitions/{found['under'].split(':')[0]}")
        gone = await asked(at)
        assert (gone["may"], gone["basis"], gone["under"]) == ("no", "agreement", agreement["id"])
        assert codes(gone) == ["agreement.terminated"]


async def test_a_credential_is_judged_as_it_is_now(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        credential = await at.admit(at.consumer)
        await at.provider.publish("air", rule("membership", "eq", "active"))
        await at.agree("air")
        found = await asked(at)
        assert (found["may"], "MembershipCredential" in found["proven"]) == ("yes", True)
        await at.issuer.post(f"/issuer/credentials/{credential}/revoke", {"reason": "left"})
        at.provider.clock.moved += timedelta(hours=1)
        revoked = await asked(at)
        assert (revoked["may"], codes(revoked)) == ("unknown", ["credential.missing"])


async def test_terms_are_tried_on_everyone_that_is_known(tmp_path: Path) -> None:
    async with world(tmp_path) as at:
        await at.admit(at.consumer)
        await at.provider.publish("air", OPEN)
        await at.agree("air")
        await at.provider.put("/participants/stranger", {"did": "did:web:stranger.example"})
        terms = rule("membership", "eq", "active")
        tried = await at.provider.post("/dry-run", {"policy": terms, "dataset": "air"})
        able = {each["participant"]: each["negotiable"] == each["use"] == "yes" for each in tried["items"]}
        assert able == {"did:web:stranger.example": False, at.consumer.did: True}
        assert tried["able"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "explain.missing"),
        ({"participant": "did:web:a"}, "explain.missing"),
        ({"participant": "did:web:a", "dataset": "air", "at": "2026-01-01T00:00:00"}, "explain.moment"),
        ({"participant": "did:web:a", "dataset": "air", "at": "soon"}, "explain.moment"),
    ],
    ids=["nothing", "no dataset", "no offset", "no moment"],
)
async def test_a_question_that_is_none_is_refused(tmp_path: Path, query: dict[str, str], code: str) -> None:
    async with world(tmp_path) as at:
        said = await at.provider.api("GET", "/explanation", **query)
        assert (said.status, said.code) == (400, code)


async def test_an_offer_that_its_source_cannot_keep_is_told_as_closed(tmp_path: Path) -> None:
    """A definition for all assets also offers what has no rows."""
    async with world(tmp_path) as at:
        for name, content in (("table.csv", b"a,b\n1,2\n"), ("paper.pdf", b"%PDF-1.7")):
            (at.provider.folder / name).write_bytes(content)
            source = {"kind": "file", "path": str(at.provider.folder / name)}
            await at.provider.post("/assets", {"id": name, "source": source})
        await at.provider.post("/policies", {"id": "seen", "policy": OPEN})
        await at.provider.post("/policies", {"id": "narrow", "policy": rule("dataField", "eq", "a")})
        form = {"id": "all", "access_policy": "seen", "contract_policy": "narrow"}
        await at.provider.post("/contract-definitions", form)
        assert (await asked(at, "table.csv"))["use"] == "yes"
        assert (await asked(at, "paper.pdf"))["use"] == "unknown"
