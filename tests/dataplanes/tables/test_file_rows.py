"""Files of rows: what leaves is what plain Python would let leave, and nothing of what it would keep back."""

import asyncio
import io
import json
import os
import re
import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.dataplanes.tables.conftest import asking, read
from tests.dataplanes.tables.test_transforming import in_python, plane, rows_of, runner

from xinfu.dataplanes.files import Files, WatchedFile
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.file_batches import batches_of, rows_of_batch
from xinfu.dataplanes.tables.plane import Tables
from xinfu.dataplanes.tables.text import Csv
from xinfu.dataplanes.tables.transforming import MASKED
from xinfu.errors import InputError, IntegrityError, NotFoundError, RefusedError
from xinfu.odrl import Columns, Mask, Rows, RowTest, Transform
from xinfu.ports.sources import Column, FileSource, RowsSource

__all__ = ["plane", "runner"]

Row = dict[str, Any]
NAMES = ("id", "city", "level", 'Ort "q"')
WRITTEN = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            " ",
            "007",
            "1.50",
            "-3",
            "+2",
            "2.0",
            "1e3",
            "1e-5",
            "NaN",
            "1e999",
            "0.1",
            "12345678901234567890123",
        ]
    ),
    st.sampled_from(["长沙", 'a,"b"', "line\r\nbreak", "it's", "***", "\x00", "é"]),
)
JSON = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([Decimal("1.50"), Decimal("0.1"), Decimal("2.00"), 1e300, 1e-7, -2.5]),
    st.sampled_from(["", "长沙", '"', "1", "a\\b", "\n", "\x7f", "null", "é"]),
    st.sampled_from([[1, 2], {"a": "b"}, []]),
)
NUMBER = st.sampled_from(["0", "2", "-3", "1.5", "0.1", "1000", "0.00001", "999999999999999"])
TEXT = st.sampled_from(["", "长沙", "007", "1.50", "it's", '"', "null", "é"])
SIGN = st.sampled_from(["eq", "neq", "lt", "lteq", "gt", "gteq"])
NAME = st.sampled_from(NAMES)
CHOSEN = st.lists(NAME, min_size=1, max_size=3, unique=True).map(tuple)
TEST = st.one_of(
    st.builds(lambda name, sign, value: RowTest(name, sign, (value,), True), NAME, SIGN, NUMBER),
    st.builds(lambda name, sign, value: RowTest(name, sign, (value,), False), NAME, SIGN, TEXT),
    st.builds(
        lambda name, values: RowTest(name, "isAnyOf", tuple(values), False), NAME, st.lists(TEXT, min_size=1)
    ),
)
TRANSFORM = st.one_of(
    st.lists(TEST, min_size=1, max_size=2).map(lambda tests: Rows(tuple(tests))),
    CHOSEN.map(Columns),
    st.builds(Mask, CHOSEN, st.sampled_from(["anonymize", "desensitize"])),
)
TRANSFORMS = st.lists(TRANSFORM, min_size=1, max_size=3)
EXACT = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,18})?")
LOOSE = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def rows(value: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    row = st.tuples(*[value] * len(NAMES)).map(lambda values: dict(zip(NAMES, values, strict=True)))
    return st.lists(row, max_size=6)


def written_number(value: str) -> Decimal | float | None:
    if EXACT.fullmatch(value):
        return Decimal(value)
    return float(value) if LOOSE.fullmatch(value) else None


def passes(value: Any, test: RowTest) -> bool:
    """Whether a value of a file without types passes; a number beside a binary fraction is one."""
    text = json.dumps(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    text = str(value) if isinstance(value, Decimal) else text
    if test.is_number:
        number = written_number(text) if isinstance(text, str) and not is_json_text(value) else None
        if number is None:
            return False
        found: Any = number
        wanted: list[Any] = [
            float(each) if isinstance(number, float) else Decimal(each) for each in test.values
        ]
    else:
        if not isinstance(value, str):
            return False
        found, wanted = value.encode(), [each.encode() for each in test.values]
    held = {
        "eq": found == wanted[0],
        "neq": found != wanted[0],
        "lt": found < wanted[0],
        "gt": found > wanted[0],
    }
    held |= {"lteq": held["lt"] or held["eq"], "gteq": held["gt"] or held["eq"], "isAnyOf": found in wanted}
    return bool(held[test.operator])


def is_json_text(value: Any) -> bool:
    return isinstance(value, JsonText)


class JsonText(str):
    """A text of JSON, which is no number however it reads."""


def csv_of(names: Sequence[str], values: Sequence[Row]) -> bytes:
    sink = io.BytesIO()
    writer = Csv(sink, tuple(Column(name=name, type="text") for name in names))
    writer.add([[row[name] for name in names] for row in values])
    return sink.getvalue()


def came(
    path: Path, format_: str, transforms: Sequence[Transform], runner: asyncio.Runner, plane: Tables
) -> bytes | RefusedError:
    async def work() -> bytes | RefusedError:
        [file] = await Files(OwnFiles()).files(FileSource(path=str(path)))
        of = RowsSource(path=str(path), format=format_, stamp=file.stamp)  # type: ignore[arg-type]  # a name of one
        try:
            return await read(plane, of, asking(format_, transforms=tuple(transforms)))
        except RefusedError as error:
            return error
        finally:
            plane.stop("bureau", transfer="moving")

    return runner.run(work())


ALWAYS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@ALWAYS
@given(values=rows(WRITTEN), transforms=TRANSFORMS)
def test_csv_leaves_as_plain_python_would_let_it(
    values: list[Row], transforms: list[Transform], tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(csv_of(NAMES, values))
    wanted = in_python(values, transforms, names=NAMES, passes=passes)
    got = came(path, "csv", transforms, runner, plane)
    if wanted is None:
        assert isinstance(got, RefusedError)
        assert got.code == "transform.column"
        return
    left = [
        name for name in NAMES if all(name in each.names for each in transforms if isinstance(each, Columns))
    ]
    assert got == csv_of(left, wanted)


def json_line(row: Row) -> str:
    """As some tool writes it: an absent value is left out now and then, numbers keep their digits."""
    members = (
        f"{json.dumps(name, ensure_ascii=len(name) > 3)}: "
        + (str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=bool(len(row) % 2)))
        for name, value in row.items()
        if value is not None or name == "id"
    )
    return "{" + ", ".join(members) + "}"


@ALWAYS
@given(values=rows(JSON), transforms=TRANSFORMS)
def test_json_lines_leave_as_plain_python_would_let_them(
    values: list[Row], transforms: list[Transform], tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    values = [
        {name: JsonText(value) if isinstance(value, str) else value for name, value in row.items()}
        for row in values
    ]
    values = [dict.fromkeys(NAMES, True), *values]
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join(map(json_line, values)) + "\n\n", encoding="utf-8")
    wanted = in_python(values, transforms, names=NAMES, passes=passes)
    got = came(path, "jsonl", transforms, runner, plane)
    if wanted is None:
        assert isinstance(got, RefusedError)
        assert got.code == "transform.column"
        return
    assert isinstance(got, bytes)
    lines = [json.loads(line, parse_float=Decimal) for line in got.splitlines()]
    as_decimal = [
        {k: Decimal(repr(v)) if isinstance(v, float) else v for k, v in row.items()} for row in wanted
    ]
    assert lines == as_decimal


PARQUET = pa.schema(
    [
        ("id", pa.int64()),
        ("city", pa.string()),
        ("level", pa.float64()),
        ('Ort "q"', pa.dictionary(pa.int32(), pa.string())),
    ]
)
TYPED = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(-5, 5), st.just(2**63 - 1)),
        st.one_of(st.none(), TEXT),
        st.one_of(st.none(), st.sampled_from([0.1, -3.0, 2.0, 1e300])),
        st.one_of(st.none(), TEXT),
    ).map(lambda values: dict(zip(NAMES, values, strict=True))),
    max_size=6,
)


@ALWAYS
@given(values=TYPED, transforms=TRANSFORMS)
def test_parquet_leaves_as_plain_python_would_let_it(
    values: list[Row], transforms: list[Transform], tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    path = tmp_path / "people.parquet"
    pyarrow.parquet.write_table(pa.Table.from_pylist(values, schema=PARQUET), path)
    wanted = in_python(values, transforms, names=NAMES)
    got = came(path, "parquet", transforms, runner, plane)
    if wanted is None:
        assert isinstance(got, RefusedError)
        assert got.code == "transform.column"
        return
    assert isinstance(got, bytes)
    assert pyarrow.parquet.read_table(io.BytesIO(got)).to_pylist() == wanted


SECRET = "Q7-secret-value"


def parquet_of(values: Sequence[Row]) -> bytes:
    sink = io.BytesIO()
    table = pa.Table.from_pylist(list(values)).replace_schema_metadata({"origin": SECRET})
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


SECRETS: list[Row] = [{"id": str(i), "name": f"{SECRET}-{i}", "city": "a"} for i in range(3)]
WRITERS: dict[str, Callable[[Sequence[Row]], bytes]] = {
    "csv": lambda values: csv_of(list(values[0]), values),
    "jsonl": lambda values: "".join(json.dumps(row) + "\n" for row in values).encode(),
    "parquet": parquet_of,
}


@pytest.mark.parametrize("action", ["anonymize", "desensitize"])
@pytest.mark.parametrize("format_", WRITERS)
def test_what_is_masked_stands_nowhere_in_what_leaves(
    format_: str, action: str, tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    path = tmp_path / f"people.{format_}"
    path.write_bytes(WRITERS[format_](SECRETS))
    got = came(path, format_, [Mask(("name",), action)], runner, plane)
    assert isinstance(got, bytes)
    if format_ != "parquet":
        assert SECRET.encode() not in got
        return
    file = pyarrow.parquet.ParquetFile(io.BytesIO(got))
    told = [file.metadata.row_group(0).column(i).statistics for i in range(file.metadata.num_columns)]
    assert SECRET not in f"{file.read().to_pylist()} {file.schema_arrow} {file.schema_arrow.metadata} {told}"
    assert SECRET not in str(file.metadata.metadata)
    expected = MASKED if action == "desensitize" else None
    assert file.read()["name"].to_pylist() == [expected] * 3


BROKEN = {
    "csv": [
        b"",
        b"a,b\n1\n",
        b"a,b\n1,\xff\n",
        b"%PDF-1.7\n\xe2\xe3\xcf\xd3,\n",
        b"a,a\n1,2\n",
        b"a,b\n" + b'"x' * 3,
    ],
    "jsonl": [
        b"",
        b"\n",
        b"[1]\n",
        b'{"a": 1\n',
        b'{"a": 1}\n{"a": "\xff"}\n',
        b'{"a": 1, "A": 2}\n',
        b"{}\n",
        b"".join(b'{"a%d": 1}\n' % i for i in range(1001)),
    ],
    "parquet": [b"", b"PAR1", b"no parquet at all, and long enough to look for a footer in it"],
}


@pytest.mark.parametrize(("format_", "content"), [(kind, each) for kind in BROKEN for each in BROKEN[kind]])
def test_a_file_that_is_not_what_it_says_lets_nothing_leave(
    format_: str, content: bytes, tmp_path: Path, runner: asyncio.Runner, plane: Tables
) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    got = came(path, format_, [Columns(("a",))], runner, plane)
    assert isinstance(got, RefusedError)
    assert got.code in {"transform.unreadable", "transform.column"}
    assert got.zh


async def test_what_is_wrong_in_a_row_is_not_told(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "broken.csv"
    path.write_text(f"id,name\n1,{SECRET}\n2,{SECRET},{SECRET}\n")
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    with pytest.raises(RefusedError) as refused:
        await read(tables, of, asking(transforms=(Mask(("name",), "anonymize"),)))
    told = [
        refused.value.sentence("en"),
        refused.value.sentence("zh"),
        str(refused.value),
        refused.value.facts,
    ]
    assert SECRET not in str(told)


async def stamp_of(path: Path) -> str:
    [file] = await Files(OwnFiles()).files(FileSource(path=str(path)))
    return file.stamp


async def test_a_file_that_changed_since_it_was_measured_is_not_read(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b\n1,2\n")
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    path.write_text("a,b\n1,22\n")
    with pytest.raises(IntegrityError) as refused:
        await read(tables, of, asking(transforms=(Columns(("a",)),)))
    assert refused.value.code == "source.changed"


async def test_a_file_that_changes_while_it_is_read_ends_the_result(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a,b\n" + f"1,{'x' * 1000}\n" * 200_000)  # much more than is read ahead
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    with pytest.raises(IntegrityError) as refused:
        async with tables.open(of, asking(transforms=(Columns(("a",)),))) as answer:
            async for _ in answer.chunks():
                os.utime(path)
    assert refused.value.code == "source.changed"


async def test_a_stop_ends_a_reading(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text('{"a": 1, "b": 2}\n' * 2_000_000)
    of = RowsSource(path=str(path), format="jsonl", stamp=await stamp_of(path))
    reading = asyncio.create_task(read(tables, of, asking("jsonl", transforms=(Columns(("a",)),))))
    await asyncio.sleep(0.05)
    tables.stop("bureau", transfer="moving")
    with pytest.raises(Exception, match=r"result.gone"):
        await asyncio.wait_for(reading, 30)


async def test_columns_are_chosen_of_a_file(tables: Tables, tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes("﻿a,b,c\n1,2,3\n".encode())
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    request = asking(transforms=(Mask(("b",), "desensitize"),), columns=("c", "b"))
    assert await read(tables, of, request) == b"b,c\r\n***,3\r\n"
    with pytest.raises(NotFoundError) as refused:
        await read(tables, of, asking(transforms=(Mask(("b",), "desensitize"),), columns=("d",)))
    assert refused.value.code == "column.not-found"


async def test_a_file_leaves_in_its_own_format_and_takes_no_parameters(
    tables: Tables, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_text("a\n\n1\n")
    of = RowsSource(path=str(path), format="csv", stamp=await stamp_of(path))
    assert await read(tables, of, asking(transforms=(Columns(("a",)),))) == b"a\r\n\r\n1\r\n"
    for request in (asking("parquet"), asking("csv", ("day", "1"))):
        with pytest.raises(InputError):
            await read(tables, of, request)


async def test_other_types_of_parquet_keep_their_values(tables: Tables, tmp_path: Path) -> None:
    values = {
        "price": [Decimal("1.50"), None],
        "at": [datetime(2024, 1, 1, 8, 30), None],
        "tags": [["a", "b"], None],
        "id": [1, 2],
    }
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pa.table(values), path)
    of = RowsSource(path=str(path), format="parquet", stamp=await stamp_of(path))
    request = asking("parquet", transforms=(rows_of("id <= 2"), Columns(("price", "at", "tags"))))
    got = pyarrow.parquet.read_table(io.BytesIO(await read(tables, of, request)))
    assert got.to_pydict() == {name: values[name] for name in ("price", "at", "tags")}


class Noted(WatchedFile):
    """Keeps which threads have read."""

    def __init__(self, path: str, stamp: str) -> None:
        self.threads: set[int] = set()
        super().__init__(path, stamp, OwnFiles())

    def readinto(self, buffer: Any) -> int:
        self.threads.add(threading.get_ident())
        return super().readinto(buffer)


@pytest.mark.parametrize("format_", WRITERS)
def test_no_thread_of_a_library_comes_into_python_for_the_bytes(
    tmp_path: Path, format_: str, runner: asyncio.Runner
) -> None:
    """One that reads ahead when a process ends, after a refusal, would end it by a signal."""
    path = tmp_path / f"people.{format_}"
    path.write_bytes(WRITERS[format_]([{"id": "1", "city": "x" * 1000}] * 5000))
    [file] = runner.run(Files(OwnFiles()).files(FileSource(path=str(path))))
    noted = Noted(str(path), file.stamp)
    try:
        for _ in batches_of(noted, format_, rows_of_batch(noted, format_)):
            pass
    finally:
        noted.close()
    assert noted.threads == {threading.get_ident()}


@pytest.mark.parametrize("rows", [3, 60_000])
def test_a_csv_file_that_is_cut_off_while_it_is_read_does_not_end_there(
    tmp_path: Path, rows: int, runner: asyncio.Runner
) -> None:
    """Whatever was read ahead: all of it, or a part."""
    path = tmp_path / "people.csv"
    path.write_bytes(WRITERS["csv"]([{"id": "1", "city": "x" * 1000}] * rows))
    [file] = runner.run(Files(OwnFiles()).files(FileSource(path=str(path))))
    opened = WatchedFile(str(path), file.stamp, OwnFiles())
    try:
        batches = batches_of(opened, "csv", rows_of_batch(opened, "csv"))
        batches.read_next_batch()
        os.truncate(path, path.stat().st_size // 2)
        with pytest.raises((pa.ArrowException, IntegrityError, OSError)):
            for _ in batches:
                pass
        assert opened.error is not None
        assert opened.error.code == "source.changed"
    finally:
        opened.close()
