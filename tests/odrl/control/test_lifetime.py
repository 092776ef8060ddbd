"""Until when a policy permits anything, and whether it can be spent."""

from datetime import UTC, datetime
from typing import Any

import pytest

from xinfu import odrl
from xinfu.odrl.control.lifetime import ends, is_spendable


def limit(left: str, operator: str, right: str) -> dict[str, str]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def permitting(*rules: list[dict[str, Any]]) -> odrl.Policy:
    return odrl.read(
        {"@type": "Set", "permission": [{"action": "use", "constraint": each} for each in rules]}
    )


EARLY = limit("dateTime", "lt", "2026-03-01T00:00:00Z")
LATE = limit("dateTime", "lteq", "2026-04-01T00:00:00Z")
THREE = limit("count", "lteq", "3")


@pytest.mark.parametrize(
    ("rules", "end"),
    [
        ([[EARLY]], datetime(2026, 3, 1, tzinfo=UTC)),
        ([[LATE]], datetime(2026, 4, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ([[limit("dateTime", "lteq", "2026-04-01+08:00")]], datetime(2026, 4, 1, 16, tzinfo=UTC)),
        ([[EARLY, LATE]], datetime(2026, 3, 1, tzinfo=UTC)),
        ([[EARLY], [LATE]], datetime(2026, 4, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ([[{"and": [THREE, {"and": [EARLY]}]}]], datetime(2026, 3, 1, tzinfo=UTC)),
        ([[{"or": [EARLY, THREE]}]], None),
        ([[EARLY], []], None),
        ([[limit("dateTime", "gteq", "2026-03-01T00:00:00Z")]], None),
        ([[limit("dateTime", "lteq", "soon")]], None),
        ([], None),
    ],
)
def test_the_last_moment_of_all_permissions_is_the_end(rules: Any, end: datetime | None) -> None:
    assert ends(permitting(*rules)) == end


@pytest.mark.parametrize(
    ("rules", "counted"),
    [
        ([[THREE]], True),
        ([[EARLY, THREE], [THREE]], True),
        ([[limit("bytes", "lteq", "10 GB")]], True),
        ([[THREE], [EARLY]], False),
        ([], False),
    ],
)
def test_a_policy_can_be_spent_when_every_permission_can(rules: Any, counted: bool) -> None:
    assert is_spendable(permitting(*rules)) is counted
