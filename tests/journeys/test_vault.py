"""Data lands in the consumer's vault, and is read there under the agreement and in no other way."""

import asyncio
import random
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.dataplanes.api import Api, serving
from tests.journeys.landing import (
    NO_COPIES,
    again,
    entries,
    exported,
    land,
    landed,
    read,
    transferred,
    vault_folder,
)
from tests.nodes import OPEN, World, rule

from xinfu.dataplanes.vault.folder import FolderVault
from xinfu.services.vault import landing

pytestmark = pytest.mark.asyncio(loop_scope="module")

MIB = 1 << 20
CONTENT = random.Random(11).randbytes(3 * MIB + 17)
TWICE = rule("count", "lteq", "2")


async def test_what_a_transfer_brings_lands_sealed_and_is_read_back(world: World) -> None:
    mark = b"PM2.5 at songjia is 77;" * 100_000
    landed_ = await landed(world, "sealed", content=mark)
    assert (landed_["files"], landed_["size_bytes"], landed_["verified"]) == (1, len(mark), True)
    said = await read(world, landed_)
    assert (said.status, said.body, said.headers["cache-control"]) == (200, mark, "no-store")
    part = await read(world, landed_, range="bytes=1048570-1048589")
    assert (part.status, part.body) == (206, mark[1048570:1048590])
    assert part.headers["content-range"] == f"bytes 1048570-1048589/{len(mark)}"
    lying = [path for path in vault_folder(world).rglob("*") if path.is_file()]
    assert lying
    assert not [path for path in lying if mark[:22] in path.read_bytes()]


async def test_a_folder_lands_file_by_file_under_no_name_of_its_provider(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "2026").mkdir()
    names = {"2026/01.csv": b"a,b\n1,2\n", "2026/名字 space.csv": b"", "big.bin": CONTENT}
    for name, content in names.items():
        (tmp_path / name).write_bytes(content)
    source = world.provider.folder / "many"
    tmp_path.rename(source)
    object_ = await landed(world, "many", folder=source)
    files = await world.consumer.get(f"/vault/{object_['id']}/files")
    assert {each["path"]: each["size"] for each in files} == {n: len(c) for n, c in names.items()}
    for name, content in names.items():
        assert (await read(world, object_, name)).body == content
    for odd in ("", "2026", "../2026/01.csv", "/etc/passwd", "2026/01.csv/"):
        assert (await read(world, object_, odd)).code == "file.not-found"
    lying = [path.name for path in vault_folder(world).rglob("*")]
    assert not [name for name in lying if "csv" in name or "2026" in name]


async def test_landing_again_gives_the_same_object(world: World) -> None:
    transfer = await transferred(world, "once")
    first = await land(world, transfer)
    assert (await world.consumer.post("/vault", {"transfer": transfer["id"]}))["id"] == first["id"]
    assert len(await entries(world, first, "vault.landed")) == 1


async def test_what_has_not_landed_is_not_read(world: World) -> None:
    transfer = await transferred(world, "unlanded")
    await world.provider.post(f"/transfers/{transfer['provider_pid']}/suspend")
    await world.consumer.reaches("transfers", transfer["id"], "SUSPENDED")
    stopped = await land(world, transfer, "STOPPED")
    assert (await read(world, stopped)).code == "vault.not-landed"
    assert stopped["code"]
    assert stopped["reason"]["zh"] != stopped["reason"]["en"]
    await world.provider.post(f"/transfers/{transfer['provider_pid']}/resume")
    await world.consumer.reaches("transfers", transfer["id"], "STARTED")
    again_ = await land(world, transfer)
    assert (again_["id"], again_["code"]) == (stopped["id"], None)


async def test_the_last_use_is_granted_once_also_to_many_at_once(world: World) -> None:
    object_ = await landed(world, "counted", TWICE, content=CONTENT)
    said = await asyncio.gather(*(read(world, object_) for _ in range(8)))
    granted = [each for each in said if each.status == 200]
    assert [each.body for each in granted] == [CONTENT, CONTENT]
    assert {each.code for each in said if each.status != 200} == {"count.exhausted"}
    uses = await entries(world, object_, "use", 2)
    assert [each["outcome"] for each in uses] == ["completed", "completed"]
    assert {each["action"] for each in uses} == {"read"}
    assert len(await entries(world, object_, "refusal", 6)) == 6


async def test_ranges_pay_for_as_many_bytes_as_the_file_is_long(world: World) -> None:
    object_ = await landed(world, "ranged", rule("count", "lteq", "1"), content=CONTENT)
    half = len(CONTENT) // 2
    assert (await read(world, object_, range=f"bytes=0-{half - 1}")).body == CONTENT[:half]
    assert (await read(world, object_, range=f"bytes={half}-")).body == CONTENT[half:]
    assert (await read(world, object_, range="bytes=0-0")).code == "count.exhausted"


async def test_all_that_landed_under_an_agreement_is_counted_together(world: World) -> None:
    first = await landed(world, "copies", TWICE)
    second = await land(world, await again(world, first["under"]))
    assert second["id"] != first["id"]
    assert [(await read(world, each)).status for each in (first, second, first)] == [200, 200, 403]


async def test_a_purpose_is_judged_and_recorded_at_each_use(world: World) -> None:
    object_ = await landed(world, "research-only", rule("purpose", "eq", "research"), purpose="research")
    assert (await read(world, object_)).status == 200
    refused = await read(world, object_, purpose="marketing")
    assert (refused.status, refused.code) == (403, "purpose.not-included")
    assert "research" in refused.json["detail"]
    may = await world.consumer.get(f"/vault/{object_['id']}/may", purpose="marketing")
    assert (may["verdict"], may["reasons"][0]["code"]) == ("no", "purpose.not-included")
    assert (await world.consumer.get(f"/vault/{object_['id']}/may"))["verdict"] == "yes"
    assert [each["purpose"] for each in await entries(world, object_, "use")] == ["research"]
    assert (await entries(world, object_, "refusal"))[0]["purpose"] == "marketing"


async def test_a_time_that_is_over_opens_nothing_not_even_by_setting_back_the_clock(world: World) -> None:
    until = (world.consumer.clock.now().replace(microsecond=0)).isoformat()
    year = int(until[:4]) + 1
    object_ = await landed(world, "timed", rule("dateTime", "lt", f"{year}{until[4:]}"))
    assert (await read(world, object_)).status == 200
    world.consumer.clock.moved += timedelta(days=364)
    try:
        assert (await read(world, object_)).status == 200
        world.consumer.clock.moved += timedelta(days=2)
        assert (await read(world, object_)).code == "time.after"
        world.consumer.clock.moved -= timedelta(days=366)
        assert (await read(world, object_)).status == 200, "as far as it was seen, the time is not over"
        assert [each["started"][:4] for each in await entries(world, object_, "use", 3)][-1] == str(year)
    finally:
        world.consumer.clock.moved = timedelta(0)


async def test_export_is_an_act_of_its_own(world: World) -> None:
    kept = await landed(world, "not-to-copy", NO_COPIES)
    assert (await read(world, kept)).status == 200
    refused = await exported(world, kept)
    assert (refused.status, refused.code) == (403, "prohibition.applies")
    assert (await entries(world, kept, "refusal"))[0]["action"] == "reproduce"
    free = await landed(world, "free", content=b"0123")
    said = await exported(world, free)
    assert (said.status, said.body) == (200, b"0123")
    assert (await entries(world, free, "use"))[-1]["action"] == "reproduce"


async def test_who_may_is_asked_of_our_own_credentials(world: World) -> None:
    await world.admit(world.consumer)
    object_ = await landed(world, "members", rule("Membership", "eq", "active"))
    assert (await read(world, object_)).status == 200


async def test_a_pass_opens_one_object_for_reading_and_for_a_while(world: World) -> None:
    object_ = await landed(world, "passed", rule("purpose", "eq", "research"), purpose="research")
    other = await landed(world, "not-passed")
    site = world.consumer
    issued = await site.post(f"/vault/{object_['id']}/passes", {"purpose": "research", "life_s": 60})
    base = f"{site.urls['management']}/api/v1/vault"
    bearer = {"Authorization": f"Bearer {issued['token']}"}
    assert (await site.send("GET", f"{base}/{object_['id']}/content", headers=bearer)).status == 200
    head = await site.send("HEAD", f"{base}/{object_['id']}/content", headers=bearer)
    assert (head.status, head.headers["accept-ranges"]) == (200, "bytes")
    assert int(head.headers["content-length"]) == object_["size_bytes"]
    for method, path in [
        ("GET", f"/{other['id']}/content"),
        ("GET", f"/{object_['id']}/export"),
        ("GET", ""),
        ("POST", f"/{object_['id']}/destroy"),
    ]:
        assert (await site.send(method, base + path, headers=bearer)).status in {401, 404}
    asked = f"{base}/{object_['id']}/content?purpose=marketing"
    assert (await site.send("GET", asked, headers=bearer)).status == 200, "the pass says for what"
    site.clock.moved += timedelta(seconds=61)
    try:
        late = await site.send("GET", f"{base}/{object_['id']}/content", headers=bearer)
        assert (late.status, late.code) == (401, "api.key")
    finally:
        site.clock.moved = timedelta(0)
    broken = {"Authorization": f"Bearer {issued['token'][:-2]}AA"}
    assert (await site.send("GET", f"{base}/{object_['id']}/content", headers=broken)).status == 401


async def test_what_was_tampered_with_is_refused_and_recorded(world: World) -> None:
    object_ = await landed(world, "tampered", content=CONTENT)
    folder = (
        vault_folder(world) / "objects" / world.consumer.context.id / object_["id"].removeprefix("urn:uuid:")
    )
    [sealed] = folder.iterdir()
    data = bytearray(sealed.read_bytes())
    data[100] ^= 1
    sealed.write_bytes(data)
    said = await read(world, object_)
    assert (said.status, said.code) == (500, "vault.damaged")
    assert (await entries(world, object_, "use"))[-1]["outcome"] == "vault.damaged"
    sealed.unlink()
    assert (await read(world, object_)).code == "vault.file-missing"


async def test_only_what_we_fetch_as_consumer_lands(world: World) -> None:
    transfer = await transferred(world, "provided")
    said = await world.provider.api("POST", "/vault", {"transfer": transfer["provider_pid"]})
    assert (said.status, said.code) == (409, "vault.not-fetched")
    unknown = await world.consumer.api("POST", "/vault", {"transfer": "urn:uuid:none"})
    assert (unknown.status, unknown.code) == (404, "transfer.not-found")


async def test_each_object_says_how_far_it_is_controlled(world: World) -> None:
    object_ = await landed(world, "levels")
    assert [each["level"] for each in object_["control"]] == ["environment", "contract"]


async def test_the_result_of_a_table_lands_as_it_was_asked_for(world: World) -> None:
    database = world.provider.folder / "air.sqlite"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("CREATE TABLE air (station TEXT, pm25 INTEGER)")
        connection.executemany("INSERT INTO air VALUES (?, ?)", [("songjia", each) for each in range(1000)])
    asset = {
        "id": "air-table",
        "source": {"kind": "table", "engine": "sqlite", "database": str(database), "table": "air"},
    }
    await world.provider.post("/publications", {"asset": asset, "policy": OPEN})
    transfer = await again(world, await world.agree("air-table"), vault=True)
    form = {"transfer": transfer["id"], "query": "format=csv"}
    made = await world.consumer.post("/vault", form)
    object_ = await world.consumer.reaches("vault", made["id"], "LANDED", "STOPPED")
    assert (object_["state"], object_["verified"]) == ("LANDED", True), object_
    assert (await read(world, object_)).body.count(b"songjia") == 1000
    other = await world.consumer.post("/vault", {"transfer": transfer["id"], "query": "format=jsonl"})
    assert other["id"] != object_["id"]


@pytest.mark.parametrize("measured", [True, False], ids=["told", "untold"])
async def test_the_answer_of_an_http_api_lands_unverified(world: World, measured: bool) -> None:
    async with Api(serving(CONTENT, measured=measured)).open() as api:
        asset = {"id": f"api-{measured}", "source": {"kind": "http", "url": api.url}}
        await world.provider.post("/publications", {"asset": asset, "policy": OPEN})
        transfer = await again(world, await world.agree(f"api-{measured}"), vault=True)
        object_ = await land(world, transfer, "LANDED", "STOPPED")
        assert (object_["state"], object_["verified"]) == ("LANDED", False), object_
        assert (await read(world, object_)).body == CONTENT


async def test_two_workers_at_one_landing_bring_it_to_its_end(world: World) -> None:
    transfer = await transferred(world, "two-workers", content=bytes(24 * MIB))
    made = await world.consumer.post("/vault", {"transfer": transfer["id"]})
    node = world.consumer.node
    other = FolderVault(vault_folder(world), node.parts.keyring)
    await landing.land(node.parts, other, world.consumer.context.id, made["id"])
    shown = await world.consumer.reaches("vault", made["id"], "LANDED", "STOPPED")
    assert (shown["state"], shown["size_bytes"]) == ("LANDED", 24 * MIB)
    assert len(await entries(world, shown, "vault.landed")) == 1


async def test_a_pass_of_one_participant_opens_nothing_of_another(world: World) -> None:
    site = world.consumer
    object_ = await landed(world, "mine-alone")
    await site.post("/contexts", {"id": "other"})
    issued = await site.post(f"/vault/{object_['id']}/passes", {})
    base = f"{site.urls['management']}/api/v1/vault/{object_['id']}/content"
    bearer = {"Authorization": f"Bearer {issued['token']}"}
    assert (await site.send("GET", base, headers=bearer)).status == 200
    said = await site.send("GET", f"{base}?context=other", headers=bearer)
    assert (said.status, said.code) == (404, "context.not-found")
    prefix, context, sealed = issued["token"].split(".")
    assert context == site.context.id
    moved = {"Authorization": f"Bearer {prefix}.other.{sealed}"}
    assert (await site.send("GET", base, headers=moved)).status == 401
    assert (await site.api("GET", f"/vault/{object_['id']}", context="other")).status == 404
