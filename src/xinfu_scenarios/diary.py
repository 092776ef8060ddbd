"""The diary of an exchange: the two sides, the events in order, the refusals, and the receipts."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from msgspec import Struct

from xinfu.client import Node
from xinfu_scenarios.scenario import Say
from xinfu_scenarios.words import BEIJING_TIME, Text


def now() -> datetime:
    """The current moment in Beijing time."""
    return datetime.now(BEIJING_TIME)


async def participant(node: Node) -> str:
    """The identifier of the node's first participant."""
    return (await node.about()).contexts[0].participant


class Side(StrEnum):
    """The side that acts in an event."""

    PROVIDER = "provider"
    CONSUMER = "consumer"


SIDE_NAMES: Final = {
    Side.PROVIDER.value: Text(en="Data provider", zh="数据提供方"),
    Side.CONSUMER.value: Text(en="Data consumer", zh="数据使用方"),
}


class Party(Struct, frozen=True, kw_only=True):
    """A party of the exchange: its name, its identifier, and its aim."""

    side: Side
    name: Text
    id: str
    wants: Text


class Event(Struct, frozen=True, kw_only=True):
    """A step of the exchange.

    Args:
        passes: whether the event crosses from one organisation to the other.
        command: the same step as a command line; empty if there is none.
    """

    at: datetime
    side: Side
    title: Text
    detail: Text
    passes: bool = False
    command: str = ""


class ReceiptFile(Struct, frozen=True, kw_only=True):
    """A receipt in the page's folder."""

    name: str
    about: Text
    sha256: str


class Refusal(Struct, frozen=True, kw_only=True):
    """An attempt that was refused.

    Args:
        code: the stable code of the answer.
        answer: the answer that the caller got, word for word.
        way_out: the change that would make it allowed.
    """

    tried: Text
    code: str
    answer: Text
    way_out: Text
    at: datetime


class Diary:
    """Records events, and shows them to the person who waits.

    Attributes:
        events: what happened so far, in order.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self.events: list[Event] = []

    def note(self, side: Side, title: Text, detail: Text, *, passes: bool = False, command: str = "") -> None:
        """Record an event of this moment."""
        at = now()
        self.events.append(
            Event(at=at, side=side, title=title, detail=detail, passes=passes, command=command)
        )
        self._say(f"{title.en}: {detail.en}", f"{title.zh}：{detail.zh}")
