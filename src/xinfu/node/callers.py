"""The origin of a request: the peer of its socket, or the address that a trusted proxy names.

A policy may depend on it, so `xinfu.caller` holds it only if it is certain. A caller behind an unknown proxy would
appear as that proxy, so its origin is unknown.
"""

from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Final, cast

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from xinfu.web.data.sending import CALLER

_PEER: Final = "xinfu.peer"


class Callers:
    """ASGI middleware of a listener.

    Args:
        proxies: addresses and networks whose X-Forwarded-For and X-Forwarded-Proto count.
        knows_peers: whether a peer that is none of them is the caller; else it may be a proxy that nobody named.
    """

    def __init__(self, app: ASGIApp, proxies: Sequence[str], *, knows_peers: bool = True) -> None:
        self._app = app
        self._forwarded = ProxyHeadersMiddleware(cast("Any", self._told), list(proxies))
        self._knows_peers = knows_peers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope[_PEER] = _host(scope)
        await self._forwarded(cast("Any", scope), cast("Any", receive), cast("Any", send))

    async def _told(self, scope: Scope, receive: Receive, send: Send) -> None:
        trusted = self._forwarded.trusted_hosts
        host, was_forwarded = _host(scope), scope.pop(_PEER) in trusted
        is_certain = host not in trusted and (was_forwarded or self._knows_peers)
        if is_certain and _is_address(host):
            scope.setdefault("extensions", {})[CALLER] = {"address": host}
        await self._app(scope, receive, send)


def _host(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
