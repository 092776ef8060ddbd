"""A caller that breaks off inside its body is no failure of the node."""

import logging
from typing import Any

import pytest
from starlette.types import ASGIApp
from tests.nodes import Site, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def broken_off(app: ASGIApp, path: str, key: str) -> int:
    """The status of a request whose body never came to its end."""
    told = iter([{"type": "http.request", "body": b'{"@', "more_body": True}, {"type": "http.disconnect"}])
    statuses: list[int] = []

    async def receive() -> Any:
        return next(told)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"100"),
        (b"x-api-key", key.encode()),
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
        "scheme": "http",
    }
    await app(scope, receive, send)
    return statuses[0]


def places(site: Site) -> list[tuple[ASGIApp, str]]:
    """Where bodies are read."""
    base = f"/dsp/{site.context.id}/2025-1"
    return [
        (site.node.protocol, f"{base}/negotiations/request"),
        (site.node.protocol, f"{base}/transfers/request"),
        (site.node.protocol, f"{base}/catalog/request"),
        (site.node.protocol, f"{base}/xinfu/notices"),
        (site.node.management, "/api/v1/negotiations"),
        (site.node.management, "/management/v3/assets/request"),
    ]


async def test_a_body_that_breaks_off_is_no_failure_of_the_node(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        found = [await broken_off(app, path, world.provider.api_key) for app, path in places(world.provider)]
    assert all(400 <= status < 500 for status in found), found
    assert [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR] == []
