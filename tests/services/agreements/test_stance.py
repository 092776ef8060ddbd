"""Each duty has one debtor, and one of two sides that says how it stands, whoever is named and by whichever side."""

import itertools
from datetime import UTC, datetime
from typing import Any, Literal

import pytest

from xinfu.odrl import read
from xinfu.odrl.model.policy import PolicyKind
from xinfu.ports.records import AgreementRecord
from xinfu.services.agreements.duty_parties import Stance, stance

USER, GIVER, THIRD, FOURTH = "did:web:user", "did:web:giver", "did:web:third", "did:web:fourth"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
KEY = "permission[0].duty[0]"
NAMES = (None, USER, GIVER, THIRD, FOURTH)


def agreement(
    role: Literal["consumer", "provider"], duty: dict[str, Any], **parties: str | None
) -> AgreementRecord:
    named = {"assigner": GIVER, "assignee": USER} | parties
    rules = [{"action": "use", "duty": [{"action": "inform", **duty}]}]
    document = {name: value for name, value in named.items() if value} | {"target": "d", "permission": rules}
    return AgreementRecord(
        id="a",
        context="c",
        wire_id="w",
        negotiation="n",
        role=role,
        peer=GIVER if role == "consumer" else USER,
        dataset="d",
        policy=read(document, kind=PolicyKind.AGREEMENT),
        concluded=NOW,
        updated=NOW,
    )


def both(duty: dict[str, Any]) -> tuple[Stance, Stance]:
    return stance(agreement("consumer", duty), KEY), stance(agreement("provider", duty), KEY)


@pytest.mark.parametrize(("debtor", "creditor"), list(itertools.product(NAMES, NAMES)))
def test_of_two_sides_one_decides_and_the_debtor_never_does(debtor: str | None, creditor: str | None) -> None:
    duty = {name: value for name, value in (("assignee", debtor), ("assigner", creditor)) if value}
    consumer, provider = both(duty)
    assert (consumer.debtor, consumer.creditor) == (provider.debtor, provider.creditor)
    assert consumer.debtor != consumer.creditor
    decides = [not each.owes and not each.watches for each in (consumer, provider)]
    assert sum(decides) == 1
    assert [each.owes for each in (consumer, provider)] == [
        consumer.debtor == "consumer",
        consumer.debtor == "provider",
    ]
    if creditor in {USER, GIVER} and consumer.creditor in {"consumer", "provider"}:
        assert decides == [consumer.creditor == "consumer", consumer.creditor == "provider"]


@pytest.mark.parametrize(
    ("role", "parties"), [("consumer", {"assignee": None}), ("provider", {"assigner": None})]
)
def test_an_agreement_that_does_not_name_us_means_us_by_whom_it_does_not_know(
    role: Literal["consumer", "provider"], parties: dict[str, None]
) -> None:
    ours = USER if role == "consumer" else GIVER
    found = stance(agreement(role, {"assignee": ours}, **parties), KEY)
    assert (found.debtor, found.owes) == (role, True)
