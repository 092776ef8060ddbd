"""Values through each engine and format: exact, or refused (docs/how-to/publish-a-table.md shows the mapping)."""

import base64
import io
import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow.ipc
import pyarrow.parquet
import pytest
from tests.dataplanes.tables.conftest import Database, asking, parameter, read

from xinfu.dataplanes.tables.plane import Tables
from xinfu.errors import StoreError
from xinfu.ports.sources import Column, TableSource


async def rows(tables: Tables, source: TableSource, format_: str) -> list[dict[str, Any]]:
    data = await read(tables, source, asking(format_))
    if format_ == "arrow":
        return list(pyarrow.ipc.open_stream(data).read_all().to_pylist())
    if format_ == "parquet":
        return list(pyarrow.parquet.read_table(io.BytesIO(data)).to_pylist())
    return [json.loads(line) for line in data.decode().splitlines()]


async def test_a_table_is_csv_with_a_header(filled: Database, tables: Tables) -> None:
    ids = "9007199254740993" if filled.engine == "sqlite" else "4"
    assert (await read(tables, filled.table(), asking("csv"))).decode() == (
        "id,day,station,pm\r\n"
        "1,2024-01-01,株洲,35.5\r\n"
        '2,2024-01-02,"a,""b""",\r\n'
        '3,2024-01-02,"",1e+300\r\n'
        f"{ids},2024-01-03,,-0.1\r\n"
    )


async def test_csv_reads_back_in_pandas(filled: Database, tables: Tables) -> None:
    data = await read(tables, filled.table(), asking("csv"))
    frame = pd.read_csv(io.BytesIO(data), keep_default_na=False, na_values={"pm": [""]})
    assert frame["station"][0] == "株洲"
    assert frame["pm"].tolist()[2] == 1e300


@pytest.mark.parametrize("format_", ["jsonl", "arrow", "parquet"])
async def test_every_other_format_holds_the_same_values(
    filled: Database, tables: Tables, format_: str
) -> None:
    found = await rows(tables, filled.table(), format_)
    assert [each["station"] for each in found] == ["株洲", 'a,"b"', "", None]
    assert [each["pm"] for each in found] == [35.5, None, 1e300, -0.1]
    assert found[3]["id"] == (9007199254740993 if filled.engine == "sqlite" else 4)
    plain = filled.engine == "sqlite" or format_ == "jsonl"
    assert found[0]["day"] == ("2024-01-01" if plain else date(2024, 1, 1))


@pytest.mark.parametrize("format_", ["csv", "jsonl", "arrow", "parquet"])
async def test_a_result_without_rows_still_has_its_columns(
    filled: Database, tables: Tables, format_: str
) -> None:
    source = filled.query("SELECT id, station FROM readings WHERE id < 0")
    data = await read(tables, source, asking(format_))
    if format_ == "csv":
        assert data == b"id,station\r\n"
    elif format_ == "jsonl":
        assert data == b""
    else:
        opened = (
            pyarrow.ipc.open_stream(data)
            if format_ == "arrow"
            else pyarrow.parquet.ParquetFile(io.BytesIO(data))
        )
        assert (opened.schema if format_ == "arrow" else opened.schema_arrow).names == ["id", "station"]


UNUSUAL = {
    "postgresql": (
        "SELECT 12.340::numeric AS amount, 'NaN'::float8 AS nan, '-Infinity'::float8 AS low,"
        " TIMESTAMP '2024-02-29 01:02:03.000004' AS at, TIMESTAMPTZ '2024-02-29 09:00+08' AS instant,"
        " TIME '23:59:59.5' AS clock, '\\x00ff'::bytea AS raw, true AS yes, '{\"k\": [1, 1.10]}'::json AS nested,"
        " 9223372036854775807::bigint AS large, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id"
    ),
    "duckdb": (
        "SELECT 12.340::DECIMAL(10,3) AS amount, 'NaN'::DOUBLE AS nan, '-Infinity'::DOUBLE AS low,"
        " TIMESTAMP '2024-02-29 01:02:03.000004' AS \"at\", TIMESTAMPTZ '2024-02-29 09:00+08' AS instant,"
        " TIME '23:59:59.5' AS clock, '\\x00\\xff'::BLOB AS raw, true AS yes, {'k': [1, 2]} AS nested,"
        " 9223372036854775807::BIGINT AS large, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID AS id"
    ),
}


NOT_SQLITE = pytest.mark.parametrize("database", ["postgresql", "duckdb"], indirect=True)
"""SQLite has four types of value; they have tests of their own."""


@pytest.fixture
def unusual(database: Database) -> TableSource:
    database.run("CREATE TABLE nothing (a INTEGER)")
    return database.query(UNUSUAL[database.engine])


@NOT_SQLITE
async def test_unusual_values_are_exact_in_arrow_and_parquet(unusual: TableSource, tables: Tables) -> None:
    for format_ in ("arrow", "parquet"):
        [row] = await rows(tables, unusual, format_)
        assert row["amount"] == Decimal("12.340")
        assert row["nan"] != row["nan"]
        assert row["low"] == float("-inf")
        assert row["at"] == datetime(2024, 2, 29, 1, 2, 3, 4)
        assert row["instant"] == datetime(2024, 2, 29, 1, 0, tzinfo=UTC)
        assert row["clock"] == time(23, 59, 59, 500000)
        assert row["raw"] == b"\x00\xff"
        assert row["yes"] is True
        assert row["large"] == 2**63 - 1
        assert row["id"] == "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
        assert row["nested"] in ({"k": [1, 2]}, '{"k": [1, 1.10]}')


@NOT_SQLITE
async def test_unusual_values_are_exact_in_json_lines(unusual: TableSource, tables: Tables) -> None:
    data = await read(tables, unusual, asking("jsonl"))
    [row] = [json.loads(line) for line in data.decode().splitlines()]
    assert row["amount"] == "12.340"
    assert (row["nan"], row["low"]) == ("NaN", "-Infinity")
    assert row["at"] == "2024-02-29T01:02:03.000004"
    assert row["instant"] == "2024-02-29T01:00:00Z"
    assert row["clock"] == "23:59:59.500000"
    assert base64.b64decode(row["raw"]) == b"\x00\xff"
    assert row["yes"] is True
    assert b"9223372036854775807" in data
    assert row["nested"] in ({"k": [1, 2]}, {"k": [1, 1.1]})


@NOT_SQLITE
async def test_unusual_values_are_exact_in_csv(unusual: TableSource, tables: Tables) -> None:
    header, line, _ = (await read(tables, unusual, asking("csv"))).decode().split("\r\n")
    assert header == "amount,nan,low,at,instant,clock,raw,yes,nested,large,id"
    assert line.startswith(
        "12.340,NaN,-Infinity,2024-02-29T01:02:03.000004,2024-02-29T01:00:00Z,23:59:59.500000,AP8=,true,"
    )
    assert line.endswith(",9223372036854775807,a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    "value", ["'infinity'::date", "'-infinity'::timestamp", "'4713-01-01 BC'::timestamptz"]
)
async def test_a_moment_out_of_the_calendar_ends_the_result_and_is_not_bent(
    database: Database, tables: Tables, value: str
) -> None:
    with pytest.raises(StoreError) as ended:
        await read(tables, database.query(f"SELECT {value} AS moment"), asking("csv"))
    assert ended.value.code == "source.value"
    assert "moment" in ended.value.en


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_digits_of_a_numeric_without_a_scale_are_found_in_its_values(
    database: Database, tables: Tables
) -> None:
    source = database.query("SELECT * FROM (VALUES (1.5::numeric), (-123456.78901), (NULL)) AS t(x)")
    data = await read(tables, source, asking("parquet"))
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    assert str(table.schema.field("x").type) == "decimal128(11, 5)"
    assert table["x"].to_pylist() == [Decimal("1.50000"), Decimal("-123456.78901"), None]
    odd = database.query("SELECT * FROM (VALUES (1.5::numeric), ('NaN')) AS t(x)")
    assert [each["x"] for each in await rows(tables, odd, "arrow")] == ["1.5", "NaN"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_sqlite_values_are_written_as_they_are_whatever_their_column_says(
    database: Database, tables: Tables
) -> None:
    database.run(
        "CREATE TABLE mixed (a INTEGER, b BLOB)",
        "INSERT INTO mixed VALUES (1, x'00ff'), ('text', NULL), (2.5, 'b')",
    )
    data = await read(tables, database.table("mixed"), asking("jsonl"))
    assert data == b'{"a":1,"b":"AP8="}\n{"a":"text","b":null}\n{"a":2.5,"b":"b"}\n'
    for format_ in ("arrow", "parquet"):
        with pytest.raises(StoreError) as ended:
            await read(tables, database.table("mixed"), asking(format_))
        assert ended.value.code == "source.value"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_whole_numbers_among_fractions_are_one_column_unless_a_float_would_bend_them(
    database: Database, tables: Tables
) -> None:
    database.run("CREATE TABLE t (a, b)", "INSERT INTO t VALUES (1, 9007199254740994), (0.5, 0.5)")
    assert [row["a"] for row in await rows(tables, database.query("SELECT a FROM t"), "arrow")] == [1.0, 0.5]
    with pytest.raises(StoreError) as ended:
        await rows(tables, database.query("SELECT b FROM t"), "arrow")
    assert ended.value.code == "source.value"


async def test_the_columns_are_told_when_a_table_is_published(filled: Database, tables: Tables) -> None:
    day = "text" if filled.engine == "sqlite" else "date"
    assert await tables.check(filled.table()) == (
        Column(name="id", type="integer"),
        Column(name="day", type=day),
        Column(name="station", type="text"),
        Column(name="pm", type="number"),
    )


async def test_the_columns_of_a_query_are_told_as_well(filled: Database, tables: Tables) -> None:
    source = filled.query(
        "SELECT station AS 站, count(*) AS n FROM readings WHERE id >= :low GROUP BY station",
        parameter("low:integer", default=0),
    )
    assert await tables.check(source) == (Column(name="站", type="text"), Column(name="n", type="integer"))
