"""Bad input at every listener: a defined answer, nothing half-made, nothing secret in log or answer."""

import asyncio
import json
import logging
import time
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from tests.dialog import Dialog, agreed, asked, endpoint, first_request, transfer, transfer_request
from tests.dsp.schemas import Schemas
from tests.nodes import World
from tests.stranger import Stranger, message, offer, urn

from xinfu.dsp import DSP_CONTEXT

pytestmark = pytest.mark.asyncio(loop_scope="module")

CANARY = "canary-7d1e"
FAMILIES = {
    "negotiation": ("/negotiations/request", "ContractNegotiationError"),
    "offer": ("/negotiations/offers", "ContractNegotiationError"),
    "transfer": ("/transfers/request", "TransferError"),
    "catalog": ("/catalog/request", "CatalogError"),
}


def _deep(depth: int) -> bytes:
    return b'{"x":' * depth + b"1" + b"}" * depth


BODIES: dict[str, bytes] = {
    "nothing": b"",
    "no json": b"hello",
    "half an object": b'{"@type":',
    "two objects": b"{}{}",
    "an array": b"[]",
    "a text": b'"x"',
    "null": b"null",
    "a number": b"1",
    "not a number": b'{"@type": NaN}',
    "no utf-8": b'{"@type":"\xff\xfe"}',
    "utf-16": '{"@type":"x"}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "half a surrogate": b'{"@type":"\\ud800"}',
    "no context": b'{"@type":"ContractRequestMessage"}',
    "no type": msgspec.json.encode({"@context": [DSP_CONTEXT]}),
    "a type that is none": msgspec.json.encode(message("Nonsense")),
    "a type of another family": msgspec.json.encode(message("CatalogError")),
    "a type that is a number": msgspec.json.encode({"@context": [DSP_CONTEXT], "@type": 7}),
    "a list of types": msgspec.json.encode({"@context": [DSP_CONTEXT], "@type": ["A", 1, None]}),
    "a context to be fetched": msgspec.json.encode({"@context": ["http://127.0.0.1:1/c"], "@type": "x"}),
    "a context that is an object": b'{"@context":{"@import":"http://127.0.0.1:1/c"},"@type":"x"}',
    "a context in a context": b'{"@context":[[["https://w3id.org/dspace/2025/1/context.jsonld"]]],"@type":"x"}',
    "a thousand contexts": msgspec.json.encode({"@context": [f"https://c{n}.example" for n in range(1000)]}),
    "a recursive context": b'{"@context":{"a":{"@id":"x:a","@context":{"a":{"@id":"x:a"}}}},"@type":"x"}',
    "deep": _deep(200),
    "very deep": _deep(100_000),
    "many keys": b"{" + b",".join(b'"k%d":1' % n for n in range(60_000)) + b"}",
    "many nodes": b'{"@graph":[' + b",".join([b"{}"] * 100_000) + b"]}",
    "an endless integer": b'{"@type":' + b"9" * 50_000 + b"}",
    "an endless float": b'{"@type":1e' + b"9" * 1000 + b"}",
    "one key twice": b'{"@type":"ContractRequestMessage","@type":"CatalogRequestMessage"}',
}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_a_body_that_nobody_can_read_is_400_with_the_error_of_its_family(
    world: World, peer: Stranger, schemas: Schemas, family: str, body: bytes
) -> None:
    """A-06, O6, O7: at little cost, with a stable code, and nothing is stored."""
    path, kind = FAMILIES[family]
    before = world.provider.counts()
    began = time.process_time()
    said = await peer.send(world.provider.did, world.provider.base + path, body)
    assert time.process_time() - began < 2
    assert (said.status, said.json["@type"]) == (400, kind)
    assert "." in said.code
    assert said.json["reason"][0]["message_zh"]
    schemas.check(said.body)
    assert world.provider.counts() == before


REQUEST: dict[str, dict[str, Any]] = {
    "no pid": {"consumerPid": None},
    "an empty pid": {"consumerPid": ""},
    "a pid that is a number": {"consumerPid": 7},
    "a pid that is a list": {"consumerPid": ["a"]},
    "a pid with NUL": {"consumerPid": "a\0b"},
    "an endless pid": {"consumerPid": "x" * 100_000},
    "no offer": {"offer": None},
    "an offer that is a text": {"offer": "x"},
    "a list of offers": {"offer": [{}]},
    "an offer without id": {"offer": {"@type": "Offer", "target": "d", "permission": [{"action": "use"}]}},
    "an id that is an object": {"offer": {"@id": {}, "target": "d"}},
    "a callback that is a number": {"callbackAddress": 7},
    "an empty callback": {"callbackAddress": ""},
    "a relative callback": {"callbackAddress": "/here"},
    "a callback with user-info": {"callbackAddress": "http://a:b@localhost/"},
    "a callback with a fragment and spaces": {"callbackAddress": "http://local host/#x"},
    "a callback with a line break": {"callbackAddress": "http://localhost/\r\nX: y"},
    "a callback of a file": {"callbackAddress": "file:///etc/passwd"},
    "permissions that are a text": {"offer": {"@id": "a:b:c", "target": "b", "permission": "use"}},
    "a rule that is a text": {"offer": {"@id": "a:b:c", "target": "b", "permission": ["use"]}},
}


@pytest.mark.parametrize("change", REQUEST.values(), ids=REQUEST)
async def test_a_request_with_a_bad_field_is_400_and_opens_nothing(
    world: World, peer: Stranger, schemas: Schemas, change: dict[str, Any]
) -> None:
    before = world.provider.counts()
    wanted = first_request(peer, "a:b:c", "b", **change)
    said = await peer.send(world.provider.did, f"{world.provider.base}/negotiations/request", wanted)
    assert (said.status, said.json["@type"]) == (400, "ContractNegotiationError")
    assert said.code != "node.failed"
    schemas.check(said.body)
    assert world.provider.counts() == before


TRANSFER: dict[str, dict[str, Any]] = {
    "no agreement": {"agreementId": None},
    "an agreement that is an object": {"agreementId": {}},
    "a format that is a list": {"format": []},
    "a data address that is a text": {"dataAddress": "http://sink.example"},
    "a data address without type": {"dataAddress": {"endpoint": "http://sink.example"}},
    "properties that are a text": {
        "dataAddress": {"@type": "DataAddress", "endpointType": "x", "endpointProperties": "y"}
    },
}


@pytest.mark.parametrize("change", TRANSFER.values(), ids=TRANSFER)
async def test_a_transfer_request_with_a_bad_field_is_400_and_opens_nothing(
    world: World, peer: Stranger, schemas: Schemas, change: dict[str, Any]
) -> None:
    before = world.provider.counts()
    wanted = transfer_request(peer, "urn:uuid:x", **change)
    said = await peer.send(world.provider.did, f"{world.provider.base}/transfers/request", wanted)
    assert (said.status, said.json["@type"]) == (400, "TransferError")
    schemas.check(said.body)
    assert world.provider.counts() == before


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def held(world: World, peer: Stranger) -> Dialog:
    """A negotiation that waits for a person."""
    await world.provider.put("/answers/held", {"on": "requested", "do": ["hold"], "dataset": "held"})
    return await asked(peer, world.provider, await world.provider.publish("held"), "held")


EVENTS: dict[str, dict[str, Any]] = {
    "an event that is none": {"eventType": "REQUESTED"},
    "an event in small letters": {"eventType": "accepted"},
    "no event": {},
    "an event that is a list": {"eventType": ["ACCEPTED", "FINALIZED"]},
    "an event that is a number": {"eventType": 1},
}


@pytest.mark.parametrize("members", EVENTS.values(), ids=EVENTS)
async def test_an_event_that_is_none_changes_nothing(
    held: Dialog, schemas: Schemas, members: dict[str, Any]
) -> None:
    said = await held.say("ContractNegotiationEventMessage", **members)
    assert said.status == 400
    schemas.check(said.body)
    assert await held.state() == "REQUESTED"


POLICIES: dict[str, Any] = {
    "an unknown action": {"permission": [{"action": "teleport"}]},
    "an unknown operand": {
        "permission": [
            {
                "action": "use",
                "constraint": [{"leftOperand": "mood", "operator": "eq", "rightOperand": "good"}],
            }
        ]
    },
    "an unknown operator": {
        "permission": [
            {
                "action": "use",
                "constraint": [{"leftOperand": "count", "operator": "almost", "rightOperand": "5"}],
            }
        ]
    },
    "an unknown member": {"permission": [{"action": "use", "unless": "never"}]},
    "a right operand that is a number": {
        "permission": [
            {"action": "use", "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": 5}]}
        ]
    },
    "no rules": {},
}


@pytest.mark.parametrize("policy", POLICIES.values(), ids=POLICIES)
async def test_a_policy_that_nobody_can_read_opens_nothing_when_it_comes_from_a_peer(
    world: World, peer: Stranger, policy: dict[str, Any]
) -> None:
    """D-14, R-POL-15: it is no reason to fail the message, and never a reason to agree."""
    offer_id = "fine:fine:fine"
    await world.provider.publish("fine")
    talk = await asked(peer, world.provider, offer_id, "fine", offer=offer(offer_id, "fine", policy))
    shown = await talk.shown()
    assert (shown["state"], shown["held"], shown["agreement"]) == ("REQUESTED", True, None)


async def test_a_body_above_the_limit_is_413_before_it_is_read_to_the_end(
    world: World, peer: Stranger
) -> None:
    """M7: at every listener that reads bodies."""
    limit = world.provider.node.config.limits.body_bytes
    body = b'{"x":"' + b"a" * limit + b'"}'
    before = world.provider.counts()
    for path, kind in FAMILIES.values():
        said = await peer.send(world.provider.did, world.provider.base + path, body)
        assert (said.status, said.json["@type"], said.code) == (413, kind, "body.too-large")
    said = await world.provider.api("POST", "/assets", body)
    assert (said.status, said.code) == (413, "body.too-large")
    assert world.provider.counts() == before


async def test_a_body_without_a_length_is_cut_off_at_the_limit(world: World) -> None:
    limit = world.provider.node.config.limits.body_bytes

    async def endless() -> Any:
        for _ in range(limit // 65_536 + 2):
            yield b"a" * 65_536

    url = f"{world.provider.base}/catalog/request"
    async with world.session.post(
        url, data=endless(), headers={"Content-Type": "application/json"}
    ) as answer:
        assert answer.status == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "x"])
async def test_another_media_type_is_415(world: World, peer: Stranger, schemas: Schemas, kind: str) -> None:
    """A-06."""
    for path, error in FAMILIES.values():
        said = await peer.send(
            world.provider.did, world.provider.base + path, b"{}", headers={"Content-Type": kind}
        )
        assert (said.status, said.json["@type"], said.code) == (415, error, "body.media-type")
        schemas.check(said.body)


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "application/ld+json", "APPLICATION/JSON"]
)
async def test_json_is_read_under_each_of_its_names(world: World, peer: Stranger, kind: str) -> None:
    """R-HTTP-01."""
    said = await peer.send(
        world.provider.did,
        f"{world.provider.base}/catalog/request",
        message("CatalogRequestMessage"),
        headers={"Content-Type": kind},
    )
    assert said.status == 200


API_BODIES: dict[str, tuple[str, str, Any, str]] = {
    "no json": ("POST", "/policies", b"{", "body.malformed"),
    "no utf-8": ("POST", "/policies", b'{"id":"\xff"}', "body.malformed"),
    "nothing": ("POST", "/policies", b"", "body.invalid"),
    "an array": ("POST", "/policies", b"[]", "body.invalid"),
    "very deep": ("POST", "/policies", b'{"id":"a","policy":' + _deep(100_000) + b"}", "body.too-deep"),
    "a key twice": (
        "POST",
        "/policies",
        b'{"id":"a","policy":{"prohibition":[{}],"prohibition":[]}}',
        "body.repeated-key",
    ),
    "a field missing": ("POST", "/policies", {"id": "a"}, "body.invalid"),
    "a field of another kind": ("POST", "/policies", {"id": 1, "policy": {}}, "body.invalid"),
    "no policy": ("POST", "/policies", {"id": "a", "policy": {}}, "policy.permits-nothing"),
    "an unknown event": ("PUT", "/answers/a", {"on": "sunrise", "do": ["hold"]}, "body.invalid"),
    "an unknown act": ("PUT", "/answers/a", {"on": "requested", "do": ["dance"]}, "body.invalid"),
    "an unknown source": (
        "POST",
        "/assets",
        {"id": "a", "source": {"kind": "tape", "path": "/x"}},
        "body.invalid",
    ),
    "an unknown role": (
        "POST",
        "/negotiations",
        {"participant": "x", "dataset": "d", "role": "judge"},
        "body.invalid",
    ),
    "an alias that is a DID": ("PUT", "/participants/did:web:x", {"did": "did:web:y"}, "participant.alias"),
    "an address that is none": (
        "PUT",
        "/participants/bureau",
        {"did": "did:web:y.example", "base": "nowhere"},
        "address.refused",
    ),
    "a DID that is none": ("PUT", "/participants/bureau", {"did": "bureau"}, "participant.no-address"),
    "an integer beyond 2^53": (
        "PUT",
        "/answers/a",
        {"on": "requested", "do": ["hold"], "priority": 2**70},
        "body.invalid",
    ),
    "a huge priority": (
        "PUT",
        "/answers/a",
        {"on": "requested", "do": ["hold"], "priority": 2**63 - 1},
        "body.invalid",
    ),
}


@pytest.mark.parametrize(("method", "path", "body", "code"), API_BODIES.values(), ids=API_BODIES)
async def test_a_bad_call_of_the_native_api_is_a_problem_and_changes_nothing(
    world: World, method: str, path: str, body: Any, code: str
) -> None:
    before = world.provider.counts()
    said = await world.provider.api(method, path, body)
    assert (said.status, said.code) == (400, code), said
    assert said.headers["content-type"] == "application/problem+json"
    assert world.provider.counts() == before


API_QUERIES: dict[str, tuple[str, dict[str, str], int, str]] = {
    "limit 0": ("/assets", {"limit": "0"}, 400, "query.limit"),
    "limit 1001": ("/assets", {"limit": "1001"}, 400, "query.limit"),
    "limit of letters": ("/assets", {"limit": "ten"}, 400, "query.limit"),
    "limit in other digits": ("/assets", {"limit": "\u00b2"}, 400, "query.limit"),
    "an endless limit": ("/assets", {"limit": "9" * 5000}, 400, "query.limit"),
    "a wait too long": ("/negotiations/x", {"wait": "61"}, 400, "query.wait"),
    "a negative wait": ("/negotiations/x", {"wait": "-1"}, 400, "query.wait"),
    "after of letters": ("/evidence/entries", {"after": "x"}, 400, "query.after"),
    "an unknown context": ("/assets", {"context": "nobody"}, 404, "context.not-found"),
    "a context that is no name": ("/assets", {"context": "' or 1=1 --"}, 404, "context.not-found"),
    "an unknown cursor": ("/assets", {"after": "'; drop table assets; --"}, 200, ""),
    "an unknown name": ("/assets", {"colour": "blue"}, 200, ""),
    "a state that is none": ("/negotiations", {"state": "' or '1'='1"}, 200, ""),
    "a process that is none": ("/evidence/entries", {"process": "\0"}, 200, ""),
    "a tile that is none": ("/evidence/tile/../../etc/passwd", {}, 400, "evidence.tile-path"),
    "a tile path that is none": ("/evidence/tile/9999999/x", {}, 400, "evidence.tile-path"),
    "no participant": ("/catalog", {}, 404, "participant.unknown"),
}


@pytest.mark.parametrize(("path", "query", "status", "code"), API_QUERIES.values(), ids=API_QUERIES)
async def test_a_bad_query_of_the_native_api_has_a_defined_answer(
    world: World, path: str, query: dict[str, str], status: int, code: str
) -> None:
    """P6."""
    before = world.provider.counts()
    said = await world.provider.api("GET", path, **query)
    assert said.status == status, said
    if code:
        assert said.code == code
    assert world.provider.counts() == before


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(world: World, peer: Stranger) -> tuple[str, str]:
    """Address and token of a transfer of 20 bytes that runs."""
    offer_id = await world.provider.publish("bytes", content=b"0123456789" * 2)
    talk = await transfer(peer, world.provider, await agreed(peer, world.provider, offer_id, "bytes"))
    start = await talk.hears("TransferStartMessage")
    return endpoint(start)


RANGES = [
    "bytes=20-",
    "bytes=5-2",
    "bytes=-0",
    "bytes=-",
    "bytes=0-1,3-4",
    "bytes=a-b",
    "bytes",
    "",
    "items=0-1",
    "bytes=0-1;x",
    "bytes=" + "9" * 400 + "-",
    "bytes=\u00b2-",
    "bytes=0x1-2",
    "bytes=--1",
]


@pytest.mark.parametrize("header", RANGES)
async def test_a_range_that_is_none_within_the_file_is_416(
    world: World, opened: tuple[str, str], header: str
) -> None:
    """F3: one range at most; the size stands in the answer."""
    address, token = opened
    headers = {"Authorization": f"Bearer {token}", "Range": header.encode().decode("latin-1")}
    said = await world.provider.send("GET", address, headers=headers)
    assert (said.status, said.code) == (416, "range.unsatisfiable")
    assert said.headers["content-range"] == "bytes */20"


@pytest.mark.parametrize(
    ("header", "content"),
    [("bytes=0-0", b"0"), ("bytes=18-99", b"89"), ("bytes=-3", b"789"), ("bytes=-99", b"0123456789" * 2)],
)
async def test_a_range_within_the_file_is_206(
    world: World, opened: tuple[str, str], header: str, content: bytes
) -> None:
    address, token = opened
    said = await world.provider.send(
        "GET", address, headers={"Authorization": f"Bearer {token}", "Range": header}
    )
    assert (said.status, said.body) == (206, content)


async def _raw(world: World, listener: str, data: bytes) -> bytes:
    """What a listener answers to bytes that no client would send."""
    host, _, port = world.provider.urls[listener].removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(data)
        await writer.drain()
        return await asyncio.wait_for(reader.read(65_536), 5)
    finally:
        writer.close()


WIRE: dict[str, bytes] = {
    "no http": b"hello\r\n\r\n",
    "two lengths": b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a length and chunks": (
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    ),
    "a length that is none": b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    "NUL in the path": b"GET /he\0alth HTTP/1.1\r\nHost: a\r\n\r\n",
    "NUL in a header": b"GET /health HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n",
}


@pytest.mark.parametrize("listener", ["management", "protocol", "data"])
@pytest.mark.parametrize("data", WIRE.values(), ids=WIRE)
async def test_what_is_no_http_is_refused_and_the_listener_lives_on(
    world: World, listener: str, data: bytes
) -> None:
    """F3."""
    said = await _raw(world, listener, data)
    assert said.startswith((b"HTTP/1.1 4", b"HTTP/1.0 4"))
    alive = await world.provider.send("GET", f"{world.provider.urls[listener]}/health")
    assert alive.status == 200


async def test_a_path_that_climbs_or_holds_nul_finds_nothing(world: World, peer: Stranger) -> None:
    for path in (
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/catalog/datasets/%00",
        "/negotiations/%00",
    ):
        said = await peer.send(world.provider.did, world.provider.base + path)
        assert said.status == 404, path


async def test_secrets_stand_in_no_log_line_and_no_answer(
    world: World, peer: Stranger, opened: tuple[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """J7: a canary in every slot of a credential, at debug level; the access log, with its queries, is off."""
    assert logging.getLogger("uvicorn.access").propagate is False
    address, token = opened
    said = []
    with caplog.at_level(logging.DEBUG):
        for body in (b"{", b"{}"):
            url = f"{world.provider.base}/negotiations/request"
            good = peer.token(world.provider.did, url, body)
            said += [
                await peer.send(world.provider.did, url, body, token=f"Bearer {CANARY}"),
                await peer.send(world.provider.did, url, body, token=good[:-3] + CANARY),
                await peer.send(world.provider.did, url, body, jti=CANARY),
                await peer.send(world.provider.did, f"{url}?token={CANARY}", body),
            ]
        for headers in ({"X-Api-Key": CANARY}, {"Authorization": f"Bearer {CANARY}"}):
            url = f"{world.provider.urls['management']}/api/v1/node"
            said.append(await world.provider.send("GET", url, headers=headers))
            said.append(await world.provider.send("GET", address, headers=headers))
        said.append(
            await world.provider.send("GET", address + "/x", headers={"Authorization": f"Bearer {token}"})
        )
        other = address.rpartition("/")[0] + "/" + urn()
        said.append(await world.provider.send("GET", other, headers={"Authorization": f"Bearer {token}"}))
        said.append(await world.consumer.api("POST", "/credentials", {"jwt": CANARY}))
        said.append(
            await world.provider.api("POST", "/policies", {"id": "a", "policy": {}, CANARY[:6]: CANARY})
        )
    ours = [each for each in caplog.records if each.name.startswith(("xinfu", "uvicorn.error"))]
    assert ours
    written = json.dumps([{**vars(each), "said": each.getMessage()} for each in ours], default=str)
    answered = b"".join(each.body for each in said).decode()
    for secret in (CANARY, token, world.provider.api_key):
        assert secret not in written
        assert secret not in answered
