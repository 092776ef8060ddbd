"""A node starts only on what it can stand on: its keys, its ports, its certificate (D-05, D-06)."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from tests.nodes import ANYWHERE, OPEN, Site, configured, site, trusting
from tests.peers.authority import Authority

from xinfu.errors import ConfigError
from xinfu.node.config import Config, Listener, ListenTable, OutboundTable, Tls
from xinfu.node.run import run_node
from xinfu.peers.rules import AllowEntry

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def _refused(config: Config) -> ConfigError:
    with pytest.raises(ConfigError) as refused:
        async with run_node(config):
            pass
    return refused.value


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o777])
@pytest.mark.parametrize(
    ("name", "code"), [("master.key", "keyring.permissions"), ("api.key", "config.api-key")]
)
async def test_a_key_file_that_others_may_read_is_refused(
    tmp_path: Path, name: str, code: str, mode: int
) -> None:
    config, _ = configured(tmp_path / "node")
    (tmp_path / "node" / name).chmod(mode)
    assert (await _refused(config)).code == code


@pytest.mark.parametrize(("name", "code"), [("master.key", "keyring.file"), ("api.key", "config.api-key")])
async def test_a_key_file_that_is_not_there_is_refused(tmp_path: Path, name: str, code: str) -> None:
    config, _ = configured(tmp_path / "node")
    (tmp_path / "node" / name).unlink()
    assert (await _refused(config)).code == code


async def test_a_short_api_key_is_refused(tmp_path: Path) -> None:
    config, _ = configured(tmp_path / "node")
    (tmp_path / "node" / "api.key").write_text("short", encoding="ascii")
    assert (await _refused(config)).code == "config.api-key"


async def test_another_master_key_opens_nothing_of_an_old_store(tmp_path: Path) -> None:
    """D-06: the signing keys in the store are sealed."""
    config, _ = configured(tmp_path / "node")
    async with run_node(config):
        pass
    configured(tmp_path / "other")
    (tmp_path / "node" / "master.key").unlink()
    (tmp_path / "other" / "master.key").rename(tmp_path / "node" / "master.key")
    with pytest.raises(Exception, match="keyring"):
        async with run_node(config):
            pass


@pytest.mark.parametrize("name", ["management", "protocol", "data"])
async def test_a_port_that_is_taken_is_named(tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        listeners: dict[str, Any] = {"management": ANYWHERE, "protocol": ANYWHERE, "data": ANYWHERE}
        listeners[name] = Listener(host="127.0.0.1", port=port)
        config, _ = configured(tmp_path / "node", listen=ListenTable(**listeners))
        error = await _refused(config)
    assert error.code == "config.address-taken"
    assert f"{name} cannot take 127.0.0.1:{port}" in error.en


async def test_a_start_that_failed_leaves_no_port_taken(tmp_path: Path) -> None:
    """What was bound before the fault is let go."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listen = ListenTable(management=ANYWHERE, protocol=Listener(host="127.0.0.1", port=port), data=ANYWHERE)
    broken, _ = configured(tmp_path / "broken", listen=listen)
    (tmp_path / "broken" / "api.key").unlink()
    for _ in range(2):
        assert (await _refused(broken)).code == "config.api-key"
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("tls", [Tls(cert="none.pem", key="none.pem"), Tls(cert="api.key", key="api.key")])
async def test_a_certificate_that_cannot_be_read_is_refused(tmp_path: Path, tls: Tls) -> None:
    config, _ = configured(tmp_path / "node", tls=tls)
    assert (await _refused(config)).code == "config.certificate"


async def test_a_start_again_keeps_the_keys_and_what_was_published(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    listen = ListenTable(management=ANYWHERE, protocol=Listener(host="127.0.0.1", port=port), data=ANYWHERE)
    config, _ = configured(tmp_path / "node", listen=listen)
    documents = []
    for _ in range(2):
        async with run_node(config) as node:
            documents.append(node.keys.document("node"))
    assert documents[0] == documents[1]


class Secured:
    """Two nodes behind a private authority, outside development."""

    def __init__(self, provider: Site, consumer: Site, authority: Authority) -> None:
        self.provider = provider
        self.consumer = consumer
        self.authority = authority


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    authority = Authority(folder)
    authority.server("localhost")
    certificate = str(folder / "localhost.pem")
    values: dict[str, Any] = {
        "development": False,
        "tls": Tls(cert=certificate, key=certificate, ca_file=str(authority.ca_file)),
        "outbound": OutboundTable(allow=(AllowEntry(host="localhost"),)),
    }
    async with (
        aiohttp.ClientSession() as session,
        site(folder / "issuer", session, issuer=True, **values) as issuer,
        site(folder / "provider", session, trust=trusting(issuer), **values) as provider,
        site(folder / "consumer", session, trust=trusting(issuer), **values) as consumer,
    ):
        yield Secured(provider, consumer, authority)


async def test_two_nodes_outside_development_deal_over_tls_with_a_private_authority(secured: Secured) -> None:
    """D-05, D-08: `ca_file` is trusted, loopback is opened by name, and nothing speaks http."""
    assert secured.provider.base.startswith("https://localhost:")
    await secured.provider.publish("air", OPEN, content=b"0123")
    opened = await secured.consumer.post(
        "/negotiations", {"participant": secured.provider.did, "dataset": "air"}
    )
    done = await secured.consumer.reaches("negotiations", opened["id"], "FINALIZED")
    agreement = (await secured.consumer.get("/agreements", negotiation=done["id"]))["items"][0]
    moved = await secured.consumer.post("/transfers", {"agreement": agreement["id"]})
    await secured.consumer.reaches("transfers", moved["id"], "STARTED")
    pulled = await secured.consumer.api("GET", f"/transfers/{moved['id']}/content")
    assert pulled.body == b"0123"


@pytest.mark.parametrize("listener", ["protocol", "data"])
@pytest.mark.parametrize(
    ("version", "spoken"), [(ssl.TLSVersion.TLSv1_3, True), (ssl.TLSVersion.TLSv1_2, False)]
)
async def test_the_public_listeners_speak_tls_1_3_and_nothing_older(
    secured: Secured, listener: str, version: ssl.TLSVersion, *, spoken: bool
) -> None:
    context = ssl.create_default_context(cafile=str(secured.authority.ca_file))
    context.maximum_version = version
    port = int(secured.provider.urls[listener].rpartition(":")[2])
    connecting = asyncio.open_connection("localhost", port, ssl=context, server_hostname="localhost")
    if spoken:
        _, writer = await connecting
        assert writer.get_extra_info("ssl_object").version() == "TLSv1.3"
        writer.close()
    else:
        with pytest.raises(OSError):
            await connecting


async def test_the_management_listener_stays_private_and_plain(secured: Secured) -> None:
    assert secured.provider.urls["management"].startswith("http://127.0.0.1:")
    assert (await secured.provider.api("GET", "/node")).status == 200
