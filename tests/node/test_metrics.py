"""What `/metrics` shows after real exchanges, and who may read it."""

import json
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from tests.node.samples import counted, scraped
from tests.nodes import World, configured, site
from tests.nodes import world as open_world

from xinfu.errors import ConfigError
from xinfu.node.build import build
from xinfu.node.config import MetricsTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONTENT = b"station,value\nsongjia,1\n"


async def exchanged(world: World, dataset: str) -> str:
    """One negotiation, one transfer and one read; gives the consumer's transfer."""
    await world.provider.publish(dataset, content=CONTENT)
    agreement = await world.agree(dataset)
    made = await world.consumer.post("/transfers", {"agreement": agreement["id"]})
    await world.consumer.reaches("transfers", made["id"], "STARTED")
    read = await world.consumer.api("GET", f"/transfers/{made['id']}/content")
    assert read.body == CONTENT
    await world.consumer.post(f"/transfers/{made['id']}/complete")
    done = await world.consumer.reaches("transfers", made["id"], "COMPLETED")
    await world.provider.reaches("transfers", done["provider_pid"], "COMPLETED")
    for each in (world.provider, world.consumer):
        await each.numbered()
    return str(made["id"])


async def test_an_exchange_is_counted_on_both_sides(world: World) -> None:
    before = [await scraped(each) for each in (world.provider, world.consumer)]
    await exchanged(world, "counted")
    provider, consumer = [await scraped(each) for each in (world.provider, world.consumer)]

    def grew(which: int, name: str, **labels: str) -> float:
        return (provider, consumer)[which].of(name, **labels) - before[which].of(name, **labels)

    sent, received = "xinfu_message_sent_seconds_count", "xinfu_message_received_seconds_count"
    for type_ in ("negotiation.request", "negotiation.verify", "transfer.request", "transfer.complete"):
        assert grew(1, sent, context="consumer", type=type_, outcome="acknowledged") == 1, type_
        mine = {"context": "provider", "type": type_, "outcome": "done"}
        await counted(world.provider, received, before[0].of(received, **mine) + 1, **mine)
    for type_ in ("negotiation.agree", "negotiation.finalize", "transfer.start"):
        assert grew(0, sent, context="provider", type=type_, outcome="acknowledged") == 1, type_
    for which, context in enumerate(("provider", "consumer")):
        mine = {"context": context}
        assert grew(which, "xinfu_process_moves_total", family="negotiation", state="FINALIZED", **mine) == 1
        assert grew(which, "xinfu_process_seconds_count", family="transfer", state="COMPLETED", **mine) == 1
        assert grew(which, "xinfu_agreements_concluded_total", **mine) == 1
        assert grew(which, "xinfu_agreements", state="ACTIVE", **mine) == 1
        assert grew(which, "xinfu_store_commit_seconds_count", outcome="done", **mine) > 5
    assert grew(0, "xinfu_uses_total", context="provider", outcome="completed") == 1
    assert grew(0, "xinfu_data_bytes_total", context="provider", direction="out") == len(CONTENT)
    assert grew(1, "xinfu_data_bytes_total", context="consumer", direction="in") == len(CONTENT)
    assert grew(1, "xinfu_fetches_total", context="consumer", outcome="verified") == 1
    assert grew(0, "xinfu_publications_total") == 1
    assert grew(0, "xinfu_contract_definitions", context="provider") == 1
    assert consumer.of("xinfu_store_up") == 1


async def test_what_is_refused_is_counted_by_our_own_code(world: World) -> None:
    id_ = await exchanged(world, "refused")
    shown = await world.consumer.get(f"/transfers/{id_}")
    url = f"{world.provider.context.data_base}/transfers/{shown['provider_pid']}"
    before = await scraped(world.provider)
    said = await world.provider.send("GET", url, headers={"Authorization": "Bearer nobody-knows-this"})
    assert said.status == 401
    late = await world.provider.send("POST", f"{world.provider.base}/negotiations/made-up/offers", {})
    assert late.status == 404
    reads, messages = "xinfu_data_read_seconds_count", "xinfu_message_received_seconds_count"
    await counted(world.provider, reads, before.of(reads, outcome="refused") + 1, outcome="refused")
    offers = {"type": "negotiation.offer", "outcome": "refused"}
    await counted(world.provider, messages, before.of(messages, **offers) + 1, **offers)


async def test_no_label_holds_what_a_stranger_made_up(world: World) -> None:
    for path in ("/dsp/made-up/2025-1/negotiations/x", "/dsp/provider/2025-1/made-up/made-up", "/made-up"):
        await world.provider.send("GET", f"{world.provider.urls['protocol']}{path}")
    await world.provider.api("GET", "/assets", context="made-up")
    await world.provider.send("GET", f"{world.provider.urls['data']}/data/made-up/transfers/made-up/made-up")
    shown = await scraped(world.provider)
    for label in ("context", "type", "outcome", "state", "role", "by", "code"):
        assert "made-up" not in json.dumps(sorted(shown.labels(label)))
    assert shown.labels("context") <= {"provider", ""}


async def test_each_node_of_a_process_counts_for_itself(world: World) -> None:
    shown = [await scraped(each) for each in (world.issuer, world.provider, world.consumer)]
    assert [each.labels("context") - {""} for each in shown] == [{"issuer"}, {"provider"}, {"consumer"}]


async def test_a_scraper_that_asks_for_openmetrics_gets_it(world: World) -> None:
    url = f"{world.provider.urls['management']}/metrics"
    headers = {"X-Api-Key": world.provider.api_key, "Accept": "application/openmetrics-text; version=1.0.0"}
    said = await world.provider.send("GET", url, headers=headers)
    assert said.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    families = {
        family.name
        for family in openmetrics(said.body.decode())  # type: ignore[no-untyped-call]  # the library's own
    }
    assert "xinfu_store_commit_seconds" in families


async def test_without_a_key_nothing_is_shown(world: World) -> None:
    url = f"{world.provider.urls['management']}/metrics"
    for headers in ({}, {"X-Api-Key": "wrong"}, {"Authorization": "Bearer wrong"}, {"Authorization": ""}):
        said = await world.provider.send("GET", url, headers=headers)
        assert (said.status, said.code) == (401, "metrics.key")
        assert b"xinfu_" not in said.body
    assert (await world.provider.send("GET", f"{world.provider.urls['protocol']}/metrics")).status == 404


async def test_a_key_for_the_metrics_opens_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    file = folder / "metrics.key"
    file.touch(mode=0o600)
    file.write_text("a-key-for-the-metrics-alone\n", encoding="ascii")
    headers = {"Authorization": "Bearer a-key-for-the-metrics-alone"}
    async with (
        aiohttp.ClientSession() as session,
        site(folder, session, metrics=MetricsTable(key="metrics.key")) as node,
    ):
        assert (await node.send("GET", f"{node.urls['management']}/metrics", headers=headers)).status == 200
        said = await node.send("GET", f"{node.urls['management']}/api/v1/assets", headers=headers)
        assert said.status == 401
        await scraped(node)


async def test_a_key_that_others_can_read_is_refused_at_the_start(tmp_path: Path) -> None:
    config, _ = configured(tmp_path / "node", metrics=MetricsTable(key="metrics.key"))
    (tmp_path / "node" / "metrics.key").write_text("a-key-for-the-metrics-alone\n", encoding="ascii")
    (tmp_path / "node" / "metrics.key").chmod(0o644)
    with pytest.raises(ConfigError) as refused:
        await build(config)
    assert refused.value.code == "config.metrics-key"


async def test_metrics_can_be_opened_by_name(tmp_path: Path) -> None:
    async with (
        aiohttp.ClientSession() as session,
        site(tmp_path / "node", session, metrics=MetricsTable(open=True)) as node,
    ):
        assert (await node.send("GET", f"{node.urls['management']}/metrics")).status == 200


async def test_a_store_that_is_away_takes_only_its_gauges_along(tmp_path: Path) -> None:
    async with open_world(tmp_path) as made:
        await made.provider.publish("air")
        assert (await scraped(made.provider)).of("xinfu_assets") == 1
        await made.provider.node.parts.store.close()
        shown = await scraped(made.provider)
    assert shown.of("xinfu_store_up") == 0
    assert ("xinfu_assets", frozenset({("context", "provider")})) not in shown.values
    assert shown.of("xinfu_publications_total") <= 1
    assert shown.of("xinfu_build_info") == 1
