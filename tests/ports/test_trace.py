"""The header `traceparent`: what counts, what is as if none had come, and how work goes on under another trace."""

import pytest

from xinfu.ports.observer import CURRENT, NoObserver, Work, WorkKind, follow, traceparent
from xinfu.ports.trace import Trace, read_trace

GOOD = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_a_header_comes_back_as_it_was_read() -> None:
    read = read_trace(GOOD)
    assert read == Trace(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="b7ad6b7169203331")
    assert read is not None
    assert read.header() == GOOD
    unsampled = read_trace(GOOD[:-1] + "0")
    assert unsampled is not None
    assert (unsampled.sampled, unsampled.header()) == (False, GOOD[:-1] + "0")


def test_a_later_version_is_read_as_far_as_it_is_known() -> None:
    assert read_trace(f"cc{GOOD[2:]}-what-the-future-will-be-like") == read_trace(GOOD)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "hello",
        GOOD[:-3],
        GOOD.upper(),
        f"ff{GOOD[2:]}",
        f"{GOOD}-more",
        f" {GOOD}",
        f"{GOOD}\n",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-0af7651916cd43dd8448eb211c80319c-{'0' * 16}-01",
        GOOD.replace("b7ad", "b7_d"),
        f"cc{GOOD[2:]}-{'x' * 4096}",
        "00-٠af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ],
)
def test_what_is_malformed_is_as_if_none_had_come(header: str | None) -> None:
    assert read_trace(header) is None


def _current(trace: Trace | None) -> Work:
    work = Work(WorkKind.API, "native", "bureau", "")
    work.trace = trace
    CURRENT.set(work)
    return work


def test_work_goes_on_under_the_trace_of_its_process() -> None:
    asked = Trace(trace_id="1" * 32, span_id="2" * 16)
    work = _current(asked)
    follow("urn:uuid:process", GOOD)
    assert work.process == "urn:uuid:process"
    assert work.trace == Trace(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="2" * 16)
    assert work.parent == read_trace(GOOD)
    assert traceparent() == f"00-0af7651916cd43dd8448eb211c80319c-{'2' * 16}-01"


def test_work_that_stands_in_the_trace_of_its_process_stays_there() -> None:
    place = Trace(trace_id="0af7651916cd43dd8448eb211c80319c", span_id="2" * 16)
    work = _current(place)
    follow("urn:uuid:process", GOOD)
    assert (work.trace, work.parent, work.linked) == (place, None, None)


@pytest.mark.parametrize("header", [None, "made up"])
def test_a_process_without_a_trace_changes_none(header: str | None) -> None:
    work = _current(Trace(trace_id="1" * 32, span_id="2" * 16))
    follow("p", header)
    assert (work.process, traceparent()) == ("p", f"00-{'1' * 32}-{'2' * 16}-01")


def test_nothing_is_traced_where_nobody_observes() -> None:
    CURRENT.set(None)
    with NoObserver().work(WorkKind.DISPATCH, "negotiation.agree", context="bureau", process="p") as work:
        follow("p", GOOD)
        assert traceparent() is None
    assert (work.context, work.outcome) == ("bureau", "done")
