"""Bytes and time of live sources over HTTP: counted as they flow, and cut exactly where the limit is."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from tests.dataplanes.api import Api, Spring, telling
from tests.web.data.conftest import Listening, Offer
from tests.web.data.test_live import asked, facts

from xinfu.odrl import Measure, Meter
from xinfu.odrl.model.meters import Selection
from xinfu.odrl.values.windows import Window
from xinfu.ports.sources import FileSource, HttpSource
from xinfu.services.usage.meters import counter_name


def limit(left: str, right: str, operator: str = "lteq", **more: str) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


PER_DAY = limit("timeWindow", "P1D", "eq")


async def until_cut(url: str, token: str) -> int:
    """Bytes that came before the connection broke."""
    got = 0
    headers = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(headers=headers) as session, session.get(url) as answer:
        assert answer.status == 200
        with pytest.raises(aiohttp.ClientError):
            async for chunk in answer.content.iter_any():
                got += len(chunk)
    return got


async def spent(listening: Listening, measure: Measure, window: Window | None = None) -> tuple[int, int]:
    meter = Meter(rule="permission[0]", measure=measure, selection=Selection(window=window))
    async with listening.node.parts.store.view("bureau") as view:
        name = counter_name(listening.agreement, meter, listening.node.parts.clock.now())
        return await view.quotas.used(name)


async def test_a_live_stream_is_cut_at_the_last_byte_that_is_left(offer: Offer) -> None:
    most = 3_000_001
    async with Api(Spring()).open() as api:
        listening = await offer(HttpSource(url=api.url), limit("bytes", str(most)), PER_DAY)
        url, token = await listening.token()
        assert await until_cut(url, token) <= most
        [use] = await facts(listening, "use")
        assert (use["bytes"], use["outcome"]) == (most, "bytes.exhausted")
        assert await spent(listening, Measure.BYTES, Window.DAY) == (most, 0)
        status, _, body = await asked(url, token)
    assert status == 403
    assert b"bytes.exhausted" in body


async def test_small_answers_of_an_api_count_their_bytes(offer: Offer) -> None:
    async with Api(telling("200 OK", b"x" * 1000)).open() as api:
        listening = await offer(HttpSource(url=api.url), limit("bytes", "2 kB"))
        url, token = await listening.token()
        assert [(await asked(url, token))[0] for _ in range(3)] == [200, 200, 403]
        await facts(listening, "use")
        assert await spent(listening, Measure.BYTES) == (2000, 0)


async def test_metered_time_ends_a_stream_and_then_all_others(offer: Offer) -> None:
    async with Api(Spring()).open() as api:
        listening = await offer(HttpSource(url=api.url), limit("meteredTime", "PT1S"))
        url, token = await listening.token()
        begun = time.monotonic()
        assert await until_cut(url, token) > 0
        assert time.monotonic() - begun >= 0.9
        [use] = await facts(listening, "use")
        assert use["outcome"] == "time.exhausted"
        assert await spent(listening, Measure.METERED) == (1_000_000, 0)
        status, _, body = await asked(url, token)
    assert status == 403
    assert b"time.exhausted" in body


async def test_metered_time_counts_files_by_how_long_they_were_read(
    tmp_path: Any, offer: Offer, serve: Callable[..., Awaitable[Listening]]
) -> None:
    (tmp_path / "air.csv").write_bytes(b"x" * 1000)
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), limit("meteredTime", "PT1M"))
    url, token = await listening.token()
    for _ in range(3):
        assert (await asked(url, token))[0] == 200
    await facts(listening, "use")
    used, held = await spent(listening, Measure.METERED)
    assert 0 < used < 30_000_000
    assert held == 0


async def test_a_refusal_names_what_was_granted_what_is_spent_and_when_it_is_counted_anew(
    tmp_path: Any, offer: Offer
) -> None:
    (tmp_path / "air.csv").write_bytes(b"x" * 1000)
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), limit("count", "2", unit="month"))
    url, token = await listening.token()
    assert [(await asked(url, token))[0] for _ in range(2)] == [200, 200]
    status, _, body = await asked(url, token)
    told = body.decode()
    assert status == 403
    assert "count.exhausted" in told
    assert "Counting begins anew at " in told
    assert "重新计数" in told
