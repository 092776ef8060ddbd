"""The walk of a request through the program is the one that the page says, and returns to no place twice."""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import msgspec
import pytest
from tests.dialog import asked
from tests.nodes import World, rule
from tests.stranger import Stranger, offer

import xinfu

pytestmark = pytest.mark.asyncio(loop_scope="module")

SOURCE: Final = Path(xinfu.__file__).parent
PAGE: Final = Path(__file__).resolve().parents[3] / "docs/explanation/walk-of-a-message.md"
WAY_IN: Final = "web/protocol/processes"
FOLLOWED: Final = ("web/", "services/", "dsp/")
ENTERED: Final = (
    "stores/",
    "node/",
    "identities/",
    "peers/",
    "odrl/",
    "evidence/",
    "dsp/wire",
    "web/observe",
)
"""Ports and libraries: what they do inside is no part of the walk."""
TERMS: Final = rule("purpose", "eq", "emergency")


class Stay(msgspec.Struct):
    """A visit to a file, begun by one call or by several that the same caller makes in a row."""

    file: str
    caller: FrameType | None


class Walk:
    """The calls between files that one message causes, as the profiler of this thread tells them."""

    def __init__(self) -> None:
        self.stays: list[Stay] = []
        self._frames: dict[int, FrameType] = {}  # a coroutine is entered again whenever it goes on
        self._newest: dict[int, Stay] = {}

    def look(self, frame: FrameType, event: str, _: Any) -> None:
        """A function was called."""
        file = _file(frame.f_code)
        if event != "call" or file is None or id(frame) in self._frames or _is_field(frame):
            return
        self._frames[id(frame)] = frame
        callers = _callers(frame)
        above = [_file(each.f_code) or "" for each in callers]
        if not file.startswith(FOLLOWED) or (file != WAY_IN and WAY_IN not in above):
            return
        between = above[: above.index(WAY_IN)] if WAY_IN in above else []
        if above[:1] == [file] or any(each.startswith(ENTERED) for each in between):
            return
        self._enter(file, callers[0] if callers else None)

    def _enter(self, file: str, caller: FrameType | None) -> None:
        newest = self._newest.get(id(caller))
        if newest is not None and newest.file == file:
            return
        self._newest[id(caller)] = stay = Stay(file, caller)
        self.stays.append(stay)


@contextmanager
def walked() -> Iterator[Walk]:
    """The walk of what arrives meanwhile."""
    walk = Walk()
    sys.setprofile(walk.look)
    try:
        yield walk
    finally:
        sys.setprofile(None)


def _file(code: CodeType) -> str | None:
    path = Path(code.co_filename)
    if SOURCE not in path.parents:
        return None
    return path.relative_to(SOURCE).with_suffix("").as_posix()


def _callers(frame: FrameType) -> list[FrameType]:
    found, back = [], frame.f_back
    while back is not None:
        if _file(back.f_code) is not None:
            found.append(back)
        back = back.f_back
    return found


def _is_field(frame: FrameType) -> bool:
    """Whether it is a property, which reads as a field, or a body of its own such as a lambda."""
    owner = type(frame.f_locals.get("self"))
    return frame.f_code.co_name.startswith("<") or isinstance(
        getattr(owner, frame.f_code.co_name, None), property
    )


async def test_a_request_walks_as_the_page_says(world: World, peer: Stranger) -> None:
    offer_id = await world.provider.publish("walk", TERMS)
    with walked() as walk:
        talk = await asked(peer, world.provider, offer_id, "walk", offer=offer(offer_id, "walk", TERMS))
    await talk.hears("ContractAgreementMessage")
    stays = Counter(each.file for each in walk.stays)
    text = PAGE.read_text(encoding="utf-8").split("| stop |")[1].split("\n\n")[0]
    assert re.findall(r"^\| `([\w/]+)` \|", text, flags=re.MULTILINE) == list(stays)
    assert len([each for each in stays if not each.startswith("dsp/")]) <= 25
    assert {file: times for file, times in stays.items() if times > 2} == {"dsp/wire": 3}  # one in, two out
