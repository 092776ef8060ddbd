"""Pages that are made from the program are up to date."""

import pytest
from tests.docs.pages import FOLDER, PAGES

EXACT = sorted(set(PAGES) - {"errors.md"})
"""Sentences of errors may be improved without writing their page anew; its codes have tests of their own."""


@pytest.mark.parametrize("name", EXACT)
def test_a_page_is_what_the_program_says(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == PAGES[name](), "run `make docs`"
