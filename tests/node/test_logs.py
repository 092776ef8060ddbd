"""Log lines: what each holds, one trace from the first call to the last byte at both sides, and no secret."""

import asyncio
import io
import json
import logging
import secrets
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from tests.nodes import World, configured

from xinfu.node.config import LogTable
from xinfu.node.logs import FIELDS, HIDDEN, JsonLines, Redaction, TextLines, configure
from xinfu.ports.observer import CURRENT, Work, WorkKind
from xinfu.ports.trace import Trace

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADER = f"00-{TRACE}-b7ad6b7169203331-01"
CONTENT = b"station,value\nsongjia,1\n"
TOKEN = secrets.token_urlsafe(32)


def record(message: str = "token refused", **facts: Any) -> logging.LogRecord:
    made = logging.makeLogRecord(
        {"name": "xinfu.test", "levelname": "WARNING", "levelno": 30, "msg": message}
    )
    vars(made).update(facts)
    return made


def lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def work() -> Iterator[Work]:
    """A piece of work that is current."""
    made = Work(WorkKind.MESSAGE, "negotiation.request", "bureau", "urn:uuid:process")
    made.trace = Trace(trace_id=TRACE, span_id="b7ad6b7169203331")
    token = CURRENT.set(made)
    yield made
    CURRENT.reset(token)


def test_a_json_line_says_when_what_and_in_which_work(work: Work) -> None:
    line = json.loads(JsonLines(Redaction()).format(record(code="token.refused", created=0.5)))
    assert line == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "WARNING",
        "logger": "xinfu.test",
        "message": "token refused",
        "context": "bureau",
        "process_id": "urn:uuid:process",
        "trace_id": TRACE,
        "span_id": "b7ad6b7169203331",
        "code": "token.refused",
    }


def test_a_line_may_be_about_another_process_than_the_work(work: Work) -> None:
    assert json.loads(JsonLines(Redaction()).format(record(process_id="other")))["process_id"] == "other"
    forged = json.loads(JsonLines(Redaction()).format(record(trace_id="forged", level="NONE")))
    assert (forged["trace_id"], forged["level"]) == (TRACE, "WARNING")


def test_a_line_of_text_is_one_line_whatever_its_facts_hold(work: Work) -> None:
    line = TextLines(Redaction()).format(
        record("a\nb", code="x y", peer="did:web:a\nERROR forged", n=3, created=0)
    )
    assert line == (
        "1970-01-01T00:00:00.000Z WARNING xinfu.test a\\nb context=bureau process_id=urn:uuid:process "
        f'trace_id={TRACE} span_id=b7ad6b7169203331 code="x y" peer="did:web:a\\nERROR forged" n=3'
    )


def test_an_exception_comes_along_without_its_secrets() -> None:
    try:
        raise ValueError(f"Authorization: Bearer {TOKEN}")
    except ValueError:
        error = sys.exc_info()
    told = json.loads(JsonLines(Redaction()).format(record(exc_info=error)))
    assert "ValueError" in told["error"]
    assert TOKEN not in told["error"]
    assert TOKEN not in TextLines(Redaction()).format(record(exc_info=error))


JWT = "eyJhbGciOiJFZERTQSJ9.eyJpc3MiOiJkaWQ6d2ViOngifQ.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"

SECRETS = {
    "a token as JWT": (JWT, JWT),
    "a bearer token": (f"Authorization: Bearer {TOKEN}", TOKEN),
    "a lower-case bearer": ("authorization: bearer abcdef123456", "abcdef123456"),
    "an endpoint token": (f"the address came with {TOKEN} in it", TOKEN),
    "a key in a header": ("X-Api-Key: correct-horse", "correct-horse"),
    "a key in JSON": ('{"apiKey":"correct-horse","a":1}', "correct-horse"),
    "a token in escaped JSON": (r'"{\"access_token\":\"correct-horse\"}"', "correct-horse"),
    "a password": ("password=correct-horse", "correct-horse"),
    "a password in an address": ("postgresql://xinfu:correct-horse@db:5432/x", "correct-horse"),
    "a token in a query": ("https://a.example/x?a=1&token=correct-horse&b=2", "correct-horse"),
    "a signature in a query": ("https://a.example/x?X-Amz-Signature=correct-horse", "correct-horse"),
    "a private JWK": ('{"kty":"OKP","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}', "nWGxne_9WmC6h"),
    "a private key": ("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\n-----END PRIVATE KEY-----", "MC4CAQAw"),
    "an endpoint token on a line of its own": (f"it came:\n{TOKEN}\n", TOKEN),
    "a key of this node": ("it said hunter2hunter2hunter2 and went", "hunter2hunter2hunter2"),
}


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("lines_", [JsonLines, TextLines])
@pytest.mark.parametrize("place", ["message", "fact", "nested"])
def test_no_line_holds_a_secret(name: str, lines_: type[JsonLines | TextLines], place: str) -> None:
    said, secret = SECRETS[name]
    redact = Redaction(["hunter2hunter2hunter2"])
    made = {
        "message": lambda: record(said),
        "fact": lambda: record(reason=said),
        "nested": lambda: record(facts={"a": [said]}),
    }[place]()
    line = lines_(redact).format(made)
    assert secret not in line
    assert HIDDEN in line
    if lines_ is JsonLines:
        assert json.loads(line)["level"] == "WARNING"


@pytest.mark.parametrize(
    "said",
    [
        "token refused",
        "did:web:localhost%3A8282:bureau",
        "urn:uuid:019a3b1c-7d2e-7000-8000-000000000000",
        "https://bureau.example/dsp/bureau/2025-1/negotiations/request?a=1",
        "a" * 64,
        "the token has expired; its key is not ours",
    ],
)
def test_what_is_no_secret_stays(said: str) -> None:
    assert Redaction()(said) == said


def test_a_node_s_own_keys_never_leave(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "node", log=LogTable(format="json"))
    written = io.StringIO()
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        configure(config, written)
        logging.getLogger("xinfu.test").warning("heard %s", key)
        logging.getLogger("uvicorn.error").info("chatter")
    finally:
        root.handlers[:] = before
        root.setLevel(level)
    (line,) = lines(written)
    assert line["message"] == f"heard {HIDDEN}"


@pytest_asyncio.fixture(loop_scope="module")
async def written() -> AsyncIterator[io.StringIO]:
    """All lines of this process, as JSON."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(Redaction()))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


STORY = {
    ("consumer", "api call", "native"),
    ("consumer", "promise worked on", "negotiation.request"),
    ("provider", "message received", "negotiation.request"),
    ("provider", "promise worked on", "negotiation.agree"),
    ("consumer", "message received", "negotiation.agree"),
    ("provider", "message received", "negotiation.verify"),
    ("provider", "promise worked on", "negotiation.finalize"),
    ("provider", "message received", "transfer.request"),
    ("provider", "promise worked on", "transfer.start"),
    ("provider", "data read", "file"),
}


def told(written: io.StringIO) -> list[dict[str, Any]]:
    """The lines of the trace that the test began."""
    return [each for each in lines(written) if each.get("trace_id") == TRACE]


async def _traced(
    world: World, method: str, path: str, body: object = None, header: str | None = HEADER
) -> Any:
    url = f"{world.consumer.urls['management']}/api/v1{path}"
    traced = {} if header is None else {"traceparent": header}
    said = await world.consumer.send(
        method, url, body, headers={"X-Api-Key": world.consumer.api_key, **traced}
    )
    assert said.status < 300, said.body
    return said


@pytest.mark.asyncio(loop_scope="module")
async def test_one_id_goes_from_the_call_to_the_last_byte(world: World, written: io.StringIO) -> None:
    await world.provider.publish("logged", content=CONTENT)
    form = {"participant": world.provider.did, "dataset": "logged"}
    opened = (await _traced(world, "POST", "/negotiations", form)).json["id"]
    done = await world.consumer.reaches("negotiations", opened, "FINALIZED")
    await world.provider.reaches("negotiations", done["provider_pid"], "FINALIZED")
    found = await world.consumer.get("/agreements", negotiation=opened)
    made = (await _traced(world, "POST", "/transfers", {"agreement": found["items"][0]["id"]})).json["id"]
    shown = await world.consumer.reaches("transfers", made, "STARTED")
    # whoever reads names no trace: it is that of the transfer
    assert (await _traced(world, "GET", f"/transfers/{made}/content", header=None)).body == CONTENT
    async with asyncio.timeout(60):  # an answer is out a moment before its line is written
        while not {(each["context"], each["message"], each.get("type")) for each in told(written)} >= STORY:
            await asyncio.sleep(0.02)
    said = told(written)
    pids = {each.get("process_id") for each in said}
    assert {opened, done["provider_pid"], made, shown["provider_pid"]} <= pids
    assert all(set(each) <= set(FIELDS) for each in said)
    every = written.getvalue()
    assert world.consumer.api_key not in every
    assert "eyJ" not in every


@pytest.mark.asyncio(loop_scope="module")
async def test_a_call_without_a_trace_begins_one_and_a_malformed_one_is_as_none(
    world: World, written: io.StringIO
) -> None:
    await world.provider.publish("begun", content=CONTENT)
    ids = set()
    for header in (None, "00-made-up-01"):
        form = {"participant": world.provider.did, "dataset": "begun"}
        opened = (await _traced(world, "POST", "/negotiations", form, header)).json["id"]
        done = await world.consumer.reaches("negotiations", opened, "FINALIZED")
        await world.provider.reaches("negotiations", done["provider_pid"], "FINALIZED")
        of: dict[str | None, str] = {}
        async with asyncio.timeout(60):  # an answer is out a moment before its line is written
            while not {opened, done["provider_pid"]} <= set(of):
                await asyncio.sleep(0.02)
                of = {
                    each.get("process_id"): each["trace_id"] for each in lines(written) if "trace_id" in each
                }
        assert of[opened] == of[done["provider_pid"]]
        ids.add(of[opened])
    assert len(ids) == 2
