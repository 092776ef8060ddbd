"""The machine's clock is set under a running provider: nothing that was spent or is over opens again, and nothing is told."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from tests.nodes import IdentityTable, MovedClock, Said, Site, configured, rule, site

from xinfu.node.clock import SystemClock
from xinfu.node.config import Config
from xinfu.node.run import run_node
from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.services.fetching.endpoint import Fetchable, find_address

DAY = timedelta(days=1)
OPEN_NODES = IdentityTable(kind="insecure-static")


class Hands:
    """A machine on which time can go by, and whose clock can be set."""

    def __init__(self) -> None:
        self._off = self._steady = timedelta(0)
        self._begun = datetime.now(UTC)

    def pass_(self, stretch: timedelta) -> None:
        self._off += stretch
        self._steady += stretch

    def set_(self, by: timedelta) -> None:
        self._off += by

    def clock(self) -> SystemClock:
        return SystemClock(self._shown, lambda: datetime.now(UTC) - self._begun + self._steady)

    def _shown(self) -> datetime:
        return datetime.now(UTC) + self._off


class Pair(msgspec.Struct, frozen=True):
    """A provider by whose machine the hands are, and a consumer."""

    provider: Site
    consumer: Site
    hands: Hands

    async def started(self, dataset: str, policy: Any) -> dict[str, Any]:
        """The consumer's transfer of a dataset that is published under a policy."""
        await self.provider.publish(dataset, policy, content=b"a,b\n")
        wanted = {"participant": "provider", "at": self.provider.base, "dataset": dataset}
        opened = await self.consumer.post("/negotiations", wanted)
        await self.consumer.reaches("negotiations", opened["id"], "FINALIZED")
        agreement = (await self.consumer.get("/agreements", negotiation=opened["id"]))["items"][0]
        made = await self.consumer.post("/transfers", {"agreement": agreement["id"]})
        return await self.consumer.reaches("transfers", made["id"], "STARTED")

    async def place(self, transfer: dict[str, Any]) -> Fetchable:
        kept = await find_address(self.consumer.node.parts, self.consumer.context.id, transfer["id"])
        return kept.place

    async def every_way(self, transfer: dict[str, Any]) -> set[str]:
        """What is said to whoever wants bytes, or wants to be told of them."""
        place = await self.place(transfer)
        said = [await self.ask(place)]
        for part, accept in (("manifest", MANIFEST), ("listing", LISTING)):
            said.append(await self.ask(place, part, Accept=accept))
        said.append(await self.ask(place, Range="bytes=0-0"))
        said.append(await self.ask(place, **{"Idempotency-Key": "new"}))
        assert (await self.consumer.send("HEAD", place.url(), headers=place.headers)).status == 403
        return {each.code for each in said}

    async def ask(self, place: Fetchable, part: str = "", **headers: str) -> Said:
        return await self.consumer.send("GET", place.url(part), headers=place.headers | headers)

    async def renew(self, transfer: dict[str, Any]) -> Said:
        """Ask the consumer's node for a new token, as its EDC client does."""
        url = f"{self.consumer.urls['management']}/management/v3/edrs/{transfer['id']}/refresh"
        return await self.consumer.send("POST", url, headers={"X-Api-Key": self.consumer.api_key})


@asynccontextmanager
async def pair(folder: Path) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        hands = Hands()
        config, key = configured(folder / "provider", identity=OPEN_NODES)
        provider = await stack.enter_async_context(_at(config, key, folder / "provider", session, hands))
        consumer = await stack.enter_async_context(site(folder / "consumer", session, identity=OPEN_NODES))
        yield Pair(provider, consumer, hands)


@asynccontextmanager
async def _at(
    config: Config, key: str, folder: Path, session: aiohttp.ClientSession, hands: Hands
) -> AsyncIterator[Site]:
    async with run_node(config, clock=hands.clock()) as node:
        yield Site(node, folder, key, MovedClock(), session)


def daily(limit: int) -> dict[str, Any]:
    return rule("count", "lteq", str(limit)) | {
        "permission": [
            {
                "action": "use",
                "constraint": [
                    {"leftOperand": "count", "operator": "lteq", "rightOperand": str(limit), "unit": "day"}
                ],
            }
        ]
    }


async def test_a_window_that_was_spent_stays_spent_and_an_old_one_is_not_opened(tmp_path: Path) -> None:
    async with pair(tmp_path) as both:
        transfer = await both.started("daily", daily(1))
        assert (await both.ask(await both.place(transfer))).status == 200
        assert await both.every_way(transfer) == {"count.exhausted"}
        for back in (timedelta(minutes=5), DAY, 400 * DAY):
            both.hands.set_(-back)
            assert await both.every_way(transfer) == {"clock.doubtful"}
            said = await both.renew(transfer)
            assert said.status >= 400
            assert "The clock of the node has jumped" in said.body.decode()
            both.hands.set_(back)
            assert await both.every_way(transfer) == {"count.exhausted"}


async def test_small_steps_back_open_no_more_than_a_large_one(tmp_path: Path) -> None:
    async with pair(tmp_path) as both:
        end = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        until = {
            "action": "use",
            "constraint": [{"leftOperand": "dateTime", "operator": "lt", "rightOperand": end}],
        }
        research = {
            "action": "use",
            "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "x"}],
        }
        transfer = await both.started("stepped", {"@type": "Set", "permission": [until, research]})
        assert (await both.ask(await both.place(transfer))).status == 200
        both.hands.pass_(timedelta(minutes=59, seconds=58))
        assert (await both.renew(transfer)).status == 200, "its token would end at the same moment"
        both.hands.pass_(timedelta(seconds=10))
        place = await both.place(transfer)
        for _ in range(8):
            assert (await both.ask(place)).status == 403
            both.hands.set_(-timedelta(seconds=4))


async def test_what_was_spent_stays_spent_for_a_node_that_starts_with_its_clock_set_back(
    tmp_path: Path,
) -> None:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        config, key = configured(tmp_path / "provider", identity=OPEN_NODES)
        consumer = await stack.enter_async_context(site(tmp_path / "consumer", session, identity=OPEN_NODES))
        hands = Hands()
        async with _at(config, key, tmp_path / "provider", session, hands) as provider:
            both = Pair(provider, consumer, hands)
            transfer = await both.started("restarted", daily(1))
            place = await both.place(transfer)
            assert (await both.ask(place)).status == 200
            await provider.numbered()
            path = place.url().removeprefix(provider.urls["data"])
        hands.set_(-DAY)
        async with _at(config, key, tmp_path / "provider", session, hands) as provider:
            said = await consumer.send("GET", provider.urls["data"] + path, headers=place.headers)
            assert (said.status, said.code) == (403, "clock.doubtful")


async def test_a_token_that_was_made_while_the_clock_was_set_ahead_is_no_longer_lived_one(
    tmp_path: Path,
) -> None:
    async with pair(tmp_path) as both:
        both.hands.set_(300 * DAY)
        transfer = await both.started("ahead", rule("count", "lteq", "5"))
        place = await both.place(transfer)
        assert (await both.ask(place)).code == "clock.doubtful"
        both.hands.set_(-300 * DAY)
        said = await both.ask(place)
        assert (said.status, said.code) == (403, "data.token-expired")
        read = await both.consumer.api("GET", f"/transfers/{transfer['id']}/content")
        assert (read.status, read.body) == (200, b"a,b\n"), "the node renews it by itself"
