"""Times that are counted from the agreement, in the words of EDC."""

from datetime import UTC, datetime, timedelta

import pytest

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import Situation
from xinfu.verdict import Verdict

AGREED = datetime(2026, 11, 24, 11, 5, tzinfo=UTC)
FULL = "https://w3id.org/edc/v0.0.1/ns/inForceDate"


def policy(right: str, left: str = FULL, operator: str = "lteq") -> odrl.Policy:
    constraint = {"leftOperand": left, "operator": operator, "rightOperand": right}
    return odrl.read({"@type": "Set", "permission": [{"action": "use", "constraint": [constraint]}]})


def verdict(right: str, after: timedelta, operator: str = "lteq") -> Verdict:
    program = odrl.compile(odrl.anchor(policy(right, operator=operator), AGREED))
    return odrl.evaluate(program, Situation(now=AGREED + after)).verdict


@pytest.mark.parametrize(
    ("right", "length"),
    [
        ("contractAgreement+30d", timedelta(days=30)),
        ("contractAgreement+36h", timedelta(hours=36)),
        ("contractAgreement+5m", timedelta(minutes=5)),
        ("contractAgreement+7s", timedelta(seconds=7)),
    ],
)
def test_a_time_counted_from_the_agreement_ends_to_the_second(right: str, length: timedelta) -> None:
    assert verdict(right, length) is Verdict.YES
    assert verdict(right, length + timedelta(seconds=1)) is Verdict.NO


def test_a_time_before_the_agreement_is_counted_backwards() -> None:
    assert verdict("contractAgreement-1h", timedelta(0), "gteq") is Verdict.YES
    assert verdict("contractAgreement-1h", -timedelta(hours=2), "gteq") is Verdict.NO


def test_a_moment_of_its_own_is_taken_as_it_stands() -> None:
    assert verdict("2026-12-31T00:00:00Z", timedelta(days=1)) is Verdict.YES
    assert verdict("2026-12-31T00:00:00Z", timedelta(days=90)) is Verdict.NO


@pytest.mark.parametrize(
    "right",
    ["contractAgreement", "contractAgreement+30", "contractAgreement+1y", "contractAgreement+999999999d"],
)
def test_what_counts_no_time_is_unknown_and_cannot_be_published(right: str) -> None:
    assert verdict(right, timedelta(0)) is Verdict.UNKNOWN
    with pytest.raises(InputError) as raised:
        odrl.check(odrl.anchor(policy(right), AGREED))
    assert raised.value.code == "policy.value-unreadable"


@pytest.mark.parametrize("left", [FULL, "inForceDate", "edc:inForceDate"])
def test_every_spelling_is_the_same_term_and_goes_out_as_the_whole_name(left: str) -> None:
    read = policy("contractAgreement+30d", left)
    assert odrl.equivalent(read, policy("contractAgreement+30d"))
    assert FULL in str(odrl.write(read))


def test_a_logical_constraint_and_a_duty_are_anchored_as_well() -> None:
    counted = {"leftOperand": FULL, "operator": "lteq", "rightOperand": "contractAgreement+1d"}
    document = {
        "permission": [
            {
                "action": "use",
                "constraint": [{"or": [counted]}],
                "duty": [{"action": "inform", "constraint": [counted]}],
            }
        ]
    }
    assert str(odrl.write(odrl.anchor(odrl.read(document), AGREED))).count("2026-11-25T11:05:00Z") == 2
