"""A process is killed in the middle of its commits: what it was told is there, and nothing half-made is."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from tests.ports.store_samples import CONTEXT, agreement, later

from xinfu.ports.records import AGREEMENTS, NEGOTIATIONS
from xinfu.stores.sqlite import SqliteStore, open_sqlite

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 4


async def acknowledged_until_killed(path: Path, prefix: str, after: int) -> set[str]:
    """Names that a committing process was told are durable, before SIGKILL hit it at about `after` of them."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("committer.py")),
        str(path),
        prefix,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    assert process.stdout is not None
    heard: list[bytes] = []
    while len(heard) < after:
        line = await process.stdout.readline()
        assert line, "the process ended by itself"
        heard.append(line)
    process.kill()
    heard += (await process.stdout.read()).splitlines(keepends=True)
    await process.wait()
    return {line.decode().strip() for line in heard if line.endswith(b"\n")}


@pytest.mark.slow
async def test_every_acknowledged_step_survives_sigkill_and_no_half_step_does(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = await open_sqlite(path)
    async with store.step(CONTEXT) as step:
        await step.of(AGREEMENTS).add(agreement("shared"))
    await store.close()
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        acknowledged |= await acknowledged_until_killed(path, f"r{number}", 20 + 61 * number)
        store = await open_sqlite(path)
        await check(store, acknowledged)
        await store.close()
    assert len(acknowledged) > 100 * ROUNDS / 2


async def check(store: SqliteStore, acknowledged: set[str]) -> None:
    """State, promise, entry, attachment, nonce and the shared count agree, and nothing told is missing."""
    async with store.step(CONTEXT) as step:
        names: set[str] = set()
        after: str | None = None
        while page := await step.of(NEGOTIATIONS).find(after=after, limit=1000):
            after = page[-1].id
            names |= {each.id for each in page}
        assert acknowledged <= names
        entries = {}
        row = 0
        while found := await step.log.find(after=row, limit=1000):
            row = found[-1].row
            entries.update({each.process: each.id for each in found})
        assert entries.keys() == names
        for name in names:
            assert len(await step.outbox.of(name)) == 1
            assert await step.log.attachments(entries[name]) == {"body": name.encode()}
            assert not await step.nonces.claim("issuer", name, expires=later(300))
        assert (await step.of(AGREEMENTS).lock("shared")).epoch == len(names)
