"""Our offer is looked at once for a request: each record is read once, each policy is decided once."""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import pytest
from tests.dialog import asked
from tests.nodes import World, rule
from tests.stranger import Stranger, offer

from xinfu.odrl.control.grades import shortfalls
from xinfu.odrl.engine.evaluate import evaluate
from xinfu.stores.sql.records import RecordsTable

pytestmark = pytest.mark.asyncio(loop_scope="module")

TERMS = rule("purpose", "eq", "emergency")


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """How often this thread reads a record of each kind, decides a policy and holds one against a grade."""
    found: Counter[str] = Counter()
    frames: list[
        FrameType
    ] = []  # each of a coroutine is entered again whenever it goes on; kept, so that none is reused

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event != "call" or frame.f_code not in _NAMES or any(frame is each for each in frames):
            return
        frames.append(frame)
        name = _NAMES[frame.f_code]
        found[name or f"reads {frame.f_locals['self']._layout.name}"] += 1

    sys.setprofile(look)
    try:
        yield found
    finally:
        sys.setprofile(None)


_NAMES = {RecordsTable.get.__code__: "", evaluate.__code__: "decides", shortfalls.__code__: "grades"}


async def test_a_request_reads_our_offer_once(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("once", TERMS)
    wanted = offer(offer_id, "once", TERMS)
    with counted() as found:
        talk = await asked(peer, world.provider, offer_id, "once", offer=wanted)
    assert (await talk.shown())["sending"] == "AGREE" or (await talk.shown())["state"] == "AGREED"
    assert {name: times for name, times in found.items() if name != "decides"} == {
        "reads asset": 1,
        "reads definition": 1,
        "reads policy": 2,  # who sees the offer, and its terms
        "grades": 2,  # our terms, and those that are asked for
    }
    assert found["decides"] == 2


async def test_an_acceptance_of_our_offer_reads_the_asset_once(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("accepted", TERMS)
    form = {"on": "requested", "do": ["offer"], "dataset": "accepted", "priority": 9}
    await world.provider.put("/answers/offer-first", form)
    talk = await asked(peer, world.provider, offer_id, "accepted", offer=offer(offer_id, "accepted", TERMS))
    await talk.hears("ContractOfferMessage")
    await world.provider.reaches("negotiations", talk.pid, "OFFERED")
    with counted() as found:
        said = await talk.say("ContractNegotiationEventMessage", eventType="ACCEPTED")
    assert said.status == 200, said.body.decode()
    assert found["reads asset"] == 1
