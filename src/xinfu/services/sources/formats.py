"""Formats of files with rows: CSV, JSON Lines and Parquet, by media type or, without one, by file name."""

from pathlib import PurePosixPath
from typing import Final, Literal

from xinfu.ports.sources import Source

Rowed = Literal["csv", "jsonl", "parquet"]

_BY_MEDIA_TYPE: Final[dict[str, Rowed]] = {
    "text/csv": "csv",
    "application/csv": "csv",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "application/x-ndjson": "jsonl",
    "application/vnd.apache.parquet": "parquet",
}
_BY_NAME: Final[dict[str, Rowed]] = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
}
_UNTOLD: Final = "application/octet-stream"


def rows_in(source: Source, media_type: str) -> Rowed | None:
    """The format of the rows in a source file; None if the source is not one file or has no rows."""
    if source.row_file is None:
        return None
    told = media_type.partition(";")[0].strip().lower()
    if told not in {"", _UNTOLD}:
        return _BY_MEDIA_TYPE.get(told)
    return _BY_NAME.get(PurePosixPath(source.row_file).suffix.lower())
