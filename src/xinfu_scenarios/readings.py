"""Read tables of measurements: CSV, also compressed with gzip, by the names of columns.

A file that cannot be read ends in one sentence that says what is wrong and where: the missing columns by
name, bad rows by line. No row is skipped silently; only the usual marks of "not measured" count as absent.
"""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Final, TypeVar

from msgspec import Struct

from xinfu.errors import InputError
from xinfu_scenarios import errors
from xinfu_scenarios.aqi import Concentration

MISSING: Final = frozenset({"", "NA", "N/A", "NaN", "nan", "null", "-", "—", "--"})
LARGEST_BYTES: Final = 256 * 1024 * 1024
BAD_ROWS_NAMED: Final = 5
NAMES_SHOWN: Final = 20
LONGEST_NAME_SHOWN: Final = 24
T = TypeVar("T")
_PLAIN_NUMBER: Final = re.compile(r"\+?[0-9]{1,9}(\.[0-9]{0,24})?")


class Row(Struct, frozen=True, kw_only=True):
    """A row: the line of the file in which it starts (the head is line 1), and its cells by column."""

    line: int
    cells: dict[str, str]


class BadCellError(ValueError):
    """A cell that does not fit its column."""

    def __init__(self, column: str, text: str, en: str, zh: str) -> None:
        super().__init__(en)
        self.en = f"{column} {text!r} {en}"
        self.zh = f"{column} {text!r} {zh}"


def concentration(row: Row, column: str) -> Concentration | None:
    """The cell as an exact number of 0 or more; None where nothing was measured.

    Raises:
        BadCellError: it is neither a plain number nor a mark of "not measured".
    """
    text = row.cells[column].strip()
    if text in MISSING:
        return None
    if not _PLAIN_NUMBER.fullmatch(text):
        raise BadCellError(column, text, "is not a number of 0 or more", "不是大于等于 0 的数")
    return int(text) if text.isdigit() else Fraction(text)


def whole(row: Row, column: str, *, least: int, most: int) -> int:
    """The cell as a whole number between `least` and `most`.

    Raises:
        BadCellError: it is not.
    """
    text = row.cells[column].strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and least <= int(text) <= most):
        raise BadCellError(
            column, text, f"is not a whole number from {least} to {most}", f"不是 {least} 至 {most} 的整数"
        )
    return int(text)


def collect(path: Path, columns: Sequence[str], read: Callable[[Row], T | None]) -> list[T]:
    """The results of `read` for each row of the file, in order, without those that are None.

    Raises:
        InputError: the file cannot be read, a column is missing, or rows are bad (up to five are named).
    """
    kept: list[T] = []
    bad: list[tuple[int, BadCellError]] = []
    for row in rows(path, columns):
        try:
            value = read(row)
        except BadCellError as error:
            bad.append((row.line, error))
            continue
        if value is not None:
            kept.append(value)
    if bad:
        raise _bad_rows(path, bad)
    return kept


def rows(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """The rows of a table, each with every column of its head.

    Args:
        columns: the required columns.

    Raises:
        InputError: the file is absent, not text, not whole, too large, without rows, or lacks a column.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""))
    try:
        head = [name.strip() for name in next(reader, [])]
        _require(path, head, columns)
        line, seen = reader.line_num + 1, False
        for cells in reader:
            if cells:
                seen = True
                yield _row(path, head, cells, line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise _unreadable(
            path, f"line {reader.line_num} is no CSV", f"第 {reader.line_num} 行不是 CSV"
        ) from error
    if not seen:
        raise _unreadable(path, "it has a head and no rows", "只有表头，没有数据行")


def _row(path: Path, head: Sequence[str], cells: Sequence[str], line: int) -> Row:
    if len(cells) != len(head):
        raise errors.READINGS_ROW_LENGTH(name=path.name, line=line, cells=len(cells), columns=len(head))
    return Row(line=line, cells=dict(zip(head, cells, strict=True)))


def _require(path: Path, head: Sequence[str], columns: Sequence[str]) -> None:
    absent = [name for name in columns if name not in head]
    if absent:
        there = [name[:LONGEST_NAME_SHOWN] for name in head[:NAMES_SHOWN]]
        raise errors.READINGS_COLUMN_MISSING(
            name=path.name,
            absent=", ".join(absent),
            there=", ".join(there) or "none",
            absent_zh="、".join(absent),
            there_zh="、".join(there) or "无",
        )


def _text(path: Path) -> str:
    try:
        return _decode(path, _unpack(path))
    except FileNotFoundError as error:
        raise _unreadable(path, "there is no such file", "文件不存在") from error
    except OSError as error:
        raise _unreadable(
            path, error.strerror or "it cannot be opened", error.strerror or "无法打开"
        ) from error


def _unpack(path: Path) -> bytes:
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        source = gzip.GzipFile(fileobj=file) if packed else file
        try:
            data = source.read(LARGEST_BYTES + 1)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise _unreadable(path, "it is damaged or not whole (gzip)", "压缩文件损坏或不完整") from error
    if len(data) > LARGEST_BYTES:
        raise _unreadable(path, f"it is above {LARGEST_BYTES >> 20} MiB", f"超过 {LARGEST_BYTES >> 20} MiB")
    return data


def _decode(path: Path, data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _unreadable(path, "it is not text in UTF-8 or GB 18030", "不是 UTF-8 或 GB 18030 文本")


def _unreadable(path: Path, en: str, zh: str) -> InputError:
    return errors.READINGS_UNREADABLE(name=path.name, en=en, zh=zh)


def _bad_rows(path: Path, bad: Sequence[tuple[int, BadCellError]]) -> InputError:
    first = bad[:BAD_ROWS_NAMED]
    en = "; ".join(f"line {line}: {error.en}" for line, error in first)
    zh = "；".join(f"第 {line} 行：{error.zh}" for line, error in first)
    more_en = f" and {len(bad) - len(first)} more" if len(bad) > len(first) else ""
    more_zh = f" 等共 {len(bad)} 行" if len(bad) > len(first) else ""
    return errors.READINGS_ROWS_BAD(
        name=path.name, count=len(bad), en=en, more_en=more_en, zh=zh, more_zh=more_zh
    )
