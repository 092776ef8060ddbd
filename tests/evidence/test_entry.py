"""Entries: what each kind must state, what no entry may hold, and that bytes and values are one."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.evidence.book import NOON, state_entry, uuid7

from xinfu.errors import InputError, IntegrityError
from xinfu.evidence import KINDS, Entry, instant, leaf_hash
from xinfu.evidence.canonical import SAFE_INTEGER
from xinfu.evidence.entry import Fact

EXAMPLES: dict[type, Fact] = {str: "some", int: 7, list: ["a", "b"], bool: True}
TEXT = st.text(st.characters(exclude_categories=["Cs"]))
FACTS = st.dictionaries(
    TEXT.filter(lambda name: name != "reason"),
    TEXT | st.booleans() | st.integers(-SAFE_INTEGER, SAFE_INTEGER) | st.lists(TEXT, max_size=3),
    max_size=5,
)


def stated(kind: str) -> dict[str, Fact]:
    """The least that an entry of this kind states."""
    known = KINDS[kind]
    return {
        name: "0" * 64 if name in known.digests else EXAMPLES[wanted] for name, wanted in known.must.items()
    }


def entry(kind: str, facts: dict[str, Fact]) -> Entry:
    return Entry.of(kind, id=uuid7(1), at=NOON, context="bureau", facts=facts)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_written_with_what_it_must_state(kind: str) -> None:
    made = entry(kind, stated(kind))
    assert Entry.from_bytes(made.to_bytes()) == made


@pytest.mark.parametrize(("kind", "fact"), [(k, f) for k in KINDS for f in KINDS[k].must])
def test_no_kind_goes_without_a_fact_that_it_must_state(kind: str, fact: str) -> None:
    facts = stated(kind)
    del facts[fact]
    with pytest.raises(InputError) as caught:
        entry(kind, facts)
    assert caught.value.code == "evidence.fact-missing"
    assert fact in caught.value.en


@pytest.mark.parametrize(("kind", "fact"), [(k, f) for k in KINDS for f in KINDS[k].must])
def test_no_fact_has_another_type(kind: str, fact: str) -> None:
    wanted = KINDS[kind].must[fact]
    other: Fact = "7" if wanted is not str else True
    with pytest.raises(InputError) as caught:
        entry(kind, stated(kind) | {fact: other})
    assert caught.value.facts["field"] == f"facts.{fact}"


@pytest.mark.parametrize(
    ("kind", "fact"),
    [(k, f) for k in KINDS for f in sorted(KINDS[k].digests)],
)
@pytest.mark.parametrize("value", ["", "0" * 63, "A" * 64, "0" * 65])
def test_a_digest_is_a_sha_256_in_lower_case_hex(kind: str, fact: str, value: str) -> None:
    with pytest.raises(InputError):
        entry(kind, stated(kind) | {fact: value})


def test_a_kind_that_is_not_in_the_table_cannot_be_written_but_can_be_read() -> None:
    with pytest.raises(InputError) as caught:
        entry("weather", {})
    assert caught.value.code == "evidence.kind-unknown"
    newer = state_entry(1).to_bytes().replace(b"negotiation.state", b"weather")
    assert Entry.from_bytes(newer).kind == "weather"


@pytest.mark.parametrize(
    "id_",
    [
        "",
        "01890000-0000-7000-8000-000000000001",
        "urn:uuid:01890000-0000-4000-8000-000000000001",
        "urn:uuid:01890000-0000-7000-0000-000000000001",
        "urn:uuid:01890000-0000-7000-8000-00000000000A",
        "urn:uuid:01890000-0000-7000-8000-000000000001 ",
    ],
)
def test_an_id_is_a_version_7_uuid_as_urn(id_: str) -> None:
    with pytest.raises(InputError) as caught:
        state_entry(1, id=id_)
    assert caught.value.facts["field"] == "id"


@pytest.mark.parametrize(
    "at",
    [
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01T12:00:00+08:00",
        "2026-03-01T12:00:00.Z",
        "2026-13-01T12:00:00Z",
        "2026-03-01 12:00:00Z",
    ],
)
def test_a_time_is_rfc_3339_in_utc(at: str) -> None:
    data = state_entry(1).to_bytes().replace(b"2026-03-01T12:00:01.000Z", at.encode())
    with pytest.raises(InputError) as caught:
        Entry.from_bytes(data)
    assert caught.value.facts["field"] == "at"


def test_an_instant_is_the_same_whatever_zone_it_came_in() -> None:
    shanghai = timezone(timedelta(hours=8))
    assert instant(datetime(2026, 3, 1, 20, tzinfo=shanghai)) == instant(NOON) == "2026-03-01T12:00:00.000Z"


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(IntegrityError) as caught:
        instant(datetime(2026, 3, 1))
    assert caught.value.code == "evidence.time-naive"


@pytest.mark.parametrize("number", [2**53, -(2**53), 2**64])
def test_an_integer_beyond_2_53_never_stands_in_an_entry(number: int) -> None:
    facts = stated("use") | {"bytes": number}
    with pytest.raises(InputError) as caught:
        entry("use", facts)
    assert caught.value.facts["field"] == "facts.bytes"


@pytest.mark.parametrize("fact", [1.5, None, {"a": 1}, [1], ["a", 2]])
def test_a_fact_is_a_string_an_integer_a_boolean_or_a_list_of_strings(fact: Any) -> None:
    value = json.loads(state_entry(1).to_bytes())
    value["facts"]["more"] = fact
    data = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
    with pytest.raises(InputError) as caught:
        Entry.from_bytes(data)
    assert caught.value.code == "evidence.entry-malformed"


def test_an_unknown_member_of_an_entry_is_refused() -> None:
    data = state_entry(1).to_bytes()
    with pytest.raises(InputError):
        Entry.from_bytes(data[:-1] + b',"x":1}')


@given(FACTS)
def test_reading_an_entry_and_writing_it_changes_nothing(facts: dict[str, Fact]) -> None:
    made = state_entry(1, facts=facts | stated("negotiation.state"))
    again = Entry.from_bytes(made.to_bytes())
    assert again == made
    assert again.leaf_hash() == leaf_hash(made.to_bytes())


def test_the_bytes_of_an_entry_are_written_down_once_and_for_all() -> None:
    assert state_entry(1).to_bytes().decode() == (
        '{"agreement":null,"at":"2026-03-01T12:00:01.000Z","context":"bureau","facts":{"by":"provider",'
        '"from":"REQUESTED","reason":"第1条","to":"AGREED"},"id":"urn:uuid:01890000-0000-7000-8000-000000000001",'
        '"kind":"negotiation.state","peer":"did:web:emergency.example",'
        '"process":"urn:uuid:01890000-0000-7000-8000-000000000384","v":1}'
    )
