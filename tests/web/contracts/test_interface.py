"""The signed header on the wire: who speaks is proven twice by one key, once, in time; every answer has its code."""

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from msgspec.structs import replace
from tests.contracting import contracting
from tests.nodes import Said, Site, World

from xinfu.contracts.header import Header, new_header, signed_bytes
from xinfu.contracts.messages import ContractApi
from xinfu.contracts.usage import UsageApi

pytestmark = pytest.mark.asyncio(loop_scope="module")

BODY = {"issuerId": "i", "issuerEntityId": "e"}
ALL = [*ContractApi, *UsageApi]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Site, World]]:
    async with contracting(tmp_path_factory.mktemp("contracting")) as made:
        yield made


class Message:
    """A message of the provider's to the platform, to be spoiled before it is sent."""

    def __init__(self, both: tuple[Site, World], api: str = ContractApi.TEMPLATE, body: Any = None) -> None:
        self.platform, self.world = both
        self.parts = self.world.provider.node.parts
        self.api = str(api)
        self.url = f"{self.platform.base.removesuffix('/2025-1')}/contracts/{self.api}"
        self.body = json.dumps(BODY if body is None else body).encode()
        fresh = self.parts.clock.new_id()[-32:].replace("-", "")
        self.header = new_header(self.api, now=self.parts.clock.now(), sequence_num=fresh)

    async def signed(self) -> Header:
        covered = partial(signed_bytes, self.header, self.body)
        stamp = await self.parts.sealing.stamp(context="provider", covered=covered)
        return replace(self.header, sign_value=stamp)

    async def proof(self) -> str:
        return await self.parts.identity.prove(
            context="provider", audience=self.platform.did, url=self.url, body=self.body
        )

    async def send(
        self, header: Header | None = None, proof: str | None = None, media_type: str = "application/json"
    ) -> Said:
        fields = (header or await self.signed()).fields()
        given = {
            "authorization": await self.proof() if proof is None else proof,
            "content-type": media_type,
        }
        return await self.platform.send("POST", self.url, self.body, headers=fields | given)


def code(said: Said) -> tuple[int, str, Any]:
    answer = said.json
    assert set(answer) == {"code", "message", "data"}
    assert len(answer["code"]) == 6
    assert len(answer["message"]) <= 255
    return said.status, answer["code"], answer["data"]


async def test_a_signed_message_is_taken(both: tuple[Site, World]) -> None:
    assert code(await Message(both).send()) == (200, "006000", {"status": "0", "template": []})


@pytest.mark.parametrize("api", ALL)
async def test_every_interface_answers_a_signed_message_with_its_own_state(
    both: tuple[Site, World], api: str
) -> None:
    _, six, data = code(await Message(both, api, {}).send())
    state = {"contractCreate": "creationFlag", "contractNegotiate": "negotiationStatus"}.get(api, "status")
    assert (six, data) == ("206001", {state: "1"})


@pytest.mark.parametrize(
    ("change", "status", "six"),
    [
        ({"sign_value": ""}, 401, "106006"),
        ({"sign_value": "ab" * 64}, 401, "106006"),
        ({"timestamp": "1748750400000"}, 400, "206006"),
        ({"msgcode": "contractCreate"}, 400, "206007"),
        ({"msgversion": "2.0.0"}, 400, "206005"),
        ({"sequence_num": "x" * 33}, 400, "206002"),
    ],
    ids=["unsigned", "wrong", "late", "code", "version", "sequence"],
)
async def test_a_header_that_does_not_fit_is_refused(
    both: tuple[Site, World], change: dict[str, str], status: int, six: str
) -> None:
    message = Message(both)
    assert code(await message.send(replace(await message.signed(), **change)))[:2] == (status, six)


async def test_a_signature_over_another_field_or_body_is_refused(both: tuple[Site, World]) -> None:
    message = Message(both)
    moved = replace(await message.signed(), sequence_num="another")
    assert code(await message.send(moved))[1] == "106006"
    header = await message.signed()
    message.body = json.dumps(BODY | {"templateId": "t"}).encode()
    assert code(await message.send(header))[1] == "106006"


async def test_a_message_is_taken_once(both: tuple[Site, World]) -> None:
    message = Message(both)
    header, proof = await message.signed(), await message.proof()
    assert code(await message.send(header, proof))[0] == 200
    assert code(await message.send(header, proof))[:2] == (401, "106004")
    assert code(await message.send(header))[:2] == (400, "306003")


async def test_a_refused_message_is_used_up_too(both: tuple[Site, World]) -> None:
    message = Message(both, ContractApi.TEMPLATE, {})
    header = await message.signed()
    assert code(await message.send(header))[1] == "206001"
    assert code(await message.send(header))[1] == "306003"


async def test_who_does_not_prove_who_it_is_is_refused(both: tuple[Site, World]) -> None:
    message = Message(both)
    assert code(await message.send(proof=""))[:2] == (401, "106004")
    other = await both[1].consumer.node.parts.identity.prove(
        context="consumer", audience=both[0].did, url=message.url, body=message.body
    )
    assert code(await message.send(proof=other))[:2] == (401, "106006"), "token of one, signValue of another"


async def test_a_body_that_is_no_json_is_refused(both: tuple[Site, World]) -> None:
    message = Message(both)
    assert code(await message.send(media_type="text/plain"))[:2] == (415, "206008")
    message.body = b"{"
    assert code(await message.send())[1] == "206008"
    message = Message(both)
    message.body = b""
    assert code(await message.send())[1] == "206004"


async def test_a_party_numbers_and_files_nothing(both: tuple[Site, World]) -> None:
    message = Message(both)
    provider = both[1].provider
    message.platform, message.url = (
        provider,
        f"{provider.base.removesuffix('/2025-1')}/contracts/{message.api}",
    )
    said = await message.send()
    assert code(said)[:2] == (404, "306001")
    assert "platform.not-here" in said.json["message"]


async def test_there_is_no_such_participant(both: tuple[Site, World]) -> None:
    message = Message(both)
    message.url = message.url.replace("/dsp/platform/", "/dsp/nobody/")
    assert code(await message.send())[:2] == (404, "306001")
