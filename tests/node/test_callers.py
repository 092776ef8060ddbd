"""A caller's address is told only where it is certain."""

from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from xinfu.node.callers import Callers
from xinfu.web.data.sending import CALLER

PROXY, STRANGER = "10.0.0.5", "198.51.100.7"


async def seen(
    callers: Callers, told: list[Scope], peer: str | None, *forwarded: str, proto: str = ""
) -> Scope:
    headers = [(b"x-forwarded-for", each.encode()) for each in forwarded]
    headers += [(b"x-forwarded-proto", proto.encode())] if proto else []
    client = None if peer is None else (peer, 4000)
    scope: dict[str, Any] = {"type": "http", "scheme": "http", "client": client, "headers": headers}
    await callers(scope, receive, send)
    return told.pop()


async def receive() -> Any:
    raise AssertionError("nobody reads")


async def send(_: Any) -> None:
    raise AssertionError("nobody answers")


def behind(*proxies: str, knows_peers: bool = True) -> tuple[Callers, list[Scope]]:
    told: list[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        told.append(scope)

    return Callers(app, proxies, knows_peers=knows_peers), told


def address(scope: Scope) -> str:
    found: str = scope.get("extensions", {}).get(CALLER, {}).get("address", "")
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        (STRANGER, (), STRANGER),
        (STRANGER, ("10.1.2.3",), STRANGER),
        (PROXY, ("10.1.2.3",), "10.1.2.3"),
        (PROXY, ("10.9.9.9, 10.1.2.3",), "10.1.2.3"),
        (PROXY, ("10.9.9.9", "10.1.2.3"), "10.1.2.3"),
        (PROXY, (f"10.1.2.3, {PROXY}",), "10.1.2.3"),
        (PROXY, ("2001:db8::1",), "2001:db8::1"),
        (PROXY, (), ""),
        (PROXY, (PROXY,), ""),
        (PROXY, ("unknown",), ""),
        (PROXY, ("data.example.com",), ""),
        (None, (), ""),
    ],
)
async def test_a_trusted_proxy_names_its_caller_and_nobody_else_does(
    peer: str | None, forwarded: tuple[str, ...], expected: str
) -> None:
    callers, told = behind(PROXY)
    assert address(await seen(callers, told, peer, *forwarded)) == expected


async def test_behind_a_proxy_that_nobody_named_no_peer_is_the_caller() -> None:
    callers, told = behind("127.0.0.1", knows_peers=False)
    assert address(await seen(callers, told, PROXY)) == ""
    assert address(await seen(callers, told, PROXY, "10.1.2.3")) == ""
    assert address(await seen(callers, told, "127.0.0.1", "10.1.2.3")) == "10.1.2.3"


async def test_what_a_caller_says_of_encryption_counts_from_a_trusted_proxy_alone() -> None:
    callers, told = behind(PROXY)
    assert (await seen(callers, told, PROXY, "10.1.2.3", proto="https"))["scheme"] == "https"
    assert (await seen(callers, told, STRANGER, proto="https"))["scheme"] == "http"
