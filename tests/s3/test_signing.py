"""Signatures are those of the published examples, and show no key."""

from datetime import UTC, datetime
from typing import Literal

import pytest

from xinfu.s3 import Bucket, Keys, request

NOW = datetime(2013, 5, 24, tzinfo=UTC)
KEYS = Keys(access="AKIAIOSFODNN7EXAMPLE", secret="wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
BUCKET = Bucket(endpoint="https://s3.amazonaws.com", name="examplebucket", path_style=False)


@pytest.mark.parametrize(
    ("method", "key", "query", "headers", "body", "signature"),
    [
        (
            "GET",
            "test.txt",
            {},
            {"Range": "bytes=0-9"},
            b"",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            "PUT",
            "test$file.text",
            {},
            {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
            b"Welcome to Amazon S3.",
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
        (
            "GET",
            "",
            {"lifecycle": ""},
            {},
            b"",
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
        ),
        (
            "GET",
            "",
            {"prefix": "J", "max-keys": "2"},
            {},
            b"",
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
        ),
    ],
    ids=["read", "put", "parameter-without-value", "listing"],
)
def test_the_published_examples_come_out(
    method: Literal["GET", "PUT"],
    key: str,
    query: dict[str, str],
    headers: dict[str, str],
    body: bytes,
    signature: str,
) -> None:
    call = request(BUCKET, method, key, query=query, headers=headers, body=body, keys=KEYS, now=NOW)
    assert call.headers["authorization"].rpartition("Signature=")[2] == signature


def test_what_is_sent_is_what_was_signed() -> None:
    call = request(
        BUCKET, "GET", "监测/a b+c%20.csv", query={"partNumber": "1", "uploadId": "a/b="}, keys=KEYS, now=NOW
    )
    path = "/%E7%9B%91%E6%B5%8B/a%20b%2Bc%2520.csv?partNumber=1&uploadId=a%2Fb%3D"
    assert call.url == f"https://examplebucket.s3.amazonaws.com{path}"


def test_keys_of_some_hours_bring_their_token() -> None:
    keys = Keys(access=KEYS.access, secret=KEYS.secret, token="for-an-hour")
    call = request(BUCKET, "GET", "a", keys=keys, now=NOW)
    assert call.headers["x-amz-security-token"] == "for-an-hour"
    assert "x-amz-security-token" in call.headers["authorization"]


def test_an_open_bucket_is_asked_without_a_signature() -> None:
    assert request(BUCKET, "GET", "a", headers={"Range": "bytes=0-1"}, keys=None, now=NOW).headers == {
        "range": "bytes=0-1"
    }


def test_nothing_shows_a_key() -> None:
    shown = repr(KEYS) + repr(request(BUCKET, "GET", "a", keys=KEYS, now=NOW))
    assert KEYS.secret not in shown
    assert KEYS.access not in shown
