"""Two hundred negotiations at once between xinfu and a live EDC, each way, and none is lost (D-12, D-13)."""

import asyncio
from typing import Any, Final

import pytest
from tests.conformance.edc_live import Edc
from tests.nodes import Site

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.peer("edc"), pytest.mark.slow]

MANY: Final = 200
BOUND_S: Final = 45
"""Seconds for all of them; about five on two cores that do nothing else."""


async def ours_of(ours: Site, dataset: str) -> list[dict[str, Any]]:
    """Our negotiations about a dataset."""
    found: list[dict[str, Any]] = (await ours.get("/negotiations", dataset=dataset, limit=1000))["items"]
    return found


async def agreed(ours: Site, edc: Edc, dataset: str) -> tuple[set[str], set[str]]:
    """The ids of all agreements about a dataset: those that we keep, and those that EDC keeps."""
    kept = (await ours.get("/agreements", dataset=dataset, limit=1000))["items"]
    theirs = await edc.all("contractagreements", "assetId", dataset)
    return {each["wire_id"] for each in kept}, {each["@id"] for each in theirs}


async def finalized(edc: Edc, dataset: str) -> list[dict[str, Any]]:
    """The negotiations about a dataset at EDC, once all of them have ended there."""
    while True:
        shown = await edc.all("contractnegotiations", "contractOffers.assetId", dataset)
        if {each["state"] for each in shown} <= {"FINALIZED", "TERMINATED"}:
            return shown
        await asyncio.sleep(0.1)  # it has no way to wait for a change


async def test_none_is_lost_when_we_ask(ours: Site, edc: Edc) -> None:
    await edc.offer("many", "http://127.0.0.1:1/never-read")
    wanted = {"participant": edc.id, "at": edc.base, "dataset": "many"}
    async with asyncio.timeout(BOUND_S):
        made = await asyncio.gather(*(ours.post("/negotiations", wanted) for _ in range(MANY)))
        paths = [f"/negotiations/{each['id']}" for each in made]
        shown = await asyncio.gather(*(ours.get(each, until="FINALIZED", wait=BOUND_S) for each in paths))
        assert not [each for each in shown if each["state"] != "FINALIZED"]
        await finalized(edc, "many")
    kept, theirs = await agreed(ours, edc, "many")
    assert len(kept) == MANY
    assert kept == theirs
    assert len(await ours_of(ours, "many")) == MANY


async def test_none_is_lost_when_edc_asks(ours: Site, edc: Edc) -> None:
    offer = await ours.publish("plenty")
    async with asyncio.timeout(BOUND_S):
        made = await asyncio.gather(*(edc.negotiate(ours, "plenty", offer) for _ in range(MANY)))
        shown = await finalized(edc, "plenty")
    assert {each["@id"] for each in shown} == set(made)
    assert not [each for each in shown if each["state"] != "FINALIZED"]
    for each in await ours_of(ours, "plenty"):
        await ours.reaches("negotiations", each["id"], "FINALIZED")
    kept, theirs = await agreed(ours, edc, "plenty")
    assert len(kept) == MANY
    assert kept == theirs
