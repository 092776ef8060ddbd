"""Field rules by role over real nodes: one table, offered to each role in its own form, and to others not at all."""

import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio
from tests.journeys.landing import land, read
from tests.nodes import OPEN, Site, World, rule, world

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = ["name", "city", "level", "owner", "value"]
PROVINCE = ["name", "city", "level", "value"]
ROWS = [("mill", "长沙", 3, "a", 1.5), ("dam", "株洲", 1, "b", 2.5), ("road", "长沙", 2, None, None)]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def ledger(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A ledger at the provider: the city may have all of it, the province four columns, nobody else anything."""
    async with world(tmp_path_factory.mktemp("forms")) as made:
        await made.admit(made.provider)
        await made.admit(made.consumer)
        path = made.provider.folder / "ledger.db"
        with closing(sqlite3.connect(path)) as database, database:
            database.execute(
                "CREATE TABLE ledger (name TEXT, city TEXT, level INTEGER, owner TEXT, value REAL)"
            )
            database.executemany("INSERT INTO ledger VALUES (?, ?, ?, ?, ?)", ROWS)
        source = {"kind": "table", "engine": "sqlite", "database": str(path), "table": "ledger"}
        await made.provider.post("/assets", {"id": "ledger", "source": source})
        for role, policy in (("city", OPEN), ("province", rule("dataField", "isAnyOf", PROVINCE))):
            sees = rule("MembershipCredential.role", "eq", role)
            await made.provider.post("/policies", {"id": f"{role}-sees", "policy": sees})
            await made.provider.post("/policies", {"id": f"{role}-gets", "policy": policy})
            definition = {"access_policy": f"{role}-sees", "contract_policy": f"{role}-gets"}
            await made.provider.post(
                "/contract-definitions", {"id": role, "assets": ["ledger"], **definition}
            )
        yield made


async def offered(made: World, site: Site) -> list[Any]:
    shown = await site.get("/catalog", participant=made.provider.did)
    return [each["id"] for each in shown["datasets"]]


async def transfer_of(made: World, site: Site) -> dict[str, Any]:
    """A started transfer of the ledger to `site`."""
    opened = await site.post("/negotiations", {"participant": made.provider.did, "dataset": "ledger"})
    await site.reaches("negotiations", opened["id"], "FINALIZED")
    found = await site.get("/agreements", negotiation=opened["id"])
    moving = await site.post("/transfers", {"agreement": found["items"][0]["id"]})
    return await site.reaches("transfers", moving["id"], "STARTED")


async def content(site: Site, transfer: dict[str, Any], tail: str = "") -> tuple[int, bytes]:
    url = f"{site.urls['management']}/api/v1/transfers/{transfer['id']}/content{tail}"
    said = await site.send("GET", url, headers={"X-Api-Key": site.api_key})
    return said.status, said.body


def columns(came: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(came.decode())))


async def test_each_role_gets_its_columns_and_nobody_else_anything(ledger: World) -> None:
    assert await offered(ledger, ledger.consumer) == []
    await ledger.admit(ledger.consumer, memberOf="yangtze", role="province")
    await ledger.admit(ledger.issuer, memberOf="yangtze", role="city")
    province, city = await transfer_of(ledger, ledger.consumer), await transfer_of(ledger, ledger.issuer)
    status, came = await content(ledger.consumer, province)
    assert (status, columns(came), came.count(b"\r\n")) == (200, PROVINCE, 1 + len(ROWS))
    status, came = await content(ledger.issuer, city)
    assert (status, columns(came)) == (200, ALL)
    outside, _ = await content(ledger.consumer, province, "?query=columns%3Downer")
    assert outside >= 400
    async with ledger.provider.node.parts.store.view(ledger.provider.context.id) as view:
        found = await view.log.find(kind="use.begun", limit=10)
    facts = [json.loads(each.canonical)["facts"] for each in found]
    formed = [each for each in facts if "transforms" in each]
    assert len(formed) < len(facts)
    assert formed[0]["transforms"] == ["columns " + " ".join(PROVINCE)]
    assert len(formed[0]["form"]) == 64


async def test_what_landed_in_its_form_is_read_in_the_vault(ledger: World) -> None:
    await ledger.admit(ledger.consumer, memberOf="yangtze", role="province")
    landed = await land(ledger, await transfer_of(ledger, ledger.consumer))
    said = await read(ledger, landed)
    assert (said.status, columns(said.body)) == (200, PROVINCE)


async def test_a_file_is_not_offered_in_a_form_that_it_cannot_have(ledger: World) -> None:
    path = ledger.provider.folder / "plain.csv"
    path.write_text("a,b\n1,2\n")
    form = {
        "asset": {"id": "plain", "source": {"kind": "file", "path": str(path)}},
        "policy": rule("dataField", "eq", "a"),
    }
    said = await ledger.provider.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "policy.transform-unavailable")
