"""Templates: each of them can be judged once its blanks are filled in."""

import pytest

from xinfu import odrl
from xinfu.errors import InputError, NotFoundError
from xinfu.odrl.short.form import document, shorten
from xinfu.odrl.short.templates import TEMPLATES, fill

VALUES = {
    "until": "2030-01-01T00:00:00+08:00",
    "times": "3",
    "recipient": "did:web:b.example",
    "purpose": "maintenance",
    "columns": "city,level,name",
    "mask": "name",
    "pay": "100.00 CNY",
    "delete_after": "30d",
}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_makes_a_policy_that_can_be_published_and_read_back(name: str) -> None:
    said = fill(name, {blank: VALUES[blank] for blank in TEMPLATES[name].blanks})
    policy = odrl.read(document(said))
    odrl.check(policy)
    assert shorten(policy) == said


@pytest.mark.parametrize("values", [{}, {"times": "3"}, {**VALUES}], ids=["none", "one", "too many"])
def test_blanks_are_filled_in_neither_too_few_nor_too_many(values: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        fill("trial", values)
    assert caught.value.code == "template.blank"


def test_a_value_is_never_read_for_blanks() -> None:
    values = {"recipient": "did:web:b.example", "purpose": "{until}", "until": VALUES["until"]}
    assert fill("partner", values).purpose == ("{until}",)


def test_another_name_is_refused() -> None:
    with pytest.raises(NotFoundError, match="no template"):
        fill("closed", {})
