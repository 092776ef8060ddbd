"""Looking at others: what they answer well, badly or not at all has a defined answer here (D-04)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from tests.nodes import OPEN, World
from tests.stranger import Heard, Stranger, message, offer, stranger

pytestmark = pytest.mark.asyncio(loop_scope="module")


def _dataset(id_: str, *offers: str, **members: Any) -> dict[str, Any]:
    policies = [
        {k: v for k, v in offer(each, id_, OPEN).items() if k != "target"} for each in offers or ("o",)
    ]
    service = {"@id": "s", "@type": "DataService", "endpointURL": "https://p.example/2025-1"}
    made = {
        "@id": id_,
        "hasPolicy": policies,
        "distribution": [{"@type": "Distribution", "format": "HttpData-PULL", "accessService": service}],
    }
    return message("Dataset", **(made | members))


@pytest_asyncio.fixture(loop_scope="module")
async def shop(world: World) -> AsyncIterator[Stranger]:
    """A participant whose answers a test chooses."""
    async with stranger(world.session) as made:
        yield made


def _answers(status: int, document: object) -> Any:
    return lambda heard: (status, document) if "/catalog" in heard.path else None


async def _asked(world: World, shop: Stranger, **query: object) -> Any:
    return await world.consumer.api("GET", "/catalog", participant=shop.did, **query)


async def test_the_named_offer_of_a_dataset_is_asked_for(world: World, shop: Stranger) -> None:
    shop.answering = _answers(200, _dataset("d", "first", "second"))
    form = {"participant": shop.did, "dataset": "d"}
    for wanted, expected in ((None, "first"), ("second", "second")):
        named = {} if wanted is None else {"offer": wanted}
        made = await world.consumer.post("/negotiations", form | named)
        heard = await shop.hears("ContractRequestMessage", made["id"])
        assert (heard.json["offer"]["@id"], heard.json["offer"]["target"]) == (expected, "d")


async def test_an_offer_that_is_not_there_opens_nothing(world: World, shop: Stranger) -> None:
    shop.answering = _answers(200, _dataset("d", "first"))
    before = world.consumer.counts()
    form = {"participant": shop.did, "dataset": "d", "offer": "third"}
    said = await world.consumer.api("POST", "/negotiations", form)
    assert (said.status, said.code) == (404, "offer.not-found")
    assert world.consumer.counts() == before


ANSWERS: dict[str, tuple[int, object, int, str]] = {
    "not for us": (401, message("CatalogError", code="401", reason=[]), 502, "peer.answer"),
    "forbidden": (403, message("CatalogError", code="403", reason=["members only"]), 502, "peer.answer"),
    "broken": (500, {}, 502, "peer.answer"),
    "a redirect to nowhere": (302, {}, 502, "peer.answer"),
    "no json": (200, b"<html>", 502, "peer.catalog"),
    "no utf-8": (200, b'{"@id":"\xff"}', 502, "peer.catalog"),
    "another type": (200, message("ContractNegotiation"), 502, "peer.catalog"),
    "nothing": (200, b"", 502, "peer.catalog"),
    "too deep": (200, b"[" * 100_000 + b"]" * 100_000, 502, "peer.catalog"),
}


@pytest.mark.parametrize(("status", "body", "expected", "code"), ANSWERS.values(), ids=ANSWERS)
async def test_a_catalog_that_cannot_be_had_is_told_as_what_it_is(
    world: World, shop: Stranger, status: int, body: object, expected: int, code: str
) -> None:
    shop.answering = _answers(status, body)
    said = await _asked(world, shop)
    assert (said.status, said.code) == (expected, code), said
    assert said.json["detail_zh"]


async def test_a_participant_that_is_away_is_told_so(world: World) -> None:
    async with stranger(world.session) as gone:
        did = gone.did
    said = await world.consumer.api("GET", "/catalog", participant=did)
    assert (said.status, said.code) == (502, "did.unresolved")
    assert said.json["facts"]["cause"] == "peer.unreachable"


async def test_a_dataset_of_others_is_shown_with_what_it_says_of_itself(world: World, shop: Stranger) -> None:
    title = [{"@value": "空气", "@language": "zh"}]
    shop.answering = _answers(200, _dataset("d", title=title, keyword=["pm25"], unknown={"x": 1}))
    said = await _asked(world, shop, dataset="d")
    assert said.status == 200
    (shown,) = said.json["datasets"]
    assert (shown["id"], shown["formats"], len(shown["offers"])) == ("d", ["HttpData-PULL"], 1)


async def test_an_offer_that_nobody_can_read_is_shown_and_permits_nothing(
    world: World, shop: Stranger
) -> None:
    strange = _dataset("d")
    strange["hasPolicy"][0]["permission"] = [{"action": "teleport"}]
    shop.answering = _answers(200, strange)
    said = await _asked(world, shop, dataset="d")
    assert said.status == 200
    rules = said.json["datasets"][0]["offers"][0]["policy"]["rules"]
    assert rules["zh"]


async def test_what_a_peer_is_asked_carries_a_proof_for_exactly_this_request(
    world: World, shop: Stranger
) -> None:
    """D-02: also where nothing but a GET goes out."""
    kept: list[Heard] = []

    def answer(heard: Heard) -> tuple[int, object] | None:
        kept.append(heard)
        return 200, _dataset("d")

    shop.answering = answer
    await _asked(world, shop, dataset="d")
    assert kept[0].authorization.startswith("Bearer ey")
    assert kept[0].method == "GET"
