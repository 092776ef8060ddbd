"""Reports come once and in order, whatever is played again, left out or mixed up on the way."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.contracts.samples import NOW, NUMBER

from xinfu.contracts import Dates, write_moment
from xinfu.contracts.reports import LastReport, last_report
from xinfu.contracts.usage import ExecutionFeedback, Result
from xinfu.errors import XinfuError

MESSAGE = ExecutionFeedback(
    connector_id="c",
    contract_id=NUMBER,
    strategy_id="s",
    result=Result.ALLOWED,
    timestamp=write_moment(NOW, Dates.ISO),
    signature="-",
)


def hear(
    last: LastReport | None,
    number: int | None = None,
    after: int | None = None,
    seconds: int = 0,
    says: str = "",
) -> LastReport | None:
    at = NOW + timedelta(seconds=seconds)
    message = replace(
        MESSAGE,
        timestamp=write_moment(at, Dates.ISO),
        details={"says": says or str(number)},
        report_number=number,
        report_after=after,
    )
    return last_report(last, message, number=number, after=after, at=at, now=NOW + timedelta(seconds=60))


def code(
    last: LastReport | None, number: int | None = None, after: int | None = None, seconds: int = 0
) -> str:
    with pytest.raises(XinfuError) as told:
        hear(last, number, after, seconds)
    return told.value.code


def test_one_follows_the_other_and_a_gap_holds_up_nothing() -> None:
    first = hear(None, 4, 0)
    second = hear(first, 9, 4)
    assert second is not None
    assert second.number == 9
    assert hear(second, 12, 4) is not None  # 9 was taken, and its acknowledgement lost


def test_the_last_one_again_changes_nothing_whenever_it_is_sent() -> None:
    last = hear(None, 4, 0)
    assert hear(last, 4, 0, seconds=30) is None


def test_replayed_reordered_and_altered_ones_are_refused() -> None:
    last = hear(hear(None, 4, 0), 9, 4)
    assert code(last, 4, 0) == "contract.report-replayed"
    assert code(last, 14, 12) == "contract.report-out-of-order"
    assert code(None, 14, 12) == "contract.report-out-of-order"
    with pytest.raises(XinfuError) as told:
        hear(last, 9, 4, says="something else")
    assert told.value.code == "contract.report-replayed"


def test_who_sends_no_numbers_is_held_to_the_time() -> None:
    last = hear(None, seconds=10)
    assert hear(last, seconds=11) is not None
    assert code(last, seconds=10) == "contract.report-replayed"
    assert code(last, seconds=9) == "contract.report-out-of-order"


def test_a_time_that_has_not_come_is_refused() -> None:
    assert code(None, 1, 0, seconds=3600) == "contract.report-future"


@given(st.lists(st.integers(1, 30), max_size=40), st.permutations(range(1, 9)))
def test_whatever_order_they_come_in_each_is_taken_once_and_in_order(
    noise: list[int], order: list[int]
) -> None:
    taken: list[int] = []
    last: LastReport | None = None
    for number in [*order, *noise, *range(1, 9)]:
        try:
            now = hear(last, number, number - 1)
        except XinfuError:
            continue
        if now is not None:
            last = now
            taken.append(number)
    assert taken == sorted(set(taken))
    assert taken == list(range(1, len(taken) + 1))
