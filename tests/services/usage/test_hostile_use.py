"""The one enforcement point against callers who look for the moment in which it does not look."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from tests.services.usage.conftest import Bureau, Make, start_transfer

from xinfu import odrl
from xinfu.errors import NotFoundError, RefusedError, UnauthorizedError
from xinfu.evidence import CHUNK_BYTES
from xinfu.ports.records import GRANTS, TRANSFERS, AgreementState
from xinfu.ports.sources import FolderSource
from xinfu.ports.store import Step
from xinfu.services.agreements import lifecycle
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm, publish
from xinfu.services.parts import Parts
from xinfu.services.usage import grants
from xinfu.services.usage.grant_lookup import ReadRequest
from xinfu.services.usage.manifests import manifest_of
from xinfu.services.usage.use import use

ONCE = {"leftOperand": "count", "operator": "lteq", "rightOperand": "1"}


class HeldBack:
    """The store of a node, whose steps tell that they are durable only when the gate is open."""

    def __init__(self, parts: Parts) -> None:
        self._store = parts.store
        self.gate = asyncio.Event()
        self.committed = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def view(self, context: str) -> AbstractAsyncContextManager[Step]:
        return self._store.view(context)

    @asynccontextmanager
    async def step(self, context: str, *, lazy: bool = False) -> AsyncIterator[Step]:
        async with self._store.step(context, lazy=lazy) as step:
            yield step
        self.committed.set()
        await self.gate.wait()


async def taken(parts: Parts, ask: ReadRequest) -> bytes:
    """The bytes of a use."""
    async with use(parts, ask) as held:
        return b"".join([chunk async for chunk in held.chunks()])


async def folder_of(bureau: Bureau, root: Path, files: dict[str, bytes], id_: str = "air") -> None:
    """Publish `files` below `root` as the dataset, in place of what it was."""
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    form = AssetForm(id=id_, source=FolderSource(path=str(root)))
    policy = odrl.write(bureau.agreement.policy)
    whole = PublicationForm(
        asset=form, policy={"permission": policy["permission"]}, replace=True, reason="a folder now"
    )
    await publish(bureau.node.parts, "bureau", whole)


async def test_a_stop_between_the_commit_of_a_use_and_its_first_byte_stops_it(bureau_of: Make) -> None:
    bureau = await bureau_of()
    parts = bureau.node.parts
    slow = HeldBack(parts)
    running = asyncio.create_task(taken(replace(parts, store=slow), bureau.ask()))
    await slow.committed.wait()
    await lifecycle.change(parts, "bureau", bureau.agreement.id, AgreementState.TERMINATED, by="us")
    slow.gate.set()
    with pytest.raises(RefusedError) as ended:
        await running
    assert ended.value.code == "agreement.terminated"
    [entry] = await bureau.entries("use")
    assert entry["bytes"] == 0


async def _fresh_token(bureau: Bureau) -> str:
    """Suspend and start the transfer again: closed grants, a new token."""
    parts = bureau.node.parts
    async with parts.store.step("bureau") as step:
        address = await grants.issue(
            step,
            parts.contexts.get("bureau"),
            await step.of(TRANSFERS).lock(bureau.transfer),
            bureau.agreement,
            claims={},
            now=bureau.clock.now(),
            until=None,
        )
    return address.authorization or ""


async def test_what_a_cut_gave_back_is_there_for_a_token_that_was_issued_before_the_cut(
    bureau_of: Make,
) -> None:
    bureau = await bureau_of(ONCE)
    parts = bureau.node.parts
    async with use(parts, bureau.ask()) as held:
        first = await anext(held.chunks())
        bureau.clock.at += timedelta(seconds=1)
        token = await _fresh_token(bureau)
    assert first + await taken(parts, bureau.ask(token=token, range=f"bytes={CHUNK_BYTES}-")) == bureau.data


async def test_no_number_of_tokens_gives_more_uses_than_were_granted(bureau_of: Make) -> None:
    bureau = await bureau_of(ONCE, size=10)
    parts = bureau.node.parts
    assert await taken(parts, bureau.ask()) == bureau.data
    tokens = [bureau.token]
    for _ in range(40):
        bureau.clock.at += timedelta(milliseconds=1)
        tokens.append(await _fresh_token(bureau))
    for token in tokens:
        with pytest.raises((RefusedError, UnauthorizedError)):  # an old one is forgotten
            await taken(parts, bureau.ask(token=token))
    async with parts.store.view("bureau") as view:
        assert await view.of(GRANTS).count(GRANTS.transfer.equals(bureau.transfer)) <= 10


async def test_a_use_given_back_was_not_the_one_that_another_file_came_under(
    bureau_of: Make, tmp_path: Path
) -> None:
    bureau = await bureau_of(ONCE)
    parts = bureau.node.parts
    await folder_of(bureau, tmp_path / "days", {"a.csv": b"a" * 10, "b.csv": b"b" * 10})
    async with use(parts, bureau.ask(path="a.csv")):
        assert await taken(parts, bureau.ask(path="b.csv")) == b"b" * 10
    async with parts.store.view("bureau") as view:
        key = next(iter(odrl.compile(bureau.agreement.policy).counters))
        assert await view.quotas.used(f"{bureau.agreement.id}:{key}") == (1, 0)


async def test_a_refusal_is_never_recorded_in_the_process_of_somebody_else(bureau_of: Make) -> None:
    bureau = await bureau_of()
    parts = bureau.node.parts
    other, token = await start_transfer(
        bureau.node, bureau.clock, bureau.agreement, None, {}, timedelta(hours=1)
    )
    with pytest.raises(RefusedError):
        await taken(parts, bureau.ask(transfer=bureau.transfer, token=token))
    async with parts.store.view("bureau") as view:
        assert await view.log.find(process=bureau.transfer, kind="refusal", limit=10) == []
        [entry] = await view.log.find(process=other, kind="refusal", limit=10)
    assert msgspec.json.decode(entry.canonical)["facts"]["code"] == "data.other-transfer"


async def test_a_path_never_leads_into_another_dataset(bureau_of: Make, tmp_path: Path) -> None:
    bureau = await bureau_of()
    parts = bureau.node.parts
    await folder_of(bureau, tmp_path / "days", {"a.csv": b"a"})
    await folder_of(bureau, tmp_path / "secret", {"c.csv": b"secret"}, id_="air/2024")
    with pytest.raises(NotFoundError):
        await manifest_of(parts, bureau.ask(path="2024/c.csv"))


async def test_a_token_that_nobody_knows_never_reaches_the_writer(bureau_of: Make) -> None:
    bureau = await bureau_of()
    parts = bureau.node.parts
    async with parts.store.step("bureau"):  # somebody writes
        with pytest.raises(UnauthorizedError):
            await asyncio.wait_for(taken(parts, bureau.ask(token="unknown")), 2)


async def test_no_byte_leaves_before_the_log_tells_that_it_may(bureau_of: Make) -> None:
    """Killed in the middle of a stream, or with a disk that is full at its end, a node still has this entry."""
    bureau = await bureau_of()
    parts = bureau.node.parts
    async with use(parts, bureau.ask(range="bytes=5-")) as held:
        await anext(held.chunks())
        [begun] = await bureau.entries("use.begun")
        assert await bureau.entries("use") == []
    assert (begun["dataset"], begun["ranges"]) == ("air", [f"5-{len(bureau.data)}"])
    [ended] = await bureau.entries("use")
    assert (ended["root"], ended["started"]) == (begun["root"], begun["started"])
