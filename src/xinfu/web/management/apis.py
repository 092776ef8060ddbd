"""Data addresses of the type HttpData, by EDC's names, as sources.

The value of `authCode` is kept as a secret of the asset and never shown again; `secretName` names a secret that is
there. A kind of authorization that this node does not speak (oauth2:*) leaves the address kept and not transferred.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal, cast
from urllib.parse import urlsplit

from xinfu.ports.sources import HttpSource, PassedRequest

TYPE: Final = "HttpData"
_HEADER: Final = "header:"
_FOREIGN: Final = "oauth2:"
_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


def api_source(asset: str, address: Mapping[str, Any]) -> HttpSource | None:
    """Return the source that an address names; None if this node does not support it."""
    said = {name: value for name, value in address.items() if isinstance(value, str)}
    method = said.get("method", "GET").upper()
    if any(name.startswith(_FOREIGN) for name in address) or method not in _METHODS or method == "HEAD":
        return None
    base = urlsplit(said.get("baseUrl", ""))
    query = "&".join(each for each in (base.query, said.get("queryParams", "").lstrip("?")) if each)
    return HttpSource(
        url=base._replace(query="", fragment="").geturl(),
        path=said.get("path", ""),
        method=cast("Method", method),
        query=query,
        headers={
            name.removeprefix(_HEADER): value for name, value in said.items() if name.startswith(_HEADER)
        },
        body=said.get("body"),
        body_type=said.get("contentType", "application/octet-stream"),
        secret_headers=_secrets(asset, said),
        passes=PassedRequest(
            path=_is_on(said, "proxyPath"),
            query=_is_on(said, "proxyQueryParams"),
            methods=_METHODS if _is_on(said, "proxyMethod") else (),
            body=_is_on(said, "proxyBody"),
        ),
    )


def given_in_clear(address: Mapping[str, Any]) -> str | None:
    """The secret that an address carries itself."""
    code = address.get("authCode")
    return code if isinstance(code, str) and isinstance(address.get("authKey"), str) else None


def kept_name(asset: str) -> str:
    """The name of the secret that is kept for an asset whose address carried it."""
    return f"asset:{asset}:authCode"


def _secrets(asset: str, said: Mapping[str, str]) -> dict[str, str]:
    key = said.get("authKey")
    if key is None:
        return {}
    if "authCode" in said:
        return {key: kept_name(asset)}
    return {key: said["secretName"]} if "secretName" in said else {}


def _is_on(said: Mapping[str, str], name: str) -> bool:
    return said.get(name, "").lower() == "true"
