"""What a contract says beyond its agreement is named, each by itself; a contract that says nothing more is not held up."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.contracts.samples import CONSUMER, CONTRACT, NOW, PROVIDER

from xinfu.contracts import ExecutionNodes, Party, PartyType, Product, Signature
from xinfu.contracts.discrepancies import WORDS, Discrepancy, beyond

PLATFORM = Party(type=PartyType.SERVICE, participant="did:web:platform.example", signs=False)
SIGNATURE = Signature(party=PROVIDER.entity, at=NOW, algorithm="EdDSA", value="ab" * 64)
DRAFT = replace(CONTRACT, number="urn:uuid:0", terms=())
GIVEN = replace(DRAFT, number=CONTRACT.number, parties=(*DRAFT.parties, PLATFORM), signatures=(SIGNATURE,))


def found(**change: Any) -> tuple[Discrepancy, ...]:
    given = replace(GIVEN, **change)
    return beyond(given, DRAFT, us=CONSUMER.participant, platform=PLATFORM.participant, now=NOW)


def test_nothing_more_than_the_agreement_says() -> None:
    assert found() == ()


CASES: list[tuple[Discrepancy, dict[str, Any]]] = [
    (Discrepancy.SUPPLEMENT, {"amends": CONTRACT.number}),
    (Discrepancy.RULES, {"policy": replace(DRAFT.policy, permissions=())}),
    (Discrepancy.RULES, {"levels": {"permission[0]": "provider"}}),
    (Discrepancy.PRODUCTS, {"products": (Product(id="other"),)}),
    (Discrepancy.NODES, {"nodes": ExecutionNodes(provider=PROVIDER.node, consumer="other")}),
    (Discrepancy.TIMES, {"ends": None}),
    (Discrepancy.TIMES, {"begins": NOW + timedelta(days=1)}),
    (Discrepancy.TERMS, {"terms": ("另付一万元。",)}),
    (Discrepancy.PLATFORM, {"parties": DRAFT.parties}),
    (Discrepancy.PLATFORM, {"parties": (*DRAFT.parties, replace(PLATFORM, participant="did:web:other"))}),
    (Discrepancy.THEY_HAVE_NOT, {"signatures": ()}),
    (Discrepancy.PARTIES, {"parties": (PROVIDER, replace(CONSUMER, entity="91430200MA0000001B"), PLATFORM)}),
    (
        Discrepancy.PARTIES,
        {"parties": (*DRAFT.parties, replace(CONSUMER, participant="did:web:x"), PLATFORM)},
    ),
]


@pytest.mark.parametrize(("reason", "change"), CASES)
def test_each_addition_is_named(reason: Discrepancy, change: dict[str, Any]) -> None:
    assert found(**change) == (reason,)


def test_the_other_sides_connector_is_its_own() -> None:
    assert found(nodes=ExecutionNodes(provider="other", consumer=CONSUMER.node)) == ()


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Discrepancy)
    assert all(zh and en for en, zh in WORDS.values())
