"""The table of a negotiation, against the rules of DSP-RULES 6.1 written out once more."""

import itertools

import pytest

from xinfu.dsp import Role
from xinfu.dsp.negotiation.states import TABLE, Kind, State, diagram, target

RULES = """
-         REQUEST   C   REQUESTED
-         OFFER     P   OFFERED
REQUESTED OFFER     P   OFFERED
REQUESTED AGREE     P   AGREED
REQUESTED TERMINATE C,P TERMINATED
OFFERED   REQUEST   C   REQUESTED
OFFERED   ACCEPT    C   ACCEPTED
OFFERED   TERMINATE C,P TERMINATED
ACCEPTED  AGREE     P   AGREED
ACCEPTED  TERMINATE C,P TERMINATED
AGREED    VERIFY    C   VERIFIED
AGREED    TERMINATE C,P TERMINATED
VERIFIED  FINALIZE  P   FINALIZED
VERIFIED  TERMINATE C,P TERMINATED
"""
ROLES = {"C": Role.CONSUMER, "P": Role.PROVIDER}
ALLOWED = {
    (None if state == "-" else State(state), Kind(kind), ROLES[letter]): State(to)
    for state, kind, senders, to in (line.split() for line in RULES.split("\n") if line)
    for letter in senders.split(",")
}
TRIPLES = list(itertools.product([None, *State], Kind, Role))


@pytest.mark.parametrize(("state", "kind", "sender"), TRIPLES, ids=[f"{s}-{k}-{r}" for s, k, r in TRIPLES])
def test_the_table_moves_as_the_rules_say_and_no_other_way_p1(
    state: State | None, kind: Kind, sender: Role
) -> None:
    assert target(state, kind, sender) == ALLOWED.get((state, kind, sender))


def test_terminal_states_are_final_r_gen_10() -> None:
    assert {state for state in State if state.is_terminal} == {State.FINALIZED, State.TERMINATED}


def test_either_side_may_terminate_in_every_state_that_is_not_terminal_a_01() -> None:
    open_states = [state for state in State if not state.is_terminal]
    ends = {(state, role): target(state, Kind.TERMINATE, role) for state in open_states for role in Role}
    assert set(ends.values()) == {State.TERMINATED}


def test_a_second_offer_while_offered_is_no_move_a_02() -> None:
    assert target(State.OFFERED, Kind.OFFER, Role.PROVIDER) is None


def test_every_state_is_reached_and_can_end() -> None:
    reached = {to for moves in TABLE.values() for to in moves.values()}
    assert reached == set(State)


def test_the_diagram_shows_every_move_and_no_more() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> REQUESTED: REQUEST (consumer)" in lines
    assert "    REQUESTED --> TERMINATED: TERMINATE (consumer, provider)" in lines
    assert "    FINALIZED --> [*]" in lines
    moves = {(state, kind, to) for (state, kind, _), to in ALLOWED.items()}
    assert len(lines) == 1 + len(moves) + 2
