"""The loop that keeps deadlines: across a restart, at the right time whatever the clock does, and without asking."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tests.nodes import MovedClock, Site, configured, rule
from tests.services.agreements.test_duties import until
from tests.stranger import urn

from xinfu.node.config import Config
from xinfu.node.run import run_node
from xinfu.ports.records import Deadline
from xinfu.services.background.deadlines import meet


@asynccontextmanager
async def started(config: Config, key: str, clock: MovedClock) -> AsyncIterator[Site]:
    """A node of this configuration."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        node = await stack.enter_async_context(run_node(config, clock=clock))
        yield Site(node, Path(config.folder), key, clock, session)


async def until_later(site: Site, seconds: float) -> str:
    """An agreement, by our id, that expires so many seconds from now by the node's clock."""
    end = (site.clock.now() + timedelta(seconds=seconds)).astimezone(UTC)
    form = {"wire_id": urn(), "peer": "did:web:peer.example", "dataset": "d", "role": "provider"}
    policy = rule("dateTime", "lt", end.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
    made = await site.post("/agreements", {**form, "policy": policy})
    return str(made["id"])


def is_expired(shown: Any) -> bool:
    return bool(shown["state"] == "EXPIRED")


async def moves(site: Site) -> list[str]:
    entries = await site.get("/evidence/entries", kind="agreement.state", limit=1000)
    return [row["entry"]["facts"]["to"] for row in entries]


async def test_a_deadline_that_passed_while_the_node_was_down_is_kept_at_its_start_and_said_to_be_late(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config, key = configured(tmp_path / "node")
    clock = MovedClock()
    async with started(config, key, clock) as site:
        id_ = await until_later(site, 60)
    clock.moved = timedelta(hours=1)
    with caplog.at_level(logging.WARNING):
        async with started(config, key, clock) as site:
            await until(site, f"/agreements/{id_}", is_expired)
            assert await moves(site) == ["EXPIRED"]
    late = [each for each in caplog.records if each.message == "a deadline is kept late"]
    assert len(late) == 1
    assert 3500 < late[0].late_s < 3700  # type: ignore[attr-defined]  # a field of ours
    async with started(config, key, clock) as site:
        assert await moves(site) == ["EXPIRED"]


async def test_a_clock_that_jumps_ahead_is_noticed_and_one_that_jumps_back_is_waited_for(
    tmp_path: Path,
) -> None:
    config, key = configured(tmp_path / "node")
    async with started(config, key, MovedClock()) as site:
        ahead, behind = await until_later(site, 3600), await until_later(site, 7200)
        site.clock.moved = timedelta(hours=1, seconds=1)
        await until(site, f"/agreements/{ahead}", is_expired)
        site.clock.moved = timedelta(hours=-5)
        await asyncio.sleep(2.5)  # it has looked at the time since
        assert (await site.get(f"/agreements/{behind}"))["state"] == "ACTIVE"
        site.clock.moved = timedelta(hours=2, seconds=1)
        await until(site, f"/agreements/{behind}", is_expired)
        assert await moves(site) == ["EXPIRED", "EXPIRED"]


async def test_a_nearer_deadline_that_is_set_later_is_kept_first(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "node")
    async with started(config, key, MovedClock()) as site:
        far, near = await until_later(site, 3600), await until_later(site, 0.3)
        began = datetime.now(UTC)
        await until(site, f"/agreements/{near}", is_expired)
        assert datetime.now(UTC) - began < timedelta(seconds=5)
        assert (await site.get(f"/agreements/{far}"))["state"] == "ACTIVE"


async def test_while_a_deadline_waits_the_store_is_not_asked(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "node")
    async with started(config, key, MovedClock()) as site:
        await until_later(site, 3600)
        store, asked = site.node.parts.store, 0
        really = store.deadlines

        async def counted(*, limit: int = 64) -> list[Deadline]:
            nonlocal asked
            asked += 1
            return await really(limit=limit)

        store.deadlines = counted  # type: ignore[method-assign]  # it counts, and asks the store itself
        await asyncio.sleep(2.5)
        assert asked == 0


async def test_a_deadline_is_kept_once_however_often_it_is_looked_at(tmp_path: Path) -> None:
    """As two workers do that wake at the same moment."""
    config, key = configured(tmp_path / "node")
    async with started(config, key, MovedClock()) as site:
        id_ = await until_later(site, 3600)
        (deadline,) = await site.node.parts.store.deadlines()
        site.clock.moved = timedelta(hours=2)
        await asyncio.gather(*(meet(site.node.parts, deadline) for _ in range(8)))
        await until(site, f"/agreements/{id_}", is_expired)
        assert await moves(site) == ["EXPIRED"]
        assert await site.node.parts.store.deadlines() == []
