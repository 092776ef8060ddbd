"""The deterministic draw."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu_scenarios.draw import share, weight


def test_the_check_value_of_the_cards_is_drawn() -> None:
    weights = [weight(20241225, f"group:{number}") for number in range(1, 9)]
    assert share(580, weights) == (85, 25, 84, 110, 137, 48, 21, 70)


@given(st.integers(0, 10**9), st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any))
def test_shares_add_up_and_stay_within_one_of_their_part(total: int, weights: list[int]) -> None:
    parts = share(total, weights)
    assert sum(parts) == total
    exact = [total * one // sum(weights) for one in weights]
    assert all(part in (floor, floor + 1) for part, floor in zip(parts, exact, strict=True))


def test_ties_go_to_the_lower_index() -> None:
    assert share(2, [1, 1, 1]) == (1, 1, 0)


@pytest.mark.parametrize("weights", [[0, 0], [3, -1]], ids=["nothing", "negative"])
def test_weights_that_carry_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share(5, weights)


@given(st.integers(), st.text(max_size=20))
def test_a_weight_is_from_1_to_1000(seed: int, key: str) -> None:
    assert 1 <= weight(seed, key.encode("utf-8", "ignore").decode()) <= 1000
