"""What a proof has to state, for each kind of duty."""

import pytest
from msgspec.structs import replace

from xinfu.odrl.policy import AtomicConstraint, Duty
from xinfu.odrl.proofs import PROOFS, Proof, lacking, wanted_of

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
    assert lacking(duty, WHOLE) == ()
    for name in wanted_of(duty).fields:
        assert lacking(duty, replace(WHOLE, **{name: type(getattr(WHOLE, name))()})) == (name,)


@pytest.mark.parametrize("action", ["compensate", "obtainConsent", "archive"])
def test_money_consent_and_the_unknown_take_the_word_of_both(action: str) -> None:
    assert wanted_of(Duty(action=action)).by_both
    assert not wanted_of(Duty(action="delete")).by_both


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
    assert lacking(Duty(action="delete"), replace(WHOLE, **change)) == (name,)


@pytest.mark.parametrize(
    ("paid", "lacks"), [("5", ()), ("5.0", ()), ("4.99", ("amount",)), ("6", ("amount",))]
)
def test_the_amount_is_the_one_that_the_duty_names(paid: str, lacks: tuple[str, ...]) -> None:
    price = AtomicConstraint(left="payAmount", operator="eq", right="5.00")
    assert lacking(Duty(action="compensate", constraints=(price,)), replace(WHOLE, amount=paid)) == lacks
