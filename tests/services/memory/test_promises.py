"""Promises in memory: ready at once, after the acknowledgement, or when they fall due by themselves."""

import asyncio
from datetime import datetime

from tests.ports.store_samples import CONTEXT, NOW, later

from xinfu.ports.records.outbox import OutboxRow, ProcessMessage
from xinfu.services.memory.promises import Promises


class Standing:
    """A clock that stands still."""

    def now(self) -> datetime:
        return NOW

    def is_trusted(self) -> bool:
        return True

    def new_id(self) -> str:
        raise NotImplementedError


def row(id_: int, process: str = "a", due_s: float = 0.0) -> OutboxRow:
    return OutboxRow(
        id=id_,
        context=CONTEXT,
        promise=ProcessMessage(
            family="negotiation", process=process, kind="AGREE", peer="p", url="u", body=b"{}"
        ),
        attempts=0,
        due=later(due_s),
        created=later(due_s),
    )


async def test_what_is_due_is_ready_at_once() -> None:
    promises, woken = Promises(Standing()), asyncio.Event()
    promises.keeper(woken.set)
    promises.made([row(1), row(2, "b")])
    assert woken.is_set()
    assert len(promises) == 2
    assert [each.id for each in promises.take(1)] == [1]
    assert [each.id for each in promises.take(9)] == [2]
    assert promises.take(9) == []
    assert len(promises) == 0


async def test_what_waits_for_an_acknowledgement_is_ready_when_it_has_gone_out() -> None:
    promises, woken = Promises(Standing()), asyncio.Event()
    promises.keeper(woken.set)
    promises.made([row(1, "a", 3600), row(2, "b", 3600)])
    assert not woken.is_set()
    assert promises.take(9) == []
    await promises.release("b")
    await promises.release("nobody")
    (ready,) = promises.take(9)
    assert (ready.id, ready.due) == (2, NOW)
    assert len(promises) == 1
    await promises.release("b")
    assert promises.take(9) == []


async def test_it_falls_due_by_itself_when_no_acknowledgement_goes_out() -> None:
    promises, woken = Promises(Standing()), asyncio.Event()
    promises.keeper(woken.set)
    promises.made([row(1, "a", 0.01)])
    await asyncio.wait_for(woken.wait(), 60)
    assert [each.id for each in promises.take(9)] == [1]


async def test_a_row_that_takes_the_place_of_another_is_the_one_that_is_kept() -> None:
    promises = Promises(Standing())
    promises.made([row(1, "a", 3600)])
    promises.made([row(2, "a")])
    await promises.release("a")
    assert [each.id for each in promises.take(9)] == [2]
