"""Field rules by role over real nodes: one table, offered to each role in its own form, and to others not at all."""

import asyncio
import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from typing import Any

import pytest
import pytest_asyncio
from tests.journeys.landing import again, land, read, transferred
from tests.nodes import OPEN, Site, World, rule, world

from xinfu.services.fetching.endpoint import place_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL = ["name", "city", "level", "owner", "value"]
PROVINCE = ["name", "city", "level", "value"]
ROWS = [("mill", "长沙", 3, "a", 1.5), ("dam", "株洲", 1, "b", 2.5), ("road", "长沙", 2, None, None)]


def coarser(column: str, step: str) -> dict[str, Any]:
    """The duty to make a column coarser before it leaves."""
    names = {"leftOperand": "dataField", "operator": "eq", "rightOperand": column}
    size = {"leftOperand": "resolution", "operator": "gteq", "rightOperand": step}
    return {"action": {"rdf:value": {"@id": "odrl:transform"}, "refinement": [names, size]}}


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
    async with ledger.provider.node.parts.store.view(ledger.provider.context.id) as view:
        found = await view.log.find(kind="use.begun", limit=10)
    facts = [json.loads(each.canonical)["facts"] for each in found]
    formed = [each for each in facts if "transforms" in each]
    assert len(formed) < len(facts)
    assert formed[0]["transforms"] == ["columns " + " ".join(PROVINCE)]
    assert len(formed[0]["form"]) == 64


async def test_a_role_chooses_among_its_columns_and_one_that_is_closed_refuses_the_whole(
    ledger: World,
) -> None:
    await ledger.admit(ledger.consumer, memberOf="yangtze", role="province")
    province = await transfer_of(ledger, ledger.consumer)
    status, came = await content(ledger.consumer, province, "?query=columns%3Dvalue%2Cname")
    assert (status, columns(came)) == (200, ["name", "value"])
    for wanted in ("owner", "name%2Cowner", "owner%2Cnowhere"):
        url = f"{ledger.consumer.urls['management']}/api/v1/transfers/{province['id']}/content"
        headers = {"X-Api-Key": ledger.consumer.api_key}
        said = await ledger.consumer.send("GET", f"{url}?query=columns%3D{wanted}", headers=headers)
        assert (said.status, said.code) == (403, "column.closed")
        assert "permission[0]" in said.json["detail"]
        assert "owner" in said.json["detail_zh"]
    async with ledger.consumer.node.parts.store.view(ledger.consumer.context.id) as view:
        kept = await view.log.find(kind="data.received", process=province["id"], limit=10)
    outcomes = [json.loads(each.canonical)["facts"]["outcome"] for each in kept]
    assert outcomes.count("column.closed") == 3
    async with ledger.provider.node.parts.store.view(ledger.provider.context.id) as view:
        found = await view.log.find(kind="refusal", limit=10)
    facts = [json.loads(each.canonical)["facts"] for each in found]
    assert {"code": "column.closed", "path": "", "rule": "permission[0]", "columns": "owner"} in facts


async def test_what_landed_in_its_form_is_read_in_the_vault(ledger: World) -> None:
    await ledger.admit(ledger.consumer, memberOf="yangtze", role="province")
    landed = await land(ledger, await transfer_of(ledger, ledger.consumer))
    said = await read(ledger, landed)
    assert (said.status, columns(said.body)) == (200, PROVINCE)


async def test_a_file_that_has_no_rows_is_not_offered_in_another_form(ledger: World) -> None:
    path = ledger.provider.folder / "plain.pdf"
    path.write_bytes(b"%PDF-1.7")
    form = {
        "asset": {"id": "plain", "source": {"kind": "file", "path": str(path)}},
        "policy": rule("dataField", "eq", "a"),
    }
    said = await ledger.provider.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "policy.transform-unavailable")


@pytest.mark.parametrize(
    "policy",
    [
        rule("dataField", "isAnyOf", ["name", "Owner"]),
        rule("valueExpression", "eq", "salary > 1"),
        {"@type": "Set", "permission": [{"action": "use", "duty": [coarser("salary", "10")]}]},
    ],
)
async def test_a_table_is_not_offered_in_a_form_of_columns_that_it_lacks(ledger: World, policy: Any) -> None:
    database = ledger.provider.folder / "ledger.db"
    source = {"kind": "table", "engine": "sqlite", "database": str(database), "table": "ledger"}
    form = {"asset": {"id": "other", "source": source}, "policy": policy}
    said = await ledger.provider.api("POST", "/publications", form)
    assert (said.status, said.code) == (400, "policy.column-unknown")


HIDDEN = "Q7-terms"
TERMS = f"id,amount,terms\r\n1,2.50,{HIDDEN}\r\n2,,{HIDDEN}\r\n3,-1,\r\n"
LEFT = b"id,amount\r\n1,2.50\r\n3,-1\r\n"
TWO_AND_LESS = {"leftOperand": "valueExpression", "operator": "eq", "rightOperand": "amount < 3"}
TWO_COLUMNS = {"leftOperand": "dataField", "operator": "isAnyOf", "rightOperand": ["id", "amount"]}
NARROW = {"@type": "Set", "permission": [{"action": "use", "constraint": [TWO_AND_LESS, TWO_COLUMNS]}]}


async def read_facts(site: Site, kind: str, process: str) -> dict[str, Any]:
    """What the evidence of `site` says of the read of a process, once it is there."""
    async with asyncio.timeout(30):
        while True:
            async with site.node.parts.store.view(site.context.id) as view:
                found = await view.log.find(kind=kind, process=process, limit=20)
            facts = [json.loads(each.canonical)["facts"] for each in found]
            if read := [each for each in facts if each["bytes"]]:
                return dict(read[-1])
            await asyncio.sleep(0.01)


async def test_a_file_of_rows_leaves_in_the_form_of_the_rule_and_by_range(ledger: World) -> None:
    transfer = await transferred(ledger, "terms", NARROW, content=TERMS.encode())
    assert await content(ledger.consumer, transfer) == (200, LEFT)
    assert await content(ledger.consumer, transfer, "?query=columns%3Damount") == (
        200,
        b"amount\r\n2.50\r\n-1\r\n",
    )
    status, refused = await content(ledger.consumer, transfer, "?query=columns%3Did%2Cterms")
    assert (status, json.loads(refused)["code"]) == (403, "column.closed")
    url = f"{ledger.consumer.urls['management']}/api/v1/transfers/{transfer['id']}/content"
    part = {"X-Api-Key": ledger.consumer.api_key, "Range": "bytes=3-8"}
    said = await ledger.consumer.send("GET", url, headers=part)
    assert (said.status, said.body) == (206, LEFT[3:9])
    listed = await ledger.consumer.get(f"/transfers/{transfer['id']}/files")
    assert [each["size"] for each in listed] == [len(LEFT)]


async def test_the_token_opens_nothing_of_the_file_itself(ledger: World) -> None:
    """Neither its bytes nor its length nor its digests: what is known of them could tell what a short one holds."""
    transfer = await transferred(ledger, "bare", NARROW, content=TERMS.encode())
    place = await place_of(ledger.consumer.node.parts, ledger.consumer.context.id, transfer["id"])
    whole = await ledger.consumer.send("GET", place.url(), headers=place.headers)
    assert (whole.status, whole.body) == (200, LEFT)
    for path in ("", "/manifest", "/listing", "/files/", "/files/x", "/manifest/x"):
        for method in ("GET", "HEAD"):
            said = await ledger.consumer.send(method, place.url() + path, headers=place.headers)
            told = f"{said.body!r}{dict(said.headers)}"
            assert HIDDEN not in told
            assert str(len(TERMS.encode())) not in said.headers.get("content-length", "")
    far = {**place.headers, "Range": f"bytes={len(LEFT)}-"}
    said = await ledger.consumer.send("GET", place.url(), headers=far)
    assert said.status in {200, 416}
    assert HIDDEN.encode() not in said.body


async def test_both_sides_have_evidence_of_the_form(ledger: World) -> None:
    transfer = await transferred(ledger, "proven", NARROW, content=TERMS.encode())
    await content(ledger.consumer, transfer, "?query=columns%3Did")
    given = await read_facts(ledger.provider, "use", transfer["provider_pid"])
    taken = await read_facts(ledger.consumer, "data.received", transfer["id"])
    for facts in (given, taken):
        assert facts["transforms"] == ["rows amount", "columns id amount"]
        assert facts["columns"] == ["id"]
    assert given["form"] == taken["form"]


async def test_a_file_of_rows_that_is_broken_is_refused_with_a_reason(ledger: World) -> None:
    transfer = await transferred(
        ledger, "broken", NARROW, content=f"id,amount\n1,{HIDDEN}\n2,{HIDDEN},{HIDDEN}\n".encode()
    )
    status, body = await content(ledger.consumer, transfer)
    assert (status, json.loads(body)["code"]) == (403, "transform.unreadable")
    assert HIDDEN.encode() not in body


async def test_a_file_that_lands_in_its_form_is_read_in_the_vault(ledger: World) -> None:
    landed = await land(ledger, await transferred(ledger, "landed", NARROW, content=TERMS.encode()))
    said = await read(ledger, landed)
    assert (said.status, said.body) == (200, LEFT)


async def test_a_file_leaves_at_a_coarser_resolution(ledger: World) -> None:
    track = b"at,lat,note\r\n2024-01-01T08:59:01Z,28.2282,a\r\n2024-01-01T09:00:00Z,,b\r\n"
    duties = [coarser("at", "PT1H"), coarser("lat", "0.01")]
    policy = {"@type": "Set", "permission": [{"action": "use", "duty": duties}]}
    transfer = await transferred(ledger, "track", policy, content=track)
    left = b"at,lat,note\r\n2024-01-01T08:00:00Z,28.23,a\r\n2024-01-01T09:00:00Z,,b\r\n"
    assert await content(ledger.consumer, transfer) == (200, left)
    taken = await read_facts(ledger.consumer, "data.received", transfer["id"])
    assert taken["transforms"] == ["resolution 3600 s at", "resolution 0.01 lat"]


async def test_a_resolution_that_means_nothing_to_a_column_is_refused(ledger: World) -> None:
    database = ledger.provider.folder / "ledger.db"
    source = {"kind": "table", "engine": "sqlite", "database": str(database), "table": "ledger"}
    policy = {"@type": "Set", "permission": [{"action": "use", "duty": [coarser("level", "0.5")]}]}
    await ledger.provider.post(
        "/publications", {"asset": {"id": "levels", "source": source}, "policy": policy}
    )
    transfer = await again(ledger, await ledger.agree("levels"))
    status, body = await content(ledger.consumer, transfer)
    assert (status, json.loads(body)["code"]) == (403, "transform.resolution")


async def test_columns_are_chosen_of_a_file_that_no_rule_changes(ledger: World) -> None:
    transfer = await transferred(ledger, "whole", content=TERMS.encode())
    assert await content(ledger.consumer, transfer) == (200, TERMS.encode())
    assert await content(ledger.consumer, transfer, "?query=columns%3Did") == (200, b"id\r\n1\r\n2\r\n3\r\n")
    status, body = await content(ledger.consumer, transfer, "?query=columns%3Did%2Cprice")
    assert (status, json.loads(body)["code"]) == (404, "column.not-found")
    listed = await ledger.consumer.get(f"/transfers/{transfer['id']}/files", query="columns=id")
    assert [each["size"] for each in listed] == [len(b"id\r\n1\r\n2\r\n3\r\n")]
    assert await content(ledger.consumer, transfer) == (200, TERMS.encode())


async def test_what_has_no_columns_leaves_none_to_choose(ledger: World) -> None:
    folder = ledger.provider.folder / "folder"
    folder.mkdir()
    (folder / "a.csv").write_text("a\n1\n")
    transfer = await transferred(ledger, "folder", folder=folder)
    for tail in ("?query=columns%3Da", "?query=columns%3Da&path=a.csv"):
        status, body = await content(ledger.consumer, transfer, tail)
        assert (status, json.loads(body)["code"]) == (404, "column.none")
