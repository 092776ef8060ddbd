"""What one read costs: its policy is judged and the store is written to no more often than it needs."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import pytest
from tests.dataplanes.api import Api, telling
from tests.services.usage.conftest import SteppedClock, start_transfer
from tests.web.data.conftest import agreed, configured

from xinfu.evidence.entry import Entry
from xinfu.node.build import Node, build
from xinfu.node.clock import SystemClock
from xinfu.odrl.duties.life import DutyState
from xinfu.ports.column import Match
from xinfu.ports.dataplane import LISTING, MANIFEST
from xinfu.ports.kind import Kind, Record
from xinfu.ports.records import DUTIES, GRANTS
from xinfu.ports.sources import FileSource, HttpSource, Source, TableSource
from xinfu.ports.store import Step, Store
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.usage import grants
from xinfu.services.usage.uses import Uses
from xinfu.web.app import data_app

MEMBER = {"leftOperand": "Membership", "operator": "eq", "rightOperand": "active"}
COUNTED = {"leftOperand": "count", "operator": "lteq", "rightOperand": "9"}
EMERGENCY = {"leftOperand": "purpose", "operator": "eq", "rightOperand": "emergency"}
LIFE = timedelta(hours=1)

T = TypeVar("T", bound=Record)


class Tally(msgspec.Struct):
    """How often a policy was judged, and steps that write were opened and kept."""

    judged: int = 0
    opened: int = 0
    kept: int = 0


class CountedRows:
    """The rows of duties; who judges looks for those that are overdue."""

    def __init__(self, rows: Any, tally: Tally) -> None:
        self._rows = rows
        self._tally = tally

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    async def find(self, *where: Match[Any], **more: Any) -> Any:
        states = [value for each in where if each.column is DUTIES.state for value in each.values]
        self._tally.judged += DutyState.OVERDUE in states
        return await self._rows.find(*where, **more)


class CountedStep:
    """A step of the store's own."""

    def __init__(self, step: Step, tally: Tally) -> None:
        self._step = step
        self._tally = tally

    def of(self, kind: Kind[T]) -> Any:
        rows = self._step.of(kind)
        return CountedRows(rows, self._tally) if kind.name == DUTIES.name else rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._step, name)


class CountedStore:
    """A store that counts; all else is the store's own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.tally = Tally()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @asynccontextmanager
    async def view(self, context: str) -> AsyncIterator[CountedStep]:
        async with self._store.view(context) as step:
            yield CountedStep(step, self.tally)

    @asynccontextmanager
    async def step(self, context: str, *, lazy: bool = False) -> AsyncIterator[CountedStep]:
        self.tally.opened += 1
        async with self._store.step(context, lazy=lazy) as step:
            yield CountedStep(step, self.tally)
        self.tally.kept += 1


class Reader:
    """A consumer of the data listener whose node counts."""

    def __init__(self, node: Node, transfer: str, token: str) -> None:
        self.store = CountedStore(node.parts.store)
        parts = replace(node.parts, store=self.store)
        self.uses = Uses(parts)
        self._app = data_app(parts, self.uses)
        self._base = f"/data/bureau/transfers/{transfer}"
        self._token = token

    async def read(self, tail: str = "", **headers: str) -> tuple[int, bytes, Tally]:
        """Status and body of one read, and what it cost."""
        self.store.tally = tally = Tally()
        sent: list[Any] = []
        gone = asyncio.Event()
        asked = asyncio.Event()

        async def receive() -> dict[str, Any]:
            if not asked.is_set():
                asked.set()
                return {"type": "http.request", "body": b"", "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        told = {"authorization": f"Bearer {self._token}", **headers}
        path = self._base + tail
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in told.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
            "extensions": {},
        }
        await self._app(scope, receive, send)
        gone.set()
        body = b"".join(each.get("body", b"") for each in sent[1:])
        return sent[0]["status"], body, tally


Serve = Callable[..., Any]


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Makes a reader of a source under a policy with a duty; the consumer's token is kept with its grant."""
    nodes: list[Node] = []
    readers: list[Reader] = []

    async def start(source: Source, constraints: Sequence[dict[str, Any]] = ()) -> Reader:
        node = await build(configured(tmp_path))
        nodes.append(node)
        rule = {"action": "use", "duty": [{"action": "inform", "informedParty": "did:web:rescue.example"}]}
        policy = {"permission": [rule | ({"constraint": list(constraints)} if constraints else {})]}
        form = AssetForm(id="air", source=source, media_type="text/csv")
        await publish(node.parts, "bureau", PublicationForm(asset=form, policy=policy))
        agreement = await agreed(node, policy)
        reader = Reader(node, *await granted(node, agreement))
        readers.append(reader)
        return reader

    yield start
    for reader in readers:
        await reader.uses.close()
    for node in nodes:
        await node.close()


async def granted(node: Node, agreement: Any) -> tuple[str, str]:
    """A transfer that has started, with its endpoint token; what the consumer showed is kept."""
    clock = SteppedClock()
    clock.at = SystemClock().now()
    transfer, token = await start_transfer(node, clock, agreement, None, {}, LIFE)
    shown = clock.new_id()
    async with node.parts.store.step("bureau") as step:
        message = Entry.of(
            "message.received",
            id=shown,
            at=clock.now(),
            context="bureau",
            process=transfer,
            facts={"type": "request", "digest": "0" * 64, "token_digest": "0" * 64, "signed": "body"},
        )
        await step.record(message, {"token": b"Bearer of-what-it-showed"})
        grant = await step.of(GRANTS).get(grants.token_id(token))
        assert grant is not None
        await step.of(GRANTS).save(msgspec.structs.replace(grant, shown=shown))
    return transfer, token


@asynccontextmanager
async def source_of(kind: str, folder: Path) -> AsyncIterator[Source]:
    """A source of this kind; what is read of it holds "it" or a row of 1."""
    if kind == "file":
        (folder / "air.csv").write_bytes(b"it")
        yield FileSource(path=str(folder / "air.csv"))
    elif kind == "api":
        async with Api(telling("200 OK", b"it")).open() as api:
            yield HttpSource(url=api.url)
    else:
        sqlite3.connect(folder / "air.db").close()
        yield TableSource(engine="sqlite", database=str(folder / "air.db"), query="SELECT 1 AS it")


TWICE = Tally(opened=2, kept=2)
"""A use has two steps: one before its first byte, one behind its last."""


@pytest.mark.parametrize(("kind", "judged"), [("file", 1), ("api", 1), ("table", 2)])
async def test_a_read_has_two_steps_and_is_judged_once_or_once_more_for_its_kept_result(
    serve: Serve, tmp_path: Path, kind: str, judged: int
) -> None:
    async with source_of(kind, tmp_path) as source:
        reader = await serve(source)
        status, body, tally = await reader.read()
    assert status == 200, body
    assert b"it" in body
    assert tally == msgspec.structs.replace(TWICE, judged=judged)


@pytest.mark.parametrize(("kind", "judged"), [("file", 2), ("api", 2), ("table", 3)])
async def test_a_policy_that_asks_for_credentials_is_judged_without_them_first(
    serve: Serve, tmp_path: Path, kind: str, judged: int
) -> None:
    async with source_of(kind, tmp_path) as source:
        reader = await serve(source, [{"or": [MEMBER, COUNTED]}])
        status, body, tally = await reader.read()
    assert status == 200, body
    assert tally == msgspec.structs.replace(TWICE, judged=judged)


@pytest.mark.parametrize(("kind", "judged"), [("file", 1), ("api", 1), ("table", 1)])
async def test_what_is_refused_is_judged_once_and_only_the_record_of_it_is_kept(
    serve: Serve, tmp_path: Path, kind: str, judged: int
) -> None:
    async with source_of(kind, tmp_path) as source:
        reader = await serve(source, [EMERGENCY])
        status, body, tally = await reader.read()
    assert status == 403, body
    assert (tally.judged, tally.kept) == (judged, 1)
    assert tally.opened <= 2


async def test_small_reads_of_a_series_are_not_judged_again(serve: Serve, tmp_path: Path) -> None:
    async with source_of("file", tmp_path) as source:
        reader = await serve(source)
        await reader.read()
        assert (await reader.read())[2].judged == 1  # the series begins
        assert (await reader.read())[2].judged == 0


@pytest.mark.parametrize("tail", ["/manifest", "/listing"])
async def test_what_is_told_of_a_live_source_opens_no_step_that_is_thrown_away(
    serve: Serve, tmp_path: Path, tail: str
) -> None:
    async with source_of("table", tmp_path) as source:
        reader = await serve(source)
        kind = MANIFEST if tail == "/manifest" else LISTING
        _, body, tally = await reader.read(tail, accept=kind)
    assert tally.opened == tally.kept, body
