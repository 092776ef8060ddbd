"""A supplement changes nothing of what it amends; all but its terms has to be the same."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.contracts.samples import CONSUMER, CONTRACT, NOW

from xinfu.contracts import Product, SignMode, Status, must_supplement, read_text, supplement, text_of
from xinfu.errors import ConflictError, InputError

BASE = replace(CONTRACT, status=Status.EXECUTING)
LATER = NOW + timedelta(days=3)
MADE = supplement(BASE, number="urn:uuid:1", terms=("金额更正。",), at=LATER)


def test_a_supplement_names_what_it_amends_and_comes_back_from_its_text() -> None:
    assert (MADE.amends, MADE.version, MADE.status) == (BASE.number, 2, Status.INITIATED)
    assert (MADE.begins, MADE.ends, MADE.parties) == (LATER, BASE.ends, BASE.parties)
    assert read_text(text_of(MADE)) == MADE
    must_supplement(MADE, BASE)


def test_a_contract_that_amends_nothing_has_the_text_that_it_always_had() -> None:
    assert b"amends" not in text_of(CONTRACT)
    with pytest.raises(InputError, match="canonical"):
        read_text(text_of(CONTRACT).replace(b'"contractAbstract"', b'"amends":"","contractAbstract"'))


@given(st.text(max_size=128))
def test_its_name_is_never_too_long(name: str) -> None:
    again = supplement(replace(BASE, name=name), number="n", terms=("x",), at=LATER)
    assert len(again.name) <= 128
    assert (
        supplement(replace(again, status=Status.SIGNED), number="m", terms=("x",), at=LATER).name
        == again.name
    )


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.SIGNED, Status.EXECUTING}))
def test_only_what_is_in_force_is_amended(status: Status) -> None:
    base = replace(BASE, status=status)
    with pytest.raises(ConflictError) as told:
        supplement(base, number="n", terms=("x",), at=LATER)
    assert told.value.code == "contract.not-in-force"
    with pytest.raises(ConflictError):
        must_supplement(MADE, base)


CHANGES: list[dict[str, Any]] = [
    {"parties": (BASE.parties[0], replace(CONSUMER, signs=False))},
    {"parties": BASE.parties[::-1]},
    {"policy": replace(BASE.policy, permissions=())},
    {"levels": {}},
    {"products": (Product(id="x"),)},
    {"ends": None},
    {"sign_mode": SignMode.PLATFORM},
    {"version": 1},
    {"version": 3},
]


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_else_it_changes_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ConflictError) as told:
        must_supplement(replace(MADE, **change), BASE)
    assert told.value.code == "contract.amends-differently"
