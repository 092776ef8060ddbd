"""HTTP to a node: what a stranger, a redirect or a node that is away mean."""

import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from tests.client.conftest import Two

import xinfu
from xinfu.client import connect
from xinfu.client.problems import FAMILIES, ended, error_of
from xinfu.errors import InputError, NotFoundError, PeerError, RefusedError, UnauthorizedError, XinfuError

KEY = "a-secret-key-that-nobody-prints"


@asynccontextmanager
async def answering(*answers: web.StreamResponse) -> AsyncIterator[tuple[str, list[web.Request]]]:
    """An address that gives these answers one after another; and the requests that came."""
    left, came = list(answers), []

    async def answer(request: web.Request) -> web.StreamResponse:
        came.append(request)
        return left.pop(0)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}", came
    finally:
        await runner.cleanup()


async def test_a_problem_is_raised_as_the_node_said_it() -> None:
    problem = {
        "code": "a.b",
        "title": "It is so.",
        "detail": "It is so. Do that.",
        "detail_zh": "如此。 请如此做。",
        "help": "Do that.",
        "help_zh": "请如此做。",
        "facts": {"x": "1"},
    }
    async with answering(web.json_response(problem, status=403)) as (url, _), connect(url, KEY) as node:
        with pytest.raises(RefusedError) as caught:
            await node.about()
    error = caught.value
    assert (error.code, error.en, error.zh) == ("a.b", "It is so.", "如此。")
    assert (error.help_en, error.help_zh, error.facts) == ("Do that.", "请如此做。", {"x": "1"})
    assert error.sentence("zh") == "如此。 请如此做。"


@pytest.mark.parametrize("status", sorted(FAMILIES))
def test_the_status_says_whose_move_it_is(status: int) -> None:
    assert type(error_of(status, b'{"code":"a.b","title":"t"}')) is FAMILIES[status]


def test_an_unknown_status_is_the_root_of_the_tree() -> None:
    assert type(error_of(500, b'{"code":"a.b","title":"t"}')) is XinfuError


@pytest.mark.parametrize("body", [b"<html>", b"", b"[]", b'{"title":"no code"}', b"[" * 100_000])
async def test_an_answer_that_is_no_nodes_is_told_as_such(body: bytes) -> None:
    async with answering(web.Response(body=body, status=500)) as (url, _), connect(url, KEY) as node:
        with pytest.raises(PeerError) as caught:
            await node.about()
    assert caught.value.code == "node.answer"


async def test_an_answer_of_another_shape_is_unreadable() -> None:
    async with answering(web.json_response({"versions": 1})) as (url, _), connect(url, KEY) as node:
        with pytest.raises(PeerError) as caught:
            await node.about()
    assert caught.value.code == "node.unreadable"


async def test_fields_that_are_new_are_passed_over() -> None:
    body = {"version": "9", "contexts": [], "mood": "good"}
    async with answering(web.json_response(body)) as (url, _), connect(url, KEY) as node:
        assert (await node.about()).version == "9"


async def test_a_redirect_is_not_followed_so_that_the_key_stays() -> None:
    away = web.Response(status=307, headers={"Location": "/api/v1/elsewhere"})
    async with answering(away, web.json_response({})) as (url, came), connect(url, KEY) as node:
        with pytest.raises(PeerError):
            await node.about()
    assert len(came) == 1


async def test_the_key_is_in_a_header_and_in_no_address_or_error() -> None:
    async with answering(web.Response(status=401)) as (url, came), connect(url, KEY) as node:
        with pytest.raises(PeerError) as caught:
            await node.about()
    assert came[0].headers["X-Api-Key"] == KEY
    assert KEY not in str(came[0].url)
    assert KEY not in caught.value.en + caught.value.zh + str(caught.value.facts)


async def test_a_node_that_is_away_is_named_with_what_to_do() -> None:
    async with connect("http://127.0.0.1:9", KEY) as node:
        with pytest.raises(PeerError) as caught:
            await node.about()
    assert caught.value.code == "node.unreachable"
    assert "xinfu run" in caught.value.help_en


@pytest.mark.parametrize("url", ["", "127.0.0.1:8181", "ftp://x", "file:///etc/passwd"])
async def test_what_is_no_http_address_is_refused(url: str) -> None:
    with pytest.raises(InputError) as caught:
        async with connect(url, KEY):
            pass
    assert caught.value.code == "client.url"


@pytest.mark.parametrize("key", ["a\r\nX-Other: 1", "密钥"])
async def test_a_key_that_no_header_can_carry_is_refused(key: str) -> None:
    with pytest.raises(InputError) as caught:
        async with connect("http://127.0.0.1:9", key):
            pass
    assert caught.value.code == "client.key"


async def test_pages_are_asked_for_as_they_are_read() -> None:
    item = {"id": "a", "did": "did:web:a"}
    pages = [
        web.json_response({"items": [item], "next": "a", "total": 2}),
        web.json_response({"items": [{**item, "id": "b"}], "next": None, "total": 2}),
    ]
    async with answering(*pages) as (url, came), connect(url, KEY, context="one") as node:
        found = await node.participants.list()
    assert [each.id for each in found] == ["a", "b"]
    assert [dict(each.query) for each in came] == [{"context": "one"}, {"context": "one", "after": "a"}]


def test_a_reason_of_the_other_side_is_told_in_its_own_words() -> None:
    reason = {
        "code": "purpose.not-included",
        "message": "No.",
        "message_zh": "不可。",
        "help": "H",
        "help_zh": "助",
    }
    error = ended(("negotiation", "协商"), peer="did:web:p", code="x", reasons=["text", reason])
    assert (error.code, error.en, error.zh, error.help_en, error.help_zh) == (
        "purpose.not-included",
        "No.",
        "不可。",
        "H",
        "助",
    )


@pytest.mark.parametrize(
    ("code", "reasons", "told"),
    [
        ("E1", ["policy", {"@value": "x"}], 'E1: policy; {"@value":"x"}'),
        (None, [], "without a reason"),
        ("E1", [], "E1"),
        (None, [{"message": 3}], '{"message":3}'),
    ],
)
def test_a_reason_of_another_make_is_quoted(code: str | None, reasons: list[object], told: str) -> None:
    error = ended(("transfer", "传输"), peer="did:web:p", code=code, reasons=reasons)
    assert told in error.en
    assert "did:web:p" in error.zh


async def test_an_id_cannot_reach_another_route() -> None:
    missing = web.json_response({"code": "negotiation.not-found", "title": "none"}, status=404)
    async with answering(missing) as (url, came), connect(url, KEY) as node:
        with pytest.raises(NotFoundError):
            await node.negotiation("../node?x=1#y")
    assert came[0].raw_path == "/api/v1/negotiations/..%2Fnode%3Fx=1%23y"


async def test_a_wrong_key_is_nobody(two: Two) -> None:

    async with connect(two.consumer.url, "wrong" * 5) as node:
        with pytest.raises(UnauthorizedError) as caught:
            await node.about()
    assert caught.value.code == "api.key"


def test_xinfu_itself_imports_nothing_and_still_connects() -> None:
    code = "import sys, xinfu; assert not [m for m in sys.modules if m.startswith('xinfu.')]; xinfu.connect"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError):
        xinfu.nothing  # noqa: B018 - it is the lookup that is tested


@asynccontextmanager
async def breaking(times: int) -> AsyncIterator[tuple[str, list[str]]]:
    """An address that breaks so many calls off before it answers."""
    came: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        came.append(request.method)
        if len(came) <= times and request.transport is not None:
            request.transport.close()
        return web.json_response({"version": "1", "contexts": []})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}", came
    finally:
        await runner.cleanup()


async def test_a_read_that_was_broken_off_is_tried_again() -> None:
    async with breaking(1) as (url, came), connect(url, KEY) as node:
        assert (await node.about()).version == "1"
    assert len(came) == 2


async def test_a_write_is_never_tried_again_because_it_may_have_been_heard() -> None:
    async with breaking(1) as (url, came), connect(url, KEY) as node:
        with pytest.raises(PeerError):
            await node.keys.rotate()
    assert came == ["POST"]
