"""Reads under `Idempotency-Key` over HTTP: files, results of a query, and sources whose answers are not kept."""

import asyncio
from pathlib import Path

import msgspec
import pytest
from tests.dataplanes.api import Api, telling
from tests.web.data.conftest import Listening, Offer
from tests.web.data.test_tables import (
    NOW,
    ROWS,
    Serve,
    emptied,
    get,
    rows,
    rows_spent,
    serve_table,
    times,
    uses,
)

from xinfu.odrl import Measure, Meter
from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.ports.sources import FileSource, HttpSource, PassedRequest
from xinfu.services.usage.meters import counter_name

__all__ = ["serve_table"]


def code(body: bytes) -> str:
    return str(msgspec.json.decode(body)["code"])


async def spent(listening: Listening) -> tuple[int, int]:
    """Uses, once all that run have ended."""
    await uses(listening)
    async with listening.node.parts.store.view("bureau") as view:
        meter = Meter(rule="permission[0]", measure=Measure.COUNT)
        return await view.quotas.used(counter_name(listening.agreement, meter, NOW))


async def test_a_file_is_read_once_under_a_key_however_often_it_is_asked_for(
    tmp_path: Path, offer: Offer
) -> None:
    (tmp_path / "air.csv").write_bytes(b"0123456789")
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), times=2)
    url, token = await listening.token()
    for key in ('"r-1"', "r-1", '"r-1"'):
        assert (await get(url, token, Idempotency_Key=key))[::2] == (200, b"0123456789")
    assert (await get(url, token, Idempotency_Key="r-2", Range="bytes=0-4"))[0] == 206
    status, _, body = await get(url, token, Idempotency_Key="r-2")
    assert (status, code(body)) == (409, "read.key-reused")
    status, _, body = await get(url, token, Idempotency_Key="r-3")
    assert (status, code(body)) == (403, "count.exhausted")
    assert (await get(f"{url}/manifest", token))[0] == 403
    assert (await get(f"{url}/manifest", token, Idempotency_Key="r-1"))[0] == 200
    assert (await get(url, token, method="HEAD", Idempotency_Key="r-1"))[0] == 200
    assert await spent(listening) == (2, 0)


@pytest.mark.parametrize("key", ["", '""', "x" * 256, "über", 'a"b', "a\\b"])
async def test_a_key_that_is_none_is_refused_before_anything_is_counted(
    tmp_path: Path, offer: Offer, key: str
) -> None:
    (tmp_path / "air.csv").write_bytes(b"x")
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), times=1)
    url, token = await listening.token()
    status, _, body = await get(url, token, Idempotency_Key=key)
    assert (status, code(body)) == (400, "read.key-unusable")
    assert await spent(listening) == (0, 0)


async def test_a_hundred_reads_and_not_one_more_by_64_callers_who_all_repeat_themselves(
    tmp_path: Path, offer: Offer
) -> None:
    (tmp_path / "air.csv").write_bytes(b"x" * 1000)
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), times=100)
    url, token = await listening.token()

    async def caller(number: int) -> list[int]:
        return [(await get(url, token, Idempotency_Key=f"{number}-{n // 2}"))[0] for n in range(4)]

    answers = await asyncio.gather(*(caller(number) for number in range(64)))
    assert sorted(status for each in answers for status in each) == [200] * 200 + [403] * 56
    assert await spent(listening) == (100, 0)


async def test_the_result_of_a_query_is_read_once_under_a_key(serve_table: Serve) -> None:
    listening = await serve_table(times(2), rows(ROWS + ROWS // 2))
    url, token = await listening.token()
    answers = await asyncio.gather(*(get(url, token, Idempotency_Key="all") for _ in range(8)))
    assert [status for status, _, _ in answers] == [200] * 8
    assert len({told["etag"] for _, told, _ in answers}) == 1
    assert answers[0][2].count(b"\n") == ROWS + 1
    assert await spent(listening) == (1, 0)
    assert await rows_spent(listening) == (ROWS, 0)
    status, _, body = await get(f"{url}?station=长沙", token, Idempotency_Key="all")
    assert (status, code(body)) == (409, "read.key-reused")
    assert (await get(f"{url}?station=长沙", token, Idempotency_Key="half"))[0] == 200
    status, _, body = await get(url, token, Idempotency_Key="more")
    assert (status, code(body)) == (403, "count.exhausted")
    assert (await get(url, token, Idempotency_Key="all", Range="bytes=0-9"))[0] == 206
    assert (await get(url + "/manifest", token, Idempotency_Key="all", Accept=MANIFEST))[0] == 200
    assert (await get(url + "/listing", token, Idempotency_Key="all", Accept=LISTING))[0] == 200
    assert await spent(listening) == (2, 0)
    assert await rows_spent(listening) == (ROWS + ROWS // 2, 0)


async def test_a_result_that_is_kept_no_longer_is_not_made_anew_under_its_key(serve_table: Serve) -> None:
    listening = await serve_table(times(2))
    url, token = await listening.token()
    assert (await get(url, token, Idempotency_Key="k"))[0] == 200
    await uses(listening)
    await asyncio.to_thread(emptied, listening.folder / "air.db")
    assert (await get(url, token, Idempotency_Key="k"))[2].count(b"\n") == ROWS + 1
    listening.node.tables.stop("bureau", agreement=listening.agreement.id)
    status, _, body = await get(url, token, Idempotency_Key="k")
    assert (status, code(body)) == (409, "read.key-over")
    assert await spent(listening) == (1, 0)
    assert (await get(url, token, Idempotency_Key="l"))[2] == b"id,station,pm\r\n"


async def test_an_api_is_not_read_under_a_key_that_is_not_its_own(offer: Offer) -> None:
    async with Api(telling("200 OK", b"{}")).open() as api:
        listening = await offer(HttpSource(url=api.url), times=2)
        url, token = await listening.token()
        status, _, body = await get(url, token, Idempotency_Key="k")
        assert (status, code(body)) == (400, "read.key-live")
        assert await spent(listening) == (0, 0)


async def test_a_key_of_an_api_passes_to_it_and_each_request_counts(offer: Offer) -> None:
    async with Api(telling("200 OK", b"{}")).open() as api:
        source = HttpSource(url=api.url, passes=PassedRequest(headers=("Idempotency-Key",)))
        listening = await offer(source, times=2)
        url, token = await listening.token()
        answers = [(await get(url, token, Idempotency_Key="k"))[0] for _ in range(3)]
        assert answers == [200, 200, 403]
        assert [each.headers["idempotency-key"] for each in api.said] == ["k", "k"]


async def test_chosen_columns_of_a_file_are_another_read_than_the_file(tmp_path: Path, offer: Offer) -> None:
    (tmp_path / "air.csv").write_bytes(b"day,level\n1,3\n")
    listening = await offer(FileSource(path=str(tmp_path / "air.csv")), times=2)
    url, token = await listening.token()
    for _ in range(2):
        status, _, body = await get(f"{url}?columns=level", token, Idempotency_Key="k")
        assert (status, body.split()) == (200, [b"level", b"3"])
    assert await spent(listening) == (1, 0)
    status, _, body = await get(url, token, Idempotency_Key="k")
    assert (status, code(body)) == (409, "read.key-reused")
    assert (await get(url, token, Idempotency_Key="l"))[0] == 200
    assert await spent(listening) == (2, 0)
