"""Catalogs and datasets over HTTP: what they hold, filters, pages and compression (DSP-RULES 4)."""

import base64
import re
from collections.abc import AsyncIterator
from urllib.parse import quote

import msgspec
import pytest
import pytest_asyncio
from tests.dsp.schemas import Schemas
from tests.nodes import OPEN, Said, Site, World, rule, site
from tests.stranger import Stranger, message

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 230
TITLE = "小时空气质量"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shop(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A node that offers 230 datasets, three pages of them."""
    async with site(tmp_path_factory.mktemp("shop") / "shop", world.session) as made:
        await made.post("/policies", {"id": "open", "policy": OPEN})
        (made.folder / "a.csv").write_bytes(b"1\n")
        source = {"kind": "file", "path": str(made.folder / "a.csv")}
        for number in range(MANY):
            asset = {"id": f"d{number:03}", "source": source, "title": {"zh": TITLE}}
            await made.post("/assets", asset)
        await made.post(
            "/contract-definitions", {"id": "all", "access_policy": "open", "contract_policy": "open"}
        )
        yield made


async def _ask(peer: Stranger, shop: Site, *, url: str = "", body: object = None, **headers: str) -> Said:
    return await peer.send(
        shop.did,
        url or f"{shop.base}/catalog/request",
        message("CatalogRequestMessage") if body is None else body,
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def _links(said: Said) -> dict[str, str]:
    """Relation -> address of a Link header (RFC 8288)."""
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="(\w+)"', said.headers.get("link", ""))}


def _ids(said: Said) -> list[str]:
    return [each["@id"] for each in said.json.get("dataset", ())]


async def test_a_catalog_is_valid_and_says_whose_it_is(peer: Stranger, shop: Site, schemas: Schemas) -> None:
    """R-CAT-03, R-CAT-06 to R-CAT-13."""
    said = await _ask(peer, shop)
    assert said.status == 200
    assert said.headers["content-type"] == "application/json"
    schemas.check(said.body)
    catalog = said.json
    assert catalog["participantId"] == shop.did
    assert [each["endpointURL"] for each in catalog["service"]] == [shop.base]
    assert "hasPolicy" not in catalog
    first = catalog["dataset"][0]
    assert all("target" not in each for each in first["hasPolicy"])
    assert first["distribution"][0]["accessService"]["endpointURL"] == shop.base
    assert len({each["hasPolicy"][0]["@id"] for each in catalog["dataset"]}) == len(catalog["dataset"])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_all_pages_are_linked_forth_and_back(
    peer: Stranger, shop: Site, schemas: Schemas, method: str
) -> None:
    """R-CAT-20 to R-CAT-24: for GET, and for POST with the body of the first request."""

    async def follow(url: str) -> Said:
        if method == "GET":
            return await peer.send(shop.did, url)
        return await _ask(peer, shop, url=url)

    page = await _ask(peer, shop)
    assert _links(page).keys() == {"next"}
    pages = [page]
    while "next" in _links(page):
        page = await follow(_links(page)["next"])
        schemas.check(page.body)
        pages.append(page)
    assert [len(_ids(each)) for each in pages] == [100, 100, 30]
    assert [_links(each).keys() for each in pages] == [{"next"}, {"next", "previous"}, {"previous"}]
    assert [id_ for each in pages for id_ in _ids(each)] == [f"d{n:03}" for n in range(MANY)]
    back = await follow(_links(pages[2])["previous"])
    assert (_ids(back), {*_links(back)}) == (_ids(pages[1]), {"next", "previous"})
    first = await follow(_links(back)["previous"])
    assert (_ids(first), {*_links(first)}) == (_ids(pages[0]), {"next"})


async def test_a_filtered_catalog_is_read_in_pages_too(peer: Stranger, shop: Site, schemas: Schemas) -> None:
    """Each page carries the filter, the order and the length of the first, whatever the fields are."""
    late = {"operandLeft": "createdAt", "operator": ">", "operandRight": 1}
    some = {"operandLeft": "id", "operator": "<", "operandRight": "d005"}
    spec = {"@type": "QuerySpec", "filterExpression": [late, some], "sortField": "id", "sortOrder": "DESC"}
    body = message("CatalogRequestMessage", filter=[{**spec, "limit": 2, "offset": 1}])
    page = await _ask(peer, shop, body=body)
    found = [_ids(page)]
    while "next" in _links(page):
        page = await _ask(peer, shop, url=_links(page)["next"])
        schemas.check(page.body)
        found.append(_ids(page))
    assert found == [["d003", "d002"], ["d001", "d000"]]


@pytest.mark.parametrize(
    "stated",
    ['{"conditions":[]}', '{"limit":0}', '{"limit":101}', '{"offset":-1}', '{"after":1}', "[]", "{", ""],
)
async def test_a_filter_in_an_address_that_was_not_given_is_refused(
    peer: Stranger, shop: Site, stated: str
) -> None:
    token = base64.urlsafe_b64encode(f"spec:{stated}".encode()).decode()
    said = await peer.send(shop.did, f"{shop.base}/catalog/request?page={token}")
    assert (said.status, said.code) == (400, "catalog.page-unknown")


async def test_pages_of_one_dataset_each_go_forth_and_back(peer: Stranger, shop: Site) -> None:
    said = await _ask(peer, shop, url=f"{shop.base}/catalog/request?limit=1")
    assert _ids(said) == ["d000"]
    following = await peer.send(shop.did, _links(said)["next"] + "&limit=1")
    assert (_ids(following), {*_links(following)}) == (["d001"], {"next", "previous"})


@pytest.mark.parametrize(
    "query", ["page=%%%", "page=YWZ0ZXI=", "page=YWZ0ZXI6", "page=c2lkZXdheXM6eA==", "page=\u00e9", "page="]
)
async def test_a_page_that_was_not_given_is_refused(
    peer: Stranger, shop: Site, schemas: Schemas, query: str
) -> None:
    """R-CAT-22: the address is ours alone; one that we did not make is 400."""
    url = f"{shop.base}/catalog/request?{quote(query, safe='=&%')}"
    said = await peer.send(shop.did, url)
    assert (said.status, said.code) == (400, "catalog.page-unknown")
    schemas.check(said.body)


@pytest.mark.parametrize("limit", ["0", "-1", "1001", "\u00b2", "x", "1e3", "", "9" * 5000])
async def test_a_limit_that_is_no_number_of_datasets_is_refused(
    peer: Stranger, shop: Site, limit: str
) -> None:
    url = f"{shop.base}/catalog/request?limit={quote(limit)}"
    said = await peer.send(shop.did, url)
    assert (said.status, said.code) == (400, "catalog.limit"), said


async def test_an_unknown_query_value_is_passed_over(peer: Stranger, shop: Site) -> None:
    said = await peer.send(shop.did, f"{shop.base}/catalog/request?colour=blue")
    assert (said.status, len(_ids(said))) == (200, 100)


async def test_a_filter_by_id_gives_that_dataset_alone(peer: Stranger, shop: Site, schemas: Schemas) -> None:
    said = await _ask(peer, shop, body=message("CatalogRequestMessage", filter=[{"dataset": "d042"}]))
    assert (_ids(said), _links(said)) == (["d042"], {})
    schemas.check(said.body)


async def test_an_empty_filter_is_none(peer: Stranger, shop: Site) -> None:
    """R-CAT-01."""
    said = await _ask(peer, shop, body=message("CatalogRequestMessage", filter=[]))
    assert len(_ids(said)) == 100


async def test_a_filter_that_matches_nothing_gives_a_catalog_without_datasets(
    peer: Stranger, shop: Site, schemas: Schemas
) -> None:
    """R-CAT-04, R-CAT-05: an empty array would be invalid."""
    said = await _ask(peer, shop, body=message("CatalogRequestMessage", filter=[{"dataset": "none"}]))
    assert said.status == 200
    assert "dataset" not in said.json
    schemas.check(said.body)


FILTERS: dict[str, object] = {
    "another key": [{"keyword": "air"}],
    "two": [{"dataset": "d001"}, {"dataset": "d002"}],
    "a key more": [{"dataset": "d001", "keyword": "air"}],
    "a number": [{"dataset": 1}],
    "a text": ["d001"],
    "a query of another sort": [{"@type": "Query", "limit": 50}],
}


@pytest.mark.parametrize("filters", FILTERS.values(), ids=FILTERS)
async def test_a_filter_that_is_not_supported_is_refused_and_not_passed_over(
    peer: Stranger, shop: Site, schemas: Schemas, filters: object
) -> None:
    """R-CAT-02."""
    said = await _ask(peer, shop, body=message("CatalogRequestMessage", filter=filters))
    assert (said.status, said.code) == (400, "catalog.filter-unsupported")
    schemas.check(said.body)


BODIES: dict[str, bytes] = {
    "empty": b"",
    "no object": b"[]",
    "no json": b"{",
    "not utf-8": b'{"@type":"\xff"}',
    "another type": msgspec.json.encode(message("ContractRequestMessage")),
    "no context": b'{"@type":"CatalogRequestMessage"}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_bad_request_is_400_with_a_catalog_error(
    peer: Stranger, shop: Site, schemas: Schemas, body: bytes
) -> None:
    """A-06, R-HTTP-08."""
    said = await _ask(peer, shop, body=body)
    assert (said.status, said.json["@type"]) == (400, "CatalogError")
    schemas.check(said.body)


@pytest.mark.parametrize(
    ("accept", "compressed"),
    [
        ("gzip", True),
        ("br, gzip", True),
        ("GZIP;q=0.5", True),
        ("*", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, br", False),
        ("notgzip", False),
    ],
)
async def test_a_catalog_is_compressed_only_for_who_takes_it(
    peer: Stranger, shop: Site, accept: str, *, compressed: bool
) -> None:
    """R-CAT-25."""
    async with peer.session.post(
        f"{shop.base}/catalog/request",
        data=(body := msgspec.json.encode(message("CatalogRequestMessage"))),
        headers={
            "Accept-Encoding": accept,
            "Content-Type": "application/json",
            "Authorization": peer.token(shop.did, f"{shop.base}/catalog/request", body),
        },
    ) as answer:
        text = await answer.read()
        assert (answer.headers.get("Content-Encoding") == "gzip") is compressed
        assert answer.headers.get("Vary", "") == ("Accept-Encoding")
    assert len(msgspec.json.decode(text)["dataset"]) == 100


IDS = ["https://data.example/a b?c=1#d", "50%2F50", "a/b/c", "urn:uuid:1", "空气", "a:b", "x+y&z", "..%2f"]


@pytest.mark.parametrize("id_", IDS)
async def test_a_dataset_is_asked_for_by_its_encoded_id(
    world: World, peer: Stranger, schemas: Schemas, id_: str
) -> None:
    """R-HTTP-13: encoded once, decoded once."""
    await world.provider.publish(id_)
    said = await peer.send(
        world.provider.did, f"{world.provider.base}/catalog/datasets/{quote(id_, safe='')}"
    )
    assert (said.status, said.json["@id"]) == (200, id_)
    schemas.check(said.body)


@pytest.mark.parametrize("id_", IDS)
async def test_a_dataset_of_any_id_can_be_negotiated(world: World, id_: str) -> None:
    """R-CAT-12: an offer's id is unique to its dataset, whatever stands in the dataset's id."""
    await world.provider.publish(id_)
    agreement = await world.agree(id_)
    assert agreement["dataset"] == id_


async def test_an_offer_is_shown_to_whom_its_access_policy_allows_and_to_nobody_else(
    world: World, peer: Stranger
) -> None:
    """R-CAT-14."""
    await world.provider.publish("for the stranger", access=rule("assignee", "eq", peer.did))
    shown = (await _ask(peer, world.provider)).json["dataset"]
    assert "for the stranger" in [each["@id"] for each in shown]
    others = await world.consumer.get("/catalog", participant=world.provider.did)
    assert "for the stranger" not in [each["id"] for each in others["datasets"]]


async def test_the_native_api_reads_all_pages_of_another_participant(world: World, shop: Site) -> None:
    found = await world.consumer.get("/catalog", participant=shop.did, limit=1000)
    assert (len(found["datasets"]), found["more"]) == (MANY, False)
    assert found["datasets"][0]["title"] == {"zh": TITLE}
    some = await world.consumer.get("/catalog", participant=shop.did, limit=150)
    assert (len(some["datasets"]), some["more"]) == (150, True)
