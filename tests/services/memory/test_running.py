"""Running uses, and stops of them that come from this worker or another one."""

from xinfu.errors import RefusedError
from xinfu.services.memory.running import Running, stop_topic

CONTEXT = "bureau"


def reason(code: str) -> RefusedError:
    return RefusedError(code, "It is over.", "已结束。")


def test_a_topic_stops_what_it_names_and_nothing_else() -> None:
    running = Running()
    with running.begin(CONTEXT, "t1", at_most=None) as one, running.begin(CONTEXT, "t2", at_most=None) as two:
        one.under("a1", 0)
        two.under("a2", 0)
        running.told(frozenset({stop_topic(CONTEXT, reason("agreement.suspended"), agreement="a1"), "log"}))
        assert one.reason is not None
        assert one.reason.code == "agreement.suspended"
        assert one.stopped.is_set()
        assert two.reason is None
        running.told(frozenset({stop_topic(CONTEXT, reason("transfer.not-started"), transfer="t2")}))
        assert two.reason is not None
        assert two.reason.code == "transfer.not-started"


def test_what_is_stopped_is_cut_before_the_call_goes_on_and_only_once() -> None:
    running, cut = Running(), list[str]()
    with running.begin(CONTEXT, "t1", at_most=None) as one, running.begin(CONTEXT, "t2", at_most=None) as two:
        one.under("a1", 0)
        two.under("a2", 0)
        one.at_stop(lambda: cut.append("one"))
        two.at_stop(lambda: cut.append("two"))
        running.stop(CONTEXT, reason("agreement.terminated"), agreement="a1")
        running.stop(CONTEXT, reason("agreement.terminated"), agreement="a1")
        assert cut == ["one"]
        one.at_stop(lambda: cut.append("late"))
        assert cut == ["one", "late"]


def test_a_topic_of_another_context_stops_nothing() -> None:
    running = Running()
    with running.begin(CONTEXT, "t", at_most=None) as run:
        run.under("a", 0)
        running.told(frozenset({stop_topic("another", reason("agreement.suspended"), agreement="a")}))
        assert run.reason is None


def test_a_stop_that_comes_before_the_use_knows_its_agreement_counts() -> None:
    running = Running()
    with running.begin(CONTEXT, "t", at_most=None) as run, running.begin(CONTEXT, "u", at_most=None) as other:
        running.told(frozenset({stop_topic(CONTEXT, reason("agreement.terminated"), agreement="a")}))
        assert run.reason is None
        run.under("a", 3)
        other.under("b", 0)
        assert run.reason is not None
        assert run.reason.code == "agreement.terminated"
        assert other.reason is None


def test_while_nothing_can_be_heard_nothing_goes_on() -> None:
    running = Running()
    with running.begin(CONTEXT, "t", at_most=None) as one, running.begin("another", "u", at_most=None) as two:
        running.told(frozenset({"deaf"}))
        assert [run.reason.code for run in (one, two) if run.reason] == ["use.deaf"] * 2


def test_the_first_reason_counts() -> None:
    running = Running()
    with running.begin(CONTEXT, "t", at_most=None) as run:
        run.under("a", 0)
        assert running.stop(CONTEXT, reason("first.reason"), agreement="a") == 1
        running.told(frozenset({stop_topic(CONTEXT, reason("second.reason"), agreement="a")}))
        assert run.reason is not None
        assert run.reason.code == "first.reason"
    assert running.stop(CONTEXT, reason("third.reason"), agreement="a") == 0
