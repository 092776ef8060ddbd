"""A key goes out as exactly that key, or not at all; a bucket is where it says."""

from datetime import UTC, datetime
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.errors import InputError
from xinfu.s3 import Bucket, request
from xinfu.s3.bucket import checked_key, read_place

BUCKET = Bucket(endpoint="http://127.0.0.1:9000", name="air-2026")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def path_of(key: str) -> str:
    """The path that is sent for a key."""
    return urlsplit(request(BUCKET, "GET", key, keys=None, now=NOW).url).path


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("a/b.csv", "a/b.csv"),
        ("/a", "/a"),
        ("a//b", "a//b"),
        ("a/", "a/"),
        ("..a/b..", "..a/b.."),
        ("%2e%2e/x", "%252e%252e/x"),
        ("a%00b", "a%2500b"),
        ("a\\..\\b", "a%5C..%5Cb"),
        ("a?x=1#y", "a%3Fx%3D1%23y"),
        ("空气质量/2026 年.csv", "%E7%A9%BA%E6%B0%94%E8%B4%A8%E9%87%8F/2026%20%E5%B9%B4.csv"),
        ("a\r\nHost: x", "a%0D%0AHost%3A%20x"),
        ("k" * 1024, "k" * 1024),
    ],
)
def test_a_key_is_sent_as_exactly_that_key(key: str, path: str) -> None:
    assert path_of(key) == f"/air-2026/{path}"


@pytest.mark.parametrize(
    "key",
    ["..", ".", "../x", "a/../b", "a/./b", "a/..", "a\0b", "k" * 1025, "气" * 342, "\ud800"],
    ids=["up", "here", "climbs", "within", "here-within", "ends", "nul", "long", "long-chinese", "no-text"],
)
def test_a_key_that_could_be_taken_for_another_is_refused(key: str) -> None:
    with pytest.raises(InputError, match=r"bucket\.key-invalid"):
        path_of(key)


def test_no_key_at_all_is_none() -> None:
    with pytest.raises(InputError, match=r"bucket\.key-invalid"):
        checked_key("")


@given(st.text(min_size=1, max_size=400))
def test_every_key_comes_back_from_its_path_or_is_refused(key: str) -> None:
    try:
        checked_key(key)
    except InputError:
        return
    path = path_of(key)
    assert unquote(path.removeprefix("/air-2026/"), errors="strict") == key
    assert path.isascii()
    assert not {".", ".."} & set(path.split("/"))


@pytest.mark.parametrize(
    ("endpoint", "path_style", "url"),
    [
        ("https://s3.example.com", True, "https://s3.example.com/air/k"),
        ("https://s3.example.com/", False, "https://air.s3.example.com/k"),
        ("https://S3.example.com:443", True, "https://s3.example.com/air/k"),
        ("http://10.0.0.1:9000", True, "http://10.0.0.1:9000/air/k"),
        ("http://[::1]:9000", True, "http://[::1]:9000/air/k"),
    ],
)
def test_a_bucket_is_where_its_endpoint_says(endpoint: str, path_style: bool, url: str) -> None:
    assert Bucket(endpoint=endpoint, name="air", path_style=path_style).url("k") == url


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "ftp://x"}, "bucket.endpoint-invalid"),
        ({"endpoint": "https://user:secret@x"}, "bucket.endpoint-invalid"),
        ({"endpoint": "https://x/path"}, "bucket.endpoint-invalid"),
        ({"endpoint": "https://x?a"}, "bucket.endpoint-invalid"),
        ({"endpoint": "https://x:99999"}, "bucket.endpoint-invalid"),
        ({"endpoint": ""}, "bucket.endpoint-invalid"),
        ({"region": "a/b"}, "bucket.region-invalid"),
        ({"name": "a/b"}, "bucket.name-invalid"),
        ({"name": "a..b"}, "bucket.name-invalid"),
        ({"name": ".."}, "bucket.name-invalid"),
        ({"name": "x" * 64}, "bucket.name-invalid"),
    ],
)
def test_what_is_no_bucket_is_refused_and_shows_no_secret(changes: dict[str, str], code: str) -> None:
    values = {"endpoint": "https://s3.example.com", "region": "us-east-1", "name": "air", **changes}
    with pytest.raises(InputError) as caught:
        Bucket(endpoint=values["endpoint"], region=values["region"], name=values["name"])
    assert caught.value.code == code
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "bucket", "key"),
    [("s3://air/a/b.csv", "air", "a/b.csv"), ("s3://air", "air", ""), ("s3://air//a%20b/", "air", "/a%20b/")],
)
def test_a_place_is_read_as_it_stands(text: str, bucket: str, key: str) -> None:
    assert (read_place(text).bucket, read_place(text).key) == (bucket, key)


@pytest.mark.parametrize("text", ["air/a", "s3:air/a", "s3:///a", "https://air/a"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"bucket\.place-invalid"):
        read_place(text)
