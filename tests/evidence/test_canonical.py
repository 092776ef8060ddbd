"""Canonical bytes: the fast path gives what RFC 8785 demands, and what has no such form is refused."""

import string
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence.canonical import SAFE_INTEGER, canonical, digest_hex, leaf_hash, parse, parse_canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SCALARS = st.none() | st.booleans() | st.integers(-SAFE_INTEGER, SAFE_INTEGER) | TEXT
FINITE = st.floats(allow_nan=False, allow_infinity=False)


def reference(value: Any) -> bytes:
    return bytes(rfc8785.dumps(value))


def values(scalars: st.SearchStrategy[object], keys: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=12)


@given(values(SCALARS, st.text(string.printable)))
def test_ascii_keyed_values_encode_as_rfc_8785_says(value: object) -> None:
    assert canonical(value) == reference(value)


@given(values(SCALARS | FINITE, TEXT))
def test_any_value_encodes_as_rfc_8785_says(value: object) -> None:
    assert canonical(value) == reference(value)


@given(values(SCALARS, TEXT))
def test_reading_canonical_bytes_and_writing_them_changes_nothing(value: object) -> None:
    data = canonical(value)
    assert canonical(parse_canonical(data)) == data


def test_keys_are_sorted_by_utf_16_units() -> None:
    # RFC 8785 section 3.2.3: U+1F600 is D83D DE00 in UTF-16 and so comes before U+FB33.
    assert canonical({"\ufb33": 1, "\U0001f600": 2, "\u20ac": 3}) == '{"€":3,"😀":2,"\ufb33":1}'.encode()


def test_the_sample_of_rfc_8785_has_the_bytes_printed_there() -> None:
    sample = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    expected = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(sample) == expected.encode()


@pytest.mark.parametrize(
    "value",
    [2**53, -(2**53), [2**60], {"a": 2**53}, float("nan"), float("inf"), "\ud800", {"é": 2**53}, object()],
)
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(InputError) as caught:
        canonical(value)
    assert caught.value.code == "evidence.not-canonical"


@pytest.mark.parametrize("data", [b'{"b":1,"a":2}', b'{"a": 1}', b"1.0", b'"\\u0041"', b" 1"])
def test_json_in_another_form_is_refused(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_canonical(data)
    assert caught.value.code == "evidence.not-canonical"


@pytest.mark.parametrize("data", [b'{"a":1,"a":1}', b"NaN", b"-Infinity", b"{", b"\xff", b"[" * 100_000])
def test_what_has_two_meanings_or_none_is_no_json(data: bytes) -> None:
    with pytest.raises(InputError) as caught:
        parse(data)
    assert caught.value.code == "evidence.not-json"


def test_hashes_are_those_of_the_standards() -> None:
    # RFC 6962 section 2.1: the leaf of an empty entry is SHA-256 of a zero byte.
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert digest_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
