"""Where parameters stand in a query, and what a provider may publish: one SELECT that only reads."""

import json
from pathlib import Path

import pytest
from tests.dataplanes.tables.conftest import Database, asking, parameter, read

from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.queries import parameter_names, place_parameters, quote_name
from xinfu.errors import InputError, XinfuError
from xinfu.ports.sources import TableSource


@pytest.mark.parametrize(
    ("query", "becomes"),
    [
        ("SELECT :day", "SELECT <day>"),
        (
            "SELECT ':day', \":day\", x::date -- :day\n, :day",
            "SELECT ':day', \":day\", x::date -- :day\n, <day>",
        ),
        ("SELECT /* :day */ 'it''s :day' || :day", "SELECT /* :day */ 'it''s :day' || <day>"),
        ("SELECT $$ :day $$, $a$ :day $a$, :day::date", "SELECT $$ :day $$, $a$ :day $a$, <day>::date"),
        ("SELECT :days, :other", "SELECT :days, :other"),
        ("SELECT :day + :day", "SELECT <day> + <day>"),
    ],
)
def test_a_declared_parameter_is_replaced_where_it_stands_alone(query: str, becomes: str) -> None:
    assert place_parameters(query, ["day"], lambda name: f"<{name}>") == becomes


def test_names_are_listed_once_in_order() -> None:
    assert parameter_names("SELECT :b, ':c', :a, :b") == ["b", "a"]


def test_a_name_is_one_identifier_whatever_it_holds() -> None:
    assert quote_name('a"; DROP TABLE b; --') == '"a""; DROP TABLE b; --"'


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM readings",
        "UPDATE readings SET id = 0",
        "INSERT INTO readings (id) VALUES (9)",
        "INSERT INTO readings (id) VALUES (9) RETURNING id",
        "CREATE TABLE other (a INTEGER)",
        "DROP TABLE readings",
        "SELECT id FROM readings; SELECT id FROM readings",
        "SELECT id FROM readings; DROP TABLE readings",
        "SELECT 1 AS a) AS q; DROP TABLE readings; --",
        "SELECT 1 AS a) UNION SELECT * FROM (SELECT 2 AS a",
        "BEGIN",
        "VACUUM",
        "ATTACH DATABASE 'other' AS other",
        "EXPLAIN SELECT id FROM readings",
        "",
        "SELECT",
        "SELECT nothing FROM readings",
        "SELECT :undeclared",
    ],
)
async def test_only_one_reading_select_is_published(filled: Database, tables: Tables, query: str) -> None:
    with pytest.raises(InputError) as refused:
        await tables.check(filled.query(query))
    assert refused.value.code in {"source.not-a-select", "source.query", "source.columns"}
    assert refused.value.zh
    assert (await read(tables, filled.query("SELECT count(*) AS n FROM readings"), asking())) == b"n\r\n4\r\n"


@pytest.mark.parametrize(
    "query", ["SELECT id FROM readings;", "WITH a AS (SELECT 1 AS x) SELECT x FROM a -- done"]
)
async def test_a_select_may_end_as_people_end_it(filled: Database, tables: Tables, query: str) -> None:
    assert await tables.check(filled.query(query))


@pytest.mark.parametrize("query", ["SELECT id, id FROM readings", "SELECT id AS a, pm AS a FROM readings"])
async def test_columns_need_names_of_their_own(filled: Database, tables: Tables, query: str) -> None:
    with pytest.raises(InputError) as refused:
        await tables.check(filled.query(query))
    assert refused.value.code == "source.columns"


@pytest.mark.parametrize("name", ["nothing", 'readings"; DROP TABLE readings; --', "", "readings WHERE 1=1"])
async def test_a_table_has_to_be_there(filled: Database, tables: Tables, name: str) -> None:
    with pytest.raises(InputError) as refused:
        await tables.check(filled.table(name))
    assert refused.value.code == "source.no-table"


async def test_a_table_may_have_any_name(database: Database, tables: Tables) -> None:
    database.run('CREATE TABLE "读数 ""x"" SELECT" (a INTEGER)', 'INSERT INTO "读数 ""x"" SELECT" VALUES (1)')
    assert await read(tables, database.table('读数 "x" SELECT'), asking()) == b"a\r\n1\r\n"


async def test_a_view_is_read_as_a_table(filled: Database, tables: Tables) -> None:
    filled.run("CREATE VIEW first AS SELECT id FROM readings WHERE id = 1")
    assert await read(tables, filled.table("first"), asking()) == b"id\r\n1\r\n"


@pytest.mark.parametrize("database", ["postgresql", "duckdb"], indirect=True)
async def test_a_table_of_a_schema_is_named_with_it(database: Database, tables: Tables) -> None:
    database.run("CREATE SCHEMA air", "CREATE TABLE air.readings (a INTEGER)")
    assert await read(tables, database.table("air.readings"), asking()) == b"a\r\n"
    with pytest.raises(InputError):
        await tables.check(database.table("readings"))


@pytest.mark.parametrize("engine", ["sqlite", "duckdb"])
async def test_a_file_that_is_no_database_is_refused(tmp_path: Path, tables: Tables, engine: str) -> None:
    (tmp_path / "data").write_text("no database " * 100)
    for place in ("data", "absent"):
        source = TableSource(engine=engine, database=str(tmp_path / place), table="t")  # type: ignore[arg-type]
        with pytest.raises(InputError):
            await tables.check(source)
    assert not (tmp_path / "absent").exists()


async def test_what_a_consumer_is_told_never_says_what_the_database_said(
    filled: Database, tables: Tables
) -> None:
    with pytest.raises(XinfuError) as ended:
        await read(tables, filled.query("SELECT hidden FROM nowhere"), asking())
    assert ended.value.code == "source.unreachable"
    assert "hidden" not in str(ended.value)


async def test_statements_of_the_collection_reach_no_file_as_a_providers_query(
    tmp_path: Path, tables: Tables, shared: Path
) -> None:
    """Cases against plain DuckDB that read files or reach out: refused, and nothing of the bait is told."""
    database = Database(engine="duckdb", place=str(tmp_path / "data.duckdb"))
    database.run("CREATE TABLE machine (machine_id INTEGER)")
    (tmp_path / "secret.csv").write_text("name,token\nzhou,CANARY-CSV-7731\n")
    (tmp_path / "secret.txt").write_text("CANARY-TXT-7732\n")
    (tmp_path / "secret.json").write_text('{"a": "CANARY-JSON-7733"}')
    cases = [json.loads(line) for line in (shared / "design" / "sql-attacks.jsonl").read_text().splitlines()]
    outside = [case for case in cases if "{dir}" in case["sql"]]
    assert len(outside) > 10
    for case in outside:
        source = database.query(case["sql"].replace("{dir}", str(tmp_path)))
        before = sorted(path.name for path in tmp_path.iterdir() if path.name != "results")
        with pytest.raises(XinfuError) as refused:
            await tables.check(source)
        assert "CANARY" not in str(refused.value), case["id"]
        assert sorted(path.name for path in tmp_path.iterdir() if path.name != "results") == before


@pytest.mark.parametrize(
    "place",
    [
        "http://user@host/db",
        "postgresql://user:secret@host/db",
        "postgresql://host/db",
        "postgresql://user@host/",
        "postgresql://user@/db",
        "postgresql://user@a,b/db",
        "postgresql://user@host/db?passfile=/etc/passwd",
        "postgresql://user@host/db?password=x",
        "postgresql://user@host/db?host=/run",
        "postgresql://user@host/db?sslmode=disable&sslmode=require",
        "postgresql://user@/db?host=other",
        "postgresql://user@host:99999/db",
        "not a url",
    ],
)
async def test_an_address_that_says_too_much_or_too_little_is_refused(tables: Tables, place: str) -> None:
    with pytest.raises(InputError) as refused:
        await tables.check(TableSource(engine="postgresql", database=place, table="t"))
    assert refused.value.code == "source.url"
    assert "secret" not in str(refused.value)


async def test_a_source_is_a_table_or_a_query(tables: Tables) -> None:
    for given in ({}, {"table": "a", "query": "SELECT 1 AS a"}, {"table": "a", "formats": ()}):
        with pytest.raises(InputError) as refused:
            await tables.check(TableSource(engine="sqlite", database="x", **given))
        assert refused.value.code == "source.table"


async def test_a_format_that_is_not_offered_is_refused(filled: Database, tables: Tables) -> None:
    source = filled.table(formats=("csv",))
    for request in (asking("parquet"), asking("xml"), asking("csv", ("format", "csv"))):
        with pytest.raises(InputError) as refused:
            await read(tables, source, request)
        assert refused.value.code == "parameter.format"


@pytest.mark.parametrize("given", [{"path": "x"}, {"method": "POST"}])
async def test_a_table_takes_neither_paths_nor_other_methods(
    filled: Database, tables: Tables, given: dict[str, str]
) -> None:
    with pytest.raises(InputError) as refused:
        await read(tables, filled.table(), asking("csv", **given))
    assert refused.value.code == "source.not-passed"


async def test_the_parameters_of_a_table_are_none(filled: Database, tables: Tables) -> None:
    with pytest.raises(InputError) as refused:
        await read(tables, filled.table(), asking("csv", ("id", "1")))
    assert refused.value.code == "parameter.unknown"
    with pytest.raises(InputError):
        await tables.check(filled.table(parameters=(parameter("id:integer"),)))
