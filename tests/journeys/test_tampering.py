"""Whoever has the folder of a node copies or deletes a part of it, the node stopped: what opens, and what is said."""

import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
from tests.nodes import IdentityTable, MovedClock, Said, Site, configured, rule, site

from xinfu.node.config import Config
from xinfu.node.run import run_node

OPEN_NODES = IdentityTable(kind="insecure-static")
CONTENT = b"station,value\nsongjia,1\n" * 1000


class Holder(msgspec.Struct):
    """A consumer whose node is started and stopped, with an object in its vault of which two uses were granted."""

    config: Config
    key: str
    folder: Path
    session: aiohttp.ClientSession
    object: str = ""

    @asynccontextmanager
    async def up(self) -> AsyncIterator[Site]:
        async with run_node(self.config, clock=MovedClock()) as node:
            yield Site(node, self.folder, self.key, MovedClock(), self.session)

    async def read(self, at: Site) -> Said:
        return await at.api("GET", f"/vault/{self.object}/content")

    def sql(self, statement: str) -> None:
        """What is done to the store while no node runs."""
        with closing(sqlite3.connect(self.config.at(self.config.store.path))) as database, database:
            database.execute(statement)

    @property
    def vault(self) -> Path:
        return self.folder / "vault"


@asynccontextmanager
async def holding(folder: Path) -> AsyncIterator[Holder]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        provider = await stack.enter_async_context(site(folder / "provider", session, identity=OPEN_NODES))
        config, key = configured(folder / "consumer", identity=OPEN_NODES)
        holder = Holder(config, key, folder / "consumer", session)
        async with holder.up() as at:
            holder.object = await _landed(provider, at)
        yield holder


async def _landed(provider: Site, at: Site) -> str:
    await provider.publish("air", rule("count", "lteq", "2"), content=CONTENT)
    wanted = {"participant": "provider", "at": provider.base, "dataset": "air"}
    opened = await at.post("/negotiations", wanted)
    await at.reaches("negotiations", opened["id"], "FINALIZED")
    agreement: dict[str, Any] = (await at.get("/agreements", negotiation=opened["id"]))["items"][0]
    moving = await at.post("/transfers", {"agreement": agreement["id"], "vault": True})
    await at.reaches("transfers", moving["id"], "STARTED")
    made = await at.post("/vault", {"transfer": moving["id"]})
    return str((await at.reaches("vault", made["id"], "LANDED"))["id"])


async def test_a_vault_folder_that_is_put_back_gives_no_use_back(tmp_path: Path) -> None:
    async with holding(tmp_path) as holder:
        shutil.copytree(holder.vault, tmp_path / "copy")
        async with holder.up() as at:
            assert [(await holder.read(at)).status for _ in range(3)] == [200, 200, 403]
        shutil.rmtree(holder.vault)
        shutil.copytree(tmp_path / "copy", holder.vault)
        async with holder.up() as at:
            said = await holder.read(at)
            assert (said.status, said.code) == (403, "count.exhausted")


async def test_a_destroyed_object_stays_destroyed_when_its_folder_is_put_back(tmp_path: Path) -> None:
    async with holding(tmp_path) as holder:
        shutil.copytree(holder.vault, tmp_path / "copy")
        async with holder.up() as at:
            await at.post(f"/vault/{holder.object}/destroy")
        shutil.rmtree(holder.vault)
        shutil.copytree(tmp_path / "copy", holder.vault)
        async with holder.up() as at:
            said = await holder.read(at)
            assert (said.status, said.code) == (409, "vault.destroyed")


async def test_a_vault_folder_that_is_gone_is_said_and_costs_no_use(tmp_path: Path) -> None:
    async with holding(tmp_path) as holder:
        holder.vault.rename(tmp_path / "moved")
        async with holder.up() as at:
            said = await holder.read(at)
            assert said.status >= 500
            assert said.code.startswith("vault.")
        shutil.rmtree(holder.vault, ignore_errors=True)
        (tmp_path / "moved").rename(holder.vault)
        async with holder.up() as at:
            assert [(await holder.read(at)).status for _ in range(3)] == [200, 200, 403]


async def test_the_account_without_the_counters_opens_no_more_than_it_paid(tmp_path: Path) -> None:
    async with holding(tmp_path) as holder:
        async with holder.up() as at:
            assert (await holder.read(at)).status == 200
        holder.sql("DELETE FROM grants WHERE id LIKE 'vault:%'")
        async with holder.up() as at:
            assert [(await holder.read(at)).status for _ in range(2)] == [200, 403]


async def test_counters_that_are_deleted_give_no_use_back(tmp_path: Path) -> None:
    async with holding(tmp_path) as holder:
        async with holder.up() as at:
            assert [(await holder.read(at)).status for _ in range(3)] == [200, 200, 403]
        holder.sql("DELETE FROM counters")
        async with holder.up() as at:
            for _ in range(2):
                said = await holder.read(at)
                assert (said.status, said.code) == (500, "counter.missing")
            found = (await at.get("/doctor"))["findings"]
            assert [each["grade"] for each in found if each["code"] == "counter.missing"] == ["fault"]


async def test_a_counter_begins_where_no_name_of_it_was_kept(tmp_path: Path) -> None:
    """As in a store of an earlier version, before it is migrated."""
    async with holding(tmp_path) as holder:
        async with holder.up() as at:
            assert (await holder.read(at)).status == 200
        holder.sql("DELETE FROM counter_names")
        async with holder.up() as at:
            assert [(await holder.read(at)).status for _ in range(2)] == [200, 403]
