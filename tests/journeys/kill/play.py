"""Plays the way to a message, kills someone there, and goes on to the end.

A step is done by the person of one side through the native API. A person whose node dies asks again when it is up,
after a look at whether it was done already.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from tests.journeys.kill.pair import CONSUMER, DATASET, LOOK_S, PATIENCE_S, PROVIDER, Pair
from tests.journeys.kill.proxy import Moment, Trap

OTHER_TERMS: Final = {
    "@type": "Offer",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "dateTime", "operator": "lt", "rightOperand": "2090-01-01T00:00:00Z"}
            ],
        }
    ],
}
OPEN: Final = "open"


class Step(msgspec.Struct, frozen=True):
    """`who` does `act` once its record is `held` or in `state`; then its record is in `then` (or beyond)."""

    who: str
    act: str
    state: str
    then: str


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """How a message comes about, and how its process ends.

    Attributes:
        sender: whose message it is; `suffix` how the path ends to which it is posted.
        opening: what the process is opened with: "fits", "other", "offer" or "transfer".
        before: steps before the trap is set; `after` the rest, of which the first may send the message.
        ends: the state in which both sides end.
    """

    message: str
    sender: str
    suffix: str
    opening: str
    before: tuple[Step, ...] = ()
    after: tuple[Step, ...] = ()
    ends: str


class Point(msgspec.Struct, frozen=True):
    """A message and the moment of it at which someone is killed."""

    way: Way
    moment: Moment

    @property
    def dies(self) -> str:
        """Who is killed."""
        receiver = CONSUMER if self.way.sender == PROVIDER else PROVIDER
        return self.way.sender if self.moment.kills_sender else receiver

    def __str__(self) -> str:
        return f"{self.way.message:24} from the {self.way.sender:8} {self.moment:45} kills the {self.dies}"


async def play(pair: Pair, point: Point) -> list[str]:
    """Go through one point; gives what is wrong at its end."""
    way = point.way
    receiver = CONSUMER if way.sender == PROVIDER else PROVIDER
    trap = Trap(suffix=way.suffix, moment=point.moment, spring=pair.nodes[point.dies].killed)
    proxy = pair.nodes[receiver].proxy
    if not way.before:
        proxy.set(trap)
    async with asyncio.timeout(PATIENCE_S):
        ids = await _open(pair, way)
        for step in way.before:
            await _do(pair, way, step, ids)
        if way.before:
            await _both(pair, way, ids, way.before[-1].then)
            proxy.set(trap)
        for step in way.after:
            await _do(pair, way, step, ids)
        await _both(pair, way, ids, way.ends)
    for node in pair.nodes.values():
        await node.up.wait()
    return [*([] if trap.sprung else ["the message never came"]), *await pair.still()]


async def _open(pair: Pair, way: Way) -> dict[str, str]:
    """Open the process; gives its id on each side, the other one's when it is known."""
    opener = PROVIDER if way.opening == "offer" else CONSUMER
    kind = _kind(way)
    known = {each["id"] for each in await _list(pair, opener, kind)}
    while True:
        fresh = [each["id"] for each in await _list(pair, opener, kind) if each["id"] not in known]
        if fresh:
            return {opener: fresh[0]}
        try:
            status, said = await pair.nodes[opener].api("POST", f"/{kind}", _opening(pair, way))
        except ConnectionError:
            continue
        assert status < 300, said


def _opening(pair: Pair, way: Way) -> Mapping[str, object]:
    if way.opening == "transfer":
        return {"agreement": pair.agreement}
    other = CONSUMER if way.opening == "offer" else PROVIDER
    form = {"participant": pair.nodes[other].did, "dataset": DATASET}
    if way.opening == "offer":
        return {**form, "role": "provider"}
    return form if way.opening == "fits" else {**form, "policy": OTHER_TERMS}


async def _do(pair: Pair, way: Way, step: Step, ids: dict[str, str]) -> None:
    """Do a step when its time has come, as often as it takes."""
    before = ""
    while True:
        record = await _record(pair, way, step.who, ids)
        if record is not None and (record["state"] == step.then or (before and record["sending"])):
            return
        if record is not None and record["state"] == step.state and record["sending"] is None:
            before = step.state
            try:
                status, said = await pair.nodes[step.who].api(
                    "POST", f"/{_kind(way)}/{record['id']}/{step.act}", _form(step)
                )
                assert status < 300 or status == 409, said
            except ConnectionError:
                pass
        await asyncio.sleep(LOOK_S)


def _form(step: Step) -> Mapping[str, object]:
    return {"policy": OTHER_TERMS} if step.act == "counter" else {}


async def _both(pair: Pair, way: Way, ids: dict[str, str], state: str) -> None:
    while True:
        found = [await _record(pair, way, who, ids) for who in pair.nodes]
        if all(each is not None and each["state"] == state and each["sending"] is None for each in found):
            return
        await asyncio.sleep(LOOK_S)


async def _record(pair: Pair, way: Way, who: str, ids: dict[str, str]) -> dict[str, Any] | None:
    """The process as one side has it; None while it is down or has none."""
    if who not in ids:
        opener = next(iter(ids))
        field = f"{opener}_pid"
        for each in await _list(pair, who, _kind(way)):
            if each[field] == ids[opener]:
                ids[who] = each["id"]
    if who not in ids:
        return None
    try:
        status, shown = await pair.nodes[who].api("GET", f"/{_kind(way)}/{ids[who]}")
    except ConnectionError:
        return None
    assert status == 200, shown
    return dict(shown)


async def _list(pair: Pair, who: str, kind: str) -> list[dict[str, Any]]:
    while True:
        try:
            status, shown = await pair.nodes[who].api("GET", f"/{kind}?limit=1000")
        except ConnectionError:
            await asyncio.sleep(LOOK_S)
            continue
        assert status == 200, shown
        return list(shown["items"])


def _kind(way: Way) -> str:
    return "transfers" if way.opening == "transfer" else "negotiations"


def slug(text: str) -> str:
    """A text as a test's id."""
    return re.sub(r"[^a-z]+", "-", text.lower()).strip("-")
