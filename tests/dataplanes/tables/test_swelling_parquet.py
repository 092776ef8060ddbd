"""Small files of Parquet that swell when their rows are read: read in bounded memory, or refused before a row leaves.

Each is read in a process of its own, beside an ordinary file of the same run that says what a reading takes at all.
"""

import asyncio
import io
import json
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xinfu.dataplanes.files import Files, WatchedFile
from xinfu.dataplanes.own_files import OwnFiles
from xinfu.dataplanes.tables.file_batches import ROWS, batches_of, rows_of_batch
from xinfu.errors import RefusedError
from xinfu.ports.sources import FileSource

MIB = 1024 * 1024
GROWTH = 250 * MIB
"""More than a bounded batch and its copies; each of the files comes to 700 MiB in one copy alone."""


class Reading(msgspec.Struct, frozen=True):
    """What a child says."""

    rows: int
    code: str
    peak: int


def taken(path: Path, column: str = "t", format_: str = "parquet") -> Reading:
    command = [sys.executable, "-m", "tests.dataplanes.tables.swelling", format_, column, str(path)]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    return msgspec.json.decode(done.stdout, type=Reading)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    path = tmp_path_factory.mktemp("ordinary") / "ordinary.parquet"
    pyarrow.parquet.write_table(pa.table({"t": [str(number) for number in range(10_000)]}), path)
    return taken(path)


def repeated(values: list[str], indices: Sequence[int | None]) -> Any:
    return pa.DictionaryArray.from_arrays(pa.array(indices, pa.int32()), pa.array(values))


def written(path: Path, table: Any, **more: Any) -> Path:
    given_ = {"compression": "zstd", "dictionary_pagesize_limit": 4 * MIB, "store_schema": False, **more}
    pyarrow.parquet.write_table(table, path, **given_)
    assert path.stat().st_size < MIB
    return path


LONG = "x" * MIB
FLAT: dict[str, tuple[Any, dict[str, Any]]] = {
    "text": ({"t": repeated([LONG], [0] * 700)}, {}),
    "dictionary": ({"t": repeated([LONG], [0] * 700)}, {"store_schema": True}),
    "late": ({"t": repeated(["", LONG], [0] * 30_000 + [1] * 700)}, {}),
    "later group": ({"t": repeated(["", LONG], [0] * 3_000 + [1] * 700)}, {"row_group_size": 1_000}),
    "hidden": ({"t": pa.array(["a"] * 700), "big": repeated([LONG], [0] * 700)}, {}),
    "first absent": ({"t": repeated([LONG], [None, *[0] * 700])}, {}),
    "prefixes": (
        {"t": pa.array([LONG] * 700)},
        {"use_dictionary": False, "column_encoding": {"t": "DELTA_BYTE_ARRAY"}},
    ),
    "fixed": (
        {"t": pa.array(["a"] * 700), "big": pa.array([LONG.encode()] * 700, pa.binary(MIB))},
        {"use_dictionary": ["big"]},
    ),
}


@pytest.mark.parametrize("name", FLAT)
def test_a_value_that_lies_once_and_stands_in_many_rows_is_read_in_bounded_memory(
    tmp_path: Path, ordinary: Reading, name: str
) -> None:
    columns, more = FLAT[name]
    path = written(tmp_path / "repeated.parquet", pa.table(columns), **more)
    found = taken(path)
    assert (found.rows, found.code) == (pyarrow.parquet.read_metadata(path).num_rows, "")
    assert found.peak - ordinary.peak < GROWTH


def test_one_row_that_comes_to_too_much_is_refused(tmp_path: Path, ordinary: Reading) -> None:
    nested = pa.ListArray.from_arrays(pa.array([0, 700], pa.int32()), repeated([LONG], [0] * 700))
    found = taken(written(tmp_path / "nested.parquet", pa.table({"t": nested})))
    assert (found.rows, found.code) == (0, "transform.unreadable")
    assert found.peak - ordinary.peak < GROWTH


def varint(value: int) -> bytes:
    """A number as Thrift writes it."""
    left, found = value << 1, bytearray()
    while left > 127:
        found.append(left & 127 | 128)
        left >>= 7
    return bytes([*found, left])


def relabelled(path: Path, said: int, instead: int) -> None:
    """Put another number of the same length in place of one."""
    old, new = varint(said), varint(instead)
    data = path.read_bytes()
    assert len(old) == len(new)
    assert old in data
    path.write_bytes(data.replace(old, new))


def test_a_footer_that_makes_less_of_its_pages_than_they_are_is_not_believed(
    tmp_path: Path, ordinary: Reading
) -> None:
    path = written(tmp_path / "less.parquet", pa.table({"t": ["x" * (400 * MIB)]}), use_dictionary=False)
    told = pyarrow.parquet.read_metadata(path).row_group(0).column(0).total_uncompressed_size
    relabelled(path, told, 200 * MIB)
    found = taken(path)
    assert (found.rows, found.code) == (0, "transform.unreadable")
    assert found.peak - ordinary.peak < GROWTH


@pytest.mark.parametrize("instead", [2**31 - 1, 140 * MIB])
def test_a_page_that_makes_more_of_itself_than_it_is_is_refused(
    tmp_path: Path, ordinary: Reading, instead: int
) -> None:
    text = "x" * (150 * MIB)
    path = written(tmp_path / "more.parquet", pa.table({"t": [text]}), use_dictionary=False)
    relabelled(path, len(text) + 4 + 6, instead)  # its length and the levels of one row stand before it
    found = taken(path)
    assert (found.rows, found.code) == (0, "transform.unreadable")
    assert found.peak - ordinary.peak < 350 * MIB


def watched(path: Path) -> WatchedFile:
    [file] = asyncio.run(Files(OwnFiles()).files(FileSource(path=str(path))))
    return WatchedFile(str(path), file.stamp, OwnFiles())


def rows_at_once(path: Path) -> int:
    file = watched(path)
    try:
        return rows_of_batch(file, "parquet")
    finally:
        file.close()


@pytest.mark.parametrize("columns", [1, 40])
def test_ordinary_files_are_read_in_whole_batches(tmp_path: Path, columns: int) -> None:
    """Also where each text is another: what they may come to is known from the dictionary itself."""
    drawn = random.Random(3)
    table = pa.table({f"t{n}": [str(drawn.random()) for _ in range(80_000)] for n in range(columns)})
    path = tmp_path / "distinct.parquet"
    pyarrow.parquet.write_table(table, path)
    assert rows_at_once(path) == ROWS
    pyarrow.parquet.write_table(table, path, use_dictionary=False, data_page_version="2.0")
    assert rows_at_once(path) == ROWS


TEXTS = st.lists(st.one_of(st.none(), st.sampled_from(["", "a", "b" * 300, "c" * 70_000])), max_size=30)


@settings(max_examples=40)
@given(
    texts=TEXTS,
    times=st.integers(1, 40),
    kept=st.booleans(),
    version=st.sampled_from(["1.0", "2.0"]),
    packed=st.sampled_from(["none", "zstd", "snappy"]),
    page=st.sampled_from([1, 1000, MIB]),
)
def test_a_batch_never_comes_to_more_than_was_reckoned(
    tmp_path_factory: pytest.TempPathFactory,
    texts: list[str | None],
    times: int,
    kept: bool,
    version: str,
    packed: str,
    page: int,
) -> None:
    path = tmp_path_factory.mktemp("reckoned") / "t.parquet"
    table = pa.table({"t": pa.array(texts * times, pa.string()), "n": pa.array(range(len(texts) * times))})
    pyarrow.parquet.write_table(
        table,
        path,
        use_dictionary=kept,
        data_page_version=version,
        compression=packed,
        data_page_size=page,
        row_group_size=97,
    )
    file = watched(path)
    try:
        rows = rows_of_batch(file, "parquet")
        batches = list(batches_of(file, "parquet", rows))
    finally:
        file.close()
    assert pa.Table.from_batches(batches, table.schema).equals(table)
    assert all(each.num_rows <= rows and each.nbytes < 20 * MIB for each in batches)


def test_no_byte_that_is_another_breaks_more_than_the_file(tmp_path: Path) -> None:
    """Each byte of a file in turn, in a process of its own: rows, or a refusal."""
    sink = io.BytesIO()
    table = pa.table({"t": ["a", None, "b"] * 5, "n": list(range(15)), "l": [[1], [], [2, 3]] * 5})
    pyarrow.parquet.write_table(table, sink, compression="none", store_schema=False)
    (tmp_path / "whole.parquet").write_bytes(sink.getvalue())
    code = f"from {__name__} import broken; broken({str(tmp_path)!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr.decode()[-2000:]
    counted = json.loads(done.stdout)
    assert counted["refused"] > 100
    assert counted["read"] > 100


def broken(folder: str) -> None:
    """Says how many files with one byte changed are read, and how many are refused."""
    whole = (Path(folder) / "whole.parquet").read_bytes()
    path = Path(folder) / "broken.parquet"
    counted = {"read": 0, "refused": 0}
    for at in range(len(whole)):
        for by in (1, 128):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :])
            file = watched(path)
            try:
                for _ in batches_of(file, "parquet", rows_of_batch(file, "parquet")):
                    pass
                counted["read"] += 1
            except (RefusedError, pa.ArrowException, OSError, ValueError):
                counted["refused"] += 1
            finally:
                file.close()
    print(json.dumps(counted))
