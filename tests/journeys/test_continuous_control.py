"""A condition that stops holding while bytes flow from one node to another ends the stream, and the log says why."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import OPEN, World, rule, world
from tests.services.agreements.test_duties import duty, forward, owing, provided, read
from tests.stranger import urn

from xinfu.node.config import DataTable

SIZE: Final = 48 * 1024 * 1024
"""More than all buffers between two nodes hold."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spaces(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Three nodes that ask about a lasting stream every second; the consumer is a member."""
    folder: Path = tmp_path_factory.mktemp("control")
    async with world(folder, data=DataTable(recheck_s=1, folders=(".",))) as made:
        yield made


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture(autouse=True)
def _a_cut_is_no_failure_of_a_node(caplog: pytest.LogCaptureFixture) -> Any:
    yield
    assert [each.getMessage() for each in caplog.get_records("call") if each.exc_info] == []


@pytest.fixture(autouse=True)
def _clocks_go_back(spaces: World) -> Any:
    yield
    for site in (spaces.issuer, spaces.provider, spaces.consumer):
        site.clock.moved = timedelta(0)


async def concluded(spaces: World, policy: Any) -> tuple[str, str]:
    """Both sides' ids of an agreement about a large file."""
    id_ = urn()
    await spaces.provider.publish(id_, policy, content=bytes(SIZE))
    ours = await spaces.agree(id_)
    return ours["id"], await provided(spaces, ours)


@asynccontextmanager
async def flowing(spaces: World, ours: str) -> AsyncIterator[Callable[[], Awaitable[int]]]:
    """A stream from the provider through the consumer's node, begun and standing; gives how to read it to its end."""
    made = await spaces.consumer.post("/transfers", {"agreement": ours})
    await spaces.consumer.reaches("transfers", made["id"], "STARTED")
    url = f"{spaces.consumer.urls['management']}/api/v1/transfers/{made['id']}/content"
    headers = {"X-Api-Key": spaces.consumer.api_key}
    async with (
        aiohttp.ClientSession(read_bufsize=2**14) as session,
        session.get(url, headers=headers) as answer,
    ):
        got = len(await answer.content.readexactly(2**14))

        async def rest() -> int:
            size = got
            try:
                async for chunk in answer.content.iter_any():
                    size += len(chunk)
            except (aiohttp.ClientPayloadError, aiohttp.ClientConnectionError):
                pass
            return size

        yield rest


async def cut(spaces: World, rest: Callable[[], Awaitable[int]], theirs: str, *codes: str) -> None:
    """The provider's stream has ended for one of these reasons, short of its end."""
    running = spaces.provider.node.parts.running
    async with asyncio.timeout(10):
        while any(run.agreement == theirs for run in running.runs()):
            await asyncio.sleep(0.02)
    assert await rest() < SIZE
    wire_id = (await spaces.provider.get(f"/agreements/{theirs}"))["wire_id"]
    async with spaces.provider.node.parts.store.view(spaces.provider.context.id) as view:
        found = [json.loads(each.canonical) for each in await view.log.find(kind="use", limit=1000)]
    told = [entry["facts"] for entry in found if entry["agreement"] == wire_id]
    assert told[-1]["outcome"] in codes
    assert told[-1]["bytes"] < SIZE


async def test_a_membership_that_is_revoked_ends_the_stream(spaces: World) -> None:
    credential = await spaces.admit(spaces.consumer)
    ours, theirs = await concluded(spaces, rule("Membership", "eq", "active"))
    async with flowing(spaces, ours) as rest:
        await spaces.issuer.post(f"/issuer/credentials/{credential}/revoke", {"reason": "left"})
        await asyncio.sleep(1.5)  # asked again meanwhile, and the list of before is still believed
        assert any(run.agreement == theirs for run in spaces.provider.node.parts.running.runs())
        spaces.provider.clock.moved = timedelta(seconds=61)
        await cut(spaces, rest, theirs, "credential.missing")


async def test_a_file_that_may_leave_in_part_only_from_now_on_ends_the_stream_of_the_whole(
    spaces: World,
) -> None:
    credential = await spaces.admit(spaces.consumer)
    whole, part = rule("Membership", "eq", "active"), rule("dataField", "eq", "a")
    both = {"@type": "Set", "permission": [*whole["permission"], *part["permission"]]}
    ours, theirs = await concluded(spaces, both)
    async with flowing(spaces, ours) as rest:
        await spaces.issuer.post(f"/issuer/credentials/{credential}/revoke", {"reason": "left"})
        spaces.provider.clock.moved = timedelta(seconds=61)
        await cut(spaces, rest, theirs, "transform.changed")


async def test_the_permitted_time_ends_the_stream(spaces: World) -> None:
    end = (datetime.now(UTC) + timedelta(seconds=40)).strftime("%Y-%m-%dT%H:%M:%SZ")
    ours, theirs = await concluded(spaces, rule("dateTime", "lt", end))
    async with flowing(spaces, ours) as rest:
        await forward(spaces, timedelta(seconds=41))
        await cut(spaces, rest, theirs, "agreement.expired", "use.time-over")


@pytest.mark.parametrize("ender", ["provider", "consumer"])
@pytest.mark.parametrize(
    ("act", "code"), [("terminate", "agreement.terminated"), ("suspend", "agreement.suspended")]
)
async def test_an_end_or_suspension_by_either_side_ends_the_stream(
    spaces: World, ender: str, act: str, code: str
) -> None:
    ours, theirs = await concluded(spaces, OPEN)
    site, id_ = (spaces.provider, theirs) if ender == "provider" else (spaces.consumer, ours)
    async with flowing(spaces, ours) as rest:
        await site.post(f"/agreements/{id_}/{act}", {"reason": "over"})
        # The consumer's node lets go at once, and of its two messages either comes first.
        also = () if ender == "provider" else ("transfer.not-started", "cut")
        await cut(spaces, rest, theirs, code, *also)


async def test_a_duty_that_becomes_overdue_ends_the_stream(spaces: World) -> None:
    ours, theirs = await concluded(spaces, owing({"action": "inform"}))
    await read(spaces, ours)
    await duty(spaces.provider, theirs, "due", "inform")
    await forward(spaces, timedelta(hours=23, minutes=50))
    async with flowing(spaces, ours) as rest:
        await forward(spaces, timedelta(minutes=20))
        await duty(spaces.provider, theirs, "overdue", "inform")
        await cut(spaces, rest, theirs, "duty.overdue")


async def test_what_others_have_spent_ends_no_stream_that_has_paid(spaces: World) -> None:
    ours, theirs = await concluded(spaces, rule("count", "lteq", "2"))
    async with flowing(spaces, ours) as rest:
        assert (await read(spaces, ours))[1] == ""
        assert (await read(spaces, ours))[1] == "count.exhausted"
        await asyncio.sleep(2.5)
        assert any(run.agreement == theirs for run in spaces.provider.node.parts.running.runs())
        assert await rest() == SIZE


async def test_a_quota_of_time_that_is_spent_ends_the_stream(spaces: World) -> None:
    ours, theirs = await concluded(spaces, rule("meteredTime", "lteq", "PT3S"))
    async with flowing(spaces, ours) as rest:
        assert any(run.agreement == theirs for run in spaces.provider.node.parts.running.runs())
        await cut(spaces, rest, theirs, "use.time-over", "time.exhausted")
    assert (await read(spaces, ours))[1]
