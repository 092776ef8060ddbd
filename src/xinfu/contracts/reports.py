"""The order of usage reports: each report is accepted once, and only after the reports before it.

The tables of the standards do not number reports. Ours carry two more fields: `reportNumber`, which rises with each
report to the same receiver, and `reportAfter`, the number of the last report that this receiver has accepted. So a
replayed report, or one that overtakes an earlier one, is distinguished from a new one; a report that was given up
leaves a gap and blocks nothing. Reports without numbers are ordered by the time in the message.
Follows: TC609-6-2025-15, 7.1.3 b; decision 0019.
"""

import hashlib
from datetime import datetime
from typing import Annotated, Final

import msgspec

from xinfu.contracts import errors
from xinfu.contracts.header import SKEW
from xinfu.evidence import canonical

ReportNumber = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
_OF_A_TRY: Final = frozenset({"signature", "timestamp", "reportTime", "reportAfter"})
"""Fields that differ when the same report is sent again."""


class LastReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The last report of a party that was accepted; `number` 0: it had no number."""

    number: int = 0
    digest: str
    at: datetime


def last_report(
    last: LastReport | None,
    message: msgspec.Struct,
    *,
    number: int | None,
    after: int | None,
    at: datetime,
    now: datetime,
) -> LastReport | None:
    """Accept a report and return it as the new last report; None if it repeats the last one, which changes nothing.

    Args:
        number, after: `reportNumber` and `reportAfter`. at: the time in the message.

    Raises:
        InputError: `contract.report-future`.
        ConflictError: `contract.report-replayed`, `contract.report-out-of-order`.
    """
    if at > now + SKEW:
        raise errors.CONTRACT_REPORT_FUTURE()
    this = LastReport(number=number or 0, digest=_digest(message, whole=number is None), at=at)
    if last is None:
        _must_follow(0, this, after or 0)
        return this
    if number is None:
        _must_be_later(last, this)
        return this
    if this.number == last.number and this.digest == last.digest:
        return None
    _must_follow(last.number, this, after or 0)
    return this


def _digest(message: msgspec.Struct, *, whole: bool) -> str:
    said = msgspec.to_builtins(message)
    kept = said if whole else {key: value for key, value in said.items() if key not in _OF_A_TRY}
    return hashlib.sha256(canonical(kept)).hexdigest()


def _must_follow(last: int, this: LastReport, after: int) -> None:
    if this.number and this.number <= last:
        raise errors.CONTRACT_REPORT_REPLAYED(number=this.number, last=last)
    if after > last:
        raise errors.CONTRACT_REPORT_OUT_OF_ORDER(number=this.number, after=after, last=last)


def _must_be_later(last: LastReport, this: LastReport) -> None:
    if this.digest == last.digest:
        raise errors.CONTRACT_REPORT_REPLAYED_UNNUMBERED()
    if this.at < last.at:
        raise errors.CONTRACT_REPORT_OUT_OF_ORDER_UNNUMBERED()
