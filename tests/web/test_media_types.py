"""Media types that others name."""

import pytest

from xinfu.web.media_types import BYTES, media_type


@pytest.mark.parametrize(
    "named",
    ["text/csv", "text/csv; charset=utf-8", "application/vnd.apache.parquet", 'text/plain;format="flowed"'],
)
def test_a_media_type_stays_as_it_is(named: str) -> None:
    assert media_type(named) == named


@pytest.mark.parametrize(
    "named",
    [
        "",
        "csv",
        "text/",
        "/csv",
        "text/csv\r\nX-Injected: 1",
        "text/csv; a\nb",
        "文本/表格",
        "text/csv; 表",
        "a/b c",
        "text/csv\0",
        "text/" + "a" * 1000,
    ],
)
def test_what_is_none_goes_out_as_bytes(named: str) -> None:
    assert media_type(named) == BYTES
