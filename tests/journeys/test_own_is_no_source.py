"""The node's own is no source: by no path, link, folder or table, for no key, and not in what others publish (D-34)."""

import os
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import OPEN, IdentityTable, Said, Site, configured, sent, site

from xinfu.node.run import run_node
from xinfu.ports.records import MANIFESTS
from xinfu.services.fetching.endpoint import place_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

OWN = ("master.key", "api.key", "xinfu.sqlite", "xinfu.sqlite-wal", "xinfu.sqlite-shm")


class House(msgspec.Struct, frozen=True):
    """A node whose folder is also the one that it publishes from, and a guest with a folder in it."""

    node: Site
    key: str

    @property
    def folder(self) -> Path:
        return self.node.folder

    async def offer(self, source: dict[str, Any], *, key: str | None = None, id_: str = "it") -> Said:
        """Publish `source`, as the guest or with another key."""
        form = {"asset": {"id": id_, "source": source, "grade": 1}, "policy": OPEN}
        return await self._said("POST", "/api/v1/publications", form, key)

    async def offer_by_edc(self, source: dict[str, Any], *, key: str | None = None) -> Said:
        """Publish `source` by the management API of EDC."""
        address = {"@type": "DataAddress", "type": "File", **source}
        form = {
            "@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"},
            "@id": "by-edc",
            "properties": {},
            "dataAddress": address,
        }
        return await self._said("POST", "/management/v3/assets", form, key)

    async def _said(self, method: str, path: str, body: object, key: str | None) -> Said:
        url = self.node.urls["management"] + path
        return await self.node.send(method, url, body, headers={"X-Api-Key": key or self.key})


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "house"
    (folder / "guest").mkdir(parents=True)
    async with aiohttp.ClientSession() as session, site(folder, session) as node:
        made = await node.api("POST", "/contexts", {"id": "guest", "folders": [str(folder / "guest")]})
        if made.status == 400:  # a node that knows no folders of contexts
            made = await node.api("POST", "/contexts", {"id": "guest"})
        yield House(node, made.json["api_key"])


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("who", ["guest", "operator"])
async def test_no_key_publishes_a_file_of_the_node(house: House, name: str, who: str) -> None:
    key = house.key if who == "guest" else house.node.api_key
    for path in (house.folder / name, house.folder / "guest" / ".." / name):
        assert path.exists()
        said = await house.offer({"kind": "file", "path": str(path)}, key=key)
        assert (said.status, said.code) == (403, "source.own" if who == "operator" else "source.not-allowed")


@pytest.mark.parametrize("name", OWN)
async def test_nor_through_a_link_or_under_another_name(house: House, name: str) -> None:
    links = [house.folder / "guest" / each for each in ("soft.csv", "hard.csv", "chain.csv")]
    links[0].symlink_to(house.folder / name)
    os.link(house.folder / name, links[1])
    links[2].symlink_to(links[1])
    for key in (house.key, house.node.api_key):
        for link in links:
            said = await house.offer({"kind": "file", "path": str(link)}, key=key)
            assert said.status == 403, (link, said)


async def test_nor_a_copy_of_a_key(house: House) -> None:
    for number, key in enumerate((house.node.api_key, house.key)):
        copy = house.folder / "guest" / f"{number}.txt"
        copy.write_text(f"{key}\r\n", encoding="ascii")
        said = await house.offer({"kind": "file", "path": str(copy)})
        assert (said.status, said.code) == (403, "source.own")


async def test_nor_what_lies_beside_the_store_under_its_name(house: House) -> None:
    backup = house.folder / "xinfu.sqlite.bak"
    backup.write_bytes(b"SQLite format 3")
    said = await house.offer({"kind": "file", "path": str(backup)}, key=house.node.api_key)
    assert (said.status, said.code) == (403, "source.own")


async def test_nor_the_store_as_a_table(house: House) -> None:
    link = house.folder / "guest" / "data.sqlite"
    link.symlink_to(house.folder / "xinfu.sqlite")
    copy = house.folder / "guest" / "copy.sqlite"
    with sqlite3.connect(house.folder / "xinfu.sqlite") as store, sqlite3.connect(copy) as other:
        store.backup(other)
    for path in (link, copy, house.folder / "xinfu.sqlite"):
        for key in (house.key, house.node.api_key):
            source = {"kind": "table", "engine": "sqlite", "database": str(path), "table": "agreements"}
            said = await house.offer(source, key=key)
            assert said.status == 403, (path, said)


async def test_nor_by_a_query_of_another_database(house: House) -> None:
    data = house.folder / "guest" / "air.sqlite"
    with sqlite3.connect(data) as made:
        made.execute("CREATE TABLE air (value INTEGER)")
    for query in (
        f"ATTACH '{house.folder / 'xinfu.sqlite'}' AS own",
        f"SELECT readfile('{house.folder / 'master.key'}')",
        "SELECT * FROM air; SELECT 1",
    ):
        source = {"kind": "table", "engine": "sqlite", "database": str(data), "query": query}
        assert (await house.offer(source)).status == 400


async def test_nor_by_a_query_of_duckdb(house: House) -> None:
    duckdb = pytest.importorskip("duckdb")
    data = house.folder / "guest" / "air.duckdb"
    with duckdb.connect(str(data)) as made:
        made.execute("CREATE TABLE air (value INTEGER)")
    for name in ("master.key", "api.key", "xinfu.sqlite"):
        path = house.folder / name
        for call in ("read_text", "read_blob", "read_csv", "sniff_csv", "glob"):
            source = {
                "kind": "table",
                "engine": "duckdb",
                "database": str(data),
                "query": f"SELECT * FROM {call}('{path}')",
            }
            assert (await house.offer(source)).status == 400, (name, call)
    own = {"kind": "table", "engine": "duckdb", "database": str(house.folder / "xinfu.sqlite"), "table": "a"}
    assert (await house.offer(own, key=house.node.api_key)).status == 403


async def test_a_folder_that_holds_the_node_gives_away_nothing_of_it(house: House) -> None:
    for each in ("plain.csv", "below/deep.csv"):
        (house.folder / "wide" / each).parent.mkdir(parents=True, exist_ok=True)
        (house.folder / "wide" / each).write_bytes(b"a,b\n1,2\n")
    for place in ("vault", "results"):
        (house.folder / place).mkdir(exist_ok=True)
        (house.folder / place / "secret.bin").write_bytes(b"secret")
    os.link(house.folder / "master.key", house.folder / "wide" / "hard.csv")
    os.link(house.folder / "vault" / "secret.bin", house.folder / "wide" / "sealed.csv")
    wide = await house.offer({"kind": "folder", "path": str(house.folder / "wide")}, key=house.node.api_key)
    assert wide.status == 201
    assert await _listed(house) == ["below/deep.csv", "plain.csv"]
    whole = await house.offer({"kind": "folder", "path": str(house.folder)}, key=house.node.api_key)
    assert (whole.status, whole.code) == (403, "source.not-allowed")  # it holds the guest's folder
    (house.folder / "guest").rmdir()
    await house.node.api("PATCH", "/contexts/guest", {"folders": []})
    assert (
        await house.offer({"kind": "folder", "path": str(house.folder)}, key=house.node.api_key, id_="whole")
    ).status == 201
    assert await _listed(house, "whole") == ["wide/below/deep.csv", "wide/plain.csv"]


async def test_a_guest_names_neither_a_neighbour_s_file_nor_the_host_s(house: House) -> None:
    (house.folder / "air.csv").write_bytes(b"a,b\n1,2\n")
    (house.folder / "guest" / "mine.csv").write_bytes(b"a,b\n1,2\n")
    for path, status in [("air.csv", 403), ("guest/../air.csv", 403), ("guest/mine.csv", 201), (".", 403)]:
        kind = "folder" if path == "." else "file"
        said = await house.offer({"kind": kind, "path": str(house.folder / path)})
        assert said.status == status, (path, said)
    theirs = {"kind": "file", "path": str(house.folder / "guest" / "mine.csv")}
    said = await house.offer(theirs, key=house.node.api_key, id_="theirs")
    assert (said.status, said.code) == (403, "source.not-allowed")


async def test_a_guest_without_a_folder_publishes_no_file(house: House) -> None:
    made = await house.node.api("POST", "/contexts", {"id": "bare"})
    for path in (house.folder / "guest", house.folder, Path("/etc/hostname"), Path("data")):
        said = await house.offer({"kind": "file", "path": str(path)}, key=made.json["api_key"])
        assert (said.status, said.code) == (403, "source.not-allowed")


async def test_the_guest_cannot_name_folders_itself(house: House) -> None:
    url = f"{house.node.urls['management']}/api/v1/contexts/guest"
    body = {"folders": [str(house.folder)], "sources": ["10.0.0.0/8"]}
    said = await house.node.send("PATCH", url, body, headers={"X-Api-Key": house.key})
    assert said.status == 403


@pytest.mark.parametrize("entry", ["", "no host", "10.0.0.0/99", "http://"])
async def test_an_address_that_is_none_is_refused_when_it_is_named(house: House, entry: str) -> None:
    said = await house.node.api("PATCH", "/contexts/guest", {"sources": [entry]})
    assert (said.status, said.code) == (400, "context.source")
    assert (await house.node.get("/contexts/guest"))["context"]["sources"] == []


async def test_the_api_of_edc_publishes_no_file_of_the_node(house: House) -> None:
    for key in (house.key, house.node.api_key):
        said = await house.offer_by_edc({"path": str(house.folder / "master.key")}, key=key)
        assert said.status == 403


async def test_what_was_published_before_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    """A file that becomes the node's own, and a folder that is taken from its context, are not given any more."""
    identity = IdentityTable(kind="insecure-static")
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path / "host", session, identity=identity) as host,
        site(tmp_path / "partner", session, identity=identity) as partner,
    ):
        made = await host.host("bank")
        await host.publish("rates", context="bank")
        base = host.node.parts.contexts.get("bank").protocol_base
        opened = await partner.post("/negotiations", {"participant": "bank", "at": base, "dataset": "rates"})
        await partner.reaches("negotiations", opened["id"], "FINALIZED")
        agreement = (await partner.get("/agreements", negotiation=opened["id"]))["items"][0]
        started = await partner.post("/transfers", {"agreement": agreement["id"]})
        await partner.reaches("transfers", started["id"], "STARTED")
        assert (await _read(partner, started["id"])).status == 200
        await host.api("PATCH", "/contexts/bank", {"folders": []})
        refused = await _read(partner, started["id"])
        assert (refused.status, refused.code) == (503, "source.locked")
        file = next((host.folder / "bank").iterdir())
        file.write_text(made["api_key"], encoding="ascii")
        await host.api("PATCH", "/contexts/bank", {"folders": [str(host.folder / "bank")]})
        assert (await _read(partner, started["id"])).status in {403, 409}


async def test_settings_that_name_a_published_file_make_it_the_node_s_own(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "host")
    pem = tmp_path / "host" / "later.pem"
    pem.write_bytes(b"-----BEGIN PRIVATE KEY-----\n")
    form = {"asset": {"id": "pem", "source": {"kind": "file", "path": str(pem)}}, "policy": OPEN}
    async with aiohttp.ClientSession() as session:
        async with run_node(config) as node:
            at = f"http://127.0.0.1:{node.sockets.management.getsockname()[1]}/api/v1/"
            made = await sent(session, "POST", at + "publications", form, headers={"X-Api-Key": key})
            assert made.status == 201
        metrics = msgspec.structs.replace(config.metrics, key=str(pem))
        pem.chmod(0o600)
        pem.write_text("a-key-of-at-least-16", encoding="ascii")
        async with run_node(msgspec.structs.replace(config, metrics=metrics)) as node:
            at = f"http://127.0.0.1:{node.sockets.management.getsockname()[1]}/api/v1/"
            again = await sent(session, "POST", at + "publications", form, headers={"X-Api-Key": key})
            assert (again.status, again.code) == (403, "source.own")


async def _listed(house: House, asset: str = "it") -> list[str]:
    """The files of an asset, as they are served."""
    async with house.node.node.parts.store.view(house.node.context.id) as view:
        return sorted(each.path for each in await view.of(MANIFESTS).find(MANIFESTS.asset.equals(asset)))


async def _read(partner: Site, transfer: str) -> Said:
    place = await place_of(partner.node.parts, partner.context.id, transfer)
    return await partner.send("GET", place.url(), headers=place.headers)
