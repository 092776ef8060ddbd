"""Reads the answers of a store: headers of objects, pages of a listing, parts of an upload, faults.

XML is read without a document type, so nothing can expand in it. Of a fault only its code is kept: its other words
may hold the access key, or what was signed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

import msgspec

from xinfu.errors import PeerError
from xinfu.s3 import errors

_CODE: Final = re.compile(r"[A-Za-z0-9.]{1,64}")


class ObjectOf(msgspec.Struct, frozen=True, kw_only=True):
    """An object as it is now.

    Attributes:
        etag: without its quotes; opaque, it changes with the content.
        modified: to the second.
        meta: user metadata, by lower-case name without `x-amz-meta-`; empty in a listing.
    """

    key: str
    etag: str
    size: int
    modified: datetime
    meta: Mapping[str, str] = {}


class ListedPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the objects of a bucket. `next` is the key behind which the next page starts; None on the last page.

    Empty objects that only name a folder (their key ends in a slash) are left out.
    """

    objects: tuple[ObjectOf, ...]
    next: str | None


class ListedPart(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an upload that is there; numbers begin at 1."""

    number: int
    etag: str
    size: int


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why a store does not do it, such as `NoSuchKey`; "" where it gives no code."""

    status: int
    code: str


def fault_of(status: int, body: bytes) -> Fault:
    """The fault in an answer; its code is "" if the body has no readable one."""
    try:
        code = _text(_document(body), "Code")
    except PeerError:
        code = ""
    return Fault(status=status, code=code if _CODE.fullmatch(code) else "")


def head_of(key: str, headers: Mapping[str, str]) -> ObjectOf:
    """An object by the headers of a HEAD.

    Raises:
        PeerError: `bucket.answer`.
    """
    try:
        return ObjectOf(
            key=key,
            etag=_etag(headers["etag"]),
            size=int(headers["content-length"]),
            modified=parsedate_to_datetime(headers["last-modified"]).astimezone(UTC),
            meta={
                name.removeprefix("x-amz-meta-"): value
                for name, value in headers.items()
                if name.startswith("x-amz-meta-")
            },
        )
    except (KeyError, ValueError) as error:
        raise errors.BUCKET_ANSWER() from error


def listing_of(body: bytes) -> ListedPage:
    """A page of ListObjectsV2, asked for with `encoding-type=url`.

    The continuation token is not used: stores disagree on its encoding. The last key says the same.

    Raises:
        PeerError: `bucket.answer`.
    """
    document = _document(body)
    encoded = _text(document, "EncodingType") == "url"
    listed = document.findall("Contents")
    try:
        objects = tuple(_listed(each, encoded=encoded) for each in listed if not _is_folder(each))
        last = _key(listed[-1], encoded=encoded) if listed else None
    except ValueError as error:
        raise errors.BUCKET_ANSWER() from error
    more = _text(document, "IsTruncated") == "true"
    if more and last is None:
        raise errors.BUCKET_ANSWER()
    return ListedPage(objects=objects, next=last if more else None)


def upload_of(body: bytes) -> str:
    """The id of an upload that was begun.

    Raises:
        PeerError: `bucket.answer`.
    """
    if found := _text(_document(body), "UploadId"):
        return found
    raise errors.BUCKET_ANSWER()


def parts_of(body: bytes) -> tuple[tuple[ListedPart, ...], int | None]:
    """Parts that are there, and the number behind which the next page begins; None on the last page.

    Raises:
        PeerError: `bucket.answer`.
    """
    document = _document(body)
    try:
        parts = tuple(
            ListedPart(
                number=int(_text(each, "PartNumber")),
                etag=_etag(_text(each, "ETag")),
                size=int(_text(each, "Size")),
            )
            for each in document.iterfind("Part")
        )
        more = _text(document, "IsTruncated") == "true"
        return parts, int(_text(document, "NextPartNumberMarker")) if more else None
    except ValueError as error:
        raise errors.BUCKET_ANSWER() from error


def _is_folder(element: ET.Element) -> bool:
    name = _text(element, "Key")
    return name.endswith(("/", "%2F")) and _text(element, "Size") in {"", "0"}


def _listed(element: ET.Element, *, encoded: bool) -> ObjectOf:
    modified = datetime.fromisoformat(_text(element, "LastModified"))
    return ObjectOf(
        key=_key(element, encoded=encoded),
        etag=_etag(_text(element, "ETag")),
        size=int(_text(element, "Size")),
        modified=modified.astimezone(UTC).replace(microsecond=0),
    )


def _key(element: ET.Element, *, encoded: bool) -> str:
    key = _text(element, "Key")
    return unquote_plus(key, errors="strict") if encoded else key


def _document(body: bytes) -> ET.Element:
    """The root element, names without their namespace."""
    try:
        text = body.decode()
        if "<!" in text:  # neither a document type nor anything else that an answer of S3 has no use for
            raise errors.BUCKET_ANSWER()
        root = ET.fromstring(text)  # noqa: S314 - no document type, nothing to expand
    except (UnicodeDecodeError, ET.ParseError, RecursionError) as error:
        raise errors.BUCKET_ANSWER() from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(name) or ""


def _etag(text: str) -> str:
    etag = text.removeprefix("W/").strip('"')
    if not etag or not etag.isascii() or not etag.isprintable() or '"' in etag:
        raise ValueError(text)
    return etag
