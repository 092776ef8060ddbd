"""base64url without padding, in the only spelling that RFC 7515 allows.

Python's decoder skips foreign characters and ignores stray bits; here one value has one spelling, so a
token cannot be changed into another one that still verifies.
"""

import base64
import binascii


def encode(raw: bytes) -> str:
    """`raw` as base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of `text`.

    Raises:
        ValueError: foreign characters, padding, an impossible length, or stray bits at the end.
    """
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
    if encode(raw) != text:
        raise ValueError("not the canonical spelling of base64url")
    return raw
