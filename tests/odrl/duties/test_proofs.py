"""What a proof has to state, for each kind of duty."""

import pytest
from msgspec.structs import replace

from xinfu.odrl.duties.proofs import PROOFS, Proof, demand_of, missing_fields
from xinfu.odrl.model.policy import AtomicConstraint, Duty

DIGEST = "0" * 64
WHOLE = Proof(
    method="overwritten",
    digests=(DIGEST,),
    link="https://example.org/paper",
    receipt="r-1",
    amount="5.00",
    currency="CNY",
    statement="It is done.",
)


@pytest.mark.parametrize("action", [*PROOFS, "archive"])
def test_a_whole_proof_will_do_and_without_what_is_wanted_it_will_not(action: str) -> None:
    duty = Duty(action=action)
    assert missing_fields(duty, WHOLE) == ()
    for name in demand_of(duty).fields:
        assert missing_fields(duty, replace(WHOLE, **{name: type(getattr(WHOLE, name))()})) == (name,)


@pytest.mark.parametrize("action", ["compensate", "obtainConsent", "archive"])
def test_money_consent_and_the_unknown_take_the_word_of_both(action: str) -> None:
    assert demand_of(Duty(action=action)).by_both
    assert not demand_of(Duty(action="delete")).by_both


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"digests": ("abc",)}, "digests"),
        ({"digests": (DIGEST.replace("0", "A"),)}, "digests"),
        ({"digests": (DIGEST,) * 1001}, "digests"),
        ({"statement": "x" * 2001}, "statement"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": "-5"}, "amount"),
    ],
)
def test_what_is_malformed_or_endless_does_not_count(change: dict[str, object], name: str) -> None:
    assert missing_fields(Duty(action="delete"), replace(WHOLE, **change)) == (name,)


@pytest.mark.parametrize(
    ("paid", "currency", "lacks"),
    [
        ("5", "CNY", ()),
        ("5.0", "CNY", ()),
        ("4.99", "CNY", ("amount",)),
        ("6", "CNY", ("amount",)),
        ("5", "EUR", ("amount",)),
    ],
)
@pytest.mark.parametrize(("right", "unit"), [("5.00 CNY", None), ("5.00", "CNY")])
def test_the_amount_is_the_one_that_the_duty_names(
    paid: str, currency: str, lacks: tuple[str, ...], right: str, unit: str | None
) -> None:
    price = AtomicConstraint(left="payAmount", operator="eq", right=right, unit=unit)
    proof = replace(WHOLE, amount=paid, currency=currency)
    assert missing_fields(Duty(action="compensate", constraints=(price,)), proof) == lacks
