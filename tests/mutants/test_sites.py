"""The draw of mutants: the same for a seed, each a file that still parses, and each judged by the tests."""

import ast
from pathlib import Path

import pytest
from tests.mutants.judge import Outcome, judge
from tests.mutants.reach import Reach
from tests.mutants.sites import PARTS, Site, changed, draw, sites

SOURCE = Path(__file__).resolve().parents[2] / "src"
WRITTEN = '''"""A module."""

LIMIT = 3


def fits(size: int, most: int = 3) -> bool:
    """Whether it fits: 中文."""
    if size < 0 or not most:
        raise ValueError(f"{size + 1} is {most - 1}")
    return size <= most
'''


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A checkout with one module and the folder of its source."""
    file = tmp_path / "src" / "xinfu" / "odrl" / "sizes.py"
    file.parent.mkdir(parents=True)
    file.write_text(WRITTEN, encoding="utf-8")
    for folder in (file.parent, file.parent.parent):
        (folder / "__init__.py").touch()
    return file


def test_sites_stand_in_functions_and_replace_what_they_name(written: Path) -> None:
    found = list(sites("odrl", written.parents[2], written))
    assert sorted((site.kind, site.text, site.mutant) for site in found) == [
        ("compare", "size < 0", "(size <= 0)"),
        ("compare", "size <= most", "(size < most)"),
        ("not", "not most", "(most)"),
        ("number", "0", "(1)"),
        ("or", "size < 0 or not most", "(size < 0 and (not most))"),
        ("raise", 'raise ValueError(f"{size + 1} is {most - 1}")', "pass"),
        ("return", "return size <= most", "return None"),
    ]
    for site in found:
        mutant = changed(written.read_bytes(), [(site, site.mutant)])
        assert mutant != written.read_bytes()
        ast.parse(mutant)


def test_draws_the_same_sites_for_a_seed_and_as_many_of_each_part() -> None:
    first, again, other = draw(SOURCE, 60, 5), draw(SOURCE, 60, 5), draw(SOURCE, 60, 6)
    assert first == again
    assert first != other
    assert {part: sum(site.part == part for site in first) for part in PARTS} == dict.fromkeys(PARTS, 10)
    assert all("/usage/" not in site.path for site in first if site.part == "services")
    for site in first:
        ast.parse(changed((SOURCE / site.path).read_bytes(), [(site, site.mutant)]))


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        ("from xinfu.odrl.sizes import fits\n\ndef test_fits():\n    assert fits(3)\n", Outcome.KILLED),
        ("from xinfu.odrl.sizes import fits\n\ndef test_fits():\n    assert fits(2)\n", Outcome.SURVIVED),
        (None, Outcome.UNREACHED),
    ],
)
def test_judges_a_mutant_by_the_tests_that_reach_it(
    written: Path, tests: str | None, outcome: Outcome
) -> None:
    checkout = written.parents[3]
    (checkout / "test_sizes.py").write_text(tests or "", encoding="utf-8")
    reach = Reach({0: ["test_sizes.py::test_fits"]} if tests else {}, {"test_sizes.py::test_fits": 0.1})
    site = next(each for each in sites("odrl", checkout / "src", written) if each.text == "size <= most")
    (checkout / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    got, _ = judge(checkout, checkout / "src", site, 0, reach, budget_s=5)
    assert got is outcome
    assert written.read_text(encoding="utf-8") == WRITTEN


def test_overlapping_sites_are_not_drawn_together() -> None:
    drawn = draw(SOURCE, 200, 9)
    spans: dict[str, list[Site]] = {}
    for site in drawn:
        assert all(site.end <= other.start or other.end <= site.start for other in spans.get(site.path, []))
        spans.setdefault(site.path, []).append(site)
