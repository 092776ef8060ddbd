"""Names and numbers at which publishing one thing would change another."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from tests.nodes import OPEN, Site, rule, site

from xinfu.ports.records import MANIFESTS
from xinfu.ports.sources import FolderSource
from xinfu.services.evidence import receipts
from xinfu.services.evidence.notes import record_entry
from xinfu.services.offering import assets, publications
from xinfu.services.offering.assets import AssetForm
from xinfu.services.offering.publications import PublicationForm

MEMBERS = rule("membership", "eq", "active")
MANY = 1001


@pytest.fixture
async def bureau(tmp_path: Path) -> AsyncIterator[Site]:
    """A running node."""
    async with aiohttp.ClientSession() as session, site(tmp_path / "bureau", session) as made:
        yield made


@pytest.mark.parametrize("name", ["everyone", "secret.access"])
async def test_no_asset_takes_the_name_of_the_policy_that_hides_another(bureau: Site, name: str) -> None:
    await bureau.publish("secret", access=MEMBERS)
    await bureau.publish("other")
    hiding = await bureau.get("/contract-definitions")
    kept = sorted({each["access_policy"] for each in hiding["items"]})
    assert kept[1:] == ["everyone"]
    assert kept[0].endswith(".access")
    before = [(await bureau.get(f"/policies/{each}"))["policy"] for each in kept]
    file = bureau.folder / "a.csv"
    file.write_bytes(b"a")
    form = {"asset": {"id": name, "source": {"kind": "file", "path": str(file)}}, "policy": OPEN}
    said = await bureau.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "asset.id-reserved")
    after = [(await bureau.get(f"/policies/{each}"))["policy"] for each in kept]
    assert after == before


async def test_a_folder_of_many_files_is_published_again_and_withdrawn(bureau: Site) -> None:
    folder = bureau.folder / "days"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:05}.csv").write_bytes(b"%d" % number)
    form = AssetForm(id="days", source=FolderSource(path=str(folder)))
    parts, context = bureau.node.parts, bureau.context.id
    for _ in range(2):
        await publications.publish(parts, context, PublicationForm(asset=form, policy=dict(OPEN)))
    async with parts.store.view(context) as view:
        assert await view.of(MANIFESTS).count(MANIFESTS.asset.equals("days")) == MANY
    await assets.withdraw(parts, context, "days")
    async with parts.store.view(context) as view:
        assert await view.of(MANIFESTS).count(MANIFESTS.asset.equals("days")) == 0


async def test_a_suspended_agreement_keeps_its_asset(bureau: Site) -> None:
    await bureau.publish("air")
    made = await bureau.post(
        "/agreements",
        {
            "wire_id": "urn:example:1",
            "peer": "did:web:peer.example",
            "dataset": "air",
            "role": "provider",
            "policy": OPEN,
        },
    )
    await bureau.post(f"/agreements/{made['id']}/suspend")
    said = await bureau.api("DELETE", "/assets/air")
    assert (said.status, said.code) == (409, "asset.in-use")


async def test_the_receipts_of_a_long_process_are_all_there(bureau: Site) -> None:
    parts, context = bureau.node.parts, bureau.context.id
    process = parts.clock.new_id()
    async with parts.store.step(context) as step:
        for _ in range(MANY):
            await record_entry(step, parts.clock, "refusal", {"code": "x"}, process=process)
    while len(numbered := await _numbered(bureau, process)) < MANY:
        await asyncio.sleep(0.05)
    made = await receipts.receipts_of_process(parts, context, process)
    assert len(made) == len(numbered) == MANY


async def _numbered(bureau: Site, process: str) -> list[str]:
    found, after = [], 0
    async with bureau.node.parts.store.view(bureau.context.id) as view:
        while page := await view.log.find(process=process, after=after, limit=1000):
            found += [each.id for each in page if each.index is not None]
            after = page[-1].row
    return found
