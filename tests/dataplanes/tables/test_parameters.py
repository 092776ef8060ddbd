"""What a consumer may say about a query: by name and type, bound, never part of the statement."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dataplanes.tables.conftest import Database, asking, parameter, read

from xinfu.dataplanes.tables import parameters
from xinfu.dataplanes.tables.plane import Tables
from xinfu.errors import InputError
from xinfu.ports.sources import Parameter

BY_TYPE = [parameter("x:text"), parameter("x:integer"), parameter("x:number"), parameter("x:boolean")]
BY_TYPE += [parameter("x:date"), parameter("x:timestamp"), parameter("x:enum", values=("a", "b"))]


def value_of(declared: Parameter, text: str) -> Any:
    return parameters.read([declared], [("x", text)])["x"]


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        ("text", "株洲 '; DROP TABLE t; --", "株洲 '; DROP TABLE t; --"),
        ("integer", "-9223372036854775808", -(2**63)),
        ("number", "1.50", Decimal("1.50")),
        ("number", "-2e10", Decimal("-2e10")),
        ("boolean", "true", True),
        ("date", "2024-02-29", date(2024, 2, 29)),
        ("timestamp", "2024-02-29T08:00:00.5+08:00", datetime(2024, 2, 29, 0, 0, 0, 500000, UTC)),
        ("timestamp", "2024-02-29 08:00:00", datetime(2024, 2, 29, 8, tzinfo=UTC)),
    ],
)
def test_a_value_is_read_by_the_declared_type(type_: str, text: str, value: object) -> None:
    assert value_of(parameter(f"x:{type_}"), text) == value


@pytest.mark.parametrize(
    ("type_", "text"),
    [
        ("text", "a\0b"),
        ("text", "x" * 1025),
        ("text", "\ud800"),
        ("integer", "9223372036854775808"),
        ("integer", "1.0"),
        ("integer", "１２"),
        ("integer", "1_000"),
        ("integer", ""),
        ("number", "NaN"),
        ("number", "1e999"),
        ("number", "1;"),
        ("boolean", "1"),
        ("date", "2023-02-29"),
        ("date", "2024-02-29 OR 1=1"),
        ("date", "20240229"),
        ("timestamp", "2024-02-29"),
        ("timestamp", "0001-01-01T00:00:00+08:00"),
        ("enum", "c"),
        ("enum", ""),
    ],
)
def test_a_value_of_another_type_is_refused(type_: str, text: str) -> None:
    declared = parameter(f"x:{type_}", values=("a", "b") if type_ == "enum" else ())
    with pytest.raises(InputError) as refused:
        value_of(declared, text)
    assert refused.value.code == "parameter.invalid"
    assert refused.value.facts == {"parameter": "x"}


@given(declared=st.sampled_from(BY_TYPE), text=st.text())
def test_any_text_is_a_value_of_the_type_or_refused(declared: Parameter, text: str) -> None:
    types = {"text": str, "enum": str, "integer": int, "number": Decimal, "boolean": bool, "date": date}
    with suppress(InputError):  # whatever else it raised would fail
        assert isinstance(value_of(declared, text), types.get(declared.type, datetime))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ([], "parameter.missing"),
        ([("x", "1"), ("y", "1")], "parameter.unknown"),
        ([("x", "1"), ("x", "2")], "parameter.repeated"),
        ([("X", "1")], "parameter.unknown"),
    ],
)
def test_only_declared_parameters_are_taken_each_once(said: list[tuple[str, str]], code: str) -> None:
    with pytest.raises(InputError) as refused:
        parameters.read([parameter("x:integer")], said)
    assert refused.value.code == code
    assert refused.value.status == 400


def test_what_is_not_given_has_its_default() -> None:
    declared = [parameter("a:date", default="2024-01-01"), parameter("b:integer", default=None)]
    declared += [parameter("c:boolean", default=False), parameter("d:number", default=1.5)]
    assert parameters.read(declared, []) == {
        "a": date(2024, 1, 1),
        "b": None,
        "c": False,
        "d": Decimal("1.5"),
    }


@pytest.mark.parametrize(
    "declared",
    [
        [parameter("format:text")],
        [parameter("x y:text")],
        [parameter("x:text"), parameter("x:text")],
        [parameter("x:enum")],
        [parameter("x:text", values=("a",))],
        [parameter("x:date", default="soon")],
        [parameter("x:integer", default=True)],
        [parameter("y:text")],
    ],
    ids=["reserved", "name", "twice", "no-values", "values", "default", "other-type", "unused"],
)
async def test_a_wrong_declaration_is_refused_when_it_is_published(
    filled: Database, tables: Tables, declared: list[Parameter]
) -> None:
    with pytest.raises(InputError) as refused:
        await tables.check(filled.query("SELECT id FROM readings WHERE station = :x", *declared))
    assert refused.value.code == "parameter.declared"


SOURCE = "SELECT id FROM readings WHERE day >= :day AND (:station IS NULL OR station = :station) ORDER BY id"
DAY = parameter("day:date")
STATION = parameter("station:text", default=None)


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ([("day", "2024-01-02")], [2, 3, 4]),
        ([("day", "2024-01-01"), ("station", "株洲")], [1]),
        ([("day", "2024-01-01"), ("station", "")], [3]),
        ([("day", "2025-01-01")], []),
    ],
)
async def test_parameters_choose_rows(
    filled: Database, tables: Tables, said: list[tuple[str, str]], ids: list[int]
) -> None:
    source = filled.query(SOURCE.replace("ORDER BY id", "ORDER BY day, id"), DAY, STATION)
    data = await read(tables, source, asking("jsonl", *said))
    assert [min(json.loads(line)["id"], 4) for line in data.splitlines()] == ids


@pytest.mark.parametrize("type_", ["integer", "number", "boolean", "timestamp", "enum"])
async def test_a_parameter_of_every_type_reaches_the_database_as_that(
    database: Database, tables: Tables, type_: str
) -> None:
    value = {"integer": "7", "number": "7.5", "boolean": "true", "enum": "b"}.get(
        type_, "2024-02-29T08:00:00+08:00"
    )
    stored = {"integer": "7", "number": "7.5", "enum": "'b'", "timestamp": "'2024-02-29 00:00:00'"}
    column = {"integer": "BIGINT", "number": "DOUBLE PRECISION", "enum": "VARCHAR(9)"}
    database.run(
        f"CREATE TABLE t (x {column.get(type_, type_.upper())})",
        f"INSERT INTO t VALUES ({stored.get(type_, 'true')}), (NULL)",
    )
    declared = parameter(f"x:{type_}", values=("a", "b") if type_ == "enum" else ())
    source = database.query("SELECT count(*) AS n FROM t WHERE x = :x", declared)
    assert await read(tables, source, asking("csv", ("x", value))) == b"n\r\n1\r\n"


ATTACKS = [
    "' OR '1'='1",
    "'; DROP TABLE readings; --",
    '" OR ""="',
    "1 UNION SELECT 1",
    "$1",
    ":day",
    "\\'; SELECT 1; --",
    "%' OR 1=1 /*",
    "株洲') OR ('x'='x",
]


@pytest.mark.parametrize("text", ATTACKS)
async def test_what_tries_to_break_out_is_a_value(filled: Database, tables: Tables, text: str) -> None:
    source = filled.query(SOURCE, DAY, STATION)
    assert await read(tables, source, asking("csv", ("day", "2020-01-01"), ("station", text))) == b"id\r\n"
    assert b"\xe6\xa0\xaa\xe6\xb4\xb2" in await read(tables, filled.table(), asking("csv"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40).filter(lambda text: "\0" not in text))
async def test_any_text_finds_itself_and_nothing_else(filled: Database, tables: Tables, text: str) -> None:
    source = filled.query("SELECT CAST(:x AS VARCHAR(100)) AS x", parameter("x:text"))
    data = await read(tables, source, asking("jsonl", ("x", text)))
    assert json.loads(data) == {"x": text}


def attacks(shared: Path) -> list[str]:
    """Statements of the collection that try to break out of a reading query."""
    file = shared / "design" / "sql-attacks.jsonl"
    return [json.loads(line)["sql"] for line in file.read_text(encoding="utf-8").splitlines()]


async def test_every_statement_of_the_collection_is_a_value(
    filled: Database, tables: Tables, shared: Path
) -> None:
    source = filled.query("SELECT id FROM readings WHERE station = :x", parameter("x:text"))
    for text in attacks(shared):
        assert await read(tables, source, asking("csv", ("x", text[:1024]))) == b"id\r\n"
