"""A pair of real EDC connectors as the measured peer (`make peers` fetches it); None if it is absent."""

import asyncio
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

SCRIPT = Path(__file__).parents[1] / "tests" / "conformance" / "edc-peer" / "run-edc-peer"
_HEADERS = {"X-Api-Key": "password"}
_CONTEXT = {"@vocab": "https://w3id.org/edc/v0.0.1/ns/"}
_MACHINES = (
    "edc.negotiation.consumer",
    "edc.negotiation.provider",
    "edc.transfer",
    "edc.data.plane.selector",
    "edc.dataplane",
)


@asynccontextmanager
async def pair(*, wait_ms: int | None) -> AsyncIterator[tuple[dict[str, Any], dict[str, Any]] | None]:
    """Start provider and consumer. `wait_ms` sets the pause of their state machines; None leaves the default."""
    if not SCRIPT.exists() or shutil.which("java") is None or shutil.which("mvn") is None:
        yield None
        return
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        settings = Path(folder, "settings")
        lines = [f"{name}.state-machine.iteration-wait-millis={wait_ms}" for name in _MACHINES]
        settings.write_text("\n".join(lines) + "\n" if wait_ms else "")
        port = 29100 if wait_ms is None else 29300  # a pair that is ending may still hold its ports
        provider = await stack.enter_async_context(_peer("provider", port, settings))
        consumer = await stack.enter_async_context(_peer("consumer", port + 100, settings))
        yield provider, consumer


async def offer(session: aiohttp.ClientSession, provider: dict[str, Any]) -> None:
    """Create an open asset at the provider."""
    api = f"{provider['management']}/v3"
    rule = {"action": "use"}
    odrl = {"@context": "http://www.w3.org/ns/odrl.jsonld", "@type": "Set", "permission": [rule]}
    bodies: list[tuple[str, dict[str, Any]]] = [
        (
            "assets",
            {
                "@id": "a",
                "properties": {},
                "dataAddress": {"type": "HttpData", "baseUrl": "http://localhost:1"},
            },
        ),
        ("policydefinitions", {"@id": "p", "policy": odrl}),
        (
            "contractdefinitions",
            {"@id": "d", "accessPolicyId": "p", "contractPolicyId": "p", "assetsSelector": []},
        ),
    ]
    for path, body in bodies:
        async with session.post(
            f"{api}/{path}", json={"@context": _CONTEXT, **body}, headers=_HEADERS
        ) as answer:
            answer.raise_for_status()


async def offered(session: aiohttp.ClientSession, provider: dict[str, Any], consumer: dict[str, Any]) -> Any:
    """The offer as the consumer sees it."""
    found: dict[str, Any] = {}
    for _ in range(150):  # its API answers 405 for a moment after it says that it is ready
        found = await catalog(session, provider, consumer)
        if found.get("dcat:dataset") or found.get("dataset"):
            break
        await asyncio.sleep(0.2)
    dataset = found.get("dcat:dataset") or found.get("dataset")
    dataset = dataset[0] if isinstance(dataset, list) else dataset
    if dataset is None:
        raise RuntimeError("the EDC pair offers nothing")
    policy = dataset.get("odrl:hasPolicy") or dataset.get("hasPolicy")
    return policy[0] if isinstance(policy, list) else policy


async def catalog(
    session: aiohttp.ClientSession, provider: dict[str, Any], consumer: dict[str, Any], *, limit: int = 50
) -> dict[str, Any]:
    """The first page of the catalog as the consumer sees it; empty if its API returns none."""
    body = {
        "@context": _CONTEXT,
        "counterPartyAddress": provider["protocol"],
        "counterPartyId": provider["id"],
        "protocol": "dataspace-protocol-http:2025-1",
        "querySpec": {"limit": limit},
    }
    url = f"{consumer['management']}/v3/catalog/request"
    async with session.post(url, json=body, headers=_HEADERS) as answer:
        found: dict[str, Any] = await answer.json() if answer.status == 200 else {}
        return found


async def stock(session: aiohttp.ClientSession, provider: dict[str, Any], count: int) -> None:
    """Create further assets, each under its own contract definition and the policy of `offer`."""
    api = f"{provider['management']}/v3"
    address = {"type": "HttpData", "baseUrl": "http://localhost:1"}
    for number in range(count):
        id_ = f"d-{number:06}"
        criterion = {
            "operandLeft": "https://w3id.org/edc/v0.0.1/ns/id",
            "operator": "=",
            "operandRight": id_,
        }
        bodies: list[tuple[str, dict[str, Any]]] = [
            ("assets", {"@id": id_, "properties": {"kind": "air"}, "dataAddress": address}),
            (
                "contractdefinitions",
                {
                    "@id": id_,
                    "accessPolicyId": "p",
                    "contractPolicyId": "p",
                    "assetsSelector": [criterion],
                },
            ),
        ]
        for path, body in bodies:
            whole = {"@context": _CONTEXT, **body}
            async with session.post(f"{api}/{path}", json=whole, headers=_HEADERS) as answer:
                answer.raise_for_status()


async def negotiate(
    session: aiohttp.ClientSession, provider: dict[str, Any], consumer: dict[str, Any], policy: Any
) -> float:
    """The milliseconds until the consumer's negotiation is FINALIZED."""
    api = f"{consumer['management']}/v3/contractnegotiations"
    body = {
        "@context": _CONTEXT,
        "counterPartyAddress": provider["protocol"],
        "counterPartyId": provider["id"],
        "protocol": "dataspace-protocol-http:2025-1",
        "policy": {
            "@context": "http://www.w3.org/ns/odrl.jsonld",
            "@type": "Offer",
            "@id": policy["@id"],
            "assigner": provider["id"],
            "target": "a",
            "permission": [{"action": "use"}],
        },
    }
    began = time.perf_counter()
    async with session.post(api, json=body, headers=_HEADERS) as answer:
        id_ = (await answer.json())["@id"]
    while time.perf_counter() - began < 120:
        async with session.get(f"{api}/{id_}", headers=_HEADERS) as answer:
            state = (await answer.json())["state"]
        if state == "FINALIZED":
            return 1000 * (time.perf_counter() - began)
        if state == "TERMINATED":
            break
        await asyncio.sleep(0.02)
    raise UnfinishedError("the EDC pair did not finish a negotiation")


class UnfinishedError(RuntimeError):
    """A negotiation of the EDC pair that did not end, or ended in another state."""


@asynccontextmanager
async def _peer(name: str, port: int, settings: Path) -> AsyncIterator[dict[str, Any]]:
    process = await asyncio.create_subprocess_exec(
        str(SCRIPT),
        name,
        str(port),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "EDC_PEER_SETTINGS": str(settings)},
    )
    assert process.stdout is not None
    try:
        yield json.loads(await asyncio.wait_for(process.stdout.readline(), 300))
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await process.wait()
