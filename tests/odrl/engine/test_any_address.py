"""A start is allowed exactly where a read from some address would be."""

from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl import Situation, read
from xinfu.odrl.engine.any_address import from_anywhere
from xinfu.verdict import Verdict


def c(left: str, operator: str, right: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def at(operator: str, right: object) -> dict[str, Any]:
    return c("virtualLocation", operator, right)


MANY = [f"10.{i}.0.0/16" for i in range(20)]


@pytest.mark.parametrize(
    ("permitted", "barred", "opens"),
    [
        ([at("isPartOf", "10.0.0.0/8")], [], True),
        ([at("isNoneOf", ["10.0.0.1"])], [], True),
        ([at("isAnyOf", MANY)], [], True),
        ([at("eq", "data.example.com")], [], True),
        ([at("isPartOf", "10.0.0.0/8"), at("isPartOf", "192.0.2.0/24")], [], False),
        ([at("isPartOf", "10.0.0.0/8"), c("purpose", "eq", "care")], [], False),
        ([at("isPartOf", "10.0.0.0/8")], [at("isPartOf", "10.0.0.0/8")], False),
        ([at("isPartOf", "10.0.0.0/8")], [at("eq", "10.0.0.1")], True),
        ([], [], True),
    ],
)
def test_it_is_allowed_where_some_address_would_be(
    permitted: list[Any], barred: list[Any], opens: bool
) -> None:
    document = {
        "@type": "Agreement",
        "permission": [{"action": "use", "constraint": permitted}],
        "prohibition": [{"action": "use", "constraint": barred}] if barred else [],
        "conflict": "prohibit",
    }
    program, asked = odrl.compile(read(document)), Situation(purpose="research")
    assert (from_anywhere(program, asked).verdict is Verdict.YES) is opens
    if permitted or barred:
        assert odrl.evaluate(program, asked).verdict is not Verdict.YES, "a read from nowhere opens nothing"
