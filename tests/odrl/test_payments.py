"""Sums of money that a policy asks for: when they hold, what they say, and how a price of uses differs from them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import Control, PolicyKind, Relation, Situation, compare
from xinfu.odrl.comparison.check import check
from xinfu.verdict import Verdict

YES, NO, UNKNOWN = Verdict.YES, Verdict.NO, Verdict.UNKNOWN
NOW = datetime(2026, 1, 1, tzinfo=UTC)
PRICE = "permission[0]/payAmount/use"


def money(amount: str, operator: str = "gteq", left: str = "payAmount") -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": amount, "unit": "CNY"}


def chosen(value: str, left: str = "unitOfCount") -> dict[str, Any]:
    return {"leftOperand": left, "operator": "eq", "rightOperand": value}


def permit(*constraints: Any, **rule: Any) -> odrl.Policy:
    said = {"permission": [{"action": "use", "constraint": list(constraints), **rule}], "target": "air"}
    return odrl.read(said, kind=PolicyKind.AGREEMENT)


def verdict(policy: odrl.Policy, **facts: Any) -> Verdict:
    return odrl.evaluate(odrl.compile(policy), Situation(now=NOW, target="air", **facts)).verdict


@pytest.mark.parametrize(
    ("paid", "wanted"),
    [
        ({}, NO),
        ({"CNY": Decimal("99.99")}, NO),
        ({"CNY": Decimal("100.0")}, YES),
        ({"EUR": Decimal(500)}, UNKNOWN),
        ({"CNY": Decimal(500), "EUR": Decimal(1)}, UNKNOWN),
        (None, UNKNOWN),
    ],
)
def test_an_unpaid_amount_is_a_no_and_what_cannot_be_told_is_unknown(paid: Any, wanted: Verdict) -> None:
    assert verdict(permit(money("100.00")), paid=paid) is wanted


def test_a_window_and_a_participant_have_sums_of_their_own() -> None:
    policy = permit(money("30"), chosen("P1M", "timeWindow"), chosen("participant"))
    [fact] = [each for each in odrl.compile(policy).needs if each.kind == "paid"]
    assert fact.name == "/payAmount/P1M/participant"
    assert verdict(policy, paid={"CNY": Decimal(99)}) is UNKNOWN
    assert verdict(policy, settled={fact.name: {"CNY": Decimal(30)}}) is YES
    assert verdict(policy, settled={fact.name: {}}) is NO


def test_a_price_asks_for_what_is_left_and_is_set_aside() -> None:
    policy = permit(money("2.50"), chosen("use"))
    decision = odrl.evaluate(
        odrl.compile(policy), Situation(now=NOW, target="air", settled={PRICE: {"CNY": Decimal("2.50")}})
    )
    assert decision.verdict is YES
    [reserve] = decision.reserve
    assert (str(reserve.price), reserve.limit, reserve.key) == ("2.50 CNY", None, PRICE)
    assert verdict(policy, settled={PRICE: {"CNY": Decimal("2.49")}}) is NO
    assert verdict(policy, paid={"CNY": Decimal(99)}) is UNKNOWN, "what was paid says not what is left"


@pytest.mark.parametrize(
    ("constraints", "code"),
    [
        ((money("2", "eq"), chosen("use")), "policy.operator-unknown"),
        ((money("2", "lteq"), chosen("use")), "policy.operator-unknown"),
        (
            ({"leftOperand": "count", "operator": "lteq", "rightOperand": "5"}, chosen("use")),
            "policy.selector-alone",
        ),
        ((chosen("use"),), "policy.selector-alone"),
        (
            ({"leftOperand": "count", "operator": "lteq", "rightOperand": "5", "unit": "use"},),
            "policy.key-unknown",
        ),
    ],
)
def test_a_price_is_money_of_which_so_much_has_to_be_there(constraints: Any, code: str) -> None:
    with pytest.raises(InputError) as refused:
        check(permit(*constraints))
    assert refused.value.code == code


def test_a_price_stands_in_the_permission_and_not_in_its_duty() -> None:
    duty = {"action": "compensate", "constraint": [money("2", "eq"), chosen("use")]}
    with pytest.raises(InputError):
        check(permit(duty=[duty]))


def test_sentences_say_what_a_price_is() -> None:
    policy = permit({"and": [money("2.50"), chosen("use")]}, money("30"))
    english, chinese = (" ".join(odrl.sentences(policy, each)) for each in ("en", "zh"))
    assert "2.50 CNY (each use takes as much of what was paid)" in english
    assert english.count("each use takes") == 1
    assert "每次使用从已付款项中扣除" in chinese
    monthly = permit(money("30"), chosen("month"), chosen("participant"))
    assert "a month" in " ".join(odrl.sentences(monthly, "en"))
    assert "每月" in " ".join(odrl.sentences(monthly, "zh"))


def test_a_higher_price_is_the_stricter_rule() -> None:
    dear, cheap = permit(money("3"), chosen("use")), permit(money("2"), chosen("use"))
    assert compare(dear, cheap).relation is Relation.WITHIN
    assert compare(dear, permit(money("3"))).relation is not Relation.EQUIVALENT


def test_payments_are_enforced_at_the_provider() -> None:
    for policy in (permit(money("100")), permit(money("2"), chosen("use"))):
        [level] = odrl.levels(policy)
        assert (level.level, level.inside) == (Control.PROVIDER, Control.ENVIRONMENT)
