"""The rules of the story as ODRL: who sees what of a ledger, and what the city may make of it for whom.

A group's ledger is offered twice: all of it to the city, four columns to the province, and to nobody else, who cannot
tell that it is there. What the city derives goes to the province alone, in the columns of sums, and no sum over fewer
than three records; the province has no right to pass anything on.
"""

from typing import Any, Final

from xinfu import client
from xinfu_scenarios.s01 import figures

PURPOSE: Final = "state-assets-statistics"
CITY: Final = "city"
PROVINCE: Final = "province"
PROVINCE_COLUMNS: Final = ("id", "side", "amount", "status")
CLOSED_COLUMNS: Final = ("party", "signed", "terms")
READS: Final = 100
CHINA_TIME: Final = "urn:xinfu:profile:utc+08:00"

Constraint = dict[str, Any]


def seen_by(role: str) -> dict[str, Any]:
    """An offer is seen by members of the space in this role."""
    return {"permission": [{"action": "use", "constraint": [_in_role(role)]}]}


def whole() -> dict[str, Any]:
    """To the city: use for statistics, no passing on, and sums derived for the province."""
    policy = client.policy(purpose=[PURPOSE], prohibit=["distribute"])
    derive = {"action": "derive", "constraint": [_in_role(PROVINCE), *_sums_only()]}
    return {**policy, "permission": [*policy["permission"], derive]}


def four_columns() -> dict[str, Any]:
    """To the province: four columns, no passing on."""
    policy = client.policy(purpose=[PURPOSE], prohibit=["distribute"])
    [permission] = policy["permission"]
    shown = _constraint("dataField", "isAnyOf", list(PROVINCE_COLUMNS))
    return {**policy, "permission": [{**permission, "constraint": [*permission["constraint"], shown]}]}


def for_the_city() -> dict[str, Any]:
    """To the city: use for statistics, no passing on."""
    return client.policy(purpose=[PURPOSE], prohibit=["distribute"])


def delegated() -> dict[str, Any]:
    """To the province: the sums, a number of reads in each calendar month of China, no passing on."""
    counted = [_constraint("count", "lteq", str(READS)), _constraint("timeWindow", "eq", "P1M")]
    return {
        "@type": "Set",
        "profile": CHINA_TIME,
        "conflict": "prohibit",
        "permission": [{"action": "use", "constraint": [*counted, *_sums_only()]}],
        "prohibition": [{"action": "distribute"}],
    }


def any_sums() -> dict[str, Any]:
    """What the city may not offer: its columns of sums, over however few records."""
    return {"@type": "Set", "permission": [{"action": "use", "constraint": [_columns()]}]}


def any_rows() -> dict[str, Any]:
    """What the city may not offer either: whatever stands in a table."""
    return client.policy(purpose=[PURPOSE])


def _sums_only() -> list[Constraint]:
    return [_columns(), _constraint("valueExpression", "eq", f"records >= {figures.LEAST}")]


def _columns() -> Constraint:
    return _constraint("dataField", "isAnyOf", list(figures.COLUMNS))


def _in_role(role: str) -> Constraint:
    return _constraint("MembershipCredential.role", "eq", role)


def _constraint(left: str, operator: str, right: object) -> Constraint:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
