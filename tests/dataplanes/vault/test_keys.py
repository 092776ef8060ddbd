"""Keys of landed objects: made once, destroyed for good, and never said to be destroyed when they are elsewhere."""

import asyncio
import shutil
from pathlib import Path

import pytest
from tests.dataplanes.vault.places import OTHER, SPOT, file_of, key_of, landed, read, vault_in

from xinfu.errors import ConflictError, StoreError

CONTENT = b"station,value\nsongjia,1\n" * 100


async def test_a_key_is_made_once(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    first = await vault.make_key(SPOT.context, SPOT.object)
    assert await vault.make_key(SPOT.context, SPOT.object) == first
    assert await vault.make_key(SPOT.context, OTHER) != first


async def test_of_many_who_make_a_key_at_once_all_have_the_same(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    made = await asyncio.gather(*(vault.make_key(SPOT.context, SPOT.object) for _ in range(8)))
    assert len(set(made)) == 1
    assert [path.name for path in key_of(tmp_path, SPOT).parent.iterdir()] == [key_of(tmp_path, SPOT).name]


async def test_after_its_destruction_nothing_opens(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    key = await vault.make_key(SPOT.context, SPOT.object)
    sealed = await landed(vault, CONTENT)
    envelope = key_of(tmp_path, SPOT).read_bytes()
    erased = await vault.destroy(SPOT.context, SPOT.object)
    assert (erased.key, erased.method) == (key, "cryptographic-erase")
    with pytest.raises(ConflictError) as caught:
        await read(vault, sealed)
    assert caught.value.code == "vault.destroyed"
    lying = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert envelope[16:] not in lying
    assert envelope[16:48] not in lying


async def test_a_backup_of_the_key_from_before_opens_what_was_kept_aside(tmp_path: Path) -> None:
    """Said in the how-to: what was copied before its destruction is out of reach."""
    vault = vault_in(tmp_path / "vault")
    sealed = await landed(vault, CONTENT)
    shutil.copytree(tmp_path / "vault", tmp_path / "backup")
    await vault.destroy(SPOT.context, SPOT.object)
    await vault.remove(SPOT.context, SPOT.object)
    assert await read(vault_in(tmp_path / "backup"), sealed) == CONTENT


async def test_destroying_again_says_the_same_until_it_is_forgotten(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await landed(vault, CONTENT)
    erased = await vault.destroy(SPOT.context, SPOT.object)
    assert await vault.destroy(SPOT.context, SPOT.object) == erased
    await vault.remove(SPOT.context, SPOT.object)
    await vault.remove(SPOT.context, SPOT.object)
    await vault.forget(SPOT.context, SPOT.object)
    assert not file_of(tmp_path, SPOT).parent.exists()
    assert not key_of(tmp_path, SPOT).exists()
    await vault.forget(SPOT.context, SPOT.object)


async def test_of_many_who_destroy_a_key_at_once_all_name_it(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    for number in range(20):
        key = await vault.make_key(SPOT.context, f"{SPOT.object}{number}")
        said = await asyncio.gather(
            *(vault.destroy(SPOT.context, f"{SPOT.object}{number}") for _ in range(4))
        )
        assert {each.key for each in said} == {key}


async def test_a_key_that_is_not_there_is_not_said_to_be_destroyed(tmp_path: Path) -> None:
    vault = vault_in(tmp_path / "vault")
    await landed(vault, CONTENT)
    (tmp_path / "vault").rename(tmp_path / "unmounted")
    with pytest.raises(StoreError) as caught:
        await vault.destroy(SPOT.context, SPOT.object)
    assert caught.value.code == "vault.key-missing"


async def test_an_object_that_was_destroyed_gets_no_other_key(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await landed(vault, CONTENT)
    await vault.destroy(SPOT.context, SPOT.object)
    with pytest.raises(ConflictError) as caught:
        await vault.make_key(SPOT.context, SPOT.object)
    assert caught.value.code == "vault.destroyed"


async def test_a_key_that_cannot_be_opened_is_destroyed_all_the_same(tmp_path: Path) -> None:
    vault = vault_in(tmp_path)
    await landed(vault, CONTENT)
    key_of(tmp_path, SPOT).write_bytes(b"rot")
    assert (await vault.destroy(SPOT.context, SPOT.object)).key == ""
    with pytest.raises(ConflictError):
        await vault.make_key(SPOT.context, SPOT.object)
