"""Policies as they are stated: aliases become participants, and dates that are over are refused."""

import json
from typing import Any

import pytest
from tests.nodes import OPEN, Site, World, rule
from tests.stranger import urn

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAST, FUTURE = "2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"


def _form(site: Site, policy: Any, **more: Any) -> dict[str, Any]:
    path = site.folder / "stated.csv"
    path.write_bytes(b"a\n1\n")
    return {
        "asset": {"id": urn(), "source": {"kind": "file", "path": str(path)}, "grade": 1},
        "policy": policy,
        **more,
    }


def _between(start: str, end: str, **more: Any) -> dict[str, Any]:
    said = [
        {"leftOperand": "dateTime", "operator": operator, "rightOperand": moment}
        for operator, moment in (("gteq", start), ("lt", end))
    ]
    return {"@type": "Set", "permission": [{"action": "use", "constraint": said}], **more}


PARTIES: dict[str, Any] = {
    "recipient": rule("recipient", "eq", "rescue"),
    "one of several": rule("recipient", "isAnyOf", ["did:web:other.example", "rescue"]),
    "assignee of the rule": {"@type": "Set", "permission": [{"action": "use", "assignee": "rescue"}]},
    "assignee of the policy": {**OPEN, "assignee": "rescue"},
    "in an alternative": {
        "@type": "Set",
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {"or": [{"leftOperand": "recipient", "operator": "eq", "rightOperand": "rescue"}]}
                ],
            }
        ],
    },
    "informed party of a duty": {
        "@type": "Set",
        "permission": [{"action": "use", "duty": [{"action": "inform", "informedParty": "rescue"}]}],
    },
}


@pytest.mark.parametrize("policy", PARTIES.values(), ids=PARTIES)
async def test_an_alias_is_the_participant_it_stands_for_or_is_refused(world: World, policy: Any) -> None:
    site = world.provider
    refused = await site.api("POST", "/publications", _form(site, policy))
    assert (refused.status, refused.code) == (400, "participant.no-alias"), refused.json
    assert "rescue" in refused.json["title"]
    await site.put("/participants/friend", {"did": world.consumer.did})
    told = json.dumps(policy).replace("rescue", "friend")
    named = await site.post("/publications", _form(site, json.loads(told)))
    stored = str(named["policy"]["policy"]["odrl"])
    assert world.consumer.did in stored
    assert "friend" not in stored


async def test_a_rule_for_an_alias_opens_to_whom_it_stands_for(world: World) -> None:
    site = world.provider
    await site.put("/participants/friend", {"did": world.consumer.did})
    form = _form(site, rule("recipient", "eq", "friend"))
    await site.post("/publications", form)
    assert (await world.agree(form["asset"]["id"]))["state"] == "ACTIVE"


async def test_an_answer_is_for_the_participant_that_an_alias_stands_for(world: World) -> None:
    site = world.provider
    await site.put("/participants/friend", {"did": world.consumer.did})
    answer = {"on": "requested", "do": ["hold"], "peer": "friend", "dataset": "none"}
    assert (await site.put("/answers/alias", answer))["peer"] == world.consumer.did
    refused = await site.api("PUT", "/answers/alias", answer | {"peer": "nobody"})
    assert (refused.status, refused.code) == (400, "participant.no-alias")


async def test_a_credential_is_issued_about_no_alias_that_nobody_knows(world: World) -> None:
    said = await world.issuer.api("POST", "/issuer/credentials", {"subject": "nobody", "claims": {}})
    assert (said.status, said.code) == (400, "participant.no-alias")


LISTS = ("agreements", "negotiations", "transfers", "duties", "payments")


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_cut_by_an_alias_as_by_the_participant(world: World, path: str) -> None:
    site = world.provider
    await site.put("/participants/friend", {"did": world.consumer.did})
    await site.put("/participants/other", {"did": "did:web:other.example"})
    dataset = urn()
    await site.publish(dataset)
    await world.agree(dataset)
    by_did = await site.get(f"/{path}", peer=world.consumer.did)
    assert await site.get(f"/{path}", peer="friend") == by_did
    assert (by_did["total"] > 0) == (path in {"agreements", "negotiations"})
    assert (await site.get(f"/{path}", peer="other"))["total"] == 0
    refused = await site.api("GET", f"/{path}", peer="nobody")
    assert (refused.status, refused.code) == (400, "participant.no-alias")


async def test_an_answer_is_explained_about_an_alias_as_about_the_participant(world: World) -> None:
    dataset = urn()
    await world.provider.publish(dataset)
    await world.agree(dataset)
    for site, other, name in (
        (world.provider, world.consumer, "participant"),
        (world.consumer, world.provider, "provider"),
    ):
        await site.put("/participants/friend", {"did": other.did})
        found = await site.get("/explanation", dataset=dataset, **{name: "friend"})
        assert found["basis"] == "agreement"
        refused = await site.api("GET", "/explanation", dataset=dataset, **{name: "nobody"})
        assert (refused.status, refused.code) == (400, "participant.no-alias")


OVER: dict[str, Any] = {
    "until": rule("dateTime", "lteq", PAST),
    "before": rule("dateTime", "lt", PAST),
    "one rule of two": {
        "@type": "Set",
        "permission": [
            {"action": "use"},
            rule("dateTime", "lt", PAST)["permission"][0],
        ],
    },
    "a prohibition": {
        **OPEN,
        "prohibition": [
            {
                "action": "distribute",
                "constraint": _between(PAST, "2021-01-01T00:00:00Z")["permission"][0]["constraint"],
            }
        ],
        "conflict": "prohibit",
    },
    "a duty": {
        "@type": "Set",
        "permission": [
            {
                "action": "use",
                "duty": [
                    {
                        "action": "delete",
                        "constraint": [{"leftOperand": "dateTime", "operator": "lteq", "rightOperand": PAST}],
                    }
                ],
            }
        ],
    },
}


@pytest.mark.parametrize("policy", OVER.values(), ids=OVER)
async def test_a_rule_whose_time_is_over_is_published_only_where_that_is_meant(
    world: World, policy: Any
) -> None:
    site = world.provider
    for path, form in (
        ("/publications", _form(site, policy)),
        ("/policies", {"id": urn(), "policy": policy}),
    ):
        refused = await site.api("POST", path, form)
        assert (refused.status, refused.code) == (400, "policy.past"), refused.json
        assert (await site.api("POST", path, form | {"past": True})).status == 201


IN_TIME: dict[str, Any] = {
    "until": rule("dateTime", "lteq", FUTURE),
    "from the past on": rule("dateTime", "gteq", PAST),
    "a span": _between(PAST, FUTURE),
    "one alternative of two": {
        "@type": "Set",
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {
                        "or": [
                            {"leftOperand": "dateTime", "operator": "lt", "rightOperand": PAST},
                            {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"},
                        ]
                    }
                ],
            }
        ],
    },
}


@pytest.mark.parametrize("policy", IN_TIME.values(), ids=IN_TIME)
async def test_a_rule_that_can_hold_is_published(world: World, policy: Any) -> None:
    assert (await world.provider.api("POST", "/publications", _form(world.provider, policy))).status == 201


async def test_terms_that_are_over_are_not_asked_for(world: World) -> None:
    site = world.provider
    form = _form(site, OPEN)
    await site.post("/publications", form)
    said = await world.consumer.api(
        "POST",
        "/negotiations",
        {"participant": site.did, "dataset": form["asset"]["id"], "policy": rule("dateTime", "lt", PAST)},
    )
    assert (said.status, said.code) == (400, "policy.past")
