"""Whether a callback address could be used at all.

Only its form is looked at; which addresses may be called is decided where calls leave (D-08).
"""

from typing import Final
from urllib.parse import urlsplit

_LONGEST: Final = 2048  # characters


def is_usable(address: str) -> bool:
    """An absolute http or https URL with a host, and no user, query or fragment."""
    if len(address) > _LONGEST or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain
