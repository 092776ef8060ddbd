"""What is signed: one text for all, and nothing of it can be moved or changed."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET
from msgspec.structs import replace
from tests.contracts.samples import CONSUMER, CONTRACT, NOW, NUMBER, PROVIDER

from xinfu.contracts import (
    FilingReceipt,
    Party,
    PartyType,
    Signature,
    Status,
    contract_hash,
    digest_of,
    filing_bytes,
    read_signature,
    read_text,
    signing_bytes,
    text_of,
    write_signature,
)
from xinfu.errors import InputError
from xinfu.odrl import Permission

SIGNATURE = Signature(party=PROVIDER.entity, at=NOW, algorithm="EdDSA", key_id="did:web:x#1", value="ab" * 64)
SIGNED_BEFORE = "8651b62a476c9a11f224b32821d0f2a2dbfcd3030872f2db1d20d2338f70abfd"
FILED_BEFORE = "ff217d6737fd385f0dc783edcd87eef44c762eec37dc2461f046cdaa5d268c80"


def test_a_contract_comes_back_from_its_text() -> None:
    assert read_text(text_of(CONTRACT)) == CONTRACT


def test_status_signatures_and_receipt_are_no_part_of_the_text() -> None:
    receipt = FilingReceipt(contract=NUMBER, hash="0" * 64, platform="did:web:p", filed=NOW)
    signed = replace(CONTRACT, status=Status.SIGNED, signatures=(SIGNATURE,), signed=NOW, filing=receipt)
    assert text_of(signed) == text_of(CONTRACT)
    assert contract_hash(signed) != contract_hash(CONTRACT)


@pytest.mark.parametrize(
    "change",
    [
        {"number": "8491430200MA0000002E003520261124235959Q7ZP0K3BI"},
        {"name": "x"},
        {"ends": None},
        {"version": 2},
        {"parties": (PROVIDER,)},
        {"parties": (CONSUMER, PROVIDER)},
        {"terms": ()},
        {"levels": {"permission[0]": "provider"}},
        {"policy": replace(CONTRACT.policy, permissions=(Permission(action="read"),))},
        {"begins": NOW + timedelta(seconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_promise_is_in_the_digest(change: dict[str, Any]) -> None:
    assert digest_of(replace(CONTRACT, **change)) != digest_of(CONTRACT)


def test_a_signature_covers_number_party_and_time() -> None:
    for signature in (SIGNATURE, replace(SIGNATURE, format=2)):
        covered = signing_bytes(CONTRACT, signature)
        assert NUMBER.encode() in covered
        for change in ({"party": CONSUMER.id}, {"at": NOW + timedelta(seconds=1)}):
            assert signing_bytes(CONTRACT, replace(signature, **change)) != covered


@pytest.mark.parametrize(
    "change",
    [
        {"key_id": "did:web:x#2"},
        {"public_jwk": {"kty": "OKP"}},
        {"chain": ("a",)},
        {"chain": ("a", "b")},
        {"format": UNSET},
    ],
    ids=str,
)
def test_a_signature_covers_all_of_itself_but_the_value(change: dict[str, Any]) -> None:
    signature = replace(SIGNATURE, format=2, chain=("ab",))
    covered = signing_bytes(CONTRACT, signature)
    assert signing_bytes(CONTRACT, replace(signature, **change)) != covered
    assert signing_bytes(CONTRACT, replace(signature, value="")) == covered


def test_what_was_signed_and_filed_before_keeps_its_bytes() -> None:
    """Digests as they were before signatures covered their key."""
    written = write_signature(SIGNATURE)
    assert read_signature(written) == SIGNATURE
    assert "format" not in written
    assert hashlib.sha256(signing_bytes(CONTRACT, SIGNATURE)).hexdigest() == SIGNED_BEFORE
    assert contract_hash(replace(CONTRACT, signatures=(SIGNATURE,))) == FILED_BEFORE


@pytest.mark.parametrize("other", ["1", "3", '"2"', "null"])
def test_a_signature_of_an_unknown_format_is_refused(other: str) -> None:
    written = write_signature(replace(SIGNATURE, format=2)).replace('"format":2', f'"format":{other}')
    with pytest.raises(InputError) as told:
        read_signature(written)
    assert told.value.code == "contract.signature-unreadable"


def test_the_digest_under_sm2_is_sm3() -> None:
    covered = {
        each: signing_bytes(CONTRACT, replace(SIGNATURE, algorithm=each))
        for each in ("EdDSA", "ES256", "SM2")
    }
    assert covered["EdDSA"] == covered["ES256"] != covered["SM2"]
    assert b'"digestMethod":"SM3"' in covered["SM2"]
    assert digest_of(CONTRACT).encode() in covered["EdDSA"]
    assert digest_of(CONTRACT).encode() not in covered["SM2"]


def test_the_hash_of_filing_does_not_depend_on_the_order_of_signatures() -> None:
    other = replace(SIGNATURE, party=CONSUMER.entity)
    one, two = (replace(CONTRACT, signatures=each) for each in ((SIGNATURE, other), (other, SIGNATURE)))
    assert contract_hash(one) == contract_hash(two)


def test_a_receipt_is_signed_whole() -> None:
    receipt = FilingReceipt(contract=NUMBER, hash="0" * 64, platform="did:web:p", filed=NOW, entry="urn:x")
    for change in ({"hash": "1" * 64}, {"platform": "did:web:q"}, {"entry": "urn:y"}, {"contract": "z"}):
        assert filing_bytes(replace(receipt, **change)) != filing_bytes(receipt)
    assert filing_bytes(replace(receipt, signature=SIGNATURE)) == filing_bytes(receipt)


def test_a_signature_comes_back_from_its_text() -> None:
    assert read_signature(write_signature(SIGNATURE)) == SIGNATURE


@given(st.binary(max_size=60))
def test_anything_else_is_no_text_of_a_contract(data: bytes) -> None:
    with pytest.raises(InputError) as told:
        read_text(data)
    assert told.value.code == "contract.text-unreadable"


@pytest.mark.parametrize(
    "spoil", [lambda d: d + b" ", lambda d: d.replace(b'"terms"', b'"Terms"'), lambda d: b"[]"]
)
def test_a_text_in_another_form_is_refused(spoil: Any) -> None:
    with pytest.raises(InputError):
        read_text(spoil(text_of(CONTRACT)))


def test_a_third_party_stands_in_it_like_the_others() -> None:
    broker = Party(type=PartyType.SERVICE, participant="did:web:broker.example", entity="12430200000000001D")
    three = replace(CONTRACT, parties=(*CONTRACT.parties, broker))
    assert [party.id for party in three.unsigned] == [PROVIDER.entity, CONSUMER.entity, broker.entity]
    assert three.party("did:web:broker.example") == three.party("12430200000000001D") == broker
    assert three.party("") is None
