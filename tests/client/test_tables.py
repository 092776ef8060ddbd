"""A table from its publication to a data frame, between two real nodes: formats, parameters, ranges, uses."""

import asyncio
import io
import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import duckdb
import msgspec
import pandas as pd
import pyarrow.dataset as ds
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from tests.client.conftest import KEY, Two

from xinfu.client import Transfer, blocking, in_database, policy
from xinfu.client.tables import table_query
from xinfu.errors import InputError, RefusedError

ROWS = 30_000
QUERY = (
    "SELECT id, day, station, pm FROM readings WHERE day >= :day AND (:station IS NULL OR station = :station)"
)


def fill(path: Path) -> None:
    """A table of readings, half of them of the second day."""
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE readings (id INTEGER, day TEXT, station TEXT, pm REAL)")
        rows = (
            (i, ("2024-01-01", "2024-01-02")[i % 2], ("株洲", "长沙")[i // 2 % 2], i / 8) for i in range(ROWS)
        )
        database.executemany("INSERT INTO readings VALUES (?, ?, ?, ?)", rows)


async def published(two: Two, **rules: Any) -> Transfer:
    """Offer a query over the table, and ask for it; gives the started transfer."""
    file = two.folder / "air.db"
    fill(file)
    source = in_database(f"sqlite:{file}", query=QUERY, parameters=["day:date", "station:株洲|长沙?"])
    await two.provider.publish(source, id="air", policy=policy(**rules))
    catalog = await two.consumer.catalog("provider")
    negotiation = await catalog.dataset("air").negotiate(purpose="research")
    transfer = await (await negotiation.agreed()).transfer()
    return await transfer.started()


async def test_the_offer_shows_columns_parameters_and_formats(two: Two) -> None:
    await published(two)
    shown = (await two.consumer.catalog("provider")).dataset("air").view
    assert [(each.name, each.type) for each in shown.columns] == [
        ("id", "any"),
        ("day", "any"),
        ("station", "any"),
        ("pm", "any"),
    ]
    day, station = shown.parameters
    assert (day.name, day.type, day.default) == ("day", "date", msgspec.UNSET)
    assert (station.type, station.values, station.default) == ("enum", ("株洲", "长沙"), None)
    assert shown.table_formats == ("csv", "jsonl", "parquet", "arrow")


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet", "arrow"])
async def test_rows_come_in_each_format_as_parameters_choose_them(
    two: Two, format_: str, tmp_path: Path
) -> None:
    transfer = (await published(two)).asking(format_, day=date(2024, 1, 2), station="长沙")
    saved = await transfer.save(tmp_path / "air")
    assert saved.verified
    data = saved.path.read_bytes()
    if format_ == "csv":
        frame = pd.read_csv(io.BytesIO(data))
    elif format_ == "jsonl":
        frame = pd.DataFrame([json.loads(line) for line in data.splitlines()])
    elif format_ == "parquet":
        frame = pd.read_parquet(io.BytesIO(data))
    else:
        frame = pyarrow.ipc.open_stream(data).read_pandas()
    assert len(frame) == ROWS // 4
    assert set(frame["station"]) == {"长沙"}
    assert frame["pm"].tolist() == [i / 8 for i in range(ROWS) if i % 4 == 3]


async def reading(two: Two, transfer: Transfer, read: Callable[[blocking.TransferFile], Any]) -> Any:
    """What `read` gives of the opened Parquet result; it runs without a loop, as in a notebook."""

    def work() -> Any:
        with blocking.connect(two.consumer.url, KEY) as node:
            asking = node.transfer(transfer.id).asking("parquet", day="2024-01-01")
            with asking.open() as file:
                return read(file)

    return await asyncio.to_thread(work)


async def test_pandas_and_duckdb_read_a_governed_result_by_range_one_use_each(two: Two) -> None:
    transfer = await published(two, times=2)
    frame = await reading(two, transfer, lambda file: pd.read_parquet(file, columns=["pm"]))
    assert frame["pm"].sum() == sum(i / 8 for i in range(ROWS))

    def query(file: blocking.TransferFile) -> Any:
        fragment = ds.ParquetFileFormat().make_fragment(file)
        air = ds.FileSystemDataset([fragment], schema=fragment.physical_schema, format=ds.ParquetFileFormat())
        with duckdb.connect() as database:
            database.register("air", air)
            return database.sql("SELECT count(*), max(pm) FROM air WHERE station = '株洲'").fetchall()[0]

    assert await reading(two, transfer, query) == (ROWS // 2, (ROWS - 3) / 8)
    with pytest.raises(RefusedError) as refused:
        await transfer.asking("csv", day="2024-01-01").read()
    assert refused.value.code == "count.exhausted"


async def test_the_endpoint_token_opens_ranges_of_the_result_over_plain_http(two: Two) -> None:
    transfer = await published(two)
    url, token = await address_of(two, transfer)
    query = table_query("parquet", {"day": "2024-01-01"})
    url += f"?{query}"
    async with aiohttp.ClientSession(headers={"Authorization": token}) as session:
        async with session.head(url) as told:
            size = int(told.headers["content-length"])
        ranges: list[int] = []

        async def part(start: int, end: int) -> bytes:
            async with session.get(url, headers={"Range": f"bytes={start}-{end - 1}"}) as answer:
                assert answer.status == 206
                ranges.append(end - start)
                return await answer.read()

        whole = b"".join([await part(at, min(size, at + 50_000)) for at in range(0, size, 50_000)])
    assert pq.read_table(io.BytesIO(whole)).num_rows == ROWS
    assert sum(ranges) == size


async def address_of(two: Two, transfer: Transfer) -> tuple[str, str]:
    """Where the consumer fetches from, and with which token, as EDC's management API tells it."""
    async with aiohttp.ClientSession(headers={"x-api-key": KEY}) as session:
        url = f"{two.consumer.url}/management/v3/edrs/{transfer.id}/dataaddress"
        async with session.get(url) as answer:
            told = await answer.json()
    return told["endpoint"], told["authorization"]


@pytest.mark.parametrize(
    ("asking", "code"),
    [
        ({}, "parameter.missing"),
        ({"day": "tomorrow"}, "parameter.invalid"),
        ({"day": "2024-01-01", "station": "' OR 1=1 --"}, "parameter.invalid"),
        ({"day": "2024-01-01", "x": "1"}, "parameter.unknown"),
    ],
)
async def test_wrong_parameters_are_said_so_in_the_providers_words(
    two: Two, asking: dict[str, str], code: str, tmp_path: Path
) -> None:
    transfer = (await published(two)).asking("csv", **asking)
    with pytest.raises(Exception, match=code):
        await transfer.save(tmp_path / "air")
    assert not (tmp_path / "air").exists()


def test_what_is_asked_is_written_as_in_a_url() -> None:
    assert table_query("csv", {"a": True, "b": date(2024, 1, 2), "c": None, "d": "长 沙&"}) == urlencode(
        {"format": "csv", "a": "true", "b": "2024-01-02", "d": "长 沙&"}
    )


@pytest.mark.parametrize("place", ["mysql:x#t", "sqlite:x", "sqlite:#t", "postgresql://u@h/d"])
def test_a_place_that_names_no_table_is_refused(place: str) -> None:
    with pytest.raises(InputError) as refused:
        in_database(place)
    assert refused.value.code == "table.place"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("day:date", {"name": "day", "type": "date"}),
        ("day:date=2024-01-01", {"name": "day", "type": "date", "default": "2024-01-01"}),
        ("day:date?", {"name": "day", "type": "date", "default": None}),
        ("x:text=", {"name": "x", "type": "text", "default": ""}),
        ("x:a|b=a", {"name": "x", "type": "enum", "values": ["a", "b"], "default": "a"}),
    ],
)
def test_a_parameter_is_declared_in_a_word(text: str, made: dict[str, Any]) -> None:
    assert in_database("duckdb:x", query="q", parameters=[text])["parameters"] == [made]


@pytest.mark.parametrize("text", ["day", "day:", ":date", "day:soon", "day date"])
def test_a_parameter_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        in_database("duckdb:x", query="q", parameters=[text])
    assert refused.value.code == "table.parameter"
