"""What a contract says beyond its agreement is named, each by itself; a contract that says nothing more is not held up."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.contracts.samples import CONSUMER, CONTRACT, NOW, PROVIDER

from xinfu.contracts import ExecutionNodes, Party, PartyType, Product, Signature
from xinfu.contracts.following import WORDS, Beyond, beyond

PLATFORM = Party(type=PartyType.SERVICE, participant="did:web:platform.example", signs=False)
SIGNATURE = Signature(party=PROVIDER.entity, at=NOW, algorithm="EdDSA", value="ab" * 64)
DRAFT = replace(CONTRACT, number="urn:uuid:0", terms=())
GIVEN = replace(DRAFT, number=CONTRACT.number, parties=(*DRAFT.parties, PLATFORM), signatures=(SIGNATURE,))


def found(**change: Any) -> tuple[Beyond, ...]:
    given = replace(GIVEN, **change)
    return beyond(given, DRAFT, us=CONSUMER.participant, platform=PLATFORM.participant, now=NOW)


def test_nothing_more_than_the_agreement_says() -> None:
    assert found() == ()


CASES: list[tuple[Beyond, dict[str, Any]]] = [
    (Beyond.SUPPLEMENT, {"amends": CONTRACT.number}),
    (Beyond.RULES, {"policy": replace(DRAFT.policy, permissions=())}),
    (Beyond.RULES, {"levels": {"permission[0]": "provider"}}),
    (Beyond.PRODUCTS, {"products": (Product(id="other"),)}),
    (Beyond.NODES, {"nodes": ExecutionNodes(provider=PROVIDER.node, consumer="other")}),
    (Beyond.TIMES, {"ends": None}),
    (Beyond.TIMES, {"begins": NOW + timedelta(days=1)}),
    (Beyond.TERMS, {"terms": ("另付一万元。",)}),
    (Beyond.PLATFORM, {"parties": DRAFT.parties}),
    (Beyond.PLATFORM, {"parties": (*DRAFT.parties, replace(PLATFORM, participant="did:web:other"))}),
    (Beyond.THEY_HAVE_NOT, {"signatures": ()}),
    (Beyond.PARTIES, {"parties": (PROVIDER, replace(CONSUMER, entity="91430200MA0000001B"), PLATFORM)}),
    (Beyond.PARTIES, {"parties": (*DRAFT.parties, replace(CONSUMER, participant="did:web:x"), PLATFORM)}),
]


@pytest.mark.parametrize(("reason", "change"), CASES)
def test_each_addition_is_named(reason: Beyond, change: dict[str, Any]) -> None:
    assert found(**change) == (reason,)


def test_the_other_sides_connector_is_its_own() -> None:
    assert found(nodes=ExecutionNodes(provider="other", consumer=CONSUMER.node)) == ()


def test_every_reason_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Beyond)
    assert all(zh and en for en, zh in WORDS.values())
