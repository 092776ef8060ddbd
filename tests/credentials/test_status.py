"""Status lists: bits, bombs, and when a list says nothing (J4)."""

import base64
import gzip
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.credentials.forge import ALICE, BOB, NOW

from xinfu.credentials import Reason, StatusEntry, StatusList, bit, new_bits, with_bit
from xinfu.credentials.base64url import encode
from xinfu.credentials.status import LEAST_BITS, LIST_2021, MOST_BYTES, decode_list, encode_list, judge
from xinfu.verdict import Verdict

URL = "https://issuer.example.org/status/1"
W3C_EXAMPLE = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"
"""`encodedList` of the first example in Bitstring Status List 1.0: 131,072 clear bits."""


@given(st.sets(st.integers(0, LEAST_BITS - 1), max_size=20))
@settings(max_examples=30)
def test_a_list_comes_back_with_the_same_bits_set(indexes: set[int]) -> None:
    bits = new_bits()
    for index in indexes:
        bits = with_bit(bits, index, True)
    again = decode_list(encode_list(bits))
    assert again == bits
    assert {index for index in indexes if bit(again, index)} == indexes
    assert sum(byte.bit_count() for byte in again) == len(indexes)


def test_a_bit_can_be_taken_back() -> None:
    bits = with_bit(new_bits(), 9, True)
    assert bit(bits, 9)
    assert with_bit(bits, 9, False) == new_bits()


def test_the_first_bit_is_the_leftmost() -> None:
    assert with_bit(new_bits(), 0, True)[0] == 0x80
    assert with_bit(new_bits(), 8, True)[1] == 0x80
    assert with_bit(new_bits(), 7, True)[0] == 0x01


def test_a_list_hides_an_entry_among_many() -> None:
    assert 8 * len(new_bits(1)) == LEAST_BITS
    assert 8 * len(new_bits(LEAST_BITS + 1)) == LEAST_BITS + 8


@pytest.mark.parametrize("index", [-1, LEAST_BITS, 10**12])
def test_an_index_beyond_the_list_has_no_bit(index: int) -> None:
    assert bit(new_bits(), index) is None
    with pytest.raises(IndexError):
        with_bit(new_bits(), index, True)


def test_the_list_of_the_specification_is_read() -> None:
    assert decode_list(W3C_EXAMPLE) == new_bits()


@pytest.mark.parametrize("alphabet", ["+/", "-_"])
@pytest.mark.parametrize("padded", [True, False])
def test_a_list_of_2021_is_read_in_every_spelling(alphabet: str, padded: bool) -> None:
    bits = bytes(range(256)) * 64
    text = base64.b64encode(gzip.compress(bits), altchars=alphabet.encode()).decode()
    assert decode_list(text if padded else text.rstrip("=")) == bits


@pytest.mark.parametrize(
    "encoded",
    [
        "",
        "u",
        "u!!",
        "uAAAA",
        "中",
        W3C_EXAMPLE[:-8],
        "u" + encode(gzip.compress(b"x")[:-1]),
        "u" + encode(gzip.compress(b"x") + gzip.compress(b"y")),
        "u" + encode(b"plain"),
        "u" + encode(gzip.compress(bytes(MOST_BYTES + 1))),
    ],
    ids=[
        "empty",
        "prefix",
        "alphabet",
        "no gzip",
        "no ASCII",
        "cut",
        "cut by one",
        "two members",
        "plain",
        "bomb",
    ],
)
def test_what_is_no_bounded_list_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError):
        decode_list(encoded)


ENTRY = StatusEntry(url=URL, index=7)
GOOD = StatusList(url=URL, issuer=ALICE, purpose="revocation", bits=new_bits(), fetched=NOW)


def _with(**changes: object) -> StatusList:
    fields = {name: getattr(GOOD, name) for name in GOOD.__struct_fields__}
    return StatusList(**(fields | changes))


def test_a_clear_bit_in_a_fresh_list_lets_a_credential_count() -> None:
    assert judge(ENTRY, ALICE, GOOD, NOW) == (Verdict.YES, None)
    assert judge(ENTRY, ALICE, GOOD, NOW + timedelta(seconds=60)) == (Verdict.YES, None)


@pytest.mark.parametrize(
    ("purpose", "reason"),
    [("revocation", Reason.CREDENTIAL_REVOKED), ("suspension", Reason.CREDENTIAL_SUSPENDED)],
)
def test_a_set_bit_denies(purpose: str, reason: Reason) -> None:
    entry = StatusEntry(url=URL, index=7, purpose=purpose)
    found = _with(purpose=purpose, bits=with_bit(new_bits(), 7, True))
    assert judge(entry, ALICE, found, NOW) == (Verdict.NO, reason)


@pytest.mark.parametrize(
    ("entry", "found", "reason"),
    [
        (ENTRY, None, Reason.STATUS_MISSING),
        (ENTRY, _with(fetched=NOW - timedelta(seconds=61)), Reason.STATUS_STALE),
        (ENTRY, _with(fetched=NOW + timedelta(hours=1)), Reason.STATUS_STALE),
        (ENTRY, _with(valid_until=NOW), Reason.STATUS_STALE),
        (ENTRY, _with(issuer=BOB), Reason.STATUS_UNREADABLE),
        (ENTRY, _with(url=URL + "2"), Reason.STATUS_UNREADABLE),
        (ENTRY, _with(purpose="suspension"), Reason.STATUS_UNREADABLE),
        (ENTRY, _with(bits=b""), Reason.STATUS_UNREADABLE),
        (StatusEntry(url=URL, index=LEAST_BITS), GOOD, Reason.STATUS_UNREADABLE),
        (StatusEntry(url=URL, index=7, size=2), GOOD, Reason.STATUS_UNREADABLE),
        (StatusEntry(url=URL, index=7, type="RevocationList2020Status"), GOOD, Reason.STATUS_UNREADABLE),
        (
            StatusEntry(url=URL, index=7, purpose="message"),
            _with(purpose="message"),
            Reason.STATUS_UNREADABLE,
        ),
    ],
)
def test_a_list_that_says_nothing_leaves_the_answer_unknown(
    entry: StatusEntry, found: StatusList | None, reason: Reason
) -> None:
    assert judge(entry, ALICE, found, NOW) == (Verdict.UNKNOWN, reason)


def test_an_entry_of_2021_is_judged_alike() -> None:
    assert judge(StatusEntry(url=URL, index=7, type=LIST_2021), ALICE, GOOD, NOW) == (Verdict.YES, None)
