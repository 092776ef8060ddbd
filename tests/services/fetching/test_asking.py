"""Asking for an agreement: for the offer that was shown, and only where a use could come of it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.nodes import OPEN, World, rule
from tests.stranger import Stranger, message, offer, stranger

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _answer(policy: Any, id_: str = "o") -> Any:
    """The dataset `d` under one offer."""
    service = {"@id": "s", "@type": "DataService", "endpointURL": "https://p.example/2025-1"}
    bare = {name: said for name, said in offer(id_, "d", policy).items() if name != "target"}
    dataset = message(
        "Dataset",
        **{
            "@id": "d",
            "hasPolicy": [bare],
            "distribution": [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}],
        },
    )
    return lambda heard: (200, dataset) if "/catalog" in heard.path else None


@pytest_asyncio.fixture(loop_scope="module")
async def shop(world: World) -> AsyncIterator[Stranger]:
    """A provider whose answers a test chooses."""
    async with stranger(world.session) as made:
        yield made


async def _shown(world: World, shop: Stranger) -> dict[str, Any]:
    """The first offer of `d`, as the node shows it to whoever asks."""
    said = await world.consumer.get("/catalog", participant=shop.did, dataset="d")
    found: dict[str, Any] = said["datasets"][0]["offers"][0]
    return found


async def test_an_offer_that_changes_between_looking_and_asking_is_not_asked_for(
    world: World, shop: Stranger
) -> None:
    shop.answering = _answer(rule("count", "lteq", "10"))
    shown = await _shown(world, shop)
    shop.answering = _answer(rule("count", "lteq", "3"))
    before = world.consumer.counts()["negotiations"]
    form = {"participant": shop.did, "dataset": "d", "offer": shown["id"], "shown": shown["policy"]["odrl"]}
    said = await world.consumer.api("POST", "/negotiations", form)
    assert (said.status, said.code) == (409, "offer.changed")
    assert "10" in said.json["title"]
    assert "3" in said.json["title"]
    (change,) = msgspec.json.decode(said.json["facts"]["changes"])
    assert (change["about"], change["before"], change["after"]) == ("count", ["10"], ["3"])
    assert world.consumer.counts()["negotiations"] == before


async def test_get_negotiates_no_other_offer_than_the_one_it_showed(
    world: World, shop: Stranger, tmp_path: Path
) -> None:
    """A provider that answers differently the second time."""
    answers = iter([rule("count", "lteq", "10")])
    shop.answering = lambda heard: _answer(next(answers, rule("count", "lteq", "3")))(heard)
    at = {"XINFU_URL": world.consumer.urls["management"], "XINFU_API_KEY": world.consumer.api_key}
    before = world.consumer.counts()["negotiations"]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "xinfu", "get", shop.did, "d", "--lang", "en", "--json", "--timeout", "10"),
        cwd=tmp_path,
        env={**os.environ, **at},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert msgspec.json.decode(told)["error"]["code"] == "offer.changed"
    assert world.consumer.counts()["negotiations"] == before
    assert list(tmp_path.iterdir()) == []


async def test_the_offer_that_was_shown_is_the_one_that_is_asked_for(world: World, shop: Stranger) -> None:
    shop.answering = _answer(rule("count", "lteq", "10"))
    shown = await _shown(world, shop)
    form = {"participant": shop.did, "dataset": "d", "offer": shown["id"], "shown": shown["policy"]["odrl"]}
    made = await world.consumer.post("/negotiations", form)
    heard = await shop.hears("ContractRequestMessage", made["id"])
    assert heard.json["offer"]["permission"][0]["constraint"][0]["rightOperand"] == "10"


async def test_an_offer_with_what_nobody_reads_is_the_same_while_it_does_not_change(
    world: World, shop: Stranger
) -> None:
    strange = {"@type": "Set", "permission": [{"action": "teleport", "odd:member": {"x": 1}}]}
    shop.answering = _answer(strange)
    shown = await _shown(world, shop)
    form = {"participant": shop.did, "dataset": "d", "shown": shown["policy"]["odrl"]}
    assert (await world.consumer.api("POST", "/negotiations", form)).status == 201


LACKING: dict[str, tuple[Any, dict[str, Any], str]] = {
    "purpose": (rule("purpose", "isAnyOf", ["research"]), {}, "--purpose research"),
    "several purposes": (
        rule("purpose", "isAnyOf", ["research", "teaching"]),
        {},
        "--purpose (one of: research, teaching)",
    ),
    "vault": (rule("executionEnv", "eq", "01"), {}, "--vault"),
    "sandbox": (rule("executionEnv", "eq", "02"), {"purpose": "research"}, "--declare executionEnv=02"),
    "another environment": (rule("executionEnv", "eq", "02"), {"vault": True}, "--declare executionEnv=02"),
    "application": (rule("application", "eq", "urn:app:1"), {}, "--declare application=urn:app:1"),
    "another application": (
        rule("application", "eq", "urn:app:1"),
        {"declared": {"application": "urn:app:2"}},
        "--declare application=urn:app:1",
    ),
    "place": (rule("spatial", "isPartOf", "CN-43"), {}, "--declare spatial=CN-43"),
    "not for one purpose": (
        {
            **OPEN,
            "prohibition": [
                {
                    "action": "use",
                    "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "marketing"}],
                }
            ],
            "conflict": "prohibit",
        },
        {},
        "--purpose (anything but: marketing)",
    ),
}


@pytest.mark.parametrize(("policy", "given", "wanted"), LACKING.values(), ids=LACKING)
async def test_an_offer_that_needs_a_declaration_is_not_asked_for_without_it(
    world: World, shop: Stranger, policy: Any, given: dict[str, Any], wanted: str
) -> None:
    shop.answering = _answer(policy)
    before = world.consumer.counts()["negotiations"]
    form = {"participant": shop.did, "dataset": "d", **given}
    said = await world.consumer.api("POST", "/negotiations", form)
    assert (said.status, said.code) == (403, "offer.declaration"), said.json
    assert wanted in said.json["help"]
    assert said.json["detail_zh"]
    assert world.consumer.counts()["negotiations"] == before
    assert (await world.consumer.api("POST", "/negotiations", form | {"anyway": True})).status == 201


async def test_a_value_of_the_provider_is_no_command_to_paste(world: World, shop: Stranger) -> None:
    for value, shown in (("a; rm -rf ~", "--purpose 'a; rm -rf ~'"), ("a\x1b[2Jb", "--purpose …")):
        shop.answering = _answer(rule("purpose", "isAnyOf", [value]))
        said = await world.consumer.api("POST", "/negotiations", {"participant": shop.did, "dataset": "d"})
        assert said.code == "offer.declaration"
        assert shown in said.json["help"]
        assert "\x1b" not in said.json["detail"]


ENOUGH: dict[str, tuple[Any, dict[str, Any]]] = {
    "purpose": (rule("purpose", "isAnyOf", ["research"]), {"purpose": "research"}),
    "a purpose whose kind the provider knows": (
        rule("purpose", "isA", "urn:purposes:science"),
        {"purpose": "urn:purposes:physics"},
    ),
    "vault": (rule("executionEnv", "eq", "01"), {"vault": True}),
    "application": (rule("application", "eq", "urn:app:1"), {"declared": {"application": "urn:app:1"}}),
    "what only a use can tell": (rule("count", "lteq", "3"), {}),
    "what a credential proves": (rule("membership", "eq", "yangtze"), {}),
    "one of two ways": (
        {
            "@type": "Set",
            "permission": [
                {
                    "action": "use",
                    "constraint": [
                        {
                            "or": [
                                {"leftOperand": "purpose", "operator": "eq", "rightOperand": "research"},
                                {"leftOperand": "membership", "operator": "eq", "rightOperand": "yangtze"},
                            ]
                        }
                    ],
                }
            ],
        },
        {},
    ),
    "a counter-offer": (rule("purpose", "eq", "research"), {"policy": OPEN}),
}


@pytest.mark.parametrize(("policy", "given"), ENOUGH.values(), ids=ENOUGH)
async def test_an_offer_is_asked_for_where_a_use_may_come_of_it(
    world: World, shop: Stranger, policy: Any, given: dict[str, Any]
) -> None:
    shop.answering = _answer(policy)
    form = {"participant": shop.did, "dataset": "d", **given}
    assert (await world.consumer.api("POST", "/negotiations", form)).status == 201
