"""Live sources through the data listener: what passes, what each request costs, how it ends, what is recorded."""

import asyncio
import contextlib
import hashlib
import logging
from typing import Any

import aiohttp
import msgspec
import pytest
from tests.dataplanes.api import Api, Said, Spring, mute, serving, telling
from tests.web.data.conftest import Listening, Offer

from xinfu.ports.dataplane import MANIFEST
from xinfu.ports.records import AgreementState
from xinfu.ports.sources import HttpSource, PassedRequest
from xinfu.services.agreements import lifecycle

EVERYTHING = PassedRequest(
    path=True, query=True, methods=("GET", "HEAD", "POST", "DELETE"), body=True, headers=("X-Chosen",)
)


async def asked(
    url: str, token: str, method: str = "GET", data: Any = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    sent = {"Authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, url, headers=sent, data=data) as answer,
    ):
        told = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, told, await answer.read()


async def facts(listening: Listening, kind: str) -> list[dict[str, Any]]:
    """The facts of all entries of a kind, once no use is open any more."""
    while len(listening.node.parts.running):
        await asyncio.sleep(0.01)
    async with listening.node.parts.store.view("bureau") as view:
        found = await view.log.find(kind=kind, limit=1000)
    return [msgspec.json.decode(each.canonical)["facts"] for each in found]


async def test_everything_that_is_let_pass_reaches_the_api(offer: Offer) -> None:
    async with Api(telling("201 Created", b"made", Content_Type="text/plain")).open() as api:
        listening = await offer(HttpSource(url=f"{api.url}/v1", passes=EVERYTHING))
        url, token = await listening.token()
        told = await asked(f"{url}/files/a%20b?x=1&x=2", token, "POST", b"body", X_Chosen="yes", X_Other="no")
        said = api.said[0]
    assert (told[0], told[1]["content-type"], told[2]) == (201, "text/plain", b"made")
    assert told[1]["cache-control"] == "no-store"
    assert (said.method, said.target, said.body) == ("POST", "/v1/files/a%20b?x=1&x=2", b"body")
    assert said.headers["x-chosen"] == "yes"
    assert not {"x-other", "authorization"} & set(said.headers)
    assert token not in str(said)


@pytest.mark.parametrize("tail", ["", "/manifest", "/listing", "/files/a", "/manifest/x"])
async def test_paths_that_mean_something_for_files_are_the_api_s(offer: Offer, tail: str) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=f"{api.url}/v1", passes=EVERYTHING))
        url, token = await listening.token()
        assert (await asked(url + tail, token))[2] == b"it"
        assert api.said[0].target == f"/v1{tail}"


async def test_a_consumer_s_question_for_a_manifest_costs_nothing(offer: Offer) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=api.url, passes=EVERYTHING), times=1)
        url, token = await listening.token()
        assert (await asked(f"{url}/manifest", token, Accept=MANIFEST))[0] == 404
        assert api.said == []
        assert (await asked(url, token))[0] == 200


async def test_each_request_pays_for_one_use(offer: Offer) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=api.url), times=2)
        url, token = await listening.token()
        statuses = [(await asked(url, token))[0] for _ in range(3)]
        assert statuses == [200, 200, 403]
        assert len(api.said) == 2


@pytest.mark.parametrize("status", ["500 Oh", "503 Later"])
async def test_a_use_is_given_back_where_the_api_fails(offer: Offer, status: str) -> None:
    async with Api(telling(status, b"sorry")).open() as api:
        listening = await offer(HttpSource(url=api.url), times=1)
        url, token = await listening.token()
        told = [(await asked(url, token))[0] for _ in range(3)]
    assert told == [int(status[:3])] * 3
    assert (await asked(url, token))[0] == 503  # nobody is there: given back as well
    assert [each["outcome"] for each in await facts(listening, "use")][-1] == "source.unreachable"


async def test_a_use_is_kept_where_the_consumer_was_wrong(offer: Offer) -> None:
    async with Api(telling("404 No", b"no such station")).open() as api:
        listening = await offer(HttpSource(url=api.url), times=1)
        url, token = await listening.token()
        assert [(await asked(url, token))[0] for _ in range(2)] == [404, 403]


async def test_evidence_has_the_digest_and_the_bytes_of_what_flowed(offer: Offer) -> None:
    data = bytes(range(256)) * 10_000
    async with Api(serving(data, measured=False)).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        status, headers, body = await asked(url, token)
    assert (status, body, "content-length" in headers) == (200, data, False)
    used = (await facts(listening, "use"))[0]
    assert (used["bytes"], used["digest"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert (used["outcome"], used["status"], used["root"]) == ("completed", 200, "")


@pytest.mark.parametrize("measured", [True, False], ids=["with a length", "in chunks"])
async def test_an_api_that_dies_never_looks_complete(offer: Offer, measured: bool) -> None:
    async with Api(serving(bytes(3_000_000), dies_after=2_000_000, measured=measured)).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        with pytest.raises(aiohttp.ClientError):
            await asked(url, token)
    used = (await facts(listening, "use"))[0]
    assert used["outcome"] == "source.broken-off"


@pytest.mark.parametrize(
    ("tail", "status", "code"),
    [
        ("/../../x", 404, "file.not-found"),
        ("/a%2Fb", 404, "file.not-found"),
        ("/%2e%2e/x", 404, "file.not-found"),
        ("/a%5Cb", 404, "file.not-found"),
        ("//evil.example/x", 404, "file.not-found"),
        ("/a%0d%0aX:%20y", 404, "nothing at this path"),
    ],
)
async def test_no_path_climbs(offer: Offer, tail: str, status: int, code: str) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=f"{api.url}/v1", passes=EVERYTHING))
        url, token = await listening.token()
        answer = await raw(f"GET {path_of(url)}{tail} HTTP/1.1", url, token)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode())
        assert code.encode() in answer
        assert api.said == []


async def test_an_absolute_address_in_the_request_line_changes_nothing(offer: Offer) -> None:
    async with (
        Api(telling("200 OK", b"other")).open() as other,
        Api(telling("200 OK", b"it")).open() as api,
    ):
        listening = await offer(HttpSource(url=f"{api.url}/v1", passes=EVERYTHING))
        url, token = await listening.token()
        await raw(f"GET {other.url}/x HTTP/1.1", url, token)
        assert other.said == []


@pytest.mark.parametrize(
    "line",
    [
        b'ETag: "v1"\r\n X-Injected: 1',
        b'ETag: "v1"\rX-Injected: 1',
        b'ETag: "v1"\nX-Injected: 1',
        b'ETag: "v1\x0b\x01\x7fX-Injected: 1"',
        b'ETag: "v1\x00X-Injected: 1"',
        "Content-Disposition: attachment; filename=空气.csv".encode(),
        "Content-Type: text/csv; 空=1".encode(),
        b"Content-Type: text/csv\rX-Injected: 1",
        b"Link: <http://10.0.0.1/next>; rel=next",
        b"Location: http://10.0.0.1/next",
        b"Set-Cookie: a=b",
        b"X-Accel-Redirect: /etc/passwd",
        b"Transfer-Encoding: identity",
    ],
)
async def test_no_header_of_the_api_becomes_another_one(offer: Offer, line: bytes) -> None:
    """It is passed as it is, left out, or the whole answer is taken for none."""

    async def talk(said: Said, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n" + line + b"\r\n\r\nit")
        await writer.drain()

    async with Api(talk).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        status, told, body = await asked(url, token)
    assert status in {200, 503}
    assert body == b"it" if status == 200 else b"source.unreachable" in body
    assert not {"x-injected", "link", "location", "set-cookie", "x-accel-redirect"} & set(told)
    assert "10.0.0.1" not in str(told)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_other_methods_are_refused_by_name(offer: Offer, method: str) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        status, _, body = await asked(url, token, method)
    assert (status, b"source.method" in body, api.said) == (405, True, [])


async def test_a_head_has_no_body_and_the_length(offer: Offer) -> None:
    async with Api(serving(b"0123456789")).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        status, headers, body = await asked(url, token, "HEAD")
    assert (status, headers["content-length"], body) == (200, "10", b"")
    assert (await facts(listening, "use"))[0]["outcome"] == "completed"


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_a_stranger_is_refused_before_the_api_is_asked(offer: Offer, token: str) -> None:
    async with Api(telling("200 OK", b"it")).open() as api:
        listening = await offer(HttpSource(url=api.url, passes=EVERYTHING))
        url, _ = await listening.token()
        assert [(await asked(url, token, method))[0] for method in ("GET", "POST")] == [401, 401]
        assert api.said == []


async def test_a_secret_stands_in_no_log_and_no_evidence(
    offer: Offer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with Api(telling("200 OK", b"it")).open() as api:
        source = HttpSource(url=api.url, secret_headers={"X-Key": "key"})
        listening = await offer(source, key="hush-hush")
        url, token = await listening.token()
        await asked(url, token)
        assert api.said[0].headers["x-key"] == "hush-hush"
    await asked(url, token)
    assert "hush" not in caplog.text + str(await facts(listening, "use"))


async def end(listening: Listening) -> None:
    await lifecycle.change(
        listening.node.parts, "bureau", listening.agreement.id, AgreementState.TERMINATED, by="us"
    )


async def test_ending_the_agreement_ends_the_wait_for_an_api_that_says_nothing(offer: Offer) -> None:
    async with Api(mute).open() as api:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        asking = asyncio.create_task(asked(url, token))
        while not api.said:
            await asyncio.sleep(0.01)
        await end(listening)
        async with asyncio.timeout(30):
            status, _, _ = await asking
        assert status == 403


async def test_a_reader_that_stands_still_does_not_make_the_api_race_on(offer: Offer) -> None:
    spring = Spring()
    async with Api(spring).open() as api, aiohttp.ClientSession(read_bufsize=2**14) as session:
        listening = await offer(HttpSource(url=api.url))
        url, token = await listening.token()
        async with session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            await answer.content.readexactly(1000)
            before = -1
            while before != spring.given:
                before = spring.given
                await asyncio.sleep(0.2)
            assert spring.given < 64 * 1024 * 1024
            answer.close()
        assert (await facts(listening, "use"))[0]["outcome"] in {"cut", "agreement.terminated"}


def path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


async def raw(line: str, url: str, token: str) -> bytes:
    """What a request line gets that no client library would send."""
    host, port = url.split("/")[2].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{line}\r\nHost: x\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer
