"""What leaves is what the same transforms do to the rows in plain Python, in each kind of database."""

import asyncio
import io
import json
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.ipc
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dataplanes.tables.conftest import Database, asking, parameter, read

from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.transforming import MASKED
from xinfu.errors import NotFoundError, RefusedError
from xinfu.odrl import Act, Columns, Mask, Rows, RowTest, Transform
from xinfu.odrl.model.transforms import Resolution, read_rows
from xinfu.odrl.values.quantities import Quantity

Row = dict[str, Any]
NAMES = ("id", "city", "level", "share", 'Ort "q"')
TYPES = ("BIGINT", "VARCHAR(20)", "INTEGER", "DOUBLE PRECISION", "VARCHAR(20)")
TEXTS = ("长沙", "株洲", "a", "B", "", "12", "it's", "é")
WHOLE = st.one_of(st.none(), st.integers(-5, 5), st.sampled_from([2**53, 2**53 + 1, -(2**63), 2**63 - 1]))
SMALL = st.one_of(st.none(), st.integers(-5, 5))
REAL = st.one_of(st.none(), st.sampled_from([0.1, -0.5, 2.0, 2.5, 1e300, -1e-300]))
TEXT = st.one_of(st.none(), st.sampled_from(TEXTS))
ROW = st.tuples(WHOLE, TEXT, SMALL, REAL, TEXT).map(lambda values: dict(zip(NAMES, values, strict=True)))
NUMBER = st.sampled_from(["0", "2", "-3", "2.5", "-0.5", "0.1", "999999999999999", "2.0"])
SIGN = st.sampled_from(["eq", "neq", "lt", "lteq", "gt", "gteq"])


def _tests(of: st.SearchStrategy[str], *, is_number: bool) -> st.SearchStrategy[RowTest]:
    one = st.builds(
        lambda name, sign, value: RowTest(name, sign, (value,), is_number), st.sampled_from(NAMES), SIGN, of
    )
    any_of = st.builds(
        lambda name, values: RowTest(name, "isAnyOf", tuple(values), is_number),
        st.sampled_from(NAMES),
        st.lists(of, min_size=1, max_size=3),
    )
    return st.one_of(one, any_of)


TEST = st.one_of(_tests(NUMBER, is_number=True), _tests(st.sampled_from(TEXTS), is_number=False))
CHOSEN = st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True).map(tuple)
TRANSFORM = st.one_of(
    st.lists(TEST, min_size=1, max_size=3).map(lambda tests: Rows(tuple(tests))),
    CHOSEN.map(Columns),
    st.builds(Mask, CHOSEN, st.sampled_from(["anonymize", "desensitize"])),
)


def in_python(
    rows: Sequence[Row],
    transforms: Sequence[Transform],
    *,
    names: Sequence[str] = NAMES,
    passes: Callable[[Any, RowTest], bool] | None = None,
) -> list[Row] | None:
    """The rows that leave; None where nothing does, as a test asks for what is not there any more."""
    is_passing = passes or typed_passes
    names, masked, left = list(names), set[str](), [dict(row) for row in rows]
    for each in transforms:
        if isinstance(each, Rows):
            if any(test.column not in names or test.column in masked for test in each.tests):
                return None
            left = [row for row in left if all(is_passing(row[test.column], test) for test in each.tests)]
        elif isinstance(each, Columns):
            names = [name for name in names if name in each.names]
            left = [{name: row[name] for name in names} for row in left]
        elif isinstance(each, Mask):
            masked |= set(each.columns)
            left = [{k: hidden(v, each) if k in each.columns else v for k, v in row.items()} for row in left]
    return left if names else None


def hidden(value: Any, mask: Mask) -> str | None:
    return MASKED if mask.action == "desensitize" and isinstance(value, str) else None


def typed_passes(value: Any, test: RowTest) -> bool:
    if value is None or isinstance(value, str) == test.is_number:
        return False
    wanted = [_number(each, value) if test.is_number else each for each in test.values]
    if test.operator == "isAnyOf":
        return value in wanted
    only = wanted[0]
    held: dict[str, bool] = {
        "eq": value == only,
        "neq": value != only,
        "lt": value < only,
        "lteq": value <= only,
        "gt": value > only,
        "gteq": value >= only,
    }
    return held[test.operator]


def _number(text: str, beside: Any) -> Any:
    """Beside a binary fraction a number is read as one; beside a whole number it is exact."""
    return float(text) if isinstance(beside, float) else Decimal(text)


def literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else repr(value)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def fill(database: Database, rows: Sequence[Row]) -> None:
    columns = ", ".join(f"{quoted(name)} {kind}" for name, kind in zip(NAMES, TYPES, strict=True))
    values = ", ".join("(" + ", ".join(literal(row[name]) for name in NAMES) + ")" for row in rows)
    database.run("DROP TABLE IF EXISTS people", f"CREATE TABLE people ({columns})")
    if rows:
        database.run(f"INSERT INTO people VALUES {values}")


def ordered(rows: Sequence[Row]) -> list[str]:
    return sorted(json.dumps(row, ensure_ascii=False, sort_keys=True) for row in rows)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8), transforms=st.lists(TRANSFORM, max_size=3))
def test_what_leaves_is_what_plain_python_would_let_leave(
    database: Database, rows: list[Row], transforms: list[Transform], runner: asyncio.Runner, plane: Tables
) -> None:
    fill(database, rows)
    wanted = in_python(rows, transforms)
    request = asking("jsonl", transforms=tuple(transforms))
    if wanted is None:
        with pytest.raises(RefusedError) as refused:
            runner.run(read(plane, database.table("people"), request))
        assert refused.value.code == "transform.column"
        return
    came = runner.run(read(plane, database.table("people"), request))
    plane.stop("bureau", transfer="moving")
    assert ordered([json.loads(line) for line in came.splitlines()]) == ordered(wanted)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@pytest.fixture
def plane(runner: asyncio.Runner, tmp_path: Path) -> Iterator[Tables]:
    from xinfu.dataplanes.tables.results import ResultLimits
    from xinfu.peers.databases import DatabaseHosts
    from xinfu.peers.rules import OutboundRules

    made = Tables(
        tmp_path / "results", ResultLimits(), DatabaseHosts(OutboundRules(development=True)), OwnFiles()
    )
    yield made
    runner.run(made.close())


PEOPLE: list[Row] = [
    {"id": 1, "city": "长沙", "level": 3, "share": 0.5, NAMES[4]: "x"},
    {"id": 2, "city": "株洲", "level": None, "share": None, NAMES[4]: None},
    {"id": 3, "city": "长沙", "level": 1, "share": 2.0, NAMES[4]: "y"},
]


def rows_of(text: str) -> Rows:
    found = read_rows(text)
    assert found is not None
    return found


async def test_a_transform_goes_with_the_parameters_of_a_query(database: Database, tables: Tables) -> None:
    fill(database, PEOPLE)
    source = database.query(
        "SELECT id, city, level FROM people WHERE id <= :most;", parameter("most:integer"), formats=("csv",)
    )
    transforms = (rows_of("city = '长沙' and level >= 1"), Columns(("id",)))
    assert await read(tables, source, asking("csv", ("most", "2"), transforms=transforms)) == b"id\r\n1\r\n"
    assert (
        await read(tables, source, asking("csv", ("most", "3"), transforms=transforms)) == b"id\r\n1\r\n3\r\n"
    )


@pytest.mark.parametrize("format_", ["parquet", "arrow"])
async def test_formats_with_types_keep_the_types_of_what_is_left(
    database: Database, tables: Tables, format_: str
) -> None:
    fill(database, PEOPLE)
    transforms = (rows_of("level > 0"), Mask(("city",), "desensitize"), Mask(("share",), "anonymize"))
    came = await read(tables, database.table("people"), asking(format_, transforms=transforms))
    reading = pyarrow.parquet.read_table if format_ == "parquet" else _stream
    table = reading(io.BytesIO(came))
    assert table["id"].to_pylist() == [1, 3]
    assert table["city"].to_pylist() == [MASKED, MASKED]
    assert table["share"].to_pylist() == [None, None]


def _stream(file: io.BytesIO) -> Any:
    return pyarrow.ipc.open_stream(file).read_all()


REFUSED: list[tuple[Transform, str]] = [
    (Columns(("id", "salary")), "transform.column"),
    (Columns(('id" FROM people; --',)), "transform.column"),
    (Columns(("ID",)), "transform.column"),
    (Mask(("salary",), "anonymize"), "transform.column"),
    (rows_of("salary > 1"), "transform.column"),
    (rows_of("id = 1234567890123456"), "transform.value"),
    (Resolution(Quantity(Decimal(1), "m"), ("salary",)), "transform.column"),
    (Act("watermark"), "transform.unavailable"),
]


@pytest.mark.parametrize(("transform", "code"), REFUSED)
async def test_what_cannot_be_carried_out_lets_nothing_leave(
    database: Database, tables: Tables, transform: Transform, code: str
) -> None:
    fill(database, PEOPLE)
    with pytest.raises(RefusedError) as refused:
        await read(tables, database.table("people"), asking(transforms=(transform,)))
    assert refused.value.code == code
    assert refused.value.zh
    assert refused.value.help_zh


async def test_a_text_that_tries_to_break_out_is_a_value(database: Database, tables: Tables) -> None:
    fill(database, PEOPLE)
    test = RowTest("city", "eq", ("' OR 1=1 --",), False)
    assert await read(tables, database.table("people"), asking("jsonl", transforms=(Rows((test,)),))) == b""


async def test_chosen_columns_come_in_the_order_of_the_table_after_all_transforms(
    database: Database, tables: Tables
) -> None:
    fill(database, PEOPLE)
    source, transforms = database.table("people"), (rows_of("level > 1"), Mask(("city",), "desensitize"))
    request = asking("csv", transforms=transforms, columns=("share", "city"))
    assert await read(tables, source, request) == b"city,share\r\n***,0.5\r\n"
    assert await tables.kept(source, asking("csv", transforms=transforms), wait=True) is None


@pytest.mark.parametrize("name", ["salary", "ID", 'id" FROM people; --', "\0"])
async def test_a_chosen_column_that_is_not_there_is_told_beside_those_that_are(
    database: Database, tables: Tables, name: str
) -> None:
    fill(database, PEOPLE)
    with pytest.raises(NotFoundError) as refused:
        await read(tables, database.table("people"), asking(columns=("id", name)))
    assert refused.value.code == "column.not-found"
    assert "id, city, level" in refused.value.help_en


async def test_results_of_different_transforms_are_never_shared(database: Database, tables: Tables) -> None:
    fill(database, PEOPLE)
    source = database.table("people")
    whole = asking("csv")
    narrow = asking("csv", transforms=(Columns(("id",)),))
    assert b"city" in await read(tables, source, whole)
    assert await tables.kept(source, narrow, wait=True) is None
    assert await read(tables, source, narrow) == b"id\r\n1\r\n2\r\n3\r\n"
    assert b"city" in await read(tables, source, whole)


async def test_texts_of_another_encoding_are_not_compared(tables: Tables, tmp_path: Path) -> None:
    database = Database(engine="sqlite", place=str(tmp_path / "wide.db"))
    database.run(
        "PRAGMA encoding = 'UTF-16'", "CREATE TABLE people (city TEXT)", "INSERT INTO people VALUES ('a')"
    )
    with pytest.raises(RefusedError) as refused:
        await read(tables, database.table("people"), asking(transforms=(rows_of("city != 'a'"),)))
    assert refused.value.code == "transform.unavailable"
