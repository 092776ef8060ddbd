"""The check of a callback address.

Only its form is checked; the outbound client decides which addresses may be called (D-08).
"""

from typing import Final
from urllib.parse import urlsplit

_LONGEST: Final = 2048  # characters


def is_usable(address: str) -> bool:
    """Whether the address is an absolute http or https URL with a host, and without user, query and fragment."""
    if len(address) > _LONGEST or not address.isprintable() or " " in address:
        return False
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where the port is no number
    except ValueError:
        return False
    plain = not (parts.query or parts.fragment or parts.username or parts.password)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and plain
