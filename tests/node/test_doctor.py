"""The doctor on real nodes: what a partner would see, what is open, what is misconfigured."""

import json
import logging
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from tests.nodes import ANYWHERE, Site, configured, site, trusting
from tests.peers.authority import Authority

from xinfu.node.config import ContextTable, Listener, ListenTable, OutboundTable, Tls
from xinfu.node.doctor import examine_start
from xinfu.node.offline_doctor import examine_offline
from xinfu.node.run import run_node
from xinfu.peers.rules import AllowEntry
from xinfu.ports.records import ASSETS


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as made:
        yield made


async def examined(node: Site) -> dict[str, Any]:
    found: dict[str, Any] = await node.get("/doctor")
    for each in found["findings"]:
        assert each["en"]
        assert each["zh"]
        assert each["grade"] == "ok" or each["help_en"] or each["code"] == "source.more", each
    return found


def codes(found: Mapping[str, Any], *grades: str) -> set[str]:
    """Codes of the findings of these grades."""
    return {each["code"] for each in found["findings"] if each["grade"] in grades}


@asynccontextmanager
async def answering(status: int, body: bytes = b"{}") -> AsyncIterator[str]:
    """A server that answers everything alike, as a proxy that leads elsewhere does; gives its address."""

    async def serve(_: web.BaseRequest) -> web.Response:
        return web.Response(status=status, body=body, content_type="application/json")

    server = RawTestServer(serve, host="127.0.0.1")
    await server.start_server()
    try:
        yield f"http://localhost:{server.port}"
    finally:
        await server.close()


def behind(url: str) -> ListenTable:
    """Listeners of a node whose protocol is announced at this address."""
    return ListenTable(
        management=ANYWHERE, protocol=Listener(host="127.0.0.1", port=0, public_url=url), data=ANYWHERE
    )


async def test_a_sound_node_has_no_fault(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with (
        site(tmp_path / "issuer", session, issuer=True) as issuer,
        site(tmp_path / "node", session, trust=trusting(issuer)) as node,
    ):
        issued = await issuer.post("/issuer/credentials", {"subject": node.did, "claims": {"memberOf": "x"}})
        await node.post("/credentials", {"jwt": issued["jwt"]})
        await node.publish("air")
        await node.numbered()
        found = await examined(node)
    assert codes(found, "fault") == set(), found
    assert codes(found, "ok") >= {
        "key-file.private",
        "protocol.reachable",
        "data.reachable",
        "did.ours",
        "clock.agrees",
        "issuer.reachable",
        "store.writable",
        "credential.valid",
        "source.unchanged",
        "process.moving",
        "evidence.whole",
    }
    assert codes(found, "warning") >= {"rules.development"}
    assert found["grade"] == "warning"


async def test_a_clock_that_has_jumped_is_a_fault(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with site(tmp_path / "node", session) as node:
        node.clock.doubted = True
        assert "clock.jumped" in codes(await examined(node), "fault")
        node.clock.doubted = False
        assert "clock.jumped" not in codes(await examined(node), "fault")


async def test_a_public_url_that_leads_elsewhere_is_a_fault(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    """What keeps a negotiation in REQUESTED for ever: partners answer to an address that is not ours."""
    async with answering(404) as proxy, site(tmp_path / "node", session, listen=behind(proxy)) as node:
        found = await examined(node)
    assert codes(found, "fault") == {"protocol.wrong-answer", "did.wrong-answer"}
    assert codes(found, "ok") >= {"data.reachable"}
    assert proxy in json.dumps(found)


async def test_a_public_url_that_leads_to_someone_else_is_a_fault(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with site(tmp_path / "other", session) as other:
        shown = await other.send("GET", f"{other.context.protocol_root}/.well-known/dspace-version")
        async with (
            answering(200, shown.body) as proxy,
            site(tmp_path / "node", session, listen=behind(proxy)) as node,
        ):
            found = await examined(node)
    assert "protocol.someone-else" in codes(found, "fault")


async def test_a_public_url_at_which_nobody_answers_is_a_fault(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with answering(200) as gone:
        pass
    async with site(tmp_path / "node", session, listen=behind(gone)) as node:
        found = await examined(node)
    assert codes(found, "fault") == {"protocol.unreachable", "did.unreachable"}
    assert "peer.unreachable" in json.dumps(found)


def secured(folder: Path, ends: datetime | None = None) -> dict[str, Any]:
    """A node outside development, with a certificate of a private authority."""
    authority = Authority(folder)
    authority.server("localhost", ends=ends)
    certificate = str(folder / "localhost.pem")
    return {
        "development": False,
        "tls": Tls(cert=certificate, key=certificate, ca_file=str(authority.ca_file)),
        "outbound": OutboundTable(allow=(AllowEntry(host="localhost"),)),
    }


async def test_an_expired_certificate_is_a_fault(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    values = secured(tmp_path, datetime.now(UTC) - timedelta(days=1))
    async with site(tmp_path / "node", session, **values) as node:
        found = await examined(node)
    assert codes(found, "fault") >= {"certificate.expired", "protocol.unreachable", "data.unreachable"}
    assert "peer.tls" in json.dumps(found)


async def test_a_certificate_that_is_seen_from_outside_says_its_days(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    values = secured(tmp_path, datetime.now(UTC) + timedelta(days=5, hours=1))
    async with site(tmp_path / "node", session, **values) as node:
        found = await examined(node)
    assert codes(found, "fault") == set(), found
    seen = [each for each in found["findings"] if each["code"] == "certificate.expires-soon"]
    assert {each["about"] for each in seen} == {"localhost.pem", "localhost"}
    assert all("5 days" in each["en"] for each in seen)
    assert "rules.development" not in codes(found, "ok", "warning", "fault")


async def test_a_source_that_changed_or_went_is_a_fault(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with site(tmp_path / "node", session) as node:
        places = {}
        for name in ("kept", "changed", "gone"):
            places[name] = node.folder / f"{name}.csv"
            places[name].write_bytes(b"1\n")
            source = {"kind": "file", "path": str(places[name])}
            form = {"asset": {"id": name, "source": source}, "policy": {"permission": [{"action": "use"}]}}
            await node.post("/publications", form)
        places["changed"].write_bytes(b"1\n2\n")
        places["gone"].unlink()
        found = await examined(node)
    faults = {each["about"]: each["code"] for each in found["findings"] if each["grade"] == "fault"}
    assert faults == {"changed": "source.changed", "gone": "source.unreadable"}


async def test_a_key_file_that_became_loose_is_a_fault(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with site(tmp_path / "node", session) as node:
        (node.folder / "api.key").chmod(0o644)
        found = await examined(node)
    faults = [each for each in found["findings"] if each["grade"] == "fault"]
    assert [(each["code"], each["about"]) for each in faults] == [("key-file.loose", "api.key")]
    assert "0644" in faults[0]["en"]


async def test_an_expired_credential_and_an_issuer_that_is_away_are_faults(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    async with site(tmp_path / "issuer", session, issuer=True) as issuer:
        trust = trusting(issuer)
        async with site(tmp_path / "node", session, trust=trust) as node:
            before = await examined(node)
            issued = await issuer.post(
                "/issuer/credentials", {"subject": node.did, "claims": {"memberOf": "x"}}
            )
            await node.post("/credentials", {"jwt": issued["jwt"]})
            node.clock.moved += timedelta(days=3650)
            late = await examined(node)
    async with site(tmp_path / "later", session, trust=trust) as node:
        away = await examined(node)
    assert "credential.none" in codes(before, "warning")
    assert {"credential.expired"} <= codes(late, "fault")
    assert "clock.differs" in codes(late, "warning")
    assert "issuer.unreachable" in codes(away, "fault")


async def test_a_log_that_was_altered_is_a_fault(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with site(tmp_path / "node", session) as node:
        await node.publish("air")
        await node.numbered()
        path = node.node.config.at(node.node.config.store.path)
        with sqlite3.connect(path) as database:
            database.execute("UPDATE log_entries SET canonical = ? WHERE kind = 'publication'", (b"{}",))
        database.close()
        found = await examined(node)
    assert "evidence.broken" in codes(found, "fault")


async def test_stuck_processes_are_counted(tmp_path: Path, session: aiohttp.ClientSession) -> None:
    async with site(tmp_path / "a", session) as one, site(tmp_path / "b", session) as two:
        await two.publish("air")
        await two.put("/answers/hold", {"on": "requested", "do": ["hold"]})
        await one.post("/negotiations", {"participant": two.did, "dataset": "air"})
        opened = (await one.get("/negotiations"))["items"][0]["id"]
        await one.reaches("negotiations", opened, "REQUESTED")
        assert "process.moving" in codes(await examined(one), "ok")
        one.clock.moved += timedelta(minutes=11)
        found = await examined(one)
    assert "process.stuck" in codes(found, "warning")


async def test_an_entry_that_opens_plain_http_is_a_warning(
    tmp_path: Path, session: aiohttp.ClientSession
) -> None:
    allow = (AllowEntry(host="intranet.example", http=True), AllowEntry(cidr="10.1.0.0/16"))
    async with site(tmp_path / "node", session, outbound=OutboundTable(allow=allow)) as node:
        found = await examined(node)
    opened = {each["about"]: each["grade"] for each in found["findings"] if each["code"] == "rules.open"}
    assert opened == {"intranet.example": "warning", "10.1.0.0/16": "ok"}


NODE = '[listen.management]\nport = 0\n[listen.protocol]\nport = 0\n[listen.data]\nport = 0\n[[contexts]]\nid = "n"\n'


def written(folder: Path, text: str) -> Path:
    """A configuration with its key files."""
    configured(folder)
    (folder / "node.toml").write_text(text, encoding="utf-8")
    return folder / "node.toml"


async def stopped(path: Path) -> dict[str, str]:
    """Code of each finding that is not fine -> its grade."""
    found = await examine_offline(path)
    return {each.code: str(each.grade) for each in found.findings if each.grade != "ok"}


async def test_a_node_that_does_not_start_is_examined_by_its_files(tmp_path: Path) -> None:
    sound = written(tmp_path / "sound", "development = true\n" + NODE)
    assert await stopped(sound) == {"rules.development": "warning"}
    broken = written(tmp_path / "broken", "developement = true\n" + NODE)
    assert await stopped(broken) == {"config.unusable": "fault"}
    assert await stopped(tmp_path / "none.toml") == {"config.unusable": "fault"}
    loose = written(tmp_path / "loose", "development = true\n" + NODE)
    loose.with_name("master.key").chmod(0o640)
    assert (await stopped(loose))["key-file.loose"] == "fault"
    loose.with_name("api.key").unlink()
    assert (await stopped(loose))["key-file.missing"] == "fault"
    foreign = written(tmp_path / "foreign", "development = true\n" + NODE)
    foreign.with_name("xinfu.sqlite").write_bytes(b"no store" * 1000)
    assert (await stopped(foreign))["store.unusable"] == "fault"
    away = '[store]\nurl = "postgresql://x@127.0.0.1:1/x"\n'
    assert "database.away" in await stopped(written(tmp_path / "away", "development = true\n" + away + NODE))


async def test_a_port_that_is_taken_is_found(tmp_path: Path) -> None:
    config, _ = configured(tmp_path / "running")
    async with run_node(config) as node:
        port = node.sockets.protocol.getsockname()[1]
        text = NODE.replace("[listen.protocol]\nport = 0", f"[listen.protocol]\nport = {port}")
        found = await stopped(written(tmp_path / "second", "development = true\n" + text))
    assert found["listener.taken"] == "fault"


async def test_a_start_says_which_assets_have_no_grade_and_are_not_offered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """After an upgrade from a version without grades these are all of them."""
    ungraded = (ContextTable(id="bureau", name_en="bureau", name_zh="bureau"),)
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path / "bureau", session, contexts=ungraded) as node,
    ):
        await node.publish("air")
        async with node.node.parts.store.step("bureau") as step:
            await step.of(ASSETS).save(msgspec.structs.replace(await step.of(ASSETS).lock("air"), grade=None))
        with caplog.at_level(logging.WARNING):
            await examine_start(node.node.config, node.node.parts, node.node.keys)
    (said,) = [each for each in caplog.records if getattr(each, "code", "") == "grade.none"]
    assert "1 assets have no grade and are not offered: air" in said.getMessage()
