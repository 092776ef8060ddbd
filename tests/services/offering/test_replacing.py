"""Publishing over what is published: asked for, shown, and with a reason where it gives away more."""

from typing import Any

import pytest
from tests.nodes import Site, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


def terms(times: str | None, member: str = "yangtze") -> dict[str, Any]:
    """A policy that an offer of grade 2 may have."""
    constraints = [("membership", "eq", member)] + ([("count", "lteq", times)] if times else [])
    said = [{"leftOperand": a, "operator": b, "rightOperand": c} for a, b, c in constraints]
    return {
        "@type": "Set",
        "permission": [{"action": "use", "constraint": said}],
        "prohibition": [{"action": "distribute"}],
        "conflict": "prohibit",
    }


THREE, MORE, ANY = terms("3"), terms("9"), terms(None)


def _form(site: Site, id_: str, name: str = "a.csv", policy: Any = THREE, **more: Any) -> dict[str, Any]:
    """The publication of a file of the node's folder."""
    path = site.folder / name
    if not path.exists():
        path.write_bytes(b"a\n1\n")
    asset = {"id": id_, "source": {"kind": "file", "path": str(path)}, "grade": more.pop("grade", 2)}
    return {"asset": asset | more.pop("asset", {}), "policy": policy, **more}


async def _last(site: Site, kind: str) -> dict[str, Any]:
    await site.numbered()
    found: dict[str, Any] = (await site.get("/evidence/entries", kind=kind))[-1]["entry"]["facts"]
    return found


async def test_what_is_published_again_as_it_was_is_measured_anew(world: World) -> None:
    site = world.provider
    first = await site.post("/publications", _form(site, "again"))
    (site.folder / "a.csv").write_bytes(b"a\n1\n2\n")
    second = await site.post("/publications", _form(site, "again"))
    assert second["asset"]["root"] != first["asset"]["root"]
    assert second["replaced"] is None


CHANGES: dict[str, tuple[dict[str, Any], str, bool]] = {
    "another file": ({"name": "b.csv"}, "b.csv", False),
    "stricter terms": ({"policy": terms("2")}, "3 → 2", False),
    "another title": ({"asset": {"title": {"en": "New"}}}, "title", False),
    "a higher grade": ({"grade": 3, "policy": None}, "→", True),
    "a lower grade": ({"grade": 1}, "1 public", True),
    "wider terms": ({"policy": MORE}, "3 → 9", True),
    "an api in place of a file": (
        {"asset": {"source": {"kind": "http", "url": "http://127.0.0.1:9/x"}}},
        "http://127.0.0.1:9/x",
        False,
    ),
}


@pytest.mark.parametrize(("change", "said", "gives_more"), CHANGES.values(), ids=CHANGES)
async def test_another_publication_under_an_id_is_asked_for_and_shown(
    world: World, change: dict[str, Any], said: str, gives_more: bool
) -> None:
    site, id_ = world.provider, f"changed-{abs(hash(said + str(change)))}"
    first = await site.post("/publications", _form(site, id_))
    form = _form(site, id_, **change)
    refused = await site.api("POST", "/publications", form)
    assert (refused.status, refused.code) == (409, "publication.exists"), refused.json
    assert said in refused.json["title"]
    assert refused.json["detail_zh"]
    if gives_more:
        silent = await site.api("POST", "/publications", form | {"replace": True})
        assert (silent.status, silent.code) == (400, "publication.reason")
    shown = await site.get(f"/assets/{id_}")
    assert (shown["root"], shown["grade"]) == (first["asset"]["root"], 2)
    reason = {"reason": "As the board decided."} if gives_more else {}
    made = await site.post("/publications", form | {"replace": True} | reason)
    assert made["replaced"]["gives_more"] is gives_more
    entry = await _last(site, "publication")
    assert len(entry["replaces"]) == 64
    assert entry.get("reason") == reason.get("reason")


async def test_who_sees_an_offer_is_widened_with_a_reason_only(world: World) -> None:
    site = world.provider
    members = terms(None)
    await site.post("/publications", _form(site, "seen", access=members))
    refused = await site.api("POST", "/publications", _form(site, "seen", replace=True))
    assert refused.code == "publication.reason"
    assert "who sees it" in refused.json["title"]


async def test_many_at_once_are_held_to_the_same(world: World) -> None:
    site = world.provider
    await site.post("/publications", _form(site, "batch"))
    forms = [_form(site, "batch", policy=ANY), _form(site, "batch-2")]
    made = await site.post("/publications/batch", {"publications": forms})
    assert [each["published"] for each in made["items"]] == [False, True]
    assert made["items"][0]["fault"]["code"] == "publication.exists"


async def test_a_policy_that_has_the_id_already_is_not_taken_over(world: World) -> None:
    """Other assets may be offered under it."""
    site = world.provider
    await site.post("/policies", {"id": "shared", "policy": THREE})
    refused = await site.api("POST", "/publications", _form(site, "shared", policy=ANY))
    assert refused.code == "publication.exists"


async def test_a_grade_is_lowered_with_a_reason_only(world: World) -> None:
    site = world.provider
    await site.post("/publications", _form(site, "graded"))
    refused = await site.api("PUT", "/asset-grades/graded", {"grade": 1})
    assert (refused.status, refused.code) == (400, "grade.reason")
    await site.put("/asset-grades/graded", {"grade": 1, "reason": "It was published elsewhere."})
    assert await _last(site, "grade.stated") == {
        "asset": "graded",
        "from": 2,
        "to": 1,
        "reason": "It was published elsewhere.",
    }


async def test_a_policy_that_is_put_anew_leaves_evidence(world: World) -> None:
    """As EDC's clients do it: a PUT replaces."""
    site = world.provider
    await site.post("/policies", {"id": "put", "policy": THREE})
    await site.put("/policies/put", {"id": "put", "policy": ANY})
    entry = await _last(site, "terms.replaced")
    assert (entry["policy"], entry["wider"]) == ("put", True)
    await site.put("/policies/put", {"id": "put", "policy": THREE})
    assert (await _last(site, "terms.replaced"))["wider"] is False
