"""did:web: from a DID to the one https address of its document, strictly.

One DID has one spelling here. What another reader could take for a different host or path is refused:
user-info, addresses in digits, upper-case hosts, dots as path segments, percent signs that hide an ASCII
character, queries and fragments.

Follows: did:web Method Specification; design decision D-04; threat J5.
"""

import re
from typing import Final

from xinfu.credentials import errors
from xinfu.errors import InputError

LONGEST: Final = 1024
"""Characters of a DID, or of a DID URL, that anyone looks at."""

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT: Final = re.compile(r"[1-9][0-9]{0,4}")
_SEGMENT: Final = re.compile(r"(?:[A-Za-z0-9._-]|%[89A-F][0-9A-F])+")
_FRAGMENT: Final = re.compile(r"[A-Za-z0-9._~:-]{1,256}")


def did_web_url(did: str, *, development: bool = False) -> str:
    """The address of the DID document of `did`.

    Args:
        development: `localhost`, and names under it, resolve over plain http.

    Raises:
        InputError: `did.malformed`.
    """
    host, port, path = _parts(did)
    local = host == "localhost" or host.endswith(".localhost")
    scheme = "http" if development and local else "https"
    authority = host if port is None else f"{host}:{port}"
    place = "/".join(path) if path else ".well-known"
    return f"{scheme}://{authority}/{place}/did.json"


def is_did_web(did: str) -> bool:
    """Whether `did` is a did:web that we would resolve."""
    try:
        _parts(did)
    except InputError:
        return False
    return True


def did_web(host: str, *, port: int | None = None, path: tuple[str, ...] = ()) -> str:
    """The did:web of a host, with a port and path segments where it has them.

    Raises:
        InputError: `did.malformed`: such a DID would not resolve.
    """
    authority = host if port is None else f"{host}%3A{port}"
    did = ":".join(("did:web", authority, *path))
    _parts(did)
    return did


def absolute_key_id(did: str, kid: str) -> str:
    """`kid` as a full id: `#key-1` and `key-1` are keys of `did`; a full id stays as it is.

    Raises:
        InputError: `did.key-id`: no id of a verification method, or one of another DID.
    """
    owner, mark, fragment = kid.rpartition("#")
    if owner not in {"", did} or not _FRAGMENT.fullmatch(fragment) or (owner and not mark):
        raise errors.DID_KEY_ID()
    return f"{did}#{fragment}"


def _parts(did: str) -> tuple[str, str | None, tuple[str, ...]]:
    """Host, port and path segments."""
    prefix = "did:web:"
    if len(did) > LONGEST or not did.startswith(prefix):
        raise errors.DID_MALFORMED(why_en="it does not begin with did:web:", why_zh="它不以 did:web: 开头")
    authority, *path = did[len(prefix) :].split(":")
    host, percent, port = authority.partition("%3A")
    _check_host(host)
    if percent and not (_PORT.fullmatch(port) and int(port) <= 65535):
        raise errors.DID_MALFORMED(
            why_en="its port is not a number from 1 to 65535", why_zh="其端口不是 1 至 65535 的数"
        )
    for segment in path:
        _check_segment(segment)
    return host, port if percent else None, tuple(path)


def _check_host(host: str) -> None:
    labels = host.split(".")
    if len(host) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise errors.DID_MALFORMED(
            why_en="its host is not a name in lower-case letters", why_zh="其主机不是小写域名"
        )
    if _NUMBER.fullmatch(labels[-1]):
        raise errors.DID_MALFORMED(why_en="its host is an address in digits", why_zh="其主机是数字地址")


def _check_segment(segment: str) -> None:
    """A segment that means the same to every reader: percent signs only for UTF-8 beyond ASCII."""
    if segment in {".", ".."} or not _SEGMENT.fullmatch(segment):
        raise errors.DID_MALFORMED(
            why_en="its path holds what a path may not hold", why_zh="其路径含有不允许的内容"
        )
    octets = re.sub(r"%([0-9A-F]{2})", lambda found: chr(int(found[1], 16)), segment)
    try:
        octets.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError as error:
        raise errors.DID_MALFORMED(why_en="its path is not UTF-8", why_zh="其路径不是 UTF-8") from error
