"""The pace at which unknown DIDs are looked up."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.identities.world import START

from xinfu.identities.pace import MOST_SOURCES, Pace


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=60))
def test_nobody_gets_more_than_burst_and_rate_allow(asked: list[tuple[str, float]]) -> None:
    pace = Pace(burst=3, per_s=0.5, overall=2)
    now, admitted = START, dict.fromkeys("abc", 0)
    for source, wait_s in asked:
        now += timedelta(seconds=wait_s)
        admitted[source] += pace.admit(source, now)
    elapsed_s = (now - START).total_seconds()
    assert all(count <= 3 + 0.5 * elapsed_s + 1e-6 for count in admitted.values())
    assert sum(admitted.values()) <= 6 + 1.0 * elapsed_s + 1e-6


def test_a_source_that_waits_is_admitted_again() -> None:
    pace = Pace(burst=1, per_s=1)
    assert pace.admit("a", START)
    assert not pace.admit("a", START)
    assert pace.admit("b", START)
    assert pace.admit("a", START + timedelta(seconds=1))


def test_a_clock_that_jumps_back_admits_nobody_more() -> None:
    pace = Pace(burst=1, per_s=1)
    assert pace.admit("a", START)
    assert not pace.admit("a", START - timedelta(hours=1))


def test_memory_for_sources_is_bounded() -> None:
    pace = Pace(burst=2, per_s=0.001, overall=10_000)
    admitted = [pace.admit(f"net-{number}", START) for number in range(3 * MOST_SOURCES)]
    assert all(admitted)
    assert len(pace._buckets) <= MOST_SOURCES
