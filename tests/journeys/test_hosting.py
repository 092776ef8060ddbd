"""Many participants in one node: added, bounded and closed while it runs, and hard apart (item of pain 24)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from tests.nodes import OPEN, IdentityTable, Said, Site, configured, sent, site

from xinfu.node.run import run_node

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBJECT = "91430200MA0000001B"
CODE = "591430200MA0000001B430200000001P"


class Hosted(msgspec.Struct, frozen=True):
    """A node that hosts `bank` beside its own participant, a node that trades with it, and the bank's own key."""

    host: Site
    partner: Site
    key: str

    async def as_bank(self, method: str, path: str, body: object = None) -> Said:
        """A call with the bank's key, which names no context."""
        url = f"{self.host.urls['management']}/api/v1{path}"
        return await self.host.send(method, url, body, headers={"X-Api-Key": self.key})

    async def good(self, method: str, path: str, body: object = None) -> Any:
        """What such a call gives."""
        said = await self.as_bank(method, path, body)
        assert said.status < 300, said
        return said.json

    async def agreed(self, dataset: str) -> dict[str, Any]:
        """An agreement of the partner with the bank, which offers `dataset`."""
        wanted = {"participant": "bank", "at": self.bank["protocol"], "dataset": dataset}
        opened = await self.partner.post("/negotiations", wanted)
        await self.partner.reaches("negotiations", opened["id"], "FINALIZED")
        found = await self.partner.get("/agreements", negotiation=opened["id"])
        agreement: dict[str, Any] = found["items"][0]
        return agreement

    @property
    def bank(self) -> Mapping[str, str]:
        """Where others reach the bank."""
        context = self.host.node.parts.contexts.get("bank")
        return {"protocol": context.protocol_base, "root": context.protocol_root}


@pytest_asyncio.fixture(loop_scope="module")
async def hosted(tmp_path: Path) -> AsyncIterator[Hosted]:
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        identity = IdentityTable(kind="insecure-static")
        host, partner = [
            await stack.enter_async_context(site(tmp_path / name, session, identity=identity))
            for name in ("host", "partner")
        ]
        made = await host.host("bank", name={"en": "Bank", "zh": "银行"})
        yield Hosted(host, partner, made["api_key"])


async def test_an_added_participant_trades_at_once(hosted: Hosted) -> None:
    await hosted.host.publish("rates", context="bank")
    agreement = await hosted.agreed("rates")
    assert agreement["peer"] == "bank"
    assert [each["id"] for each in (await hosted.good("GET", "/assets"))["items"]] == ["rates"]
    assert (await hosted.host.get("/assets"))["items"] == []


async def test_it_is_there_again_after_a_restart_with_its_key_codes_and_bounds(tmp_path: Path) -> None:
    config, key = configured(tmp_path / "host")
    async with aiohttp.ClientSession() as session:
        async with run_node(config) as node:
            at = f"http://127.0.0.1:{node.sockets.management.getsockname()[1]}/api/v1/contexts"
            asked = {"id": "bank", "entity": SUBJECT, "connector": CODE, "limits": {"datasets": 1}}
            made = await sent(session, "POST", at, asked, headers={"X-Api-Key": key})
            did = made.json["context"]["participant"]
            document = node.keys.document("bank").id
        async with run_node(config) as node:
            at = f"http://127.0.0.1:{node.sockets.management.getsockname()[1]}/api/v1/contexts"
            shown = await sent(session, "GET", at, headers={"X-Api-Key": made.json["api_key"]})
    assert document == did
    assert [each["id"] for each in shown.json["items"]] == ["bank"]
    assert shown.json["items"][0]["limits"]["datasets"] == 1
    assert (shown.json["items"][0]["entity"], shown.json["items"][0]["connector"]) == (SUBJECT, CODE)


async def test_a_mistyped_code_is_refused(hosted: Hosted) -> None:
    for wrong in ({"entity": SUBJECT[1:]}, {"connector": CODE[:-1] + "Q"}):
        said = await hosted.host.api("POST", "/contexts", {"id": "shop", **wrong})
        assert said.status == 400
        assert str(said.code).startswith("identifier.")


@pytest.mark.parametrize("id_", ["", "Bank", "a/b", "-a", "a" * 64, "银行"])
async def test_an_id_that_is_no_part_of_an_address_is_refused(hosted: Hosted, id_: str) -> None:
    said = await hosted.host.api("POST", "/contexts", {"id": id_})
    assert (said.status, said.code) == (400, "context.id")


async def test_an_id_is_taken_once(hosted: Hosted) -> None:
    for taken in ("bank", "host"):
        said = await hosted.host.api("POST", "/contexts", {"id": taken})
        assert (said.status, said.code) == (409, "context.exists")


async def test_the_key_of_one_participant_does_not_run_the_node(hosted: Hosted) -> None:
    for method, path, body in [
        ("POST", "/contexts", {"id": "mine"}),
        ("PATCH", "/contexts/bank", {"limits": {}}),
        ("POST", "/contexts/bank/close", None),
        ("POST", "/contexts/host/key", None),
    ]:
        said = await hosted.as_bank(method, path, body)
        assert (said.status, said.code) == (403, "api.node-key"), path


async def test_a_fresh_key_shuts_the_one_before(hosted: Hosted) -> None:
    fresh = (await hosted.host.post("/contexts/bank/key"))["api_key"]
    assert (await hosted.as_bank("GET", "/assets")).status == 401
    url = f"{hosted.host.urls['management']}/api/v1/assets"
    assert (await hosted.host.send("GET", url, headers={"X-Api-Key": fresh})).status == 200


async def test_datasets_are_bounded_exactly(hosted: Hosted) -> None:
    await limit(hosted, datasets=3)
    file = hosted.host.folder / "bank" / "data.csv"
    file.write_bytes(b"1")
    source = {"kind": "file", "path": str(file)}
    forms = [{"asset": {"id": f"d{each}", "source": source, "grade": 1}, "policy": OPEN} for each in range(8)]
    said = await asyncio.gather(*(hosted.as_bank("POST", "/publications", form) for form in forms))
    assert sorted(each.status for each in said) == [201] * 3 + [429] * 5
    assert {each.code for each in said if each.status == 429} == {"context.full"}
    again = await hosted.as_bank(
        "POST", "/publications", next(f for f, s in zip(forms, said, strict=True) if s.status == 201)
    )
    assert again.status == 201  # what is there may change


async def test_open_negotiations_and_transfers_are_bounded_and_a_peer_tries_again(hosted: Hosted) -> None:
    await hosted.host.publish("rates", context="bank")
    agreement = await hosted.agreed("rates")
    await limit(hosted, transfers=1)
    first = await hosted.partner.post("/transfers", {"agreement": agreement["id"]})
    await hosted.partner.reaches("transfers", first["id"], "STARTED")
    second = await hosted.partner.post("/transfers", {"agreement": agreement["id"]})
    async with asyncio.timeout(20):
        while (await tries(hosted.partner, second["id"])) == 0:
            await asyncio.sleep(0.05)
    await hosted.partner.post(f"/transfers/{first['id']}/complete", {})
    await hosted.partner.reaches("transfers", second["id"], "STARTED")
    used = (await hosted.host.get("/contexts/bank"))["used"]
    assert used == {"datasets": 1, "negotiations": 0, "transfers": 1, "reads": 0}


async def tries(site: Site, transfer: str) -> int:
    """How often our request was refused so far."""
    async with site.node.parts.store.view(site.context.id) as view:
        return sum(row.attempts for row in await view.outbox.of(transfer))


async def limit(hosted: Hosted, **bounds: int) -> None:
    said = await hosted.host.api("PATCH", "/contexts/bank", {"limits": bounds})
    assert said.status == 200, said


async def test_closing_ends_what_is_open_tells_the_peer_and_answers_no_one(hosted: Hosted) -> None:
    await hosted.host.publish("rates", context="bank")
    await hosted.host.api("PUT", "/answers/wait", {"on": "requested", "do": ["hold"]}, context="bank")
    await hosted.host.publish("held", context="bank")
    wanted = {"participant": "bank", "at": hosted.bank["protocol"], "dataset": "held"}
    waiting = await hosted.partner.post("/negotiations", wanted)
    await hosted.partner.reaches("negotiations", waiting["id"], "REQUESTED")
    assert (await hosted.host.post("/contexts/bank/close"))["closed"] is True
    ended = await hosted.partner.reaches("negotiations", waiting["id"], "TERMINATED")
    assert "closed" in str(ended["reason"])
    catalog = await hosted.partner.send("POST", f"{hosted.bank['protocol']}/catalog/request", {})
    version = await hosted.partner.send("GET", f"{hosted.bank['root']}/.well-known/dspace-version")
    assert (catalog.status, version.status) == (404, 404)
    said = await hosted.as_bank("POST", "/policies", {"id": "p", "policy": OPEN})
    assert (said.status, said.code) == (409, "context.closed")
    assert (await hosted.as_bank("GET", "/assets")).status == 200
    again = await hosted.host.api("POST", "/contexts/bank/close")
    assert (again.status, again.code) == (409, "context.closed")


async def test_a_reopened_participant_trades_again(hosted: Hosted) -> None:
    await hosted.host.publish("rates", context="bank")
    await hosted.host.post("/contexts/bank/close")
    await hosted.host.post("/contexts/bank/reopen")
    assert (await hosted.agreed("rates"))["dataset"] == "rates"
    noted = await hosted.good("GET", "/evidence/entries?kind=context.changed")
    assert [each["entry"]["facts"]["change"] for each in noted] == ["added", "closed", "reopened"]


async def test_the_last_open_participant_cannot_be_closed(hosted: Hosted) -> None:
    await hosted.host.post("/contexts/bank/close")
    said = await hosted.host.api("POST", "/contexts/host/close")
    assert (said.status, said.code) == (409, "context.last")
