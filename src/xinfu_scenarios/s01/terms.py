"""The rules of the story as ODRL: who may see which part of a ledger, and what the city may derive from it for whom.

A group's ledger is offered twice: all of it to the city, four columns to the province, and to nobody else, who cannot
tell that it is there. What the city derives goes to the province alone, in the columns of sums, and no sum over fewer
than three records; the province has no right to pass anything on. The ledgers are graded sensitive, so all their terms name
who, for which purpose and until when.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import Struct

from xinfu_scenarios.s01 import figures

PURPOSE: Final = "state-assets-statistics"
CITY: Final = "city"
PROVINCE: Final = "province"
PROVINCE_COLUMNS: Final = ("id", "side", "amount", "status")
CLOSED_COLUMNS: Final = ("party", "signed", "terms")
READS: Final = 100
PERMITTED: Final = timedelta(days=365)
SENSITIVE: Final = 3
"""Grade of the ledgers: amounts and partners move prices and land."""
INTERNAL: Final = 2
"""Grade of projects, counts and sums."""
CHINA_TIME: Final = "urn:xinfu:profile:utc+08:00"

Constraint = dict[str, Any]
Policy = dict[str, Any]


def seen_by(role: str) -> Policy:
    """The access policy by which members of the space in this role see an offer."""
    return {"permission": [{"action": "use", "constraint": [_in_role(role)]}]}


class Terms(Struct, frozen=True, kw_only=True):
    """The terms of one play; all of them end at `until`."""

    until: datetime

    def whole(self) -> Policy:
        """The terms for the city: use for statistics, no passing on, and sums derived for the province."""
        return _policy(self._permits("use", CITY), self._permits("derive", PROVINCE, *_sums_only()))

    def four_columns(self) -> Policy:
        """The terms for the province: four columns, no passing on."""
        return _policy(
            self._permits("use", PROVINCE, _constraint("dataField", "isAnyOf", list(PROVINCE_COLUMNS)))
        )

    def for_the_city(self) -> Policy:
        """The terms for the city without derivation: use for statistics, no passing on."""
        return _policy(self._permits("use", CITY))

    def delegated(self) -> Policy:
        """The terms for the province: the sums, a number of reads in each calendar month of China, no passing on."""
        counted = (_constraint("count", "lteq", str(READS)), _constraint("timeWindow", "eq", "P1M"))
        policy = _policy(self._permits("use", PROVINCE, *counted, *_sums_only()))
        return {**policy, "profile": CHINA_TIME}

    def any_sums(self) -> Policy:
        """Terms that the city may not offer: its columns of sums, over however few records."""
        return _policy(self._permits("use", PROVINCE, _columns()))

    def any_rows(self) -> Policy:
        """Terms that the city may not offer: every row of a table."""
        return _policy(self._permits("use", PROVINCE))

    def to_members(self) -> Policy:
        """Terms that the city may not offer: the sums for every member of the space."""
        return _policy(self._permits("use", None, *_sums_only()))

    def _permits(self, action: str, role: str | None, *more: Constraint) -> dict[str, Any]:
        who = _in_role(role) if role else _constraint("membership", "eq", "active")
        until = _constraint("dateTime", "lteq", self.until.isoformat(timespec="seconds"))
        return {"action": action, "constraint": [who, _constraint("purpose", "eq", PURPOSE), until, *more]}


def _policy(*permissions: dict[str, Any]) -> Policy:
    return {
        "@type": "Set",
        "conflict": "prohibit",
        "permission": list(permissions),
        "prohibition": [{"action": "distribute"}],
    }


def _sums_only() -> list[Constraint]:
    return [_columns(), _constraint("valueExpression", "eq", f"records >= {figures.LEAST}")]


def _columns() -> Constraint:
    return _constraint("dataField", "isAnyOf", list(figures.COLUMNS))


def _in_role(role: str) -> Constraint:
    return _constraint("MembershipCredential.role", "eq", role)


def _constraint(left: str, operator: str, right: object) -> Constraint:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}
