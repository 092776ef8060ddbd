"""Strong Kleene logic: every row of the truth tables for up to three parts."""

from collections.abc import Callable, Sequence
from itertools import product

import pytest

from xinfu.odrl import Situation
from xinfu.odrl.engine.logic import Answers, all_of, always, any_of, at_use, one_of
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
ROWS = [row for n in (1, 2, 3) for row in product(Verdict, repeat=n)]
ANYWHERE = Situation()
Combine = Callable[[Sequence[Answers]], Answers]


def completions(row: tuple[Verdict, ...]) -> list[tuple[bool, ...]]:
    """Every way in which the unknown parts can turn out."""
    return list(product(*({YES: (True,), NO: (False,), UNKNOWN: (True, False)}[verdict] for verdict in row)))


def expected(row: tuple[Verdict, ...], law: str) -> Verdict:
    """What all completions agree on; the definition the tables have to meet."""
    found = {{"and": all(ways), "or": any(ways), "xone": sum(ways) == 1}[law] for ways in completions(row)}
    if found == {True}:
        return YES
    return NO if found == {False} else UNKNOWN


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(v.name for v in row))
@pytest.mark.parametrize(("law", "combine"), [("and", all_of), ("or", any_of), ("xone", one_of)])
def test_the_truth_tables_agree_with_every_way_unknown_parts_can_turn_out(
    row: tuple[Verdict, ...], law: str, combine: Combine
) -> None:
    answers = combine([always(verdict) for verdict in row])
    assert answers.use(ANYWHERE) is expected(row, law)
    assert answers.outlook(ANYWHERE) == (answers.use(ANYWHERE), answers.use(ANYWHERE))


LATER = at_use(always(UNKNOWN).use)
"""What only a use can tell."""
PARTS = {"yes": always(YES), "no": always(NO), "unknown": always(UNKNOWN), "later": LATER}


def settled(names: tuple[str, ...]) -> list[tuple[Verdict, ...]]:
    """Every way in which what only a use can tell turns out at the use."""
    ways = {"yes": (YES,), "no": (NO,), "unknown": (UNKNOWN,), "later": (YES, NO)}
    return list(product(*(ways[name] for name in names)))


@pytest.mark.parametrize("names", [row for n in (1, 2, 3) for row in product(PARTS, repeat=n)], ids="-".join)
@pytest.mark.parametrize(("law", "combine"), [("and", all_of), ("or", any_of), ("xone", one_of)])
def test_a_negotiation_hopes_for_the_best_use_and_fears_the_worst(
    names: tuple[str, ...], law: str, combine: Combine
) -> None:
    answers = combine([PARTS[name] for name in names])
    outcomes = {expected(way, law) for way in settled(names)}
    assert answers.outlook(ANYWHERE) == (
        max(outcomes, key=lambda verdict: verdict.value),
        min(outcomes, key=lambda verdict: verdict.value),
    )
