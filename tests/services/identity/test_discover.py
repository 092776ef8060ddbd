"""Looking at others: what they answer well, badly or not at all has a defined answer here (D-04)."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.nodes import OPEN, World
from tests.standing_still import measured
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
    before = world.consumer.counts()["negotiations"]
    form = {"participant": shop.did, "dataset": "d", "offer": "third"}
    said = await world.consumer.api("POST", "/negotiations", form)
    assert (said.status, said.code) == (404, "offer.not-found")
    assert world.consumer.counts()["negotiations"] == before


ANSWERS: dict[str, tuple[int, object, int, str]] = {
    "not for us": (401, message("CatalogError", code="401", reason=[]), 502, "peer.answer"),
    "forbidden": (403, message("CatalogError", code="403", reason=["members only"]), 502, "peer.answer"),
    "broken": (500, {}, 502, "peer.answer"),
    "a redirect to nowhere": (302, {}, 502, "peer.answer"),
    "no json": (200, b"<html>", 502, "peer.catalog"),
    "no utf-8": (200, b'{"@id":"\xff"}', 502, "peer.catalog"),
    "another type": (200, message("ContractNegotiation"), 502, "peer.catalog"),
    "nothing": (200, b"", 502, "peer.catalog"),
    "too deep": (200, b"[" * 100_000 + b"]" * 100_000, 502, "peer.catalog-too-large"),
}


@pytest.mark.parametrize(("status", "body", "expected", "code"), ANSWERS.values(), ids=ANSWERS)
async def test_a_catalog_that_cannot_be_had_is_told_as_what_it_is(
    world: World, shop: Stranger, status: int, body: object, expected: int, code: str
) -> None:
    shop.answering = _answers(status, body)
    said = await _asked(world, shop)
    assert (said.status, said.code) == (expected, code), said
    assert said.json["detail_zh"]


def _catalog(*datasets: dict[str, Any], **members: Any) -> dict[str, Any]:
    """In the compact form: the context stands at the root alone."""
    return message("Catalog", **({"@id": "c", "dataset": [_inside(each) for each in datasets]} | members))


def _inside(document: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "@context"}


def _of_many(datasets: int, offers: int = 1) -> dict[str, Any]:
    one = _dataset("d", *(f"o{number}" for number in range(offers)))
    return _catalog(*({**one, "@id": f"d{number}"} for number in range(datasets)))


TOO_MUCH: dict[str, tuple[dict[str, Any], str, str]] = {
    "datasets": (_of_many(2_001), "message.too-many-datasets", "2000"),
    "datasets of catalogs inside": (
        _catalog(catalog=[_inside(_of_many(1_001)), _inside(_of_many(1_000))]),
        "message.too-many-datasets",
        "2000",
    ),
    "offers": (_of_many(5, 801), "message.too-many-offers", "4000"),
    "offers of one distribution": (
        _catalog(
            _dataset(
                "d",
                distribution=[
                    {
                        "@type": "Distribution",
                        "format": "HttpData-PULL",
                        "accessService": "s",
                        "hasPolicy": _dataset("d", *(f"o{number}" for number in range(4_001)))["hasPolicy"],
                    }
                ],
            )
        ),
        "message.too-many-offers",
        "4000",
    ),
}


@pytest.mark.parametrize(("document", "code", "limit"), TOO_MUCH.values(), ids=TOO_MUCH)
async def test_a_page_of_more_than_we_read_is_refused_with_the_bound(
    world: World, shop: Stranger, document: dict[str, Any], code: str, limit: str
) -> None:
    shop.answering = _answers(200, document)
    said = await _asked(world, shop)
    assert (said.status, said.code) == (502, "peer.catalog-too-large"), said
    facts = said.json["facts"]
    assert (facts["code"], facts["limit"]) == (code, limit)
    assert limit in said.json["detail"]
    assert "catalog_datasets" in said.json["help"]


async def test_a_page_longer_than_we_read_is_refused_with_the_bound(world: World, shop: Stranger) -> None:
    shop.answering = _answers(200, _catalog(description=[{"@value": "x" * 9_000_000, "@language": "en"}]))
    said = await _asked(world, shop)
    assert (said.status, said.code) == (502, "peer.too-large"), said
    assert "8388608" in said.json["detail"]


async def test_the_node_goes_on_while_a_large_page_is_read(world: World, shop: Stranger) -> None:
    """The loop is shared with the node: what it computes in one go is little beside what the page takes elsewhere."""
    shop.answering = _answers(200, msgspec.json.encode(_of_many(2_000, 2)))
    said, work = await measured(_asked(world, shop, limit=1000))
    assert said.status == 200
    assert work.in_one_go < work.aside / 4


OTHERS: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "a catalog of another": (_catalog(participantId="did:web:bank.example"), {}, "peer.other-participant"),
    "an offer of another, in a catalog": (
        _catalog(_dataset("d") | {"hasPolicy": [{**_dataset("d")["hasPolicy"][0], "assigner": "did:web:x"}]}),
        {},
        "peer.other-participant",
    ),
    "an offer of another": (
        _dataset("d") | {"hasPolicy": [{**_dataset("d")["hasPolicy"][0], "assigner": "did:web:x"}]},
        {"dataset": "d"},
        "peer.other-participant",
    ),
    "another dataset": (_dataset("e"), {"dataset": "d"}, "peer.other-dataset"),
}


@pytest.mark.parametrize(("document", "query", "code"), OTHERS.values(), ids=OTHERS)
async def test_what_speaks_for_another_than_we_asked_is_refused(
    world: World, shop: Stranger, document: dict[str, Any], query: dict[str, str], code: str
) -> None:
    shop.answering = _answers(200, document)
    said = await _asked(world, shop, **query)
    assert (said.status, said.code) == (502, code), said
    assert said.json["detail_zh"]


async def test_a_dataset_of_another_id_opens_no_negotiation(world: World, shop: Stranger) -> None:
    shop.answering = _answers(200, _dataset("e", "first"))
    before = world.consumer.counts()
    said = await world.consumer.api("POST", "/negotiations", {"participant": shop.did, "dataset": "d"})
    assert (said.status, said.code) == (502, "peer.other-dataset")
    assert world.consumer.counts() == before


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
