"""Templates: what is filled in, and what is no template."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.contracts.samples import TEMPLATE, TIMES

from xinfu.contracts import check_template, fill
from xinfu.contracts.template import TemplateRule
from xinfu.errors import InputError


def test_a_template_is_filled_in_everywhere() -> None:
    check_template(TEMPLATE)
    made = fill(TEMPLATE, {"times": "12"})
    assert (made.name, made.terms) == ("读取12次", ("至多12次。",))
    assert made.policy.permissions[0].constraints[0].right == "12"  # type: ignore[union-attr]
    assert made.policy.prohibitions[0].action == "distribute"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "template.value-missing"),
        ({"times": "3", "more": "x"}, "template.value-unknown"),
        ({"times": ""}, "template.value-unusable"),
        ({"times": "many"}, "contract.constraint"),
        ({"times": "{{times}}"}, "contract.constraint"),
    ],
)
def test_what_does_not_fit_is_refused(values: dict[str, str], code: str) -> None:
    with pytest.raises(InputError) as told:
        fill(TEMPLATE, values)
    assert told.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        {"blanks": ()},
        {"blanks": (TIMES, TIMES)},
        {"blanks": (TIMES, replace(TIMES, name="other"))},
        {"blanks": (replace(TIMES, example="few"),)},
        {"rules": (TemplateRule(actions=("juggle",)),)},
        {"rules": (TemplateRule(actions=()),), "name": "x", "terms": (), "blanks": ()},
    ],
    ids=["undeclared", "twice", "unused", "example", "action", "no-action"],
)
def test_a_template_that_nobody_could_use_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        check_template(replace(TEMPLATE, **change))
