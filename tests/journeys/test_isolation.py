"""No route shows, changes or betrays what is another participant's (D-01, threat M1, M4)."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import OPEN, IdentityTable, Said, Site, site

from xinfu.web.api import operations
from xinfu.web.management import lines

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET: Final = "gold-rates"
"""Stands in all that the bank has: its datasets, policies, answers and secrets are called so."""
OURS: Final = "shop"
THEIRS: Final = "bank"
NATIVE: Final = [(each.method, each.path, each.takes) for each in operations(issuer=True)]
EDC: Final = [(line.method, f"/{each.name}{line.path}") for line in lines() for each in line.versions]
TEMPLATE: Final = {"id": SECRET, "name": SECRET, "rules": [{"actions": ["read"]}]}
BODIES: Final[dict[str, Any]] = {
    "PUT /answers/{id}": {"on": "requested", "do": ["hold"]},
    "PUT /participants/{id}": {"did": "did:web:x.example"},
    "PUT /assets/{id}": {"id": SECRET, "source": {"kind": "file", "path": "/x"}},
    "PUT /asset-grades/{id}": {"grade": 2},
    "PUT /policies/{id}": {"id": SECRET, "policy": OPEN},
    "PUT /contract-templates/{id}": TEMPLATE,
    "POST /negotiations/{id}/counter": {"policy": OPEN},
    "POST /issuer/credentials/{id}/revoke": {"reason": "x"},
}
"""What an operation on something that is there is sent."""


class House(msgspec.Struct, frozen=True):
    """A node with two hosted participants; the shop's key; ids of what the bank has, by collection."""

    node: Site
    key: str
    has: dict[str, str]

    async def as_shop(self, method: str, path: str, body: object = None) -> Said:
        """A call with the shop's key."""
        url = f"{self.node.urls['management']}{path}"
        return await self.node.send(method, url, body, headers={"X-Api-Key": self.key})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("house")
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity = IdentityTable(kind="insecure-static")
        node = await stack.enter_async_context(site(folder / "node", session, identity=identity, issuer=True))
        partner = await stack.enter_async_context(site(folder / "partner", session, identity=identity))
        key = (await node.host(OURS))["api_key"]
        await node.host(THEIRS)
        yield House(node, key, await belongings(node, partner))


async def belongings(node: Site, partner: Site) -> dict[str, str]:
    """Give the bank one of everything; ids by collection."""
    await node.publish(SECRET, context=THEIRS)
    await partner.publish(SECRET)
    for path, form in [
        (f"/answers/{SECRET}", {"on": "offered", "do": ["hold"], "dataset": SECRET}),
        (f"/contract-templates/{SECRET}", TEMPLATE),
        (f"/participants/{SECRET}", {"did": partner.did, "base": partner.base}),
    ]:
        assert (await node.api("PUT", path, form, context=THEIRS)).status == 200
    wanted = {"participant": SECRET, "at": partner.base, "dataset": SECRET}
    opened = await node.post("/negotiations", wanted, context=THEIRS)
    await node.reaches("negotiations", opened["id"], "FINALIZED", context=THEIRS)
    agreement = (await node.get("/agreements", context=THEIRS))["items"][0]["id"]
    transfer = (await node.post("/transfers", {"agreement": agreement}, context=THEIRS))["id"]
    await node.reaches("transfers", transfer, "STARTED", context=THEIRS)
    landed = (await node.post("/vault", {"transfer": transfer}, context=THEIRS))["id"]
    await node.reaches("vault", landed, "LANDED", context=THEIRS)
    issued = (await node.post("/issuer/credentials", {"subject": partner.did}, context=THEIRS))["id"]
    owing = {"permission": [{"action": "use", "duty": [{"action": "compensate"}]}]}
    form = {
        "wire_id": "urn:owing",
        "peer": partner.did,
        "dataset": SECRET,
        "role": "consumer",
        "policy": owing,
    }
    await node.post("/agreements", form, context=THEIRS)
    duty = (await node.get("/duties", context=THEIRS))["items"][0]["id"]
    wire = (await node.get("/agreements", context=THEIRS))["items"][0]["wire_id"]
    contract = (await node.get("/contracts", agreement=wire, context=THEIRS))["items"][0]["id"]
    entry = (await node.get("/evidence/entries", context=THEIRS))[0]["id"]
    return {
        "negotiations": opened["id"],
        "agreements": agreement,
        "contracts": contract,
        "duties": duty,
        "transfers": transfer,
        "vault": landed,
        "issuer": issued,
        "evidence": entry,
        "contexts": THEIRS,
    }


def about(house: House, path: str) -> str:
    """The path of an operation with the bank's id in it."""
    id_ = house.has.get(path.split("/")[1], SECRET)
    return re.sub(r"\{[^}]+\}", id_.replace("/", "%2F"), path)


def betrays(house: House, said: Said) -> list[str]:
    """What of the bank's stands in an answer."""
    told = said.body.decode("utf-8", "replace")
    return [each for each in (SECRET, *house.has.values()) if each in told and each != THEIRS]


@pytest.mark.parametrize(("method", "path", "takes"), NATIVE, ids=[f"{m} {p}" for m, p, _ in NATIVE])
async def test_the_native_api_opens_only_ones_own(house: House, method: str, path: str, takes: Any) -> None:
    """With the shop's key: what is the bank's by id, the bank by name, and every list."""
    body = BODIES.get(f"{method} {path}", {} if takes is not None else None)
    at = about(house, path)
    if "{" in path:
        by_id = await house.as_shop(method, f"/api/v1{at}", body)
        own = method in {"PUT", "DELETE"}  # one of the shop's own may come and go under the same id
        assert by_id.status in {400, 403, 404} or own or by_id.json == [], by_id
        assert not [each for each in betrays(house, by_id) if each not in at], by_id
    named = await house.as_shop(method, f"/api/v1{at}?context={THEIRS}", body)
    assert named.status in {400, 403, 404} or (
        path in {"/node", "/contexts", "/grades"} and method == "GET"
    ), named
    assert THEIRS not in named.body.decode(), named
    if "{" not in path and path != "/events":  # a stream without an end; it has tests of its own
        listed = await house.as_shop(method, f"/api/v1{path}", body)
        assert not betrays(house, listed), listed


@pytest.mark.parametrize(("method", "path"), EDC, ids=[f"{m} {p}" for m, p in EDC])
async def test_the_management_api_opens_only_ones_own(house: House, method: str, path: str) -> None:
    kind = path.split("/")[2]
    id_ = {
        "contractnegotiations": house.has["negotiations"],
        "contractagreements": house.has["agreements"],
        "transferprocesses": house.has["transfers"],
        "edrs": house.has["transfers"],
    }.get(kind, SECRET)
    at = "/management" + re.sub(r"\{[^}]+\}", id_, path)
    body = {"@context": {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}} if method in {"POST", "PUT"} else None
    for said in (
        await house.as_shop(method, at, body),
        await house.as_shop(method, f"{at}?context={THEIRS}", body),
    ):
        assert said.status in {200, 204, 400, 404, 405, 502}, said
        assert not [each for each in betrays(house, said) if each != id_ or said.status < 300], said
    named = await house.as_shop(method, f"{at}?context={THEIRS}", body)
    assert named.status >= 400 or THEIRS not in named.body.decode(), named


async def test_the_bank_has_all_that_it_had(house: House) -> None:
    """After every call above: nothing of it is changed or gone."""
    node = house.node
    assert (await node.get(f"/assets/{SECRET}", context=THEIRS))["id"] == SECRET
    assert (await node.get(f"/policies/{SECRET}", context=THEIRS))["id"] == SECRET
    assert [each["id"] for each in (await node.get("/answers", context=THEIRS))["items"]] == [SECRET]
    agreement = await node.get(f"/agreements/{house.has['agreements']}", context=THEIRS)
    transfer = await node.get(f"/transfers/{house.has['transfers']}", context=THEIRS)
    assert (agreement["state"], transfer["state"]) == ("ACTIVE", "STARTED")
    issued = (await node.get("/issuer/credentials", context=THEIRS))["items"]
    assert [each["revoked"] for each in issued] == [False]


@pytest.mark.parametrize("key", [None, "", "x" * 43])
async def test_no_route_opens_without_a_key(house: House, key: str | None) -> None:
    headers = {} if key is None else {"X-Api-Key": key}
    for method, path in [(m, f"/api/v1{p}") for m, p, _ in NATIVE] + [(m, f"/management{p}") for m, p in EDC]:
        at = house.node.urls["management"] + about(house, path)
        said = await house.node.send(method, at, {} if method != "GET" else None, headers=headers)
        assert said.status == 401 or "health" in path or "version" in path, (method, path, said)
