"""The engine agrees with a second evaluator that was written from the rules alone (tests/odrl/naive.py)."""

import pytest
from tests.odrl.naive import Maker, World, opening, pieces
from tests.odrl.naive_pairs import compared, decided, situation

from xinfu import odrl
from xinfu.verdict import Verdict


@pytest.mark.parametrize("begin", range(0, 200, 50))
def test_decisions_agree(begin: int) -> None:
    said = sum((decided(seed) for seed in range(begin, begin + 50)), start=type(decided(begin))())
    assert said["decision YES"]
    assert said["decision no"]


@pytest.mark.parametrize("begin", range(0, 200, 50))
def test_comparisons_agree(begin: int) -> None:
    said = sum((compared(seed) for seed in range(begin, begin + 50)), start=type(compared(begin))())
    assert said["within YES"]
    assert said["within NO"]


def test_pieces_stand_in_the_same_places() -> None:
    """Keys of counters and duties mean the same to both."""
    for seed in range(200):
        document = Maker(seed).document()
        policy = odrl.read(document)
        assert len(pieces(document, "permission")) == len(policy.permissions)
        found = {piece.counter for piece in pieces(document, "permission") if "count" in str(piece.rule)}
        assert set(odrl.compile(policy).counters) <= found


def test_the_second_evaluator_counts_a_written_rule_once() -> None:
    limit = {"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}
    document = {"permission": [{"action": ["use", "read"], "constraint": [limit]}]}
    for spent, expected in ((2, Verdict.YES), (3, Verdict.NO)):
        world = World(action="read", counts={"permission[0]": spent, "permission[1]": 0})
        assert bool(opening(document, world)) is (expected is Verdict.YES)
        program = odrl.compile(odrl.read(document))
        assert odrl.evaluate(program, situation(world)).verdict is expected
