"""Reads that a client may repeat: under one key they are one use, also when all others are spent."""

from pathlib import Path

import pytest
from tests.client.conftest import Two

from xinfu.client import Transfer, policy
from xinfu.errors import InputError, RefusedError


async def started(two: Two, source: Path, times: int) -> Transfer:
    """A transfer of what lies there, under so many uses."""
    await two.provider.publish(source, id="air", policy=policy(times=times))
    agreement = await (await (await two.consumer.catalog("provider")).dataset("air").negotiate()).agreed()
    return await (await agreement.transfer()).started()


async def test_what_was_read_under_a_key_is_read_again_when_all_uses_are_spent(
    two: Two, tmp_path: Path
) -> None:
    source = two.folder / "air.csv"
    source.write_bytes(b"hour,pm25\n0,12\n")
    transfer = await started(two, source, times=2)
    once = transfer.once("r-1")
    assert [await once.read() for _ in range(3)] == [source.read_bytes()] * 3
    assert await transfer.once("r-2").read(start=5) == source.read_bytes()[5:]
    with pytest.raises(RefusedError) as refused:
        await transfer.once("r-3").read()
    assert refused.value.code == "count.exhausted"
    saved = await once.save(tmp_path / "copy.csv")
    assert (tmp_path / "copy.csv").read_bytes() == source.read_bytes()
    assert saved.verified


async def test_a_folder_is_not_saved_under_one_key(two: Two, tmp_path: Path) -> None:
    source = two.folder / "air"
    source.mkdir()
    (source / "a.csv").write_bytes(b"a")
    (source / "b.csv").write_bytes(b"b")
    transfer = await started(two, source, times=2)
    with pytest.raises(InputError) as folder:
        await transfer.once("k").save(tmp_path / "copy")
    assert folder.value.code == "read.key-folder"
    assert await transfer.once("a").read("a.csv") == await transfer.once("a").read("a.csv") == b"a"
    assert await transfer.once("k").read("b.csv") == b"b", "the listing was paid under it"


async def test_a_key_that_is_none_is_refused_before_it_goes_out(two: Two) -> None:
    source = two.folder / "air.csv"
    source.write_bytes(b"x")
    transfer = await started(two, source, times=1)
    for key in ("", "x" * 256, "a\nb", 'a"b'):
        with pytest.raises(InputError) as refused:
            await transfer.once(key).read()
        assert refused.value.code == "read.key-unusable"
