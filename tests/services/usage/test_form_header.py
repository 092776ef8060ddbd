"""The form of an answer in its head: read back as it was told, and nothing else is taken in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu.evidence.entry import Fact
from xinfu.services.usage.form_header import HEADER, facts_in, headers_of

DIGEST = "a" * 64


@given(st.lists(st.text(st.characters(categories=["L", "N", "P"]), min_size=1), min_size=1, max_size=4))
def test_a_form_is_read_back_as_it_was_told(names: list[str]) -> None:
    facts: dict[str, Fact] = {"transforms": list(names), "form": DIGEST}
    told = headers_of(facts)
    assert told[HEADER].isascii()
    assert facts_in(told) == facts


def test_what_leaves_as_it_is_tells_nothing() -> None:
    assert headers_of({}) == {}
    assert facts_in({}) == {}


def test_a_form_of_very_many_columns_is_told_by_its_digest() -> None:
    told = headers_of({"transforms": ["columns " + "x" * 5000], "form": DIGEST})
    assert facts_in(told) == {"form": DIGEST}


@pytest.mark.parametrize(
    "said",
    [
        "x",
        "[]",
        "{}",
        json.dumps({"form": "A" * 64}),
        json.dumps({"form": DIGEST, "transforms": [1]}),
        json.dumps({"form": DIGEST, "columns": ["\x00"]}),
        json.dumps({"form": DIGEST, "columns": ["\ud800"]}),
        json.dumps({"form": DIGEST, "columns": ["x"] * 257}),
        json.dumps({"form": DIGEST, "columns": ["x" * 5000]}),
        "{" * 5000,
        '{"form": "é"}',
    ],
)
def test_what_has_another_shape_is_not_taken_in(said: str) -> None:
    assert facts_in({HEADER: said}) == {}
