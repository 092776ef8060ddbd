"""What counts of a ledger: what both have signed, corrections included, and nothing that was written over."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from xinfu.errors import IntegrityError
from xinfu_scenarios.s01 import generator
from xinfu_scenarios.s01.generator import Entry, Generated
from xinfu_scenarios.s01.ledger import (
    Correction,
    Signature,
    Signed,
    correction_in,
    ledger_term,
    read_ledger,
)

AT = datetime(2024, 12, 26, tzinfo=UTC)
ROWS = generator.by_group(generator.provincial(Generated()), 8)[2]
SAID = Correction(old=ROWS[0].id, new="new", was=ROWS[0].amount, amount=9000, reason="a reason, with (words)")
FRESH = replace(ROWS[0], id="new", amount=9000, status="corrected")


BASE = "1" * 47


def contract(term: str, *, signed: int = 2, number: str = "2" * 47, amends: str = BASE) -> Signed:
    """A supplement with this term, signed by so many of its two parties."""
    at = [AT if place < signed else None for place in range(2)]
    return Signed(
        number=number,
        amends=amends,
        status="05" if signed == 2 else "02",
        signatures=tuple(Signature(name=str(place), at=each) for place, each in enumerate(at)),
        complete=signed == 2,
        filed=AT if signed == 2 else None,
        terms=("another term", term),
    )


LEDGER = contract(ledger_term(ROWS), number=BASE, amends="")


def counted(rows: tuple[Entry, ...], *corrections: Signed) -> list[int]:
    return [each.entry.amount for each in read_ledger(rows, LEDGER, corrections).counted]


def test_what_both_have_signed_counts() -> None:
    assert counted(ROWS) == [each.amount for each in ROWS]


def test_a_correction_counts_when_both_have_signed_it_and_names_the_one_before() -> None:
    found = read_ledger((*ROWS, FRESH), LEDGER, [contract(SAID.term())])
    assert [each.entry.amount for each in found.counted] == [9000, ROWS[1].amount]
    assert found.counted[0].old == ROWS[0]
    assert found.waiting == ()


@pytest.mark.parametrize(
    "correction",
    [
        None,
        contract(SAID.term(), signed=1),
        contract(SAID.term(), amends="3" * 47),
        contract(replace(SAID, amount=9001).term()),
        contract(replace(SAID, was=SAID.was + 1).term()),
        contract(replace(SAID, new="other").term()),
        contract(replace(SAID, old="other").term()),
        contract("更正 prov"),
    ],
    ids=[
        "none",
        "one signature",
        "other contract",
        "other amount",
        "other before",
        "other entry",
        "of nothing",
        "unreadable",
    ],
)
def test_an_entry_that_no_signed_correction_says_waits(correction: Signed | None) -> None:
    corrections = [] if correction is None else [correction]
    found = read_ledger((*ROWS, FRESH), LEDGER, corrections)
    assert [each.entry for each in found.counted] == list(ROWS)
    assert found.waiting == (FRESH,)


@pytest.mark.parametrize(
    "rows",
    [
        (replace(ROWS[0], amount=1), ROWS[1]),
        (replace(ROWS[0], party="somebody else"), ROWS[1]),
        (ROWS[1], ROWS[0]),
        (ROWS[0],),
        (FRESH, *ROWS),
        (),
    ],
    ids=["amount", "party", "order", "one is gone", "put in front", "empty"],
)
def test_what_was_written_over_is_found_and_nothing_of_it_counts(rows: tuple[Entry, ...]) -> None:
    with pytest.raises(IntegrityError) as told:
        read_ledger(rows, LEDGER, [contract(SAID.term())])
    assert told.value.code == "ledger.edited"


@pytest.mark.parametrize("signed", [0, 1])
def test_a_ledger_that_not_all_have_signed_does_not_count(signed: int) -> None:
    with pytest.raises(IntegrityError) as told:
        read_ledger(ROWS, contract(ledger_term(ROWS), signed=signed), [])
    assert told.value.code == "ledger.unsigned"


def test_a_correction_is_read_as_it_was_written() -> None:
    assert correction_in(["something", SAID.term()]) == SAID
    assert correction_in(["something"]) is None
