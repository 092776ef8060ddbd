"""What EDC's data plane answered is fed to our client: it sends the token as EDC wants it, and says what happened."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from aiohttp import web
from tests.nodes import IdentityTable, Site, site

from xinfu import odrl
from xinfu.dsp import HTTP_ENDPOINT, DataAddress, EndpointProperty, Role
from xinfu.dsp.transfer import State, TransferProcess
from xinfu.odrl import PolicyKind
from xinfu.ports.records import ADDRESSES, TRANSFERS, SealedAddress
from xinfu.services.agreements import lifecycle
from xinfu.services.processes.transfer import address_name

GOLDEN: Final = Path(__file__).resolve().parents[3] / "shared" / "edc-golden" / "dataplane"
FILES: Final = sorted(GOLDEN.glob("*.json")) if GOLDEN.is_dir() else []
EDC: Final = "https://w3id.org/edc/v0.0.1/ns/"


class DataPlane:
    """Answers as the recordings do: by the Authorization that it is sent, and by nothing else."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        self.heard: list[str] = []
        for file in FILES:
            told = json.loads(file.read_text(encoding="utf-8"))
            given = told["request"]["headers"].get("Authorization", "")
            self.answers.setdefault(f"{told['response']['status']} {given}", told["response"])
        self.now: dict[str, Any] = {}

    async def answer(self, request: web.Request) -> web.Response:
        given = request.headers.get("Authorization", "")
        if request.path.endswith("/manifest"):
            return web.Response(status=404)
        self.heard.append(given)
        response = self.now if given == self.now["given"] else self._stranger(given)
        return web.json_response(response["body"], status=response["status"])

    def _stranger(self, given: str) -> dict[str, Any]:
        status = 401 if not given else 403
        return next(each for key, each in self.answers.items() if key.startswith(str(status)))


@pytest_asyncio.fixture
async def plane() -> AsyncIterator[tuple[DataPlane, str]]:
    made = DataPlane()
    app = web.Application()
    app.router.add_get("/{rest:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    listening = web.TCPSite(runner, "127.0.0.1", 0)
    await listening.start()
    port = listening._server.sockets[0].getsockname()[1]  # type: ignore[union-attr]  # it listens
    yield made, f"http://127.0.0.1:{port}/public"
    await runner.cleanup()


@pytest_asyncio.fixture
async def consumer(tmp_path: Path) -> AsyncIterator[Site]:
    async with aiohttp.ClientSession() as session:
        identity = IdentityTable(kind="insecure-static")
        async with site(tmp_path / "consumer", session, identity=identity) as made:
            yield made


async def started(at: Site, endpoint: str, token: str) -> str:
    """A pull of EDC's that has started: its address as EDC writes it in a start message."""
    named = {
        "endpoint": endpoint,
        "authType": "bearer",
        "endpointType": HTTP_ENDPOINT,
        "authorization": token,
    }
    address = DataAddress(
        endpoint_type=HTTP_ENDPOINT,
        properties=tuple(EndpointProperty(name=EDC + key, value=value) for key, value in named.items()),
    )
    parts, context, now = at.node.parts, at.context, at.node.parts.clock.now()
    id_ = parts.clock.new_id()
    agreed = await lifecycle.take_over(
        parts,
        context.id,
        wire_id=f"agreed-{id_}",
        peer="provider",
        dataset="asset-1",
        role="consumer",
        policy=odrl.read({"permission": [{"action": "use"}]}, kind=PolicyKind.AGREEMENT),
    )
    record = TransferProcess(
        id=id_,
        context=context.id,
        participant=context.participant,
        role=Role.CONSUMER,
        peer="provider",
        consumer_pid=id_,
        provider_pid="theirs",
        state=State.STARTED,
        peer_base="http://127.0.0.1:9/2025-1",
        agreement_id=agreed.wire_id,
        dataset="asset-1",
        format="HttpData-PULL",
        created=now,
        updated=now,
    )
    sealed = parts.keyring.seal(msgspec.json.encode(address), context=context.id, name=address_name(id_))
    async with parts.store.step(context.id) as step:
        await step.of(TRANSFERS).add(record)
        await step.of(ADDRESSES).add(SealedAddress(id=id_, context=context.id, envelope=sealed, created=now))
    return id_


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
async def test_the_client_reads_what_the_data_plane_answered(
    plane: tuple[DataPlane, str], consumer: Site, file: Path
) -> None:
    told = json.loads(file.read_text(encoding="utf-8"))
    response = told["response"]
    token = told["request"]["headers"].get("Authorization", "").removeprefix("Bearer ") or "none"
    made, endpoint = plane
    made.now = {**response, "given": token}
    transfer = await started(consumer, endpoint, token)
    said = await consumer.api("GET", f"/transfers/{transfer}/content")
    assert made.heard == [token], "the token goes into Authorization as it is"
    if response["status"] == 200:
        assert (said.status, said.json) == (200, response["body"])
    else:
        assert said.status == 403
        assert str(response["status"]) in said.json["detail"]


async def test_the_address_is_shown_as_edc_shows_it(plane: tuple[DataPlane, str], consumer: Site) -> None:
    transfer = await started(consumer, plane[1], "token-1")
    url = f"{consumer.urls['management']}/management/v3/edrs/{transfer}/dataaddress?auto_refresh=True"
    said = await consumer.send("GET", url, headers={"x-api-key": consumer.api_key})
    shown = {key: value for key, value in said.json.items() if key != "@context"}
    assert shown == {
        "@type": "edc:DataAddress",
        "type": HTTP_ENDPOINT,
        "endpointType": HTTP_ENDPOINT,
        "endpoint": plane[1],
        "authType": "bearer",
        "authorization": "token-1",
    }


def test_every_recorded_pull_is_there() -> None:
    if not FILES:
        pytest.skip("../shared is absent: there are no recordings to feed")
    assert len(FILES) == 14
