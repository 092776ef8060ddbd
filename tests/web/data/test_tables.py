"""Tables through the data listener: results by range, uses that are paid once a result, stops that end queries."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pyarrow.parquet
import pytest
from tests.services.usage.conftest import NODE
from tests.web.data.conftest import Listening, agreed

from xinfu.node.config import load
from xinfu.node.run import run_node, urls
from xinfu.odrl import Measure, Meter
from xinfu.ports.dataplane import MANIFEST
from xinfu.ports.records import ASSETS, AgreementState
from xinfu.ports.sources import Parameter, TableSource
from xinfu.services.agreements import lifecycle
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.usage.meters import counter_name
from xinfu.signers.keyring import create_master_key

Serve = Callable[..., Awaitable[Listening]]
ROWS = 60_000
NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUERY = "SELECT id, station, pm FROM readings WHERE station = coalesce(:station, station) ORDER BY id"
STATION = Parameter(name="station", default=None)
ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0"


@pytest.fixture
async def serve_table(tmp_path: Path) -> AsyncIterator[Serve]:
    """Serves a query over a table of readings, under a policy with these constraints."""
    async with AsyncExitStack() as stack:

        async def start(*constraints: dict[str, Any], query: str = QUERY, settings: str = "") -> Listening:
            create_master_key(tmp_path / "master.key")
            (tmp_path / "api.key").write_text("k" * 32)
            (tmp_path / "api.key").chmod(0o600)
            (tmp_path / "node.toml").write_text(NODE.format(folder=".") + settings)
            with sqlite3.connect(tmp_path / "air.db") as database:
                database.execute("CREATE TABLE readings (id INTEGER, station TEXT, pm REAL)")
                rows = ((i, ("株洲", "长沙")[i % 2], i / 4) for i in range(ROWS))
                database.executemany("INSERT INTO readings VALUES (?, ?, ?)", rows)
            database.close()
            node = await stack.enter_async_context(run_node(load(tmp_path / "node.toml", {})))
            rule = {"action": "use", "constraint": list(constraints)} if constraints else {"action": "use"}
            policy = {"permission": [rule]}
            parameters = (STATION,) if ":station" in query else ()
            source = TableSource(
                engine="sqlite", database=str(tmp_path / "air.db"), query=query, parameters=parameters
            )
            if query == QUERY:
                form = PublicationForm(asset=AssetForm(id="air", source=source), policy=policy)
                await publish(node.parts, "bureau", form)
            else:
                await put(node, source, policy)
            agreement = await agreed(node, policy)
            return Listening(node=node, agreement=agreement, folder=tmp_path, data_url=urls(node)["data"])

        yield start


async def put(node: Any, source: TableSource, policy: dict[str, Any]) -> None:
    """Publish a small query, then let the asset stand for one that never ends."""
    small = msgspec.structs.replace(source, query="SELECT 1 AS i")
    form = PublicationForm(asset=AssetForm(id="air", source=small), policy=policy)
    await publish(node.parts, "bureau", form)
    async with node.parts.store.step("bureau") as step:
        asset = await step.of(ASSETS).lock("air")
        await step.of(ASSETS).save(msgspec.structs.replace(asset, source=source))


def times(limit: int) -> dict[str, Any]:
    """At most so many uses."""
    return {"leftOperand": "count", "operator": "lteq", "rightOperand": limit}


async def get(
    url: str, token: str, *, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    sent = {"Authorization": f"Bearer {token}"} | {k.replace("_", "-"): v for k, v in headers.items()}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=sent) as answer,
    ):
        told = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, told, await answer.read()


async def uses(listening: Listening) -> list[dict[str, Any]]:
    """What evidence says of the uses, once all of them have ended."""
    async with asyncio.timeout(30):
        while len(listening.node.parts.running):
            await asyncio.sleep(0.01)
    async with listening.node.parts.store.view("bureau") as view:
        found = await view.log.find(kind="use", limit=1000)
    return [msgspec.json.decode(each.canonical)["facts"] for each in found]


async def test_the_first_read_flows_and_later_ones_are_by_range(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    status, first, whole = await get(url, token)
    assert (status, first["content-type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert "content-length" not in first
    assert whole.startswith("id,station,pm\r\n0,株洲,0.0\r\n".encode())
    assert whole.count(b"\n") == ROWS + 1
    status, told, part = await get(url, token, Range="bytes=5-99")
    assert (status, part) == (206, whole[5:100])
    assert told["content-range"] == f"bytes 5-99/{len(whole)}"
    assert told["etag"] == first["etag"]
    status, told, tail = await get(url, token, Range="bytes=-10")
    assert (status, tail) == (206, whole[-10:])
    assert (await get(url, token))[1]["content-length"] == str(len(whole))
    status, told, _ = await get(url, token, Range=f"bytes={len(whole)}-")
    assert (status, told["content-range"]) == (416, f"bytes */{len(whole)}")


async def test_a_head_tells_size_and_name_and_takes_the_use_that_the_read_behind_it_draws_on(
    serve_table: Serve,
) -> None:
    listening = await serve_table(times(1))
    url, token = await listening.token()
    for _ in range(3):
        status, told, _ = await get(url + "?format=parquet", token, method="HEAD")
        assert status == 200
        assert told["accept-ranges"] == "bytes"
    for _ in range(3):  # another result is told to nobody who has no use left
        assert (await get(url + "?format=arrow", token, method="HEAD"))[0] == 403
    _, _, body = await get(url + "?format=parquet", token)
    assert len(body) == int(told["content-length"])
    assert pyarrow.parquet.read_table(io.BytesIO(body)).num_rows == ROWS


async def test_a_result_costs_one_use_whatever_the_ranges(serve_table: Serve) -> None:
    listening = await serve_table(times(1))
    url, token = await listening.token()
    size = int((await get(url, token, method="HEAD"))[1]["content-length"])
    got = b""
    for start in range(0, size, 400_000):
        status, _, part = await get(url, token, Range=f"bytes={start}-{start + 399_999}")
        assert status == 206
        got += part
    assert len(got) == size
    status, _, body = await get(url, token, Range="bytes=0-9")
    assert (status, msgspec.json.decode(body)["code"]) == (403, "count.exhausted")
    status, _, body = await get(url + "?station=长沙", token)
    assert (status, msgspec.json.decode(body)["code"]) == (403, "count.exhausted")


async def test_each_result_is_a_use_of_its_own(serve_table: Serve) -> None:
    listening = await serve_table(times(2))
    url, token = await listening.token()
    assert (await get(url + "?station=株洲", token))[2].count(b"\n") == ROWS // 2 + 1
    assert (await get(url + "?station=长沙", token))[2].count(b"\n") == ROWS // 2 + 1
    assert (await get(url + "?station=长沙&format=jsonl", token))[0] == 403


async def test_a_cut_read_goes_on_under_the_same_use_and_on_the_same_snapshot(serve_table: Serve) -> None:
    listening = await serve_table(times(1))
    url, token = await listening.token()
    async with aiohttp.ClientSession(
        headers={"Authorization": f"Bearer {token}"}, read_bufsize=2**12
    ) as session:
        answer = await session.get(url)
        got = await answer.content.read(1000)
        etag = answer.headers["etag"]
        answer.close()
    await asyncio.to_thread(emptied, listening.folder / "air.db")
    status, _, rest = await get(url, token, Range=f"bytes={len(got)}-", If_Range=etag)
    assert status == 206
    assert (got + rest).count(b"\n") == ROWS + 1


def emptied(path: Path) -> None:
    """Wait until the query has let go of the database, and delete all rows."""
    with sqlite3.connect(path, timeout=60) as database:
        database.execute("DELETE FROM readings")
    database.close()


async def test_a_reader_with_another_snapshot_gets_the_whole(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    _, told, whole = await get(url, token)
    assert (await get(url, token, Range="bytes=5-", If_Range='"another"'))[0::2] == (200, whole)
    listening.node.tables.stop("bureau", agreement=listening.agreement.id)
    status, fresh, again = await get(url, token, Range="bytes=5-", If_Range=told["etag"])
    assert (status, again) == (200, whole)
    assert fresh["etag"] != told["etag"]


async def test_a_range_of_what_was_never_made_gives_the_whole(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    status, told, body = await get(url, token, Range="bytes=100-199")
    assert status == 200
    assert "content-range" not in told
    assert body.count(b"\n") == ROWS + 1


async def test_readers_at_once_pay_once_each_for_more_than_its_length(serve_table: Serve) -> None:
    listening = await serve_table(times(2))
    url, token = await listening.token()
    answers = await asyncio.gather(*(get(url, token) for _ in range(5)))
    given = [body for status, _, body in answers if status == 200]
    assert 1 <= len(given) <= 2
    assert len(set(given)) == 1


async def test_the_manifest_of_a_result_is_there_once_it_is_whole(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    assert (await get(url + "/manifest?format=csv", token, Accept=MANIFEST))[0] == 404
    _, _, whole = await get(url + "?format=csv", token)
    status, _, body = await get(url + "/manifest?format=csv", token, Accept=MANIFEST)
    assert status == 200
    assert msgspec.json.decode(body)["size"] == len(whole)
    assert (await get(url + "/manifest?format=jsonl", token, Accept=MANIFEST))[0] == 404
    assert (await get(url + "/manifest?format=csv", "wrong", Accept=MANIFEST))[0] == 401


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?station=a&station=b", "parameter.repeated"),
        ("?day=2024-01-01", "parameter.unknown"),
        ("?format=xml", "parameter.format"),
        ("?station=" + "x" * 1025, "parameter.invalid"),
        ("?station=%00", "parameter.invalid"),
    ],
)
async def test_a_wrong_parameter_is_refused_before_anything_is_paid(
    serve_table: Serve, query: str, code: str
) -> None:
    listening = await serve_table(times(1))
    url, token = await listening.token()
    status, _, body = await get(url + query, token)
    assert (status, msgspec.json.decode(body)["code"]) == (400, code)
    assert (await get(url + "?station=%27%20OR%201%3D1%20--", token))[2] == b"id,station,pm\r\n"
    assert len(await uses(listening)) == 1


async def test_evidence_names_the_result_and_the_ranges(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    _, _, whole = await get(url, token)
    await get(url, token, Range="bytes=7-99")
    first, second = await uses(listening)
    assert (first["bytes"], first["outcome"]) == (len(whole), "completed")
    assert (second["bytes"], second["ranges"]) == (93, ["7-100"])
    assert len(second["root"]) == 64


@pytest.mark.parametrize("state", [AgreementState.TERMINATED, AgreementState.SUSPENDED])
async def test_ending_the_agreement_ends_its_query(serve_table: Serve, state: AgreementState) -> None:
    listening = await serve_table(query=ENDLESS)
    url, token = await listening.token()
    asking = asyncio.create_task(get(url, token))
    async with asyncio.timeout(30):
        while not list((listening.folder / "results").glob("*/*[!k]")):
            await asyncio.sleep(0.01)
    await lifecycle.change(listening.node.parts, "bureau", listening.agreement.id, state, by="us")
    with pytest.raises(aiohttp.ClientError):
        async with asyncio.timeout(30):
            status, _, body = await asking
        raise aiohttp.ClientError(f"{status} {body!r}") if status >= 400 else AssertionError(body)
    async with asyncio.timeout(30):
        await listening.node.tables.close()  # its thread has let go of the query, or this would wait for ever
    assert not any(path.is_file() for path in (listening.folder / "results").rglob("*"))


async def test_a_result_that_is_too_large_is_said_so(serve_table: Serve) -> None:
    listening = await serve_table(settings="[results]\nsize_bytes = 1000\n")
    url, token = await listening.token()
    assert (await get(url + "?format=parquet", token, method="HEAD"))[0] == 503
    with pytest.raises(aiohttp.ClientPayloadError):
        await get(url, token)


async def test_results_lie_in_the_folder_of_the_node_and_go_with_it(serve_table: Serve) -> None:
    listening = await serve_table()
    url, token = await listening.token()
    await get(url, token)
    [file] = [
        path for path in (listening.folder / "results").rglob("*") if path.is_file() and path.name != "lock"
    ]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_size > 0
    await listening.node.tables.close()
    assert not file.exists()


def rows(limit: int) -> dict[str, Any]:
    """At most so many rows."""
    return {"leftOperand": "rows", "operator": "lteq", "rightOperand": str(limit)}


async def rows_spent(listening: Listening) -> tuple[int, int]:
    while len(listening.node.parts.running):
        await asyncio.sleep(0.01)
    async with listening.node.parts.store.view("bureau") as view:
        meter = Meter(rule="permission[0]", measure=Measure.ROWS)
        return await view.quotas.used(counter_name(listening.agreement, meter, NOW))


async def test_the_rows_of_a_result_are_paid_once_in_whatever_parts_it_is_read(serve_table: Serve) -> None:
    listening = await serve_table(rows(ROWS + 10))
    url, token = await listening.token()
    status, head, _ = await get(f"{url}?format=csv", token, method="HEAD")
    assert (status, await rows_spent(listening)) == (200, (ROWS, 0)), "its size tells of its rows"
    middle = int(head["content-length"]) // 2
    first = await get(f"{url}?format=csv", token, Range=f"bytes=0-{middle - 1}")
    assert (first[0], await rows_spent(listening)) == (206, (ROWS, 0))
    rest = await get(f"{url}?format=csv", token, Range=f"bytes={middle}-")
    assert (rest[0], await rows_spent(listening)) == (206, (ROWS, 0))
    assert (first[2] + rest[2]).count(b"\n") == ROWS + 1
    again = await get(f"{url}?format=csv", token, Range="bytes=0-9")
    assert (again[0], b"rows.exhausted" in again[2]) == (403, True)


async def test_a_result_with_more_rows_than_are_left_breaks_off_and_counts_what_it_had(
    serve_table: Serve,
) -> None:
    listening = await serve_table(rows(1000))
    url, token = await listening.token()
    try:
        status, _, body = await get(f"{url}?format=csv", token)
    except aiohttp.ClientError:
        status, body = 0, b""
    assert status != 200
    assert body.count(b"\n") <= 1001
    used, held = await rows_spent(listening)
    assert used <= 1000
    assert held == 0


async def test_when_no_row_is_left_the_refusal_says_so(serve_table: Serve) -> None:
    listening = await serve_table(rows(ROWS))
    url, token = await listening.token()
    assert (await get(f"{url}?format=csv", token))[0] == 200
    assert await rows_spent(listening) == (ROWS, 0)
    status, _, body = await get(f"{url}?format=jsonl", token)
    assert status == 403
    assert b"rows.exhausted" in body
    assert str(ROWS).encode() in body
