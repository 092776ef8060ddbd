"""The table of a transfer, against the rules of DSP-RULES 7.1 written out once more."""

import itertools

import pytest

from xinfu.dsp import Role
from xinfu.dsp.transfer.states import TABLE, Kind, State, diagram, target

RULES = """
-         REQUEST   C   REQUESTED
REQUESTED START     P   STARTED
REQUESTED TERMINATE C,P TERMINATED
STARTED   COMPLETE  C,P COMPLETED
STARTED   SUSPEND   C,P SUSPENDED
STARTED   TERMINATE C,P TERMINATED
SUSPENDED START     C,P STARTED
SUSPENDED TERMINATE C,P TERMINATED
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
    assert {state for state in State if state.is_terminal} == {State.COMPLETED, State.TERMINATED}


def test_only_the_provider_starts_a_requested_transfer_t_11() -> None:
    assert target(State.REQUESTED, Kind.START, Role.CONSUMER) is None
    assert target(State.SUSPENDED, Kind.START, Role.CONSUMER) is State.STARTED


def test_every_state_is_reached() -> None:
    assert {to for moves in TABLE.values() for to in moves.values()} == set(State)


def test_the_diagram_shows_every_move_and_no_more() -> None:
    lines = diagram().splitlines()
    assert "    SUSPENDED --> STARTED: START (consumer, provider)" in lines
    moves = {(state, kind, to) for (state, kind, _), to in ALLOWED.items()}
    assert len(lines) == 1 + len(moves) + 2
