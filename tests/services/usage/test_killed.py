"""A provider's process is killed while bytes leave: what left is counted, and the limit is never exceeded."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from tests.services.usage.conftest import Bureau, Make

from xinfu.node.build import build
from xinfu.node.config import load
from xinfu.odrl import Measure, Meter
from xinfu.services.usage.meters import counter_name
from xinfu.services.usage.quota import settle_lost

ROOT = Path(__file__).resolve().parents[3]
SIZE = 3_000_000
LIMIT = 10 * SIZE + 5
METER = Meter(rule="permission[0]", measure=Measure.BYTES)
RULE = {"leftOperand": "bytes", "operator": "lteq", "rightOperand": str(LIMIT)}


async def read(folder: Path, bureau: Bureau, kill_after: int | None, *key: str) -> tuple[int, str]:
    """Bytes that left a process of its own, killed after so many chunks; and its last word."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("reader.py")),
        str(folder),
        bureau.transfer,
        bureau.token,
        *key,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"},
    )
    assert process.stdout is not None
    words: list[str] = []
    while line := await process.stdout.readline():
        words.append(line.decode().strip())
        if kill_after is not None and len(words) == kill_after:
            process.kill()
    await process.wait()
    return sum(int(word) for word in words if word.isdigit()), words[-1]


@pytest.mark.slow
async def test_a_node_that_is_killed_while_it_hands_out_bytes_gives_none_away(
    bureau_of: Make, tmp_path: Path
) -> None:
    bureau = await bureau_of(RULE, size=SIZE, life=timedelta(hours=1))
    await bureau.node.close()
    left = 0
    for chunks in (2, 4, 1):
        amount, _ = await read(tmp_path, bureau, chunks)
        left += amount
    amount, word = await read(tmp_path, bureau, None)
    assert word == "bytes.exhausted"
    left += amount
    node = await build(load(tmp_path / "node.toml", {}), clock=bureau.clock)
    try:
        counter = counter_name(bureau.agreement, METER, bureau.clock.at)
        async with node.parts.store.view("bureau") as view:
            used, held = await view.quotas.used(counter)
        assert left <= used + held <= LIMIT
        assert LIMIT - (used + held) < SIZE, "less than one more read was left when it was refused"
        bureau.clock.at += timedelta(hours=2)
        await settle_lost(node.parts)
        async with node.parts.store.view("bureau") as view:
            assert await view.quotas.used(counter) == (used + held, 0)
    finally:
        await node.close()


@pytest.mark.slow
async def test_a_read_that_a_kill_cut_is_repeated_under_its_key_as_the_same_use(
    bureau_of: Make, tmp_path: Path
) -> None:
    once = {"leftOperand": "count", "operator": "lteq", "rightOperand": "1"}
    bureau = await bureau_of(once, size=SIZE, life=timedelta(hours=1))
    await bureau.node.close()
    for chunks in (1, 2):
        await read(tmp_path, bureau, chunks, "k")
    assert await read(tmp_path, bureau, None, "k") == (SIZE, "read")
    assert await read(tmp_path, bureau, None, "another") == (0, "count.exhausted")
    node = await build(load(tmp_path / "node.toml", {}), clock=bureau.clock)
    try:
        counter = counter_name(
            bureau.agreement, Meter(rule="permission[0]", measure=Measure.COUNT), bureau.clock.at
        )
        bureau.clock.at += timedelta(hours=2)
        await settle_lost(node.parts)
        async with node.parts.store.view("bureau") as view:
            assert await view.quotas.used(counter) == (1, 0)
    finally:
        await node.close()
