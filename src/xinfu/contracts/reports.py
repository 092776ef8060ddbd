"""Reports of use come once and in order: what a party reported last, and what may follow it.

The tables of the standards number no report. Ours carry two fields more: `reportNumber`, which rises with each report to
the same receiver, and `reportAfter`, the last one that this receiver has taken. So a report that is played again, or that
comes before one that was sent earlier, is told from a fresh one; a report that was given up leaves a gap and holds up
nothing. Who sends no numbers is held to the time in the message. Follows: TC609-6-2025-15, 7.1.3 b; decision 0019.
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
"""Fields that differ when the same report is sent once more."""


class LastReport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The report of a party that was taken last; `number` 0: it carried none."""

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
    """What is the last report once this one is taken; None: it is the last one again, which changes nothing.

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
