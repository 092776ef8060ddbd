"""The OpenAPI page of `/api/v1` is valid, and every operation is there and answers what its schema says."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from jsonschema import Draft202012Validator
from tests.certificates import authority
from tests.dialog import asked, offered
from tests.nodes import OPEN, Site, World
from tests.stranger import Stranger, urn
from tests.web.api.pages import Page, listed, page_of

from xinfu.web.api import operations

pytestmark = pytest.mark.asyncio(loop_scope="module")

Recipe = tuple[str, str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(world: World) -> Page:
    return await page_of(world.issuer)


async def test_the_page_is_an_openapi_document(page: Page) -> None:
    document = page.document
    assert document["openapi"].startswith("3.1.")
    assert {"title", "version"} <= document["info"].keys()
    assert list(document["components"]["securitySchemes"]) == ["key"]
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_every_reference_of_the_page_leads_somewhere(page: Page) -> None:
    text = msgspec.json.encode(page.document).decode()
    for name in set(re.findall(r'"#/components/schemas/([^"]+)"', text)):
        assert name in page.document["components"]["schemas"], name
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name), name


async def test_every_operation_has_a_name_of_its_own_and_declares_its_path(page: Page) -> None:
    seen: list[str] = []
    for path, methods in page.document["paths"].items():
        for operation in methods.values():
            seen.append(operation["operationId"])
            declared = {each["name"] for each in operation["parameters"] if each["in"] == "path"}
            assert declared == set(re.findall(r"\{(\w+)\}", path))
            assert operation["summary"].endswith(".")
    assert sorted(seen) == sorted(set(seen))


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """A node that is both issuer and trader here, and what its operations are about."""

    site: Site
    recipes: dict[tuple[str, str], Recipe]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(world: World, peer: Stranger) -> AsyncIterator[Stage]:
    site = world.issuer
    await site.publish("air", content=b"0123")
    await site.put("/answers/hold", {"on": "requested", "do": ["hold"], "dataset": "held"})
    await site.publish("held")
    await world.provider.publish("water", content=b"0123")
    own = await site.post("/negotiations", {"participant": world.provider.did, "dataset": "water"})
    await site.reaches("negotiations", own["id"], "FINALIZED")
    bought = (await site.get("/agreements", negotiation=own["id"]))["items"][0]["id"]
    moved = await site.post("/transfers", {"agreement": bought})
    await site.reaches("transfers", moved["id"], "STARTED")
    file = next(site.folder.glob("*.csv"))
    source = {"kind": "file", "path": str(file)}
    entry = (await site.get("/evidence/entries"))[0]["id"]
    issued = await site.post("/issuer/credentials", {"subject": site.did})
    kept = {"wire_id": urn(), "peer": peer.did, "dataset": "air", "role": "provider", "policy": OPEN}
    agreements = [(await site.post("/agreements", {**kept, "wire_id": urn()}))["id"] for _ in range(4)]
    held = [
        (await offered(peer, site, urn())).pid for _ in ("accept", "counter", "terminate", "hold", "release")
    ]
    agreeing = (await asked(peer, site, "held:held:held", "held")).pid
    transfers = []
    for _ in ("suspend", "complete", "terminate"):
        each = await site.post("/transfers", {"agreement": bought})
        await site.reaches("transfers", each["id"], "STARTED")
        transfers.append(each["id"])
    policy = {"id": "p", "policy": OPEN}
    key, today = (
        await site.node.keys.uncertified_key(site.context.id),
        datetime.now(UTC).replace(microsecond=0),
    )
    vouched = authority.root("EdDSA").issue(
        authority.name("a.example"),
        signer=key,
        start=today - timedelta(days=1),
        end=today + timedelta(days=1),
    )
    yield Stage(
        site=site,
        recipes={
            ("GET", "/node"): ("GET", "/node", None),
            ("POST", "/contexts"): ("POST", "/contexts", {"id": "c", "limits": {"datasets": 3}}),
            ("GET", "/contexts"): ("GET", "/contexts", None),
            ("PATCH", "/contexts/{id}"): ("PATCH", "/contexts/c", {"name": {"en": "C"}}),
            ("POST", "/contexts/{id}/key"): ("POST", "/contexts/c/key", None),
            ("POST", "/contexts/{id}/close"): ("POST", "/contexts/c/close", None),
            ("POST", "/contexts/{id}/reopen"): ("POST", "/contexts/c/reopen", None),
            ("GET", "/contexts/{id}"): ("GET", "/contexts/c", None),
            ("PUT", "/secrets/{id}"): ("PUT", "/secrets/key", {"value": "hidden"}),
            ("GET", "/secrets"): ("GET", "/secrets", None),
            ("DELETE", "/secrets/{id}"): ("DELETE", "/secrets/key", None),
            ("GET", "/answers"): ("GET", "/answers", None),
            ("PUT", "/answers/{id}"): ("PUT", "/answers/x", {"on": "offered", "do": ["hold"]}),
            ("DELETE", "/answers/{id}"): ("DELETE", "/answers/x", None),
            ("PUT", "/participants/{id}"): ("PUT", "/participants/x", {"did": peer.did}),
            ("GET", "/participants"): ("GET", "/participants", None),
            ("GET", "/doctor"): ("GET", "/doctor", None),
            ("POST", "/keys/rotate"): ("POST", "/keys/rotate", {"use": "log"}),
            ("POST", "/keys/certificate/request"): ("POST", "/keys/certificate/request", {}),
            ("PUT", "/keys/certificate"): ("PUT", "/keys/certificate", {"chain": vouched.pem}),
            ("GET", "/keys/certificate"): ("GET", "/keys/certificate", None),
            ("POST", "/credentials"): ("POST", "/credentials", {"jwt": issued["jwt"]}),
            ("POST", "/publications"): (
                "POST",
                "/publications",
                {"asset": {"id": "new", "source": source}, "policy": OPEN},
            ),
            ("POST", "/publications/batch"): (
                "POST",
                "/publications/batch",
                {"publications": [{"asset": {"id": "more", "source": source}, "policy": OPEN}]},
            ),
            ("GET", "/grades"): ("GET", "/grades", None),
            ("GET", "/asset-grades/{id}"): ("GET", "/asset-grades/air", None),
            ("PUT", "/asset-grades/{id}"): ("PUT", "/asset-grades/air", {"grade": 1}),
            ("POST", "/assets"): ("POST", "/assets", {"id": "a", "source": source}),
            ("GET", "/assets"): ("GET", "/assets", None),
            ("GET", "/assets/{id}"): ("GET", "/assets/a", None),
            ("PUT", "/assets/{id}"): ("PUT", "/assets/a", {"id": "a", "source": source}),
            ("DELETE", "/assets/{id}"): ("DELETE", "/assets/a", None),
            ("POST", "/policies"): ("POST", "/policies", policy),
            ("GET", "/policies"): ("GET", "/policies", None),
            ("GET", "/policies/{id}"): ("GET", "/policies/p", None),
            ("PUT", "/policies/{id}"): ("PUT", "/policies/p", policy),
            ("POST", "/contract-definitions"): (
                "POST",
                "/contract-definitions",
                {"id": "c", "access_policy": "p", "contract_policy": "p", "assets": ["air"]},
            ),
            ("GET", "/contract-definitions"): ("GET", "/contract-definitions", None),
            ("DELETE", "/contract-definitions/{id}"): ("DELETE", "/contract-definitions/c", None),
            ("DELETE", "/policies/{id}"): ("DELETE", "/policies/p", None),
            ("GET", "/catalog"): (
                "GET",
                f"/catalog?participant={world.provider.did.replace('%', '%25')}",
                None,
            ),
            ("POST", "/negotiations"): (
                "POST",
                "/negotiations",
                {"participant": world.provider.did, "dataset": "water"},
            ),
            ("GET", "/negotiations"): ("GET", "/negotiations", None),
            ("GET", "/negotiations/{id}"): ("GET", f"/negotiations/{own['id']}", None),
            ("GET", "/negotiations/{id}/timeline"): ("GET", f"/negotiations/{own['id']}/timeline", None),
            ("POST", "/negotiations/{id}/check"): ("POST", f"/negotiations/{own['id']}/check", None),
            ("POST", "/transfers/{id}/check"): ("POST", f"/transfers/{moved['id']}/check", None),
            ("POST", "/negotiations/{id}/accept"): ("POST", f"/negotiations/{held[0]}/accept", None),
            ("POST", "/negotiations/{id}/counter"): (
                "POST",
                f"/negotiations/{held[1]}/counter",
                {"policy": OPEN},
            ),
            ("POST", "/negotiations/{id}/terminate"): ("POST", f"/negotiations/{held[2]}/terminate", {}),
            ("POST", "/negotiations/{id}/hold"): ("POST", f"/negotiations/{held[3]}/hold", None),
            ("POST", "/negotiations/{id}/release"): ("POST", f"/negotiations/{held[4]}/release", None),
            ("POST", "/negotiations/{id}/agree"): ("POST", f"/negotiations/{agreeing}/agree", None),
            ("GET", "/agreements"): ("GET", "/agreements", None),
            ("GET", "/agreements/{id}"): ("GET", f"/agreements/{bought}", None),
            ("POST", "/agreements"): ("POST", "/agreements", kept),
            ("GET", "/payments"): ("GET", "/payments", None),
            ("POST", "/payments"): (
                "POST",
                "/payments",
                {"agreement": agreements[0], "receipt": "r-1", "amount": "5.00", "currency": "CNY"},
            ),
            ("POST", "/agreements/{id}/suspend"): ("POST", f"/agreements/{agreements[0]}/suspend", {}),
            ("POST", "/agreements/{id}/resume"): ("POST", f"/agreements/{agreements[0]}/resume", {}),
            ("POST", "/agreements/{id}/terminate"): ("POST", f"/agreements/{agreements[1]}/terminate", {}),
            ("POST", "/agreements/{id}/renew"): (
                "POST",
                f"/agreements/{agreements[2]}/renew",
                {"by": agreements[3]},
            ),
            ("POST", "/transfers"): ("POST", "/transfers", {"agreement": bought}),
            ("GET", "/transfers"): ("GET", "/transfers", None),
            ("GET", "/transfers/{id}"): ("GET", f"/transfers/{moved['id']}", None),
            ("GET", "/transfers/{id}/content"): ("GET", f"/transfers/{moved['id']}/content", None),
            ("GET", "/transfers/{id}/files"): ("GET", f"/transfers/{moved['id']}/files", None),
            ("POST", "/transfers/{id}/suspend"): ("POST", f"/transfers/{transfers[0]}/suspend", {}),
            ("POST", "/transfers/{id}/resume"): ("POST", f"/transfers/{transfers[0]}/resume", {}),
            ("POST", "/transfers/{id}/complete"): ("POST", f"/transfers/{transfers[1]}/complete", {}),
            ("POST", "/transfers/{id}/terminate"): ("POST", f"/transfers/{transfers[2]}/terminate", {}),
            ("GET", "/evidence/entries"): ("GET", "/evidence/entries", None),
            ("GET", "/events"): ("GET", "/events?since=0&follow=no", None),
            ("GET", "/evidence/receipts"): ("GET", f"/evidence/receipts?process={own['id']}", None),
            ("GET", "/evidence/receipts/{id}"): ("GET", f"/evidence/receipts/{entry}", None),
            ("GET", "/evidence/checkpoint"): ("GET", "/evidence/checkpoint", None),
            ("GET", "/evidence/tile/{path}"): ("GET", "/evidence/tile/0/000.p/1", None),
            ("POST", "/issuer/credentials"): ("POST", "/issuer/credentials", {"subject": peer.did}),
            ("GET", "/issuer/credentials"): ("GET", "/issuer/credentials", None),
            ("POST", "/issuer/credentials/{id}/revoke"): (
                "POST",
                f"/issuer/credentials/{issued['id']}/revoke",
                {"reason": "left"},
            ),
        },
    )


NOT_IN_TURN = {
    ("POST", "/negotiations/{id}/verify"),
    ("POST", "/negotiations/{id}/finalize"),
}
"""Acts of the protocol that follow by themselves; a person meets them out of turn only (tests of statuses)."""


OF_ANOTHER = {("POST", "/participants/{id}/log/accept")}
"""Answers to what another participant's log did; its good call stands in journeys/test_log_heads.py."""

ELSEWHERE = OF_ANOTHER | set(
    listed("contracts", "contract-templates", "duties", "vault", "explanation", "dry-run")
)
"""Their good calls stand in test_openapi_contracts.py and test_openapi_usage.py, which count them."""


async def test_the_page_lists_exactly_the_operations(page: Page) -> None:
    on_page = {
        (method.upper(), path.removeprefix("/api/v1"))
        for path, methods in page.document["paths"].items()
        for method in methods
    }
    assert on_page == set(listed())


async def test_there_is_a_good_call_for_every_operation(stage: Stage) -> None:
    assert set(stage.recipes) | NOT_IN_TURN == set(listed()) - ELSEWHERE


async def test_every_operation_answers_what_its_schema_says(stage: Stage, page: Page) -> None:
    """In the order of the recipes: what is made early is shown, changed and removed later."""
    for (method, path), (verb, target, body) in stage.recipes.items():
        if path == "/transfers/{id}/resume":
            await stage.site.reaches("transfers", target.split("/")[2], "SUSPENDED")
        if path.startswith("/evidence/receipts"):
            await stage.site.numbered()
        said = await stage.site.api(verb, target, body)
        assert said.status < 300, (method, path, said)
        page.answer(method, path, said)


async def test_every_body_of_the_page_takes_what_the_api_takes(stage: Stage, page: Page) -> None:
    for (method, path), (_, _, body) in stage.recipes.items():
        page.body(method, path, body)


@pytest.mark.parametrize(
    "call",
    [each for each in operations(issuer=True) if each.takes is not None],
    ids=lambda each: f"{each.method} {each.path}",
)
async def test_a_field_that_nobody_knows_is_refused_by_name(world: World, call: Any) -> None:
    path = re.sub(r"\{\w+(:path)?\}", "x", call.path)
    said = await world.issuer.api(call.method, path, b'{"colour":"blue"}')
    assert (said.status, said.code) == (400, "body.invalid"), said
    assert "colour" in said.json["detail"]
    assert "colour" in said.json["detail_zh"]


@pytest.mark.parametrize("call", operations(issuer=True), ids=lambda each: f"{each.method} {each.path}")
async def test_every_operation_wants_the_api_key(world: World, page: Page, call: Any) -> None:
    path = re.sub(r"\{\w+(:path)?\}", "x", call.path)
    said = await world.issuer.send(call.method, f"{world.issuer.urls['management']}/api/v1{path}")
    assert (said.status, said.code) == (401, "api.key")
    page.check({"$ref": "#/components/schemas/Problem"}, said.json)
