"""The S3 protocol as values: which call is made, how it is signed, and what its answer says. Pure, no I/O.

    bucket = Bucket(endpoint="https://s3.example.com", region="us-east-1", name="air")
    call = request(bucket, "GET", "2026/air.csv", headers={"Range": "bytes=0-99"}, keys=keys, now=now)

Our own, and not a library, because whoever sends a call has to keep the rules of `ports/outbound.py` (each resolved
address is checked, no redirect is followed), and because a cut upload has to go on from its parts
(docs/decisions/0012).

Follows: Amazon S3 API reference 2006-03-01; AWS Signature Version 4, one chunk.
"""

from xinfu.s3.answers import (
    Fault,
    ListedPage,
    ListedPart,
    ObjectOf,
    fault_of,
    head_of,
    listing_of,
    parts_of,
    upload_of,
)
from xinfu.s3.bucket import Bucket, ObjectUrl, checked_key, read_place
from xinfu.s3.calls import Call, request
from xinfu.s3.signing import Keys

__all__ = [
    "Bucket",
    "Call",
    "Fault",
    "Keys",
    "ListedPage",
    "ListedPart",
    "ObjectOf",
    "ObjectUrl",
    "checked_key",
    "fault_of",
    "head_of",
    "listing_of",
    "parts_of",
    "read_place",
    "request",
    "upload_of",
]
