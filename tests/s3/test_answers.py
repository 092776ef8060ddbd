"""Answers are read strictly: what is not of the S3 API is no answer, and a fault keeps nothing but its code."""

from datetime import UTC, datetime

import pytest

from xinfu.errors import PeerError
from xinfu.s3 import fault_of, head_of, listing_of, parts_of, upload_of

SPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'


def listing(contents: str, *, more: str = "") -> bytes:
    """A page with these objects."""
    head = f"<?xml version='1.0' encoding='UTF-8'?><ListBucketResult {SPACE}><EncodingType>url</EncodingType>"
    return f"{head}<IsTruncated>{'true' if more else 'false'}</IsTruncated>{more}{contents}</ListBucketResult>".encode()


def entry(key: str, *, size: str = "3", modified: str = "2026-01-02T03:04:05.678Z") -> str:
    """One object of a page."""
    etag = "<ETag>&quot;e-2&quot;</ETag>"
    return f"<Contents><Key>{key}</Key><LastModified>{modified}</LastModified>{etag}<Size>{size}</Size></Contents>"


def test_a_page_gives_its_objects_and_what_asks_for_the_next() -> None:
    page = listing_of(listing(entry("a%2F%E6%B0%94+b%2Bc%00"), more="<Other/>"))
    assert page.next == "a/气 b+c\0"
    assert [(each.key, each.etag, each.size, each.modified) for each in page.objects] == [
        ("a/气 b+c\0", "e-2", 3, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    ]


def test_an_empty_object_that_only_names_a_folder_is_left_out() -> None:
    bare = "<Contents><Key>a/b/</Key><StorageClass>STANDARD</StorageClass></Contents>"
    page = listing_of(listing(entry("a%2F", size="0") + bare + entry("c/", size="1") + entry("d", size="0")))
    assert [each.key for each in page.objects] == ["c/", "d"]


def test_the_next_page_starts_behind_a_folder_too() -> None:
    page = listing_of(listing(entry("a") + entry("b%2F", size="0"), more="<Other/>"))
    assert page.next == "b/"
    assert listing_of(listing(entry("a"))).next is None


def test_a_listing_and_a_head_tell_the_same_object() -> None:
    headers = {
        "etag": '"e-2"',
        "content-length": "3",
        "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT",
        "x-amz-meta-xinfu-root": "ab",
    }
    head, listed = head_of("a", headers), listing_of(listing(entry("a"))).objects[0]
    assert (head.etag, head.size, head.modified) == (listed.etag, listed.size, listed.modified)
    assert head.meta == {"xinfu-root": "ab"}


def test_an_upload_and_its_parts_are_read() -> None:
    begun = f"<InitiateMultipartUploadResult {SPACE}><UploadId>u-1</UploadId></InitiateMultipartUploadResult>"
    assert upload_of(begun.encode()) == "u-1"
    part = "<Part><PartNumber>1</PartNumber><ETag>&quot;x&quot;</ETag><Size>5</Size></Part>"
    more = "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>"
    parts, after = parts_of(f"<ListPartsResult {SPACE}>{more}{part}</ListPartsResult>".encode())
    assert [(each.number, each.etag, each.size) for each in parts] == [(1, "x", 5)]
    assert after == 1
    assert parts_of(b"<ListPartsResult/>") == ((), None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\xff\xfe<\x00",
        b"<!DOCTYPE x [<!ENTITY a 'b'>]><ListBucketResult>&a;</ListBucketResult>",
        listing(entry("a", size="many")),
        listing(entry("a", modified="yesterday")),
        listing(entry("%ff")),
        listing("", more="<Other/>"),
        b"<a>" * 200_000,
    ],
    ids=["empty", "html", "utf-16", "entity", "size", "date", "no-text", "more-of-nothing", "deep"],
)
def test_what_is_no_listing_is_told_apart(body: bytes) -> None:
    with pytest.raises(PeerError, match=r"bucket\.answer"):
        listing_of(body)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"etag": '""', "content-length": "1", "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT"},
        {"etag": '"a"', "content-length": "x", "last-modified": "Fri, 02 Jan 2026 03:04:05 GMT"},
        {"etag": '"a"', "content-length": "1", "last-modified": "never"},
    ],
    ids=["nothing", "no-etag", "no-size", "no-date"],
)
def test_what_is_no_object_is_told_apart(headers: dict[str, str]) -> None:
    with pytest.raises(PeerError, match=r"bucket\.answer"):
        head_of("a", headers)


def test_a_fault_keeps_its_code_and_no_other_word() -> None:
    body = b"<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>AKIA</AWSAccessKeyId></Error>"
    fault = fault_of(403, body)
    assert (fault.status, fault.code) == (403, "SignatureDoesNotMatch")
    assert "AKIA" not in repr(fault)


@pytest.mark.parametrize("body", [b"", b"<html>", b"<Error><Code>a b\n</Code></Error>", b"{}"])
def test_a_fault_without_a_readable_code_has_none(body: bytes) -> None:
    assert fault_of(500, body).code == ""
