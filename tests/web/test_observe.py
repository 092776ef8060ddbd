"""What a path says of a request: its sort, its context, its process; and nothing that a stranger makes up."""

import pytest
from starlette.types import Message

from xinfu.dsp import negotiation, transfer
from xinfu.dsp.negotiation import Kind as NegotiationKind
from xinfu.dsp.transfer import Kind as TransferKind
from xinfu.ports.observer import Direction, NoObserver, Work, WorkKind
from xinfu.web.observe import WatchedSend, message_type

BASE = "https://bureau.example/dsp/bureau/2025-1"


def _seen(url: str) -> tuple[str, str]:
    family, _, rest = url.removeprefix(f"{BASE}/").partition("/")
    return message_type(family, rest)


OPENING = (NegotiationKind.REQUEST, NegotiationKind.OFFER)


@pytest.mark.parametrize(
    ("kind", "pid"),
    [(each, None) for each in OPENING]
    + [(each, pid) for each in NegotiationKind for pid in ("urn:uuid:1", "a/b")],
)
def test_a_negotiation_message_is_known_by_its_address(kind: NegotiationKind, pid: str | None) -> None:
    event = kind in {NegotiationKind.ACCEPT, NegotiationKind.FINALIZE}
    named = "event" if event else str(kind).lower()
    assert _seen(negotiation.MESSAGES.url(BASE, kind, pid)) == (f"negotiation.{named}", pid or "")


@pytest.mark.parametrize("kind", TransferKind)
def test_a_transfer_message_is_known_by_its_address(kind: TransferKind) -> None:
    pid = "" if kind is TransferKind.REQUEST else "urn:uuid:1"
    assert _seen(transfer.MESSAGES.url(BASE, kind, pid)) == (f"transfer.{str(kind).lower()}", pid)


@pytest.mark.parametrize(
    ("path", "sort"),
    [
        ("catalog/request", "catalog.request"),
        ("catalog/datasets/a%2Fb", "catalog.dataset"),
        ("catalog/made-up", "other"),
        ("negotiations/p/made-up", "other"),
        ("transfers/offers", "other"),
        ("made-up/request", "other"),
        ("negotiations", "negotiation.show"),
        ("transfers/p", "transfer.show"),
    ],
)
def test_any_other_path_is_of_a_known_sort(path: str, sort: str) -> None:
    assert _seen(f"{BASE}/{path}")[0] == sort


class Counting(NoObserver):
    """An observer that keeps what it is told of bytes."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def carried(self, direction: Direction, context: str, size_bytes: int) -> None:
        self.told.append(size_bytes)


async def test_the_bytes_of_a_read_are_told_by_portions_and_all_of_them_in_the_end() -> None:
    async def send(message: Message) -> None:
        pass

    observer, mib = Counting(), bytes(1 << 20)
    watched = WatchedSend(observer, Work(WorkKind.DATA, "file", "bureau", "t1"), send)
    for _ in range(35):
        await watched({"type": "http.response.body", "body": mib, "more_body": True})
    assert observer.told == [16 << 20, 16 << 20]
    watched.tell()  # cut here
    watched.tell()
    assert sum(observer.told) == 35 << 20
