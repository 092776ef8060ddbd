"""What both sorts of process share, whichever table they go by."""

import pytest
from tests.dsp.samples import LATER, negotiation, transfer

from xinfu import dsp
from xinfu.dsp import negotiation as cn
from xinfu.dsp import transfer as tp

C, P = dsp.Role.CONSUMER, dsp.Role.PROVIDER


@pytest.mark.parametrize("role", [C, P])
def test_a_process_that_was_given_up_waits_for_no_person(role: dsp.Role) -> None:
    assert not cn.MACHINE.failed(negotiation(role, cn.State.REQUESTED, held=True), LATER).held
    assert not tp.MACHINE.failed(transfer(role, tp.State.STARTED, held=True), LATER).held


@pytest.mark.parametrize("state", [tp.State.COMPLETED, tp.State.TERMINATED])
def test_a_process_that_the_peer_has_ended_waits_for_no_person(state: tp.State) -> None:
    ended = tp.MACHINE.reconcile(transfer(P, tp.State.STARTED, held=True), state, LATER)
    assert ended.standing is dsp.PeerFinding.ENDED
    assert (ended.record.state, ended.record.held) == (state, False)
    over = cn.MACHINE.reconcile(negotiation(C, cn.State.OFFERED, held=True), cn.State.TERMINATED, LATER)
    assert (over.standing, over.record.held) == (dsp.PeerFinding.ENDED, False)


def test_a_process_is_over_in_the_states_from_which_nothing_leads_on() -> None:
    assert {each for each in cn.State if negotiation(C, each).is_over} == {
        each for each, moves in cn.MACHINE.table.items() if not moves
    }
    assert {each for each in tp.State if transfer(C, each).is_over} == {
        each for each, moves in tp.MACHINE.table.items() if not moves
    }
