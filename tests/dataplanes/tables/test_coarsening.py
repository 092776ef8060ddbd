"""A coarser resolution is what plain fractions say, in each kind of database and of file."""

import asyncio
import io
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dataplanes.tables.conftest import Database, asking, read
from tests.dataplanes.tables.test_file_rows import came, stamp_of
from tests.dataplanes.tables.test_transforming import plane, rows_of, runner

from xinfu.dataplanes.tables.coarsening import coarsen_by, nearest, steps_of
from xinfu.dataplanes.tables.plane import Tables
from xinfu.errors import RefusedError
from xinfu.odrl import Columns, Mask, Resolution, Transform
from xinfu.odrl.model.transforms import read_step
from xinfu.odrl.values.quantities import Quantity
from xinfu.ports.sources import Column, RowsSource

__all__ = ["plane", "runner"]

STEPS = ("1", "10", "0.1", "0.25", "3", "1000", "0.007")
PLACES = st.decimals(min_value=-(10**12), max_value=10**12, places=3)


def step(text: str) -> Quantity:
    found = read_step(text, None)
    assert found is not None
    return found


def by_fractions(value: Decimal, size: Decimal) -> Fraction:
    """The nearest multiple; of two, the even one, as Python rounds fractions."""
    return round(Fraction(value) / Fraction(size)) * Fraction(size)


@given(
    value=st.one_of(PLACES, st.decimals(allow_nan=False, allow_infinity=False, min_value=-1, max_value=1)),
    size=st.sampled_from(STEPS),
)
def test_a_number_goes_to_the_nearest_multiple(value: Decimal, size: str) -> None:
    near = nearest(value, Decimal(size))
    assert Fraction(near) == by_fractions(value, Decimal(size))
    assert not str(near).startswith("-0") or near != 0
    assert nearest(near, Decimal(size)) == near


@given(value=st.floats(allow_nan=False, allow_infinity=False), size=st.sampled_from(STEPS))
def test_a_binary_fraction_is_read_as_its_shortest_decimal(value: float, size: str) -> None:
    exact = by_fractions(Decimal(repr(value)), Decimal(size))
    assert float(nearest(Decimal(repr(value)), Decimal(size))) == float(exact)


def made(value: Any, size: str, kind: str = "any") -> Any:
    return coarsen_by((Column(name="a", type=kind),), {"a": (step(size),)})([(value,)])[0][0]


VALUES: list[tuple[Any, str, Any]] = [
    (17, "10", 20),
    (25, "10", 20),
    (35, "10", 40),
    (-17, "10", -20),
    (3, "0.4", 3.2),
    (0.3, "0.1", 0.3),
    (-0.2, "1", 0.0),
    (float("nan"), "1", None),
    (float("inf"), "1", None),
    (Decimal("12.345"), "0.1", Decimal("12.3")),
    (True, "1", None),
    (b"1", "1", None),
    (None, "1", None),
    ("12.345", "0.1", "12.3"),
    ("1e3", "300", "900"),
    ("1e999", "1", "1" + "0" * 999),
    ("-0.04", "0.1", "0.0"),
    ("about 3", "1", None),
    ("", "1", None),
    (date(2024, 2, 29), "P7D", date(2024, 2, 29)),
    (date(2024, 3, 6), "P7D", date(2024, 2, 29)),
    (datetime(2024, 1, 1, 8, 59, 59, 999999), "PT1H", datetime(2024, 1, 1, 8)),
    (datetime(1969, 12, 31, 23, 59), "PT1H", datetime(1969, 12, 31, 23)),
    (datetime(2024, 1, 1, 8, 59, tzinfo=UTC), "PT15M", datetime(2024, 1, 1, 8, 45, tzinfo=UTC)),
    ("2024-01-01T08:59:59.5Z", "PT1H", "2024-01-01T08:00:00Z"),
    ("2024-01-01 08:59", "P1D", "2024-01-01 00:00:00"),
    ("2024-01-01T03:00:00+08:00", "P1D", "2024-01-01T00:00:00+08:00"),
    ("2024-01-01", "PT1H", "2024-01-01"),
    ("2024-13-01", "PT1H", None),
    ("2024-01-01T08:59:59Z", "10", None),
]


@pytest.mark.parametrize(("value", "size", "expected"), VALUES)
def test_a_value_is_what_it_reads_as(value: Any, size: str, expected: Any) -> None:
    assert made(value, size) == expected


JSON = [
    ("17", "10", "20"),
    ("1.250", "0.1", "1.2"),
    ('"17"', "10", '"20"'),
    ('"2024-01-01T08:59:59Z"', "PT1H", '"2024-01-01T08:00:00Z"'),
    ('"\\ud800"', "1", None),
    ("true", "1", None),
    ("[17]", "10", None),
    ('{"a": 17}', "10", None),
]


@pytest.mark.parametrize(("value", "size", "expected"), JSON)
def test_a_value_of_json_stays_one(value: str, size: str, expected: str | None) -> None:
    assert made(value, size, "json") == expected


MEANINGLESS = [
    ("boolean", "1"),
    ("bytes", "1"),
    ("time", "PT1H"),
    ("integer", "0.5"),
    ("decimal(10,2)", "0.001"),
    ("timestamp", "10"),
    ("date", "PT1H"),
    ("instant", "0.0000001 s"),
]


@pytest.mark.parametrize(("kind", "size"), MEANINGLESS)
def test_a_step_that_says_nothing_of_a_column_is_refused(kind: str, size: str) -> None:
    with pytest.raises(RefusedError) as refused:
        made(None, size, kind)
    assert refused.value.code == "transform.resolution"
    assert refused.value.zh


def test_a_number_that_leaves_its_column_ends_the_read() -> None:
    with pytest.raises(Exception, match=r"source.value"):
        made(2**63 - 1, "10", "integer")


def test_a_masked_column_is_not_made_coarser() -> None:
    form: tuple[Transform, ...] = (
        Resolution(step("10"), ("a", "b")),
        Mask(("b",), "desensitize"),
        Resolution(step("30"), ("a",)),
    )
    assert steps_of(form) == {"a": (step("10"), step("30"))}


NAMES = ("id", "price", "seen", "city")
WHEN = st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)).map(lambda at: at.replace(microsecond=0))
ROW = st.tuples(
    st.one_of(st.none(), st.integers(-(10**9), 10**9)),
    st.one_of(st.none(), st.sampled_from([0.1, 0.35, -2.5, 1e15, 12345.678])),
    st.one_of(st.none(), WHEN),
    st.one_of(st.none(), st.sampled_from(["长沙", "a"])),
).map(lambda values: dict(zip(NAMES, values, strict=True)))
FORM: tuple[Transform, ...] = (
    rows_of("id >= -1000000"),
    Resolution(step("100"), ("id",)),
    Resolution(step("0.05"), ("price",)),
    Resolution(step("PT1H"), ("seen",)),
)


def by_hand(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    left = [row for row in rows if row["id"] is not None and row["id"] >= -1000000]
    return [
        {
            "id": round(Fraction(row["id"]) / 100) * 100,
            "price": None
            if row["price"] is None
            else float(by_fractions(Decimal(repr(row["price"])), Decimal("0.05"))),
            "seen": None if row["seen"] is None else row["seen"].replace(minute=0, second=0).isoformat(),
            "city": row["city"],
        }
        for row in left
    ]


def shown(rows: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


ALWAYS = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ALWAYS
@given(rows=st.lists(ROW, max_size=6))
def test_every_database_leaves_what_is_worked_out_by_hand(
    database: Database, rows: list[dict[str, Any]], runner: asyncio.Runner, plane: Tables
) -> None:
    database.run(
        "DROP TABLE IF EXISTS r",
        "CREATE TABLE r (id BIGINT, price DOUBLE PRECISION, seen TIMESTAMP, city VARCHAR(9))",
        *(f"INSERT INTO r VALUES ({', '.join(map(literal, row.values()))})" for row in rows),
    )
    for format_ in ("jsonl", "parquet"):
        got = runner.run(read(plane, database.table("r"), asking(format_, transforms=FORM)))
        plane.stop("bureau", transfer="moving")
        if format_ == "jsonl":
            left = [json.loads(line) for line in got.splitlines()]
        else:
            left = [
                row | {"seen": _text(row["seen"])}
                for row in pyarrow.parquet.read_table(io.BytesIO(got)).to_pylist()
            ]
        assert shown(
            [row | {"seen": row["seen"] and row["seen"].replace(" ", "T")} for row in left]
        ) == shown(by_hand(rows))


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return f"'{value}'" if isinstance(value, str | datetime) else repr(value)


def _text(value: Any) -> str | None:
    return value.isoformat() if isinstance(value, datetime) else value


@ALWAYS
@given(rows=st.lists(ROW, min_size=1, max_size=6))
def test_every_file_leaves_what_is_worked_out_by_hand(
    rows: list[dict[str, Any]], tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    texts = [row | {"seen": _text(row["seen"])} for row in rows]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in texts))
    schema = pa.schema(
        [("id", pa.int64()), ("price", pa.float64()), ("seen", pa.timestamp("ns")), ("city", pa.string())]
    )
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows, schema=schema), tmp_path / "r.parquet")
    got = came(tmp_path / "r.jsonl", "jsonl", FORM, runner, plane)
    assert isinstance(got, bytes)
    assert shown([json.loads(line) for line in got.splitlines()]) == shown(by_hand(rows))
    got = came(tmp_path / "r.parquet", "parquet", FORM, runner, plane)
    assert isinstance(got, bytes)
    table = pyarrow.parquet.read_table(io.BytesIO(got))
    assert shown([row | {"seen": _text(row["seen"])} for row in table.to_pylist()]) == shown(by_hand(rows))


async def test_a_csv_file_leaves_coarser(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_text("at,lat,name\n2024-01-01T08:59:01Z,28.2282,a\n,about,b\n")
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    form = (Resolution(step("PT1H"), ("at",)), Resolution(step("0.01"), ("lat",)), Columns(("at", "lat")))
    assert await read(tables, of, asking(transforms=form)) == b"at,lat\r\n2024-01-01T08:00:00Z,28.23\r\n,\r\n"


async def test_what_is_tested_after_it_was_made_coarser_ends_the_read(
    database: Database, tables: Tables
) -> None:
    database.run("CREATE TABLE r (id INTEGER, city VARCHAR(9))", "INSERT INTO r VALUES (17, 'a')")
    coarse = Resolution(step("10"), ("id",))
    assert await read(tables, database.table("r"), asking(transforms=(coarse,))) == b"id,city\r\n20,a\r\n"
    for form in ((coarse, rows_of("id = 17")), (Resolution(step("10"), ("salary",)),)):
        with pytest.raises(RefusedError) as refused:
            await read(tables, database.table("r"), asking(transforms=form))
        assert refused.value.code == "transform.column"
