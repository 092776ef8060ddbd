"""Places in object stores, said as a source."""

import pytest

from xinfu.client import in_bucket
from xinfu.errors import InputError


def test_without_an_endpoint_it_is_aws_with_the_bucket_in_the_host() -> None:
    said = in_bucket("s3://air/2026/a.csv", region="cn-north-1", keys="s3")
    assert said["endpoint"] == "https://s3.cn-north-1.amazonaws.com"
    assert (said["bucket"], said["key"], said["keys"], said["path_style"]) == (
        "air",
        "2026/a.csv",
        "s3",
        False,
    )


@pytest.mark.parametrize(
    ("place", "prefix"), [("s3://air/2026/", "2026/"), ("s3://air", ""), ("s3://air/", "")]
)
def test_a_slash_at_the_end_is_a_prefix(place: str, prefix: str) -> None:
    said = in_bucket(place, endpoint="https://s3.example.com")
    assert (said["prefix"], "key" in said, said["path_style"]) == (prefix, False, True)


def test_a_key_that_climbs_is_refused_before_anything_is_sent() -> None:
    with pytest.raises(InputError, match=r"bucket\.key-invalid"):
        in_bucket("s3://air/a/../b")
