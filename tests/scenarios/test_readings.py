"""Reading tables: what a person is told about a file that cannot be used."""

import gzip
from fractions import Fraction
from pathlib import Path

import pytest

from xinfu.errors import InputError
from xinfu_scenarios.readings import BadCellError, Row, collect, concentration, rows, whole


def written(folder: Path, text: str | bytes, name: str = "hours.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def error_of(path: Path, *columns: str) -> InputError:
    with pytest.raises(InputError) as caught:
        list(rows(path, columns))
    return caught.value


def test_rows_are_read_by_the_names_of_their_columns(tmp_path: Path) -> None:
    found = list(rows(written(tmp_path, "b,a\n1,2\n\n3,4\n"), ["a"]))
    assert [(row.line, row.cells["a"]) for row in found] == [(2, "2"), (4, "4")]


def test_a_packed_file_reads_the_same_whatever_its_name(tmp_path: Path) -> None:
    packed = written(tmp_path, gzip.compress(b"a\n1\n"), "plain.csv")
    assert [row.cells for row in rows(packed, ["a"])] == [{"a": "1"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_chinese_text_is_read_in_the_usual_encodings(tmp_path: Path, encoding: str) -> None:
    path = written(tmp_path, "站点\n株洲市\n".encode(encoding))
    assert [row.cells["站点"] for row in rows(path, ["站点"])] == ["株洲市"]


def test_missing_columns_are_named(tmp_path: Path) -> None:
    error = error_of(written(tmp_path, "a,b\n1,2\n"), "a", "PM2.5", "O3")
    assert error.code == "readings.column-missing"
    assert "PM2.5, O3" in error.en
    assert "PM2.5、O3" in error.zh


@pytest.mark.parametrize(
    "data",
    [b"", b"a\n", b"a\n\x00\x01\n", gzip.compress(b"a\n1\n")[:-9], b"\x1f\x8b\x08\x00nonsense"],
    ids=["empty", "head only", "binary", "cut gzip", "broken gzip"],
)
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    error = error_of(written(tmp_path, data), *(["a"] if data else []))
    assert error.code == "readings.unreadable"
    assert "hours.csv" in error.en


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    assert error_of(tmp_path / "gone.csv").code == "readings.unreadable"
    assert error_of(tmp_path).code == "readings.unreadable"


def test_a_row_of_another_length_is_named_by_line(tmp_path: Path) -> None:
    error = error_of(written(tmp_path, "a,b\n1,2\n3\n"))
    assert error.code == "readings.row-length"
    assert "line 3" in error.en


def test_bad_rows_are_named_by_line_and_counted(tmp_path: Path) -> None:
    text = "a\n1\nx\n" + "-5\n" * 6 + "2\n"
    with pytest.raises(InputError) as caught:
        collect(written(tmp_path, text), ["a"], lambda row: concentration(row, "a"))
    assert caught.value.code == "readings.rows-bad"
    assert "7 bad rows" in caught.value.en
    assert "line 3: a 'x'" in caught.value.en
    assert "line 4: a '-5'" in caught.value.en
    assert "and 2 more" in caught.value.en
    assert "第 3 行" in caught.value.zh


@pytest.mark.parametrize("text", ["NA", "", " ", "-", "—", "NaN"])
def test_the_marks_of_not_measured_are_no_value(text: str) -> None:
    assert concentration(Row(line=2, cells={"a": text}), "a") is None


@pytest.mark.parametrize(
    ("text", "value"), [("7", 7), ("7.5", Fraction(15, 2)), (" 0 ", 0), ("112.2", Fraction("112.2"))]
)
def test_numbers_are_exact(text: str, value: Fraction) -> None:
    assert concentration(Row(line=2, cells={"a": text}), "a") == value


@pytest.mark.parametrize("text", ["-1", "1e9", "1e99999999", "0x10", "1/3", "inf", "１２", "9" * 30, "1,5"])
def test_what_is_no_plain_number_is_a_bad_cell(text: str) -> None:
    with pytest.raises(BadCellError):
        concentration(Row(line=2, cells={"a": text}), "a")


@pytest.mark.parametrize("text", ["24", "-1", "1.0", "", "x", "²"])
def test_an_hour_is_a_whole_number_from_0_to_23(text: str) -> None:
    with pytest.raises(BadCellError):
        whole(Row(line=2, cells={"hour": text}), "hour", least=0, most=23)
