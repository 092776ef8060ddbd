"""Endpoint tokens between two running nodes: 64 readers across renewals, revocation, and requests of a stranger."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from tests.dialog import agreed, endpoint, transfer_request
from tests.nodes import Said, World
from tests.nodes import world as open_world
from tests.stranger import Stranger
from tests.stranger import stranger as open_stranger

from xinfu.evidence import CHUNK_BYTES

pytestmark = pytest.mark.asyncio(loop_scope="module")

READERS = 64
CONTENT = bytes(range(256)) * (CHUNK_BYTES // 256) * 2
LIFE = timedelta(hours=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def moved(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Three nodes whose clocks this module moves ahead."""
    async with open_world(tmp_path_factory.mktemp("moved")) as made:
        yield made


def pass_by(world: World, span: timedelta) -> None:
    """Time goes by at every node."""
    for each in (world.issuer, world.provider, world.consumer):
        each.clock.moved += span


async def pull(world: World, dataset: str) -> str:
    """The consumer's id of a transfer that runs."""
    await world.provider.publish(dataset, content=CONTENT)
    agreement = await world.agree(dataset)
    opened = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    await world.consumer.reaches("transfers", opened["id"], "STARTED")
    return str(opened["id"])


async def read(world: World, transfer: str, at: int) -> bytes:
    """A tenth of a chunk, through the consumer's node."""
    url = f"{world.consumer.urls['management']}/api/v1/transfers/{transfer}/content"
    first = at * (CHUNK_BYTES // 10)
    headers = {
        "X-Api-Key": world.consumer.api_key,
        "Range": f"bytes={first}-{first + CHUNK_BYTES // 10 - 1}",
    }
    said = await world.consumer.send("GET", url, headers=headers)
    assert said.status == 206, said.body
    return said.body


async def renewals(world: World, transfer: str) -> int:
    """How often the provider has renewed the token of a transfer."""
    parts = world.provider.node.parts
    pid = (await world.consumer.get(f"/transfers/{transfer}"))["provider_pid"]
    async with parts.store.view(world.provider.context.id) as view:
        return len(await view.log.find(process=pid, kind="token.renewed", limit=100))


async def test_64_readers_cross_three_renewals_and_every_byte_comes(moved: World) -> None:
    transfer = await pull(moved, "renewed")
    for turn in range(3):
        pass_by(moved, LIFE)
        parts = await asyncio.gather(*(read(moved, transfer, at % 20) for at in range(READERS)))
        assert await renewals(moved, transfer) == turn + 1
        for at, got in enumerate(parts):
            first = at % 20 * (CHUNK_BYTES // 10)
            assert got == CONTENT[first : first + len(got)]


async def test_readers_that_hold_the_old_token_go_on_while_others_use_the_new_one(moved: World) -> None:
    transfer = await pull(moved, "both")
    management = f"{moved.consumer.urls['management']}/management/v3/edrs/{transfer}"
    key = {"x-api-key": moved.consumer.api_key}
    old = (await moved.consumer.send("GET", f"{management}/dataaddress", headers=key)).json
    new = (await moved.consumer.send("POST", f"{management}/refresh", headers=key)).json
    assert old["authorization"] != new["authorization"]

    async def direct(address: dict[str, Any]) -> int:
        headers = {"Authorization": address["authorization"], "Range": "bytes=0-9"}
        return (await moved.session.get(address["endpoint"], headers=headers)).status

    statuses = await asyncio.gather(*(direct(new if at % 2 else old) for at in range(READERS)))
    assert {*statuses} == {206}
    pass_by(moved, timedelta(seconds=31))
    assert (await direct(old), await direct(new)) == (403, 206)


async def test_an_address_is_renewed_only_when_it_is_asked_for_that(moved: World) -> None:
    transfer = await pull(moved, "asked")
    url = f"{moved.consumer.urls['management']}/management/v3/edrs/{transfer}/dataaddress"

    async def shown(query: str = "") -> dict[str, Any]:
        said = await moved.consumer.send("GET", url + query, headers={"x-api-key": moved.consumer.api_key})
        found: dict[str, Any] = said.json
        return found

    first = await shown("?auto_refresh=true")
    pass_by(moved, LIFE)
    kept = await shown()
    assert kept["authorization"] == first["authorization"]
    assert "https://w3id.org/tractusx/auth/expiresIn" not in kept, "as EDC shows it"
    answers = await asyncio.gather(*(shown("?auto_refresh=True") for _ in range(READERS)))
    assert {each["authorization"] for each in answers} != {first["authorization"]}
    assert len({each["authorization"] for each in answers}) == await renewals(moved, transfer) == 1


async def test_nothing_is_renewed_after_the_agreement_was_ended(moved: World) -> None:
    transfer = await pull(moved, "ended")
    pid = (await moved.consumer.get(f"/transfers/{transfer}"))["provider_pid"]
    agreement = (await moved.provider.get(f"/transfers/{pid}"))["agreement"]
    ours = (await moved.provider.get("/agreements", wire_id=agreement))["items"][0]
    pass_by(moved, LIFE)
    await moved.provider.post(f"/agreements/{ours['id']}/terminate", {"reason": "over"})
    said = await moved.consumer.api("GET", f"/transfers/{transfer}/content")
    assert said.status in {403, 409}, said.body
    assert await renewals(moved, transfer) == 0


# A stranger: every way of asking, over HTTP.


class Holder:
    """A stranger whose transfer runs at the provider."""

    def __init__(self, world: World, peer: Stranger, start: dict[str, Any]) -> None:
        self.world, self.peer = world, peer
        self.url = f"{world.provider.context.data_base}/token"
        self.words = {each["name"]: each["value"] for each in start["dataAddress"]["endpointProperties"]}
        self.endpoint = start["dataAddress"]["endpoint"]

    def form(self, **changes: str) -> bytes:
        form = {"grant_type": "refresh_token", "refresh_token": self.words["refreshToken"], **changes}
        return urlencode(form).encode()

    async def ask(self, body: bytes, query: str = "", **claims: Any) -> Said:
        """One request to the token endpoint; its proof names our access token, unless `claims` say otherwise."""
        said = {"token": self.words["authorization"], **claims}
        proof = self.peer.token(self.world.provider.did, self.url, body, **said)
        headers = {
            "Authorization": proof,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        return await self.peer.send(
            self.world.provider.did, self.url + query, body, token=proof, headers=headers
        )

    async def read(self, token: str) -> int:
        said = await self.world.provider.send(
            "GET", self.endpoint, headers={"Authorization": f"Bearer {token}"}
        )
        return said.status


@pytest_asyncio.fixture(loop_scope="module")
async def holder(world: World, peer: Stranger) -> Holder:
    dataset = f"held-{len(peer.heard)}"
    offer = await world.provider.publish(dataset, content=b"x")
    contract = await agreed(peer, world.provider, offer, dataset)
    wanted = transfer_request(peer, contract)
    await peer.send(world.provider.did, f"{world.provider.base}/transfers/request", wanted)
    start = await peer.hears("TransferStartMessage", wanted["consumerPid"])
    assert endpoint(start)
    return Holder(world, peer, start.json)


async def test_a_start_message_tells_a_stranger_all_that_it_needs(holder: Holder) -> None:
    tx = "https://w3id.org/tractusx/auth/"
    assert holder.words["refreshEndpoint"] == holder.words[f"{tx}refreshEndpoint"] == holder.url
    assert holder.words["expiresIn"] == holder.words[f"{tx}expiresIn"] == "3600"
    assert holder.words[f"{tx}refreshAudience"] == holder.world.provider.did
    assert holder.words[f"{tx}audience"] == holder.peer.did


async def test_a_form_is_answered_as_oauth_says_and_the_same_each_time(holder: Holder) -> None:
    said, again = await holder.ask(holder.form()), await holder.ask(holder.form())
    assert (said.status, said.headers["cache-control"]) == (200, "no-store")
    assert {*said.json} == {"access_token", "refresh_token", "expires_in", "token_type"}
    assert said.json["token_type"] == "Bearer"
    assert again.json["access_token"] == said.json["access_token"]
    assert await holder.read(said.json["access_token"]) == 200


async def test_a_query_without_a_body_is_taken_as_tractus_x_sends_it(holder: Holder) -> None:
    said = await holder.ask(b"", f"?{holder.form().decode()}")
    assert said.status == 200, said.body
    assert await holder.read(said.json["access_token"]) == 200


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"", ""),
        (b"grant_type=refresh_token", ""),
        (b"refresh_token=x", ""),
        (b"grant_type=password&refresh_token=x", ""),
        (b"grant_type=refresh_token&refresh_token=a&refresh_token=b", ""),
        (b"&".join([b"a=1"] * 20), ""),
        (b'{"grant_type":"refresh_token"}', ""),
        (b"\xff\xfe", ""),
    ],
    ids=["empty", "no token", "no type", "other type", "twice", "many", "json", "bytes"],
)
async def test_what_is_no_such_form_is_refused(holder: Holder, body: bytes, query: str) -> None:
    said = await holder.ask(body, query)
    assert (said.status, said.json["error"], said.code) == (400, "invalid_request", "refresh.form")


async def test_a_form_of_any_length_is_not_read(holder: Holder) -> None:
    said = await holder.ask(b"a" * 20_000)
    assert (said.status, said.json["error"]) == (413, "invalid_request")


@pytest.mark.parametrize(
    "claims",
    [{"aud": "did:web:other"}, {"exp": 1}, {"htu": "https://other.example/token"}, {"digest": "x"}],
    ids=["another's", "late", "elsewhere", "another body"],
)
async def test_a_proof_that_does_not_hold_is_401(holder: Holder, claims: dict[str, Any]) -> None:
    said = await holder.ask(holder.form(), **claims)
    assert (said.status, said.json["error"], said.code) == (401, "invalid_client", "token.refused")
    assert said.headers["www-authenticate"] == "Bearer"


async def test_who_proves_nothing_is_401(holder: Holder) -> None:
    for headers in ({}, {"Authorization": f"Bearer {holder.words['authorization']}"}):
        said = await holder.world.provider.send("POST", holder.url, holder.form(), headers=headers)
        assert (said.status, said.json["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("form", "claims"),
    [({"refresh_token": "wrong"}, {}), ({}, {"token": None}), ({}, {"token": "wrong"}), ({}, {"token": ""})],
    ids=["refresh", "unnamed", "access", "blank"],
)
async def test_tokens_that_do_not_belong_together_are_400(
    holder: Holder, form: dict[str, str], claims: dict[str, Any]
) -> None:
    said = await holder.ask(holder.form(**form), **claims)
    assert (said.status, said.json["error"], said.code) == (400, "invalid_grant", "data.refresh-refused")


async def test_another_participant_renews_nothing_with_our_tokens(world: World, holder: Holder) -> None:
    async with open_stranger(world.session) as thief:
        holder.peer = thief
        said = await holder.ask(holder.form())
    assert (said.status, said.json["error"], said.code) == (400, "invalid_grant", "data.refresh-refused")


async def test_a_proof_is_used_once(holder: Holder) -> None:
    body = holder.form()
    proof = holder.peer.token(
        holder.world.provider.did, holder.url, body, token=holder.words["authorization"]
    )
    said = [
        await holder.world.provider.send("POST", holder.url, body, headers={"Authorization": proof})
        for _ in range(2)
    ]
    assert [each.status for each in said] == [200, 401]


async def test_other_verbs_and_contexts_are_not_there(holder: Holder) -> None:
    provider = holder.world.provider
    assert (await provider.send("GET", holder.url)).status == 405
    elsewhere = holder.url.replace("/data/provider/", "/data/nobody/")
    assert (await provider.send("POST", elsewhere, holder.form())).status == 404
