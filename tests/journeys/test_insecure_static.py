"""The identity that proves nothing, as EDC's mock speaks it; in development only (D-10)."""

from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
from tests.dialog import first_request
from tests.nodes import IdentityTable, Site, World, configured, site
from tests.stranger import Stranger, message

from xinfu.errors import ConfigError
from xinfu.node.config import load
from xinfu.node.run import run_node

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mock(world: World, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A node that believes every name."""
    folder = tmp_path_factory.mktemp("mock") / "mock"
    async with site(folder, world.session, identity=IdentityTable(kind="insecure-static")) as made:
        yield made


def _mock_token(name: str, audience: str | None) -> str:
    return msgspec.json.encode({"region": "eu", "audience": audience, "clientId": name}).decode()


async def test_a_name_is_believed_and_its_region_is_a_claim(mock: Site, peer: Stranger) -> None:
    offer_id = await mock.publish("air")
    body = msgspec.json.encode(first_request(peer, offer_id, "air"))
    said = await mock.send(
        "POST",
        f"{mock.base}/negotiations/request",
        body,
        headers={"Authorization": _mock_token("consumer-corp", "mock")},
    )
    assert said.status == 201
    heard = await peer.hears("ContractAgreementMessage", said.json["consumerPid"])
    assert heard.json["agreement"]["assignee"] == "consumer-corp"
    token = msgspec.json.decode(heard.authorization)
    assert token["clientId"] == "mock"
    assert token["audience"] == "consumer-corp"


async def test_what_is_received_counts_as_unsigned(mock: Site) -> None:
    entries = await mock.get("/evidence/entries", kind="message.received")
    assert {each["entry"]["facts"]["signed"] for each in entries} == {"unsigned-body"}


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer x",
        "{",
        '{"clientId":""}',
        '{"clientId":"faultyClientId"}',
        '{"clientId":"a","audience":"b"}',
    ],
)
async def test_what_is_no_mock_token_for_us_is_refused(mock: Site, header: str) -> None:
    said = await mock.send(
        "POST",
        f"{mock.base}/catalog/request",
        message("CatalogRequestMessage"),
        headers={"Authorization": header},
    )
    assert (said.status, said.json["@type"]) == (401, "CatalogError")


async def test_it_is_refused_outside_development_in_the_config(mock: Site) -> None:
    path = mock.folder / "other.toml"
    path.write_text('[identity]\nkind = "insecure-static"\n[[contexts]]\nid = "a"\n', encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load(path, {})
    assert refused.value.code == "config.insecure-identity"


async def test_it_is_refused_outside_development_by_the_node_itself(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("prod") / "prod"
    config, _ = configured(folder, development=False, identity=IdentityTable(kind="insecure-static"))
    with pytest.raises(ConfigError) as refused:
        async with run_node(config):
            pass
    assert refused.value.code == "identity.insecure"
