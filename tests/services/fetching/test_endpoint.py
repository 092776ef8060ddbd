"""The consumer renews an endpoint token by itself: before its end, once for all, whatever the provider answers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import Site, site

from xinfu import odrl
from xinfu.credentials.base64url import decode
from xinfu.dsp import DataAddress, Renewal, Role, bearer_address
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.errors import ConflictError, NotFoundError, PeerError, RefusedError, XinfuError
from xinfu.odrl import PolicyKind
from xinfu.ports.records import ADDRESSES, TRANSFERS
from xinfu.services.agreements import lifecycle
from xinfu.services.fetching import endpoint
from xinfu.services.fetching.fetch import fetch
from xinfu.services.processes import transfer

PROVIDER = "did:web:provider.example"
LIFE = 600
DATA = b"station,value\n"


class Provider:
    """A data plane that gives DATA for its tokens of now, and new tokens for its refresh token.

    Attributes:
        alive: access tokens that open the data.
        asked: the forms and proofs that its token endpoint was sent.
        faults: what the token endpoint does in place of answering, one a request.
    """

    def __init__(self) -> None:
        self.alive = {"access-0"}
        self.asked: list[tuple[dict[str, list[str]], dict[str, Any]]] = []
        self.faults: list[web.Response | None] = []
        self.answer: dict[str, Any] = {"expires_in": LIFE, "token_type": "Bearer"}
        self.reads = 0

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/token":
            return await self._renew(request)
        if request.path.endswith("/manifest"):
            token = request.headers["Authorization"].removeprefix("Bearer ")
            if token not in self.alive:
                return web.json_response({"code": "data.token-expired", "title": "Over."}, status=403)
            return web.Response(status=404)
        self.reads += 1
        return web.Response(body=DATA)

    async def _renew(self, request: web.BaseRequest) -> web.StreamResponse:
        proof = request.headers["Authorization"].split(".")[1]
        form = parse_qs(await request.text())
        self.asked.append((form, msgspec.json.decode(decode(proof))))
        number = int(form["refresh_token"][0].rpartition("-")[2]) + 1
        self.alive.add(f"access-{number}")
        if self.faults and (fault := self.faults.pop(0)) is not None:
            if fault.status == 599:  # the answer is lost
                assert request.transport is not None
                request.transport.abort()
            return fault
        tokens = {"access_token": f"access-{number}", "refresh_token": f"refresh-{number}"}
        return web.json_response(tokens | self.answer)


LOST = 599


class Pull:
    """A pull that runs at a consumer's node."""

    def __init__(self, made: Site, id_: str, provider: Provider) -> None:
        self.site, self.id, self.provider = made, id_, provider
        self.parts = made.node.parts

    async def token(self) -> str | None:
        """The access token that a reader would use now."""
        return (await endpoint.place_of(self.parts, "consumer", self.id)).address.authorization

    async def kept(self) -> DataAddress:
        return (await endpoint.find_address(self.parts, "consumer", self.id)).address

    async def read(self) -> bytes:
        async with fetch(self.parts, "consumer", self.id) as incoming:
            return b"".join([chunk async for chunk in incoming.chunks()])

    def later(self, **span: float) -> None:
        self.site.clock.moved += timedelta(**span)


@pytest.fixture
async def pull(tmp_path: Path) -> AsyncIterator[Pull]:
    provider = Provider()
    async with (
        RawTestServer(provider.serve, host="127.0.0.1") as server,
        aiohttp.ClientSession() as session,
        site(tmp_path / "consumer", session) as made,
    ):
        renewal = Renewal(
            refresh_token="refresh-0",
            endpoint=str(server.make_url("/token")),
            expires_in=LIFE,
            audience="did:web:somebody-else",
            holder=made.did,
        )
        address = bearer_address(str(server.make_url("/data")), "access-0", renewal)
        yield Pull(made, await _started(made, address), provider)


async def _started(made: Site, address: DataAddress) -> str:
    parts, now = made.node.parts, made.clock.now()
    record = TransferProcess(
        id=made.clock.new_id(),
        context="consumer",
        participant=made.did,
        role=Role.CONSUMER,
        peer=PROVIDER,
        state=State.STARTED,
        peer_base="https://provider.example/dsp",
        agreement_id="urn:example:agreement",
        dataset="air",
        format="HttpData-PULL",
        created=now,
        updated=now,
    )
    await lifecycle.take_over(
        parts,
        "consumer",
        wire_id=record.agreement_id,
        peer=PROVIDER,
        dataset="air",
        role="consumer",
        policy=odrl.read({"permission": [{"action": "use"}]}, kind=PolicyKind.AGREEMENT),
    )
    async with parts.store.step("consumer") as step:
        await step.of(TRANSFERS).add(record)
        await step.of(ADDRESSES).add(transfer.sealed_address(parts, record, address, now))
    return record.id


async def test_a_token_is_used_as_it_is_until_its_end_is_near(pull: Pull) -> None:
    pull.later(seconds=LIFE - 62)
    assert await pull.token() == "access-0"
    pull.later(seconds=3)
    assert await pull.token() == "access-1"
    assert await pull.token() == "access-1"
    assert len(pull.provider.asked) == 1


async def test_a_short_life_is_used_for_four_fifths(pull: Pull) -> None:
    pull.provider.answer["expires_in"] = 100
    pull.later(seconds=LIFE)
    assert await pull.token() == "access-1"
    pull.later(seconds=79)
    assert await pull.token() == "access-1"
    pull.later(seconds=2)
    assert await pull.token() == "access-2"


async def test_the_request_is_an_oauth_form_with_a_proof_for_the_provider_alone(pull: Pull) -> None:
    pull.later(seconds=LIFE)
    await pull.token()
    [(form, claims)] = pull.provider.asked
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["refresh-0"]}
    assert (claims["iss"], claims["sub"], claims["aud"]) == (pull.site.did, pull.site.did, PROVIDER)
    assert claims["token"] == "access-0"
    assert claims["htu"].endswith("/token")


async def test_many_readers_share_one_renewal(pull: Pull) -> None:
    pull.later(seconds=LIFE)
    assert {*(await asyncio.gather(*(pull.read() for _ in range(64))))} == {DATA}
    assert len(pull.provider.asked) == 1


async def test_a_renewal_goes_on_when_the_reader_who_began_it_is_gone(pull: Pull) -> None:
    pull.later(seconds=LIFE)
    first = asyncio.create_task(pull.token())
    others = [asyncio.create_task(pull.token()) for _ in range(3)]
    while not pull.provider.asked:
        await asyncio.sleep(0)
    first.cancel()
    assert {*(await asyncio.gather(*others))} == {"access-1"}
    assert len(pull.provider.asked) == 1


async def test_a_lost_answer_is_asked_for_again_and_the_old_token_serves_meanwhile(pull: Pull) -> None:
    pull.provider.faults = [web.Response(status=LOST)]
    pull.later(seconds=LIFE - 30)
    assert await pull.token() == "access-0"
    assert await pull.token() == "access-1"
    assert [form["refresh_token"] for form, _ in pull.provider.asked] == [["refresh-0"]] * 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (web.json_response({"error": "invalid_grant"}, status=400), RefusedError),
        (web.json_response({"code": "agreement.terminated", "title": "It ended."}, status=400), RefusedError),
        (web.Response(status=401), RefusedError),
        (web.Response(status=404), NotFoundError),
        (web.Response(status=503), PeerError),
        (web.Response(body=b"<html>"), PeerError),
        (web.Response(body=b'{"access_token":7}'), PeerError),
        (web.Response(body=b"\xff"), PeerError),
        (web.Response(body=b"{}" + b" " * 70_000), PeerError),
        (web.Response(status=LOST), PeerError),
    ],
    ids=["grant", "our words", "401", "404", "503", "html", "number", "bytes", "much", "lost"],
)
async def test_what_is_no_new_token_ends_only_what_is_over(
    pull: Pull, answer: web.Response, error: type[XinfuError]
) -> None:
    pull.provider.faults = [answer, _again(answer)]
    pull.later(seconds=LIFE - 1)
    assert await pull.token() == "access-0"
    pull.later(seconds=1)
    with pytest.raises(error):
        await pull.token()
    assert (await pull.kept()).refresh_token == "refresh-0"
    assert await pull.token() == "access-1", "the next one is asked for anew"


def _again(answer: web.Response) -> web.Response:
    """The same answer; a response is sent once."""
    return web.Response(status=answer.status, body=answer.body)


async def test_a_refusal_comes_in_the_providers_own_words(pull: Pull) -> None:
    told = {"code": "agreement.terminated", "title": "It ended.", "detail_zh": "协议已终止。"}
    pull.provider.faults = [web.json_response(told, status=400)]
    pull.later(seconds=LIFE)
    with pytest.raises(RefusedError) as refused:
        await pull.read()
    assert (refused.value.code, refused.value.en, refused.value.zh) == (
        "agreement.terminated",
        "It ended.",
        "协议已终止。",
    )


async def test_a_token_that_the_provider_says_is_over_is_renewed_at_once(pull: Pull) -> None:
    """Its clock may be ahead of ours, or the start message was long on its way."""
    pull.provider.alive = set()
    assert await pull.read() == DATA
    assert len(pull.provider.asked) == 1
    assert (await pull.kept()).authorization == "access-1"


async def test_a_provider_that_refuses_new_tokens_too_is_asked_once_more_and_no_further(pull: Pull) -> None:
    class Never(set[str]):
        def __contains__(self, token: object) -> bool:
            return False

    pull.provider.alive = Never()
    with pytest.raises(RefusedError) as refused:
        await pull.read()
    assert refused.value.code == "data.token-expired"
    assert (len(pull.provider.asked), pull.provider.reads) == (1, 0)


async def test_a_crash_before_the_answer_was_stored_costs_nothing(pull: Pull) -> None:
    old = await pull.kept()
    pull.later(seconds=LIFE)
    assert await pull.token() == "access-1"
    async with pull.parts.store.step("consumer") as step:  # as it lay there before the crash
        record = await step.of(TRANSFERS).lock(pull.id)
        since = pull.site.clock.now() - timedelta(seconds=LIFE)
        await step.of(ADDRESSES).save(transfer.sealed_address(pull.parts, record, old, since))
    assert await pull.token() == "access-1"
    assert [form["refresh_token"] for form, _ in pull.provider.asked] == [["refresh-0"]] * 2


async def test_a_start_in_the_midst_of_a_renewal_wins(pull: Pull) -> None:
    started = bearer_address("https://provider.example/data", "access-of-the-start")
    seen = asyncio.Event()

    async def renewing(request: web.BaseRequest) -> web.StreamResponse:
        seen.set()
        return await Provider._renew(pull.provider, request)

    pull.provider._renew = renewing  # type: ignore[method-assign]  # the other side, at one moment
    pull.later(seconds=LIFE)
    async with pull.parts.store.step("consumer") as step:
        record = await step.of(TRANSFERS).lock(pull.id)
        reading = asyncio.create_task(pull.token())
        await seen.wait()
        await step.of(ADDRESSES).save(
            transfer.sealed_address(pull.parts, record, started, pull.site.clock.now())
        )
    assert await reading == "access-of-the-start"
    assert (await pull.kept()).authorization == "access-of-the-start"


async def test_a_transfer_that_stopped_in_the_midst_has_no_token(pull: Pull) -> None:
    pull.later(seconds=LIFE)
    old = await endpoint.find_address(pull.parts, "consumer", pull.id)
    async with pull.parts.store.step("consumer") as step:
        await step.of(ADDRESSES).remove(pull.id)
    with pytest.raises(ConflictError) as refused:
        await endpoint.renew(pull.parts, old.place)
    assert refused.value.code == "transfer.no-address"
    assert pull.provider.asked == []


async def test_no_token_stands_in_a_log_line(pull: Pull, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    pull.provider.faults = [web.Response(status=503)]
    pull.later(seconds=LIFE - 1)
    await pull.read()
    await pull.read()
    told = "".join(str(each.__dict__) for each in caplog.records)
    assert "token not renewed yet" in told
    assert not any(word in told for word in ("access-0", "access-1", "refresh-0", "refresh-1"))
