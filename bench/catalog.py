"""The catalog of a provider with 100,000 datasets, each under a definition and a policy of its own."""

import re
import statistics
import time

import aiohttp
import msgspec

from bench import edc, shelf
from bench.asker import Asked, Asker, asker
from bench.figures import Figure
from bench.nodes import Started, node, pss_mb

ROUNDS = 30
AUDIENCES = 1000
OF_EDC = 1000
_ASK = msgspec.json.encode(
    {"@context": ["https://w3id.org/dspace/2025/1/context.jsonld"], "@type": "CatalogRequestMessage"}
)


async def measure() -> list[Figure]:
    """Measure whole requests over loopback, with the check of the token; then again with more policies to decide."""
    async with (
        node("provider") as provider,
        node("consumer") as consumer,
        asker() as peer,
        aiohttp.ClientSession() as session,
    ):
        await shelf.fill(session, provider)
        about = await shelf.call(session, "GET", provider, "/node")
        shop = Shop(
            peer=peer, did=provider.participant, url=f"{about['contexts'][0]['protocol']}/catalog/request"
        )
        first = await shop.median(None)
        walked = await _walk(shop, provider)
        middle = await shop.median(walked.middle)
        last = await shop.median(walked.last)
        filtered = await shop.median(None, _filter("https://bench.example/city", "c7"))
        selecting_s = await _select(session, provider)
        selected = await shop.median(None)
        await _audiences(session, provider)
        judged = await shop.median(None)
        asked = await _as_consumer(session, provider, consumer)
        theirs = await _edc(session)
    return [
        Figure(name="catalog.100000.first-page", value=first, unit="ms", budget=10),
        Figure(name="catalog.100000.middle-page", value=middle, unit="ms", budget=10),
        Figure(name="catalog.100000.last-page", value=last, unit="ms", budget=10),
        Figure(name="catalog.100000.filtered-page", value=filtered, unit="ms", budget=10),
        Figure(name="catalog.100000.walk", value=walked.took_s, unit="s"),
        Figure(name="catalog.100000.walk.growth", value=walked.growth_mb, unit="MB", budget=10),
        Figure(name="catalog.select-100000-by-property", value=selecting_s, unit="s"),
        Figure(name="catalog.100000.first-page.also-selected", value=selected, unit="ms", budget=10),
        Figure(name="catalog.100000.first-page.1000-policies", value=judged, unit="ms"),
        Figure(
            name="catalog.first-50.by-a-consumer",
            value=asked,
            unit="ms",
            peer=f"EDC 0.14 with {OF_EDC} datasets",
            peer_value=theirs,
        ),
    ]


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """A walk over all pages: the addresses of two pages, its duration, and the memory that remained in use."""

    middle: str
    last: str
    took_s: float
    growth_mb: float


class Shop(msgspec.Struct, frozen=True, kw_only=True):
    """The provider as the asker sees it."""

    peer: Asker
    did: str
    url: str

    async def page(self, url: str | None, body: bytes = _ASK) -> Asked:
        """Fetch the page at an address; None for the first page."""
        if url is None:
            return await self.peer.ask(self.did, "POST", self.url, body)
        return await self.peer.ask(self.did, "GET", url)

    async def median(self, url: str | None, body: bytes = _ASK) -> float:
        """The median of the milliseconds of a page."""
        await self.page(url, body)
        return statistics.median([(await self.page(url, body)).took_ms for _ in range(ROUNDS)])


async def _walk(shop: Shop, provider: Started) -> Walked:
    following = _next(await shop.page(None))
    pages: list[str] = []
    before, began = pss_mb(provider.pid), time.perf_counter()
    while following is not None:
        pages.append(following)
        following = _next(await shop.page(following))
    took_s = time.perf_counter() - began
    if len(pages) != shelf.MANY // 100 - 1:
        raise RuntimeError(f"{len(pages)} pages")
    return Walked(
        middle=pages[len(pages) // 2],
        last=pages[-1],
        took_s=took_s,
        growth_mb=pss_mb(provider.pid) - before,
    )


def _next(page: Asked) -> str | None:
    found = re.search(r'<([^>]+)>; rel="next"', page.link)
    return found[1] if found else None


def _filter(left: str, right: str) -> bytes:
    criterion = {"@type": "Criterion", "operandLeft": left, "operator": "=", "operandRight": right}
    spec = {"@type": "QuerySpec", "filterExpression": [criterion]}
    return msgspec.json.encode({**msgspec.json.decode(_ASK), "filter": [spec]})


async def _select(session: aiohttp.ClientSession, provider: Started) -> float:
    """Time a definition that selects all assets by a property, made through the management API."""
    await shelf.call(session, "POST", provider, "/policies", json={"id": "open", "policy": shelf.OPEN})
    body = {
        "@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"},
        "@id": "by-kind",
        "accessPolicyId": "open",
        "contractPolicyId": "open",
        "assetsSelector": [
            {"operandLeft": "https://bench.example/kind", "operator": "=", "operandRight": "air"}
        ],
    }
    url = f"{provider.management}/management/v3/contractdefinitions"
    began = time.perf_counter()
    async with session.post(url, json=body, headers=provider.headers) as answer:
        if answer.status != 200:
            raise RuntimeError(await answer.text())
    return time.perf_counter() - began


async def _audiences(session: aiohttp.ClientSession, provider: Started) -> None:
    """Publish further datasets, each for an audience of its own to which the asker belongs."""
    forms = list(shelf.publications(provider, AUDIENCES, name="e"))
    for number, form in enumerate(forms):
        year = {
            "leftOperand": "dateTime",
            "operator": "gt",
            "rightOperand": f"{1000 + number}-01-01T00:00:00Z",
        }
        form["access"] = {"permission": [{"action": "use", "constraint": [year]}]}
    told = await shelf.call(session, "POST", provider, "/publications/batch", json={"publications": forms})
    if told["refused"]:
        raise RuntimeError(next(each for each in told["items"] if not each["published"]))


async def _as_consumer(session: aiohttp.ClientSession, provider: Started, consumer: Started) -> float:
    """The median of the milliseconds of a user's whole call at the consumer."""
    took: list[float] = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        query = {"participant": provider.participant, "limit": "50"}
        await shelf.call(session, "GET", consumer, "/catalog", params=query)
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


async def _edc(session: aiohttp.ClientSession) -> float | None:
    """The same for the call of a user of an EDC consumer; None if EDC is absent."""
    async with edc.pair(wait_ms=None) as peers:
        if peers is None:
            return None
        provider, consumer = peers
        await edc.offer(session, provider)
        await edc.stock(session, provider, OF_EDC)
        took: list[float] = []
        for _ in range(5):
            began = time.perf_counter()
            await edc.catalog(session, provider, consumer, limit=50)
            took.append(1000 * (time.perf_counter() - began))
        return statistics.median(took)
