"""What landed goes for good: by its holder's hand, or by itself when its agreement ends; and the proof holds."""

import asyncio
import random
import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from msgspec.structs import replace
from tests.journeys.landing import entries, landed, read, vault_folder
from tests.journeys.test_handing_over_proof import CHECK, anchors_of
from tests.nodes import World, rule

from xinfu.dataplanes.vault.folder import FolderVault
from xinfu.errors import XinfuError
from xinfu.evidence import Receipt, verify
from xinfu.ports.records import MANIFESTS, VAULT_OBJECTS, VaultState
from xinfu.ports.vault import SealedContent
from xinfu.services.vault.objects import sealed_of, spot_of
from xinfu.signers.keyring import HEAD_BYTES, MAGIC, NONCE_BYTES, TAG_BYTES, MasterKeyring

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20
CONTENT = random.Random(3).randbytes(2 * MIB + 5)
ENVELOPE_BYTES = HEAD_BYTES + NONCE_BYTES + 32 + TAG_BYTES
"""Of a sealed key of an object."""


def name_in(object_: dict[str, Any]) -> str:
    return str(object_["id"]).removeprefix("urn:uuid:")


async def record_of(world: World, object_: dict[str, Any]) -> tuple[Any, SealedContent]:
    """The record of an object, and how its one file is sealed."""
    async with world.consumer.node.parts.store.view(world.consumer.context.id) as view:
        found = await view.of(VAULT_OBJECTS).get(object_["id"])
        file = await view.of(MANIFESTS).get(f"{object_['id']}/")
    assert found is not None
    assert file is not None
    return found, sealed_of(file)


def envelopes(folder: Path) -> Iterator[bytes]:
    """Everything in any file below a folder that could be a sealed key, wherever in the file it stands."""
    for path in folder.rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        at = data.find(MAGIC)
        while at >= 0:
            yield data[at : at + ENVELOPE_BYTES]
            at = data.find(MAGIC, at + 1)


def opened_keys(folder: Path, context: str, object_: dict[str, Any]) -> int:
    """How many sealed keys of an object can be opened from a copy of a node's folder, master key included."""
    keyring = MasterKeyring.from_file(folder / "master.key")
    count = 0
    for envelope in envelopes(folder):
        try:
            keyring.open(envelope, context=context, name=f"vault:{object_['id']}")
        except XinfuError:
            continue
        count += 1
    return count


async def test_a_destroyed_object_leaves_a_proof_and_nothing_else(world: World) -> None:
    object_ = await landed(world, "gone", content=CONTENT)
    proof = await world.consumer.post(f"/vault/{object_['id']}/destroy")
    assert proof["key"] == object_["key"]
    assert proof["contents"] == object_["contents"]
    assert (proof["method"], proof["cause"]) == ("cryptographic-erase", "vault.asked")
    assert (proof["files"], proof["size_bytes"], len(proof["roots"])) == (1, len(CONTENT), 1)
    said = await read(world, object_)
    assert (said.status, said.code) == (409, "vault.destroyed")
    assert not list(vault_folder(world).rglob(f"*{name_in(object_)}*"))
    assert (await world.consumer.get(f"/vault/{object_['id']}"))["state"] == "DESTROYED"
    async with world.consumer.node.parts.store.view(world.consumer.context.id) as view:
        assert await view.of(MANIFESTS).count(MANIFESTS.asset.equals(object_["id"])) == 0
    assert await world.consumer.post(f"/vault/{object_['id']}/destroy") == proof
    assert await world.consumer.get(f"/vault/{object_['id']}/proof") == proof
    assert len(await entries(world, object_, "vault.destroyed")) == 1


async def test_its_receipt_verifies_offline(world: World) -> None:
    object_ = await landed(world, "proven", content=CONTENT)
    proof = await world.consumer.post(f"/vault/{object_['id']}/destroy")
    await world.consumer.numbered()
    entry = proof["entry"]
    said = await world.consumer.api("GET", f"/evidence/receipts/{entry}")
    receipt = Receipt.from_bytes(said.body)
    found = verify(receipt, anchors=await anchors_of(world.consumer), check_signature=CHECK.verify)
    assert found.exit_code == 0
    facts: Any = receipt.proven.entry["facts"]
    assert (facts["key"], facts["contents"]) == (proof["key"], proof["contents"])
    forged = msgspec.json.decode(said.body)
    forged["proven"]["entry"]["facts"]["key"] = "0" * 64
    broken = verify(
        Receipt.from_bytes(msgspec.json.encode(forged)),
        anchors=await anchors_of(world.consumer),
        check_signature=CHECK.verify,
    )
    assert broken.exit_code == 1


async def test_a_copy_of_the_whole_node_made_after_it_opens_nothing(world: World, tmp_path: Path) -> None:
    """With database, write-ahead log, vault, the master key, and the sealed files that somebody kept aside."""
    site, context = world.consumer, world.consumer.context.id
    object_ = await landed(world, "erased", content=CONTENT)
    record, sealed = await record_of(world, object_)
    before, after = tmp_path / "before", tmp_path / "after"
    shutil.copytree(site.folder, before)
    assert opened_keys(before, context, object_) == 1, "the search finds a key that is there"
    await site.post(f"/vault/{object_['id']}/destroy")
    shutil.copytree(site.folder, after)
    assert {"master.key", "xinfu.sqlite", "xinfu.sqlite-wal"} <= {path.name for path in after.iterdir()}
    assert opened_keys(after, context, object_) == 0
    kept = before / "vault" / "objects" / context / name_in(object_)
    shutil.copytree(kept, after / "vault" / "objects" / context / name_in(object_))
    vault = FolderVault(after / "vault", MasterKeyring.from_file(after / "master.key"))
    with pytest.raises(XinfuError) as caught:
        async with vault.open(spot_of(record, ""), sealed):
            pass
    assert caught.value.code == "vault.key-missing"


@pytest.mark.parametrize("ender", ["provider", "consumer"])
async def test_the_end_of_an_agreement_cuts_a_running_read_and_destroys(world: World, ender: str) -> None:
    object_ = await landed(world, f"ended-by-{ender}", content=bytes(48 * MIB))
    site = world.consumer
    theirs = await world.provider.get("/agreements", wire_id=object_["under"]["wire_id"])
    by, id_ = (
        (world.provider, theirs["items"][0]["id"])
        if ender == "provider"
        else (world.consumer, object_["under"]["id"])
    )
    url = f"{site.urls['management']}/api/v1/vault/{object_['id']}/content"
    headers = {"X-Api-Key": site.api_key}
    async with (
        aiohttp.ClientSession(read_bufsize=2**16) as session,
        session.get(url, headers=headers) as answer,
    ):
        await answer.content.read(MIB)
        begun = time.monotonic()
        await by.post(f"/agreements/{id_}/terminate", {"reason": "enough"})
        with pytest.raises(aiohttp.ClientError):
            while await answer.content.read(MIB):
                await asyncio.sleep(0.01)
        print(f"cut {time.monotonic() - begun:.3f} s after the {ender} ended it")
    assert (await read(world, object_)).status in {403, 409}
    shown = await site.reaches("vault", object_["id"], "DESTROYED")
    assert shown["code"] == "vault.agreement-over"
    [proof] = await entries(world, object_, "vault.destroyed")
    assert (proof["cause"], proof["removed"]) == ("vault.agreement-over", True)
    [use] = await entries(world, object_, "use")
    assert use["outcome"] in {"agreement.terminated", "vault.destroying"}
    assert use["bytes"] < 48 * MIB


async def test_the_permitted_time_ends_a_running_read(world: World) -> None:
    end = (world.consumer.clock.now() + timedelta(seconds=30)).isoformat()
    object_ = await landed(world, "until-then", rule("dateTime", "lt", end), content=bytes(48 * MIB))
    site = world.consumer
    url = f"{site.urls['management']}/api/v1/vault/{object_['id']}/content"
    headers = {"X-Api-Key": site.api_key}
    async with (
        aiohttp.ClientSession(read_bufsize=2**16) as session,
        session.get(url, headers=headers) as answer,
    ):
        await answer.content.read(MIB)
        site.clock.moved += timedelta(seconds=31)
        try:
            with pytest.raises(aiohttp.ClientError):
                while await answer.content.read(MIB):
                    pass
        finally:
            site.clock.moved = timedelta(0)
    [use] = await entries(world, object_, "use")
    assert use["outcome"] in {"use.time-over", "agreement.expired"}
    assert use["bytes"] < 48 * MIB


async def test_a_suspended_agreement_opens_nothing_until_it_is_resumed(world: World) -> None:
    object_ = await landed(world, "paused")
    under = object_["under"]["id"]
    await world.consumer.post(f"/agreements/{under}/suspend")
    assert (await read(world, object_)).code == "agreement.suspended"
    await world.consumer.post(f"/agreements/{under}/resume")
    assert (await read(world, object_)).status == 200


async def test_destroying_cuts_what_is_being_read(world: World) -> None:
    object_ = await landed(world, "cut-off", content=bytes(48 * MIB))
    site = world.consumer
    url = f"{site.urls['management']}/api/v1/vault/{object_['id']}/content"
    headers = {"X-Api-Key": site.api_key}
    async with (
        aiohttp.ClientSession(read_bufsize=2**16) as session,
        session.get(url, headers=headers) as answer,
    ):
        await answer.content.read(MIB)
        await site.post(f"/vault/{object_['id']}/destroy")
        with pytest.raises(aiohttp.ClientError):
            while await answer.content.read(MIB):
                pass


async def test_a_key_that_is_away_is_not_said_to_be_destroyed_until_it_is(world: World) -> None:
    object_ = await landed(world, "unmounted")
    keys = vault_folder(world) / "keys"
    away = vault_folder(world) / "away"
    keys.rename(away)
    try:
        said = await world.consumer.api("POST", f"/vault/{object_['id']}/destroy", {})
        assert (said.status, said.code) == (503, "vault.key-missing")
        assert (await world.consumer.get(f"/vault/{object_['id']}"))["state"] == "DESTROYING"
        assert (await read(world, object_)).code == "vault.destroyed"
        missing = await world.consumer.api("GET", f"/vault/{object_['id']}/proof")
        assert (missing.status, missing.code) == (404, "vault.no-proof")
    finally:
        away.rename(keys)
    await world.consumer.node.vaults.restore()  # as at a start
    shown = await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    assert shown["code"] == "vault.asked"


async def test_what_a_crash_left_half_destroyed_is_destroyed_at_the_next_start(world: World) -> None:
    object_ = await landed(world, "half-gone")
    node, context = world.consumer.node, world.consumer.context.id
    async with node.parts.store.step(context) as step:
        record = await step.of(VAULT_OBJECTS).lock(object_["id"])
        await step.of(VAULT_OBJECTS).save(replace(record, state=VaultState.DESTROYING, code="vault.asked"))
    vault = FolderVault(vault_folder(world), node.parts.keyring)
    await vault.destroy(context, object_["id"])
    await node.vaults.restore()
    await world.consumer.reaches("vault", object_["id"], "DESTROYED")
    [proof] = await entries(world, object_, "vault.destroyed")
    assert proof["key"] == object_["key"]


async def test_two_who_destroy_at_once_have_one_proof(world: World) -> None:
    object_ = await landed(world, "twice")
    path = f"/vault/{object_['id']}/destroy"
    one, other = await asyncio.gather(world.consumer.post(path), world.consumer.post(path))
    assert one == other
    assert len(await entries(world, object_, "vault.destroyed")) == 1


async def test_the_doctor_says_what_should_be_gone_and_is_not(world: World) -> None:
    object_ = await landed(world, "doomed")
    keys, away = vault_folder(world) / "keys", vault_folder(world) / "away"
    keys.rename(away)
    try:
        await world.consumer.api("POST", f"/vault/{object_['id']}/destroy", {})
        found = (await world.consumer.get("/doctor"))["findings"]
        assert [each["grade"] for each in found if each["code"] == "vault.not-destroyed"] == ["fault"]
    finally:
        away.rename(keys)
    await world.consumer.post(f"/vault/{object_['id']}/destroy")
    found = (await world.consumer.get("/doctor"))["findings"]
    assert not [each for each in found if each["code"] == "vault.not-destroyed"]
