"""S01 from the generator: every figure of the card, and no number that is not whole, decimal or a fraction."""

import json
from decimal import Decimal
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from xinfu.contracts import subject_checks
from xinfu_scenarios.s01 import charts, figures, generator, people
from xinfu_scenarios.s01.generator import CASES, CENTRAL_COUNTS, Generated, Side

MADE = Generated()
COUNTS = (*CENTRAL_COUNTS, CASES)


def of(made: Generated) -> figures.Figures:
    entries = (*generator.provincial(made), *generator.central(made))
    return figures.figures(entries, generator.projects(made), made)


def test_every_figure_is_that_of_the_card(shared: Path) -> None:
    assert of(MADE).plain() == json.loads((shared / "scenarios/expected/S01.json").read_text())


def test_the_figures_of_the_page_are_reproduced_and_another_draw_is_not_taken_for_them() -> None:
    assert figures.of_the_page(of(MADE), COUNTS) == (9, 9)
    other = of(Generated(provincial=36200))
    assert figures.of_the_page(other, COUNTS[1:]) == (7, 9)


def test_what_the_card_wants_is_printed() -> None:
    said = "\n".join(line.en for line in figures.must_print(of(MADE), COUNTS))
    for words in (
        "16 agreements, 361.9 亿元; 8 agreements, 285.4 亿元; together 24 agreements, 647.3 亿元",
        "22.6187, 35.675, 26.9708",
        "55.91 %, 44.09 %",
        "3,619,000,000,000, 2,854,000,000,000",
        "2450 501 2990 2441 4692 662 2824 1003 137 3746 3160 3779 208 1310 2219 4068",
        "6315 1287 5257 4892 5564 248 2482 2495",
        "85 25 84 110 137 48 21 70; sum 580; 72.5 a group",
        "above 40, subsidiaries 35, cases 67, provincial groups 8",
    ):
        assert words in said
    assert "超过40" in figures.must_print(of(MADE), COUNTS)[-1].zh


@given(st.integers(0, 2**32), st.integers(100, 10**9), st.integers(100, 10**9))
def test_sums_hold_for_any_draw(seed: int, provincial: int, central: int) -> None:
    found = of(Generated(seed=seed, provincial=provincial, central=central))
    assert found.sums == (provincial, central, 580)
    assert found.amount_yi == Decimal(provincial + central) / 100
    assert found.amount_in_cents.provincial == provincial * 100_000_000


def test_the_derived_product_says_over_how_many_records_each_figure_goes() -> None:
    rows = {(row.figure, row.side): row for row in figures.rows(of(MADE), COUNTS, "now")}
    assert (rows["amount", "provincial"].value, rows["amount", "provincial"].records) == ("361.9", 16)
    assert (rows["amount", "all"].value, rows["amount", "all"].records) == ("647.3", 24)
    assert (rows["central-projects", "central"].op, rows["central-projects", "central"].value) == (">", "40")


def test_each_group_has_two_agreements_signed_in_the_year() -> None:
    entries = generator.provincial(MADE)
    parts = generator.by_group(entries, 8)
    assert [len(each) for each in parts] == [2] * 8
    assert [each for part in parts for each in part] == list(entries)
    assert {each.signed.year for each in (*entries, *generator.central(MADE))} == {2024}
    assert {each.side for each in entries} == {Side.PROVINCIAL}


@given(st.integers(2, 24), st.integers(0, 75), st.integers(3, 99))
def test_the_number_of_groups_and_agreements_is_a_parameter(groups: int, more: int, central: int) -> None:
    wanted = max(3, min(99, groups + more))
    made = Generated(groups=groups, provincial_agreements=wanted, central_agreements=central)
    found = of(made)
    assert (len(found.provincial), len(found.central), len(found.projects)) == (wanted, central, groups)
    assert (found.agreements, found.sums) == (wanted + central, (36190, 28540, 580))
    parts = generator.by_group(generator.provincial(made), groups)
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert min(map(len, parts)) >= 1
    assert [each for part in parts for each in part] == list(generator.provincial(made))


@given(st.integers(2, 24))
def test_each_group_is_somebody_with_a_code_of_its_own(groups: int) -> None:
    cast = people.participants(groups)
    assert len(cast) == groups + 3
    assert len({each.key for each in cast}) == len({each.name.zh for each in cast}) == len(cast)
    assert all(subject_checks(each.entity) for each in cast)
    assert len({each.entity for each in cast}) == len(cast)


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=30))
def test_the_tiles_of_a_treemap_are_as_large_as_their_values_and_lie_inside(values: list[int]) -> None:
    tiles = charts.tiles(values, 1000, 320)
    assert sorted(each.place for each in tiles) == list(range(len(values)))
    for each in tiles:
        share = values[each.place] / sum(values) * 1000 * 320
        assert abs(each.width * each.height - share) <= 1e-6 * 320_000
        assert -1e-6 <= each.x <= each.x + each.width <= 1000 + 1e-6
        assert -1e-6 <= each.y <= each.y + each.height <= 320 + 1e-6
