"""Publishing: what is offered was measured and checked; nothing shows half (PAP, usage-control §2)."""

from typing import Any

import pytest
from tests.nodes import OPEN, Site, World, rule
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _file(site: Site, content: bytes = b"1\n") -> dict[str, str]:
    path = site.folder / f"{urn()[9:]}.csv"
    path.write_bytes(content)
    return {"kind": "file", "path": str(path)}


def _publication(site: Site, id_: str, **changes: Any) -> dict[str, Any]:
    return {"asset": {"id": id_, "source": _file(site)}, "policy": OPEN} | changes


async def _offered(world: World, id_: str) -> list[dict[str, Any]]:
    """What the consumer sees of a dataset."""
    found = await world.consumer.api("GET", "/catalog", participant=world.provider.did, dataset=id_)
    offers: list[dict[str, Any]] = found.json["datasets"][0]["offers"] if found.status == 200 else []
    return offers


def _both(*constraints: tuple[str, str, str]) -> dict[str, Any]:
    """A policy that permits use where all of these hold."""
    names = ("leftOperand", "operator", "rightOperand")
    asked = [dict(zip(names, each, strict=True)) for each in constraints]
    return {"permission": [{"action": "use", "constraint": asked}]}


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown action": ({"permission": [{"action": "teleport"}]}, "policy.action-unknown"),
    "an unknown operand": (rule("mood", "eq", "good"), "policy.operand-unknown"),
    "an unknown operator": (rule("count", "almost", "5"), "policy.operator-unknown"),
    "an unknown member": ({"permission": [{"action": "use", "unless": "never"}]}, "policy.key-unknown"),
    "no permission": ({"prohibition": [{"action": "distribute"}]}, "policy.permits-nothing"),
    "two purposes at once": (_both(("purpose", "eq", "a"), ("purpose", "eq", "b")), "policy.permits-nothing"),
    "what is permitted is prohibited": (
        {"permission": [{"action": "read"}, {"action": "print"}], "prohibition": [{"action": "print"}]},
        "policy.conflicting",
    ),
    "a count that brings its own uses": (
        {
            "permission": [
                {
                    "action": "use",
                    "constraint": [
                        {"leftOperand": "count", "operator": "lteq", "rightOperand": "3", "status": "0"}
                    ],
                }
            ]
        },
        "policy.status-stated",
    ),
    "a count that is no number": (rule("count", "lteq", "many"), "policy.value-unreadable"),
}


@pytest.mark.parametrize(("policy", "code"), FAULTS.values(), ids=FAULTS)
@pytest.mark.parametrize("place", ["publication", "access", "policy"])
async def test_a_policy_that_nobody_could_judge_is_refused_by_name(
    world: World, policy: dict[str, Any], code: str, place: str
) -> None:
    """Refused at publication, with what is wrong in it; nothing is stored."""
    before = world.provider.counts()
    if place == "policy":
        said = await world.provider.api("POST", "/policies", {"id": urn(), "policy": policy})
    else:
        changes = {"policy": policy} if place == "publication" else {"access": policy}
        said = await world.provider.api(
            "POST", "/publications", _publication(world.provider, urn(), **changes)
        )
    assert said.status == 400, said
    assert said.code == code
    assert said.json["detail_zh"]
    assert world.provider.counts() == before


async def test_what_contradicts_itself_is_named_to_the_publisher(world: World) -> None:
    policy = _both(("purpose", "eq", "a"), ("count", "lteq", "3"), ("purpose", "eq", "b"))
    said = await world.provider.api("POST", "/policies", {"id": urn(), "policy": policy})
    for text in (said.json["detail"], said.json["detail_zh"]):
        assert "permission[0].constraint[0], permission[0].constraint[2]" in text


async def test_a_publication_is_seen_at_once_with_its_size_and_titles(world: World) -> None:
    id_ = urn()
    asset = {
        "id": id_,
        "source": _file(world.provider, b"0123456789"),
        "title": {"zh": "空气", "en": "Air"},
        "keywords": ["pm25"],
        "media_type": "text/csv",
        "generated": True,
    }
    made = await world.provider.post("/publications", {"asset": asset, "policy": OPEN})
    assert (made["asset"]["size_bytes"], len(made["asset"]["root"])) == (10, 64)
    found = await world.consumer.get("/catalog", participant=world.provider.did, dataset=id_)
    (shown,) = found["datasets"]
    assert (
        shown["title"],
        shown["size_bytes"],
        shown["media_type"],
        shown["generated"],
        shown["keywords"],
    ) == (
        {"zh": "空气", "en": "Air"},
        10,
        "text/csv",
        True,
        ["pm25"],
    )
    assert str(world.provider.folder) not in str(found)


async def test_publishing_again_replaces_the_offer_and_leaves_agreements_as_they_were(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    before = await world.agree(id_)
    limited = rule("count", "lteq", "3")
    await world.provider.publish(id_, limited)
    (offer,) = await _offered(world, id_)
    assert offer["policy"]["odrl"]["permission"] == limited["permission"]
    kept = await world.provider.get("/agreements", wire_id=before["wire_id"])
    assert kept["items"][0]["policy"]["odrl"]["permission"] == OPEN["permission"]


async def test_the_same_asset_is_not_created_twice(world: World) -> None:
    asset = {"id": urn(), "source": _file(world.provider)}
    await world.provider.post("/assets", asset)
    before = world.provider.counts()
    said = await world.provider.api("POST", "/assets", asset)
    assert (said.status, said.code) == (409, "asset.exists")
    assert world.provider.counts() == before


@pytest.mark.parametrize("kind", ["policies", "contract-definitions"])
async def test_the_same_policy_or_definition_is_not_created_twice(world: World, kind: str) -> None:
    await world.provider.publish("twice")
    forms: dict[str, dict[str, Any]] = {
        "policies": {"id": "twice", "policy": OPEN},
        "contract-definitions": {"id": "twice", "access_policy": "twice", "contract_policy": "twice"},
    }
    said = await world.provider.api("POST", f"/{kind}", forms[kind])
    assert said.status == 409
    assert said.code.endswith(".exists")


SOURCES: dict[str, tuple[dict[str, str], int, str]] = {
    "outside the folder": ({"kind": "file", "path": "/etc/hostname"}, 403, "source.not-allowed"),
    "climbing out": ({"kind": "file", "path": "{folder}/../../../etc/hostname"}, 403, "source.not-allowed"),
    "not there": ({"kind": "file", "path": "{folder}/nothing.csv"}, 400, "source.missing"),
    "a folder for a file": ({"kind": "file", "path": "{folder}"}, 400, "source.missing"),
    "a file for a folder": ({"kind": "folder", "path": "{file}"}, 400, "source.missing"),
    "NUL in the path": ({"kind": "file", "path": "{folder}/a\0b"}, 403, "source.not-allowed"),
    "an endless path": ({"kind": "file", "path": "{folder}/" + "x" * 5000}, 400, "source.missing"),
    "no path": ({"kind": "file", "path": ""}, 403, "source.not-allowed"),
}


@pytest.mark.parametrize(("source", "status", "code"), SOURCES.values(), ids=SOURCES)
async def test_a_source_that_cannot_be_offered_is_refused(
    world: World, source: dict[str, str], status: int, code: str
) -> None:
    """F1; nothing is stored."""
    site = world.provider
    file = _file(site)["path"]
    filled = {k: v.replace("{folder}", str(site.folder)).replace("{file}", file) for k, v in source.items()}
    before = site.counts()
    said = await site.api("POST", "/assets", {"id": urn(), "source": filled})
    assert (said.status, said.code) == (status, code), said
    assert site.counts() == before


async def test_a_link_out_of_the_folder_is_not_followed(world: World) -> None:
    """F1."""
    link = world.provider.folder / "link.csv"
    link.symlink_to("/etc/hostname")
    source = {"kind": "file", "path": str(link)}
    said = await world.provider.api("POST", "/assets", {"id": urn(), "source": source})
    assert said.status in {400, 403}
    assert said.code in {"source.not-allowed", "source.missing"}


@pytest.mark.parametrize("id_", ["", " a", "a ", "a\nb", "x" * 257, "\0"])
@pytest.mark.parametrize("kind", ["assets", "publications", "policies", "contract-definitions"])
async def test_an_id_that_nobody_could_name_again_is_refused(world: World, kind: str, id_: str) -> None:
    site = world.provider
    await site.publish("known")
    forms: dict[str, Any] = {
        "assets": {"id": id_, "source": _file(site)},
        "publications": _publication(site, id_),
        "policies": {"id": id_, "policy": OPEN},
        "contract-definitions": {"id": id_, "access_policy": "known", "contract_policy": "known"},
    }
    before = site.counts()
    said = await site.api("POST", f"/{kind}", forms[kind])
    assert said.status == 400, said
    assert said.code.endswith(".id-invalid")
    assert site.counts() == before


@pytest.mark.parametrize("id_", ["everyone", "air.access"])
async def test_an_asset_never_takes_the_name_of_an_access_policy(world: World, id_: str) -> None:
    """Else its terms would decide who sees the offers of others."""
    await world.provider.publish("air", access=rule("assignee", "eq", "did:web:nobody.example"))
    said = await world.provider.api("POST", "/publications", _publication(world.provider, id_))
    assert (said.status, said.code) == (400, "asset.id-reserved")
    assert await _offered(world, "air") == []


@pytest.mark.parametrize("method", ["POST", "PUT"])
async def test_who_is_everyone_is_not_redefined(world: World, method: str) -> None:
    await world.provider.publish("open to all")
    path = "/policies" if method == "POST" else "/policies/everyone"
    said = await world.provider.api(method, path, {"id": "everyone", "policy": rule("count", "lteq", "1")})
    assert (said.status, said.code) == (400, "policy.id-reserved")
    assert len(await _offered(world, "open to all")) == 1


async def test_a_definition_of_what_is_not_there_is_refused(world: World) -> None:
    await world.provider.publish("there")
    good = {"id": urn(), "access_policy": "there", "contract_policy": "there", "assets": ["there"]}
    for change in ({"access_policy": "no"}, {"contract_policy": "no"}, {"assets": ["there", "no"]}):
        before = world.provider.counts()
        said = await world.provider.api("POST", "/contract-definitions", good | change)
        assert said.status == 404
        assert world.provider.counts() == before


async def test_a_dataset_under_two_definitions_has_two_offers(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    await world.provider.post("/policies", {"id": f"{id_}.more", "policy": rule("count", "lteq", "2")})
    form = {
        "id": f"{id_}.more",
        "access_policy": "everyone",
        "contract_policy": f"{id_}.more",
        "assets": [id_],
    }
    await world.provider.post("/contract-definitions", form)
    offers = await _offered(world, id_)
    assert len({each["id"] for each in offers}) == 2
    for each in offers:
        opened = await world.negotiate(id_, offer=each["id"])
        await world.consumer.reaches("negotiations", opened["id"], "FINALIZED")


async def test_a_definition_that_is_removed_ends_the_offer_and_no_agreement(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    agreement = await world.agree(id_)
    assert (await world.provider.api("DELETE", f"/contract-definitions/{id_}")).status == 204
    assert await _offered(world, id_) == []
    moved = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    await world.consumer.reaches("transfers", moved["id"], "STARTED")


async def test_a_policy_in_use_is_not_removed(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    said = await world.provider.api("DELETE", f"/policies/{id_}")
    assert (said.status, said.code) == (409, "policy.in-use")
    await world.provider.api("DELETE", f"/contract-definitions/{id_}")
    assert (await world.provider.api("DELETE", f"/policies/{id_}")).status == 204


async def test_an_asset_with_live_agreements_is_not_withdrawn(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    agreement = await world.agree(id_)
    said = await world.provider.api("DELETE", f"/assets/{id_}")
    assert (said.status, said.code) == (409, "asset.in-use")
    found = await world.provider.get("/agreements", wire_id=agreement["wire_id"])
    await world.provider.post(f"/agreements/{found['items'][0]['id']}/terminate", {"reason": "sold"})
    assert (await world.provider.api("DELETE", f"/assets/{id_}")).status == 204
    assert await _offered(world, id_) == []


async def test_publishing_is_evidence_with_the_digest_of_the_terms(world: World) -> None:
    id_ = urn()
    await world.provider.publish(id_)
    entries = await world.provider.get("/evidence/entries", kind="publication", limit=1000)
    facts = next(each["entry"]["facts"] for each in entries if each["entry"]["facts"]["asset"] == id_)
    assert len(facts["policy_digest"]) == 64


@pytest.mark.parametrize("action", ["cx-policy:access", "https://w3id.org/catenax/policy/access"])
async def test_an_access_policy_of_catena_x_shows_the_offer_to_members_alone(
    world: World, action: str
) -> None:
    member = {"leftOperand": "cx-policy:Membership", "operator": "eq", "rightOperand": "active"}
    other = {
        "leftOperand": "BusinessPartnerNumber",
        "operator": "isAnyOf",
        "rightOperand": ["BPNL00000000001A"],
    }
    await world.admit(world.consumer)
    for constraint, offers in ((member, 1), (other, 0)):
        id_ = urn()
        access = {"permission": [{"action": action, "constraint": [constraint]}]}
        await world.provider.post("/publications", _publication(world.provider, id_, access=access))
        assert len(await _offered(world, id_)) == offers
