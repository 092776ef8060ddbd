"""TLS of outbound calls: the name that was asked for, a CA that is trusted, a version that is new enough."""

import ssl
from pathlib import Path

import pytest
from tests.peers.authority import Authority
from tests.peers.wire import Names, Wire

from xinfu.errors import ConfigError, PeerError
from xinfu.peers.outbound import HttpOutbound
from xinfu.peers.rules import OutboundRules
from xinfu.ports.outbound import Purpose

NAMES = Names(peer_test=[["127.0.0.1"]])


async def call(url: str, ca_file: Path | None) -> int:
    outbound = HttpOutbound(OutboundRules(development=True, ca_file=ca_file), look_up=NAMES)
    try:
        return (await outbound.request("GET", url, purpose=Purpose.PEER)).status
    finally:
        await outbound.close()


async def test_the_name_goes_out_in_tls_though_a_checked_address_is_connected_to(
    authority: Authority,
) -> None:
    seen: list[str | None] = []
    tls = authority.server("peer.test")
    tls.sni_callback = lambda connection, name, context: seen.append(name)
    async with Wire().open(tls=tls) as wire:
        assert await call(wire.url("peer.test.", "https"), authority.ca_file) == 200
    assert seen == ["peer.test"]
    assert f"Host: peer.test:{wire.port}" in wire.heads[0]


async def test_a_certificate_for_an_ip_address_serves_that_address(authority: Authority) -> None:
    async with Wire().open(tls=authority.server("127.0.0.1")) as wire:
        assert await call(wire.url(scheme="https"), authority.ca_file) == 200


async def test_an_unknown_authority_is_not_trusted(authority: Authority) -> None:
    async with Wire().open(tls=authority.server("peer.test")) as wire:
        with pytest.raises(PeerError, match=r"peer\.tls") as caught:
            await call(wire.url("peer.test", "https"), None)
    assert wire.heads == []
    assert "ca_file" in caught.value.help_en


async def test_a_certificate_for_another_name_is_not_trusted(authority: Authority) -> None:
    async with Wire().open(tls=authority.server("other.test")) as wire:
        with pytest.raises(PeerError, match=r"peer\.tls"):
            await call(wire.url("peer.test", "https"), authority.ca_file)
    assert wire.heads == []


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_tls_1_2_and_1_3_are_spoken(version: ssl.TLSVersion, authority: Authority) -> None:
    tls = authority.server("peer.test")
    tls.minimum_version = tls.maximum_version = version
    async with Wire().open(tls=tls) as wire:
        assert await call(wire.url("peer.test", "https"), authority.ca_file) == 200


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning")
async def test_tls_1_1_is_not_spoken(authority: Authority) -> None:
    tls = authority.server("peer.test")
    tls.set_ciphers("DEFAULT:@SECLEVEL=0")
    tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    async with Wire().open(tls=tls) as wire:
        with pytest.raises(PeerError):
            await call(wire.url("peer.test", "https"), authority.ca_file)
    assert wire.heads == []


def test_a_ca_file_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate")
    for file in (empty, tmp_path / "absent.pem"):
        with pytest.raises(ConfigError, match=r"config\.ca-file"):
            HttpOutbound(OutboundRules(ca_file=file))
