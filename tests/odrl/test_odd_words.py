"""Odd words in a policy: read for what they say, or refused by what is wrong with them."""

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl import PolicyKind, Situation, evaluate
from xinfu.odrl.short.form import document, short
from xinfu.odrl.values.sorts import read_moment
from xinfu.verdict import Verdict

NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


def policy(*constraints: dict[str, Any]) -> odrl.Policy:
    return odrl.read(
        {"permission": [{"action": "use", "constraint": list(constraints)}]}, kind=PolicyKind.SET
    )


@pytest.mark.parametrize("where", ["level >= ", "level", "1=1; drop table readings"])
def test_a_row_filter_that_cannot_be_read_is_refused_as_that(where: str) -> None:
    with pytest.raises(InputError) as caught:
        odrl.check(odrl.read(document(short({"where": where}))))
    assert (caught.value.code, caught.value.facts["name"]) == ("policy.value-unreadable", where)
    assert "level >= 3" in (caught.value.help_en or "")


@pytest.mark.parametrize("op", ["xone", "and", "or"])
def test_what_combines_nothing_says_so_in_its_reason(op: str) -> None:
    decision = evaluate(odrl.compile(policy({op: []})), Situation(now=NOW))
    assert [each.code for each in decision.reasons] == ["constraint.empty"]


def test_the_last_day_there_is_is_a_day() -> None:
    day = read_moment("9999-12-31Z")
    assert day is not None
    assert day.start == datetime(9999, 12, 31, tzinfo=UTC)
    assert day.end > day.start


@pytest.mark.parametrize(("operator", "expected"), [("eq", Verdict.YES), ("neq", Verdict.NO)])
@pytest.mark.parametrize("declared", ["ads ", " ads", "ads"])
def test_blanks_around_a_declared_purpose_decide_nothing(
    operator: str, expected: Verdict, declared: str
) -> None:
    asked = policy({"leftOperand": "purpose", "operator": operator, "rightOperand": "ads "})
    assert evaluate(odrl.compile(asked), Situation(now=NOW, purpose=declared)).verdict is expected
