"""Traces: one covers both participants of a negotiation and a transfer, as a real collector gets it."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import aiohttp
import pytest
from tests.node.collector import Collector, Span, collector
from tests.node.samples import scraped
from tests.nodes import MovedClock, configured, site, world
from tests.nodes import World as Three

from xinfu.errors import ConfigError
from xinfu.node.build import build
from xinfu.node.config import TelemetryTable

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
CONTENT = b"station,value\nsongjia,1\n"


def traced(at: Collector, **changes: float | str) -> TelemetryTable:
    return TelemetryTable(**({"endpoint": at.url} | changes))  # type: ignore[arg-type]  # as toml has it


async def exchange(three: Three, header: str | None) -> tuple[str, str]:
    """A negotiation, a transfer and a read by calls under `header`; gives the consumer's two processes."""
    consumer = three.consumer
    api = f"{consumer.urls['management']}/api/v1"
    headers = {"X-Api-Key": consumer.api_key, **({} if header is None else {"traceparent": header})}
    form = {"participant": three.provider.did, "dataset": "air"}
    opened = (await consumer.send("POST", f"{api}/negotiations", form, headers=headers)).json["id"]
    done = await consumer.reaches("negotiations", opened, "FINALIZED")
    await three.provider.reaches("negotiations", done["provider_pid"], "FINALIZED")
    agreement = (await consumer.get("/agreements", negotiation=opened))["items"][0]["id"]
    made = (await consumer.send("POST", f"{api}/transfers", {"agreement": agreement}, headers=headers)).json[
        "id"
    ]
    await consumer.reaches("transfers", made, "STARTED")
    read = await consumer.send("GET", f"{api}/transfers/{made}/content", headers=headers)
    assert read.body == CONTENT
    return opened, made


def names(spans: Sequence[Span], context: str) -> set[str]:
    return {
        each.name for each in spans if each.facts.get("xinfu.context") == context and each.trace_id == TRACE
    }


def calls_of(spans: Sequence[Span]) -> list[Span]:
    """What the consumer's API was asked for."""
    return [each for each in spans if each.name == "api native" and each.facts["xinfu.context"] == "consumer"]


async def test_one_trace_covers_both_participants(tmp_path: Path) -> None:
    async with collector() as at, world(tmp_path, telemetry=traced(at)) as three:
        await three.provider.publish("air", content=CONTENT)
        opened, _ = await exchange(three, f"00-{TRACE}-{CALLER}-01")
        spans = await at.has(
            lambda spans: (
                "data.read file" in names(spans, "provider")
                and sum(each.name == "api native" and each.parent_id == CALLER for each in spans) == 3
                and "dispatch negotiation.finalize" in names(spans, "provider")
            )
        )
    of = [each for each in spans if each.trace_id == TRACE]
    assert {
        "api native",
        "dispatch negotiation.request",
        "message negotiation.agree",
        "dispatch negotiation.verify",
        "message negotiation.event",
        "dispatch transfer.request",
        "message transfer.start",
        "store.commit",
    } <= names(of, "consumer")
    assert {
        "message negotiation.request",
        "dispatch negotiation.agree",
        "message negotiation.verify",
        "dispatch negotiation.finalize",
        "message transfer.request",
        "dispatch transfer.start",
        "data.read file",
        "store.commit",
    } <= names(of, "provider")
    assert len({each.instance for each in of}) == 2
    by_id = {each.span_id: each for each in of}
    assert len(by_id) == len(of)
    request = next(each for each in of if each.name == "message negotiation.request")
    dispatch = by_id[request.parent_id]
    call = by_id[dispatch.parent_id]
    assert (dispatch.name, call.name, call.parent_id) == (
        "dispatch negotiation.request",
        "api native",
        CALLER,
    )
    assert (dispatch.facts["xinfu.process"], dispatch.facts["xinfu.outcome"]) == (opened, "acknowledged")
    assert call.begun_ns <= dispatch.begun_ns <= request.begun_ns <= request.ended_ns
    assert all(each.status == 0 and each.begun_ns <= each.ended_ns for each in of)


async def test_all_that_a_command_does_is_one_trace(tmp_path: Path) -> None:
    async with collector() as at, world(tmp_path, telemetry=traced(at)) as three:
        await three.provider.publish("air", content=CONTENT)
        consumer = three.consumer
        told = {
            "XINFU_URL": consumer.urls["management"],
            "XINFU_API_KEY": consumer.api_key,
            "TRACEPARENT": f"00-{TRACE}-{CALLER}-01",
        }
        command = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "xinfu", "get", three.provider.did, "air"),
            cwd=tmp_path,
            env=os.environ | told,
        )
        assert await command.wait() == 0
        spans = await at.has(
            lambda spans: "data.read file" in names(spans, "provider") and len(calls_of(spans)) > 2
        )
        calls = calls_of(spans)
        assert {each.trace_id for each in calls} == {TRACE}


async def test_a_call_without_a_trace_or_with_a_malformed_one_begins_one(tmp_path: Path) -> None:
    async with collector() as at, world(tmp_path, telemetry=traced(at)) as three:
        await three.provider.publish("air", content=CONTENT)
        for header in (None, "00-made-up-01"):
            opened, made = await exchange(three, header)
            spans = await at.has(
                lambda spans, made=made: (
                    any(  # type: ignore[misc]  # bound now
                        each.name == "api native" and each.facts.get("xinfu.process") == made
                        for each in spans
                    )
                    and any(each.name == "data.read file" and each.ended_ns for each in spans)
                )
            )
            began = {each.trace_id for each in spans if each.facts.get("xinfu.process") in {opened, made}}
            assert len(began) == 2  # the negotiation's and the transfer's: two calls began them
            assert "made-up" not in str(spans)


async def test_a_later_call_goes_on_under_the_trace_of_its_process_and_links_its_own(tmp_path: Path) -> None:
    async with collector() as at, world(tmp_path, telemetry=traced(at)) as three:
        await three.provider.publish("air", content=CONTENT)
        _, made = await exchange(three, f"00-{TRACE}-{CALLER}-01")
        other = "1" * 32
        url = f"{three.consumer.urls['management']}/api/v1/transfers/{made}/complete"
        headers = {"X-Api-Key": three.consumer.api_key, "traceparent": f"00-{other}-{'2' * 16}-01"}
        assert (await three.consumer.send("POST", url, {}, headers=headers)).status == 200
        spans = await at.has(lambda spans: any(each.links for each in spans))
    linked = next(each for each in spans if each.links)
    assert (linked.name, linked.trace_id, linked.links) == ("api native", TRACE, (other,))


async def test_a_collector_that_is_away_holds_nothing_up_and_loses_nothing_small(tmp_path: Path) -> None:
    async with collector() as at, aiohttp.ClientSession() as session:
        at.answers = [503]
        async with site(tmp_path / "node", session, telemetry=traced(at)) as node:
            await node.get("/assets")
            await at.posted(1)
            assert not at.spans
        assert "api native" in {each.name for each in at.spans}  # sent at the end, when it was back


async def test_what_a_collector_refuses_is_dropped_and_counted(tmp_path: Path) -> None:
    async with collector() as at, aiohttp.ClientSession() as session:
        at.answers = [400]
        async with site(tmp_path / "node", session, telemetry=traced(at)) as node:
            await node.get("/assets")
            await at.posted(1)
            async with asyncio.timeout(60):
                while (await scraped(node)).of("xinfu_spans_total", outcome="dropped") < 1:
                    await asyncio.sleep(0.02)
            assert not at.spans


async def test_a_ratio_of_none_keeps_only_what_others_want_kept(tmp_path: Path) -> None:
    async with collector() as at, aiohttp.ClientSession() as session:
        async with site(tmp_path / "node", session, telemetry=traced(at, ratio=0.0)) as node:
            await node.get("/assets")
            url = f"{node.urls['management']}/api/v1/assets"
            headers = {"X-Api-Key": node.api_key}
            for header in (f"00-{TRACE}-{CALLER}-00", f"00-{TRACE[::-1]}-{CALLER}-01"):
                await node.send("GET", url, headers=headers | {"traceparent": header})
            spans = await at.has(lambda spans: len(spans) >= 1)
        assert {each.trace_id for each in at.spans} == {TRACE[::-1]}
        assert spans


async def test_the_collector_gets_its_key_and_nobody_elses(tmp_path: Path) -> None:
    folder = tmp_path / "node"
    folder.mkdir()
    (folder / "collector.key").touch(mode=0o600)
    (folder / "collector.key").write_text("a-token-for-the-collector", encoding="ascii")
    async with collector() as at, aiohttp.ClientSession() as session:
        async with site(folder, session, telemetry=traced(at, key="collector.key")) as node:
            await node.get("/assets")
            await at.has(lambda spans: len(spans) >= 1)
        assert {each["Authorization"] for each in at.posts} == {"Bearer a-token-for-the-collector"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"endpoint": "http://169.254.169.254"}, "config.telemetry-endpoint"),
        ({"endpoint": "ftp://collector.example"}, "config.telemetry-endpoint"),
        ({"endpoint": "http://user:pass@127.0.0.1:4318"}, "config.telemetry-endpoint"),
        ({"endpoint": "http://127.0.0.1:4318", "key": "absent.key"}, "config.telemetry-key"),
    ],
)
async def test_a_collector_that_cannot_be_is_refused_at_the_start(
    tmp_path: Path, changes: dict[str, str], code: str
) -> None:
    config, _ = configured(tmp_path / "node", telemetry=TelemetryTable(**changes))  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as refused:
        await build(config, clock=MovedClock())
    assert refused.value.code == code


def test_a_node_without_traces_loads_nothing_of_them() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "import sys, xinfu.node.run; print('opentelemetry' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "False"
