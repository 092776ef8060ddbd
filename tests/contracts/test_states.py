"""The life of a contract: every status, event and mover."""

import pytest

from xinfu.contracts import Event, Mover, Status, next_status
from xinfu.contracts.states import TABLE, diagram
from xinfu.errors import ConflictError

MOVES = [(status, event, mover) for status in (None, *Status) for event in Event for mover in Mover]


@pytest.mark.parametrize(("status", "event", "mover"), MOVES)
def test_a_move_stands_in_the_table_or_is_refused(status: Status | None, event: Event, mover: Mover) -> None:
    if (event, mover) in TABLE[status]:
        assert next_status(status, event, mover) is TABLE[status][event, mover]
        return
    with pytest.raises(ConflictError) as told:
        next_status(status, event, mover)
    assert told.value.code == "contract.state"
    assert told.value.facts["event"] == event


def test_what_has_ended_or_failed_stays_so() -> None:
    assert not TABLE[Status.ENDED]
    assert not TABLE[Status.SIGNING_FAILED]


def test_only_the_initiator_withdraws_and_never_after_signing() -> None:
    withdrawn = {
        (status, mover)
        for status, moves in TABLE.items()
        for event, mover in moves
        if event is Event.WITHDRAW
    }
    assert withdrawn == {(Status.INITIATED, Mover.INITIATOR), (Status.NEGOTIATING, Mover.INITIATOR)}


def test_filing_keeps_the_status() -> None:
    assert next_status(Status.SIGNED, Event.FILE, Mover.PLATFORM) is Status.SIGNED


def test_every_status_can_be_reached_and_is_drawn() -> None:
    reached = {to for moves in TABLE.values() for to in moves.values()}
    assert reached == set(Status)
    assert all(f"--> {status.value}:" in diagram() for status in Status)
