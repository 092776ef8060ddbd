"""The life of a duty: its table against the rules written out once more, and when it has to be done."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.odrl.duties.life import (
    PROMPT,
    TABLE,
    DutyMove,
    DutyState,
    DutyTime,
    Trigger,
    consequences,
    duty_at,
    first_key,
    owed_duties,
    target,
    time_of,
    trigger_of,
)
from xinfu.odrl.model.policy import AtomicConstraint, Duty, Logic, LogicalConstraint

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)

RULES = """
pending  trigger due
pending  claim   claimed
pending  fulfil  fulfilled
pending  waive   waived
pending  void    void
due      claim   claimed
due      fulfil  fulfilled
due      lapse   overdue
due      waive   waived
due      void    void
claimed  refuse  due
claimed  fulfil  fulfilled
claimed  waive   waived
overdue  claim   overdue
overdue  refuse  overdue
overdue  remedy  remedied
overdue  breach  breached
overdue  waive   waived
"""
ALLOWED = {
    (DutyState(state), DutyMove(move)): DutyState(to)
    for state, move, to in (line.split() for line in RULES.split("\n") if line)
}
PAIRS = list(itertools.product(DutyState, DutyMove))


@pytest.mark.parametrize(("state", "move"), PAIRS, ids=[f"{s}-{m}" for s, m in PAIRS])
def test_the_table_moves_as_the_rules_say_and_no_other_way(state: DutyState, move: DutyMove) -> None:
    assert target(state, move) == ALLOWED.get((state, move))


def test_the_table_is_total_and_its_ends_are_five() -> None:
    assert set(TABLE) == set(DutyState)
    ends = {state for state in DutyState if state.is_end}
    assert ends == {
        DutyState.FULFILLED,
        DutyState.REMEDIED,
        DutyState.BREACHED,
        DutyState.WAIVED,
        DutyState.VOID,
    }
    assert {state for state in ends if state.is_done} == ends - {DutyState.BREACHED}


@given(st.lists(st.sampled_from(DutyMove), max_size=20))
def test_nothing_leads_back_from_an_end(moves: list[DutyMove]) -> None:
    state, ended = DutyState.PENDING, None
    for move in moves:
        state = target(state, move) or state
        assert ended in {None, state}
        ended = state if state.is_end else None


@given(st.lists(st.sampled_from(DutyMove), max_size=20))
def test_what_was_overdue_once_is_never_just_fulfilled(moves: list[DutyMove]) -> None:
    state, was_overdue = DutyState.PENDING, False
    for move in moves:
        state = target(state, move) or state
        was_overdue |= state is DutyState.OVERDUE
        assert not (was_overdue and state is DutyState.FULFILLED)


def duty(action: str, *constraints: tuple[str, str, str], consequences: tuple[Duty, ...] = ()) -> Duty:
    parts = tuple(AtomicConstraint(left=a, operator=b, right=c) for a, b, c in constraints)
    return Duty(action=action, constraints=parts, consequences=consequences)


@pytest.mark.parametrize(
    ("made", "trigger"),
    [
        (duty("delete", ("delayPeriod", "eq", "P30D")), Trigger.USE),
        (duty("delete", ("elapsedTime", "lteq", "PT1H")), Trigger.USE),
        (duty("delete"), Trigger.END),
        (duty("delete", ("event", "gt", "policyUsage")), Trigger.USE),
        (
            duty("inform", ("delayPeriod", "eq", "P1D"), ("event", "lt", "odrl:policyUsage")),
            Trigger.AGREEMENT,
        ),
        (duty("delete", ("dateTime", "lteq", "2026-03-01T00:00:00Z")), Trigger.AGREEMENT),
        (duty("inform"), Trigger.USE),
        (duty("attribute"), Trigger.USE),
        (duty("compensate", ("payAmount", "eq", "5.00")), Trigger.AGREEMENT),
        (duty("obtainConsent", ("elapsedTime", "lteq", "P1D")), Trigger.AGREEMENT),
    ],
)
def test_action_and_times_say_what_triggers_a_duty(made: Duty, trigger: Trigger) -> None:
    assert trigger_of(made) is trigger


@pytest.mark.parametrize(
    ("constraints", "opens", "deadline"),
    [
        ([("delayPeriod", "eq", "P30D")], NOW + timedelta(days=30), NOW + timedelta(days=30) + PROMPT),
        ([("delayPeriod", "gt", "PT1H")], NOW + timedelta(hours=1), NOW + timedelta(hours=1) + PROMPT),
        ([("elapsedTime", "lteq", "PT90S")], None, NOW + timedelta(seconds=90)),
        (
            [("delayPeriod", "eq", "P1M")],
            datetime(2026, 2, 28, 12, tzinfo=UTC),
            datetime(2026, 3, 1, 12, tzinfo=UTC),
        ),
        ([("delayPeriod", "gteq", "P7D")], NOW + timedelta(days=7), NOW + timedelta(days=7) + PROMPT),
        (
            [("delayPeriod", "gteq", "P7D"), ("elapsedTime", "lteq", "P9D")],
            NOW + timedelta(days=7),
            NOW + timedelta(days=9),
        ),
        (
            [("elapsedTime", "lteq", "P2D"), ("dateTime", "lt", "2026-02-01Z")],
            None,
            datetime(2026, 2, 1, tzinfo=UTC),
        ),
        ([("dateTime", "lteq", "2026-02-01Z")], None, datetime(2026, 2, 2, tzinfo=UTC)),
        ([("elapsedTime", "lteq", "soon")], None, NOW),
        ([("dateTime", "lteq", "2026-02-01")], None, NOW),
        ([("elapsedTime", "lteq", "P999999Y")], None, NOW),
        ([], None, NOW + PROMPT),
        ([("purpose", "eq", "research")], None, NOW + PROMPT),
    ],
)
def test_constraints_of_time_say_until_when_and_the_strictest_counts(
    constraints: list[tuple[str, str, str]], opens: datetime | None, deadline: datetime
) -> None:
    assert time_of(duty("delete", *constraints), NOW) == DutyTime(opens=opens, deadline=deadline)


def test_what_comes_before_a_use_has_no_end_unless_it_names_one() -> None:
    assert time_of(duty("compensate"), NOW) == DutyTime()
    named = duty("compensate", ("dateTime", "lteq", "2026-02-01T00:00:00Z"))
    assert time_of(named, NOW).deadline is not None


def test_parts_of_a_logical_constraint_count_as_well() -> None:
    parts = tuple(
        AtomicConstraint(left="elapsedTime", operator="lteq", right=each) for each in ("P3D", "P1D")
    )
    made = Duty(action="inform", constraints=(LogicalConstraint(op=Logic.OR, parts=parts),))
    assert time_of(made, NOW).deadline == NOW + timedelta(days=1)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["delayPeriod", "elapsedTime", "dateTime", "count"]),
            st.sampled_from(["eq", "lt", "lteq", "gt", "gteq", "neq", "isAnyOf", "?"]),
            st.one_of(
                st.text(max_size=12),
                st.from_regex(r"P[0-9]{1,7}[YMD](T[0-9]{1,9}[HMS])?", fullmatch=True),
                st.sampled_from(["2026-02-01Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"]),
            ),
        ),
        max_size=5,
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_every_duty_has_a_time_and_never_opens_after_its_end(
    constraints: list[tuple[str, str, str]], triggered: datetime
) -> None:
    """Total: whatever is written, and however far the calendar would be left."""
    found = time_of(duty("delete", *constraints), triggered)
    assert found.deadline is not None
    if found.opens is not None:
        assert triggered < found.opens < found.deadline


DOCUMENT: dict[str, Any] = {
    "@type": "Agreement",
    "permission": [
        {
            "action": "use",
            "duty": [
                {"action": "anonymize"},
                {
                    "action": "delete",
                    "consequence": [{"action": "compensate", "consequence": [{"action": "inform"}]}],
                },
            ],
        }
    ],
    "obligation": [{"action": "inform"}],
}


def test_every_duty_is_found_by_its_key_but_what_a_plane_does() -> None:
    policy = odrl.read(DOCUMENT)
    keys = dict(owed_duties(policy))
    assert {key: each.action for key, each in keys.items()} == {
        "permission[0].duty[1]": "delete",
        "obligation[0]": "inform",
    }
    [(key, inner)] = consequences("permission[0].duty[1]", keys["permission[0].duty[1]"])
    assert (key, inner.action) == ("permission[0].duty[1].consequence[0]", "compensate")
    assert duty_at(policy, key) == inner
    deepest = duty_at(policy, f"{key}.consequence[0]")
    assert deepest is not None
    assert deepest.action == "inform"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "permission[0]",
        "permission[0].duty[0]",
        "obligation[1]",
        "obligation[0].consequence[0]",
        "permission[0].duty[1].consequence[x]",
        "permission[0].duty[1].consequence",
    ],
)
def test_nothing_is_found_under_another_key(key: str) -> None:
    assert duty_at(odrl.read(DOCUMENT), key) is None


def shared(*duties: dict[str, object]) -> odrl.Policy:
    return odrl.read({"permission": [{"action": "use", "duty": [each]} for each in duties]})


def test_pol_13_a_duty_that_permissions_share_is_owed_once() -> None:
    duty: dict[str, object] = {
        "@id": "urn:duty",
        "action": "inform",
        "consequence": [{"action": "compensate"}],
    }
    policy = shared(duty, duty)
    assert [key for key, _ in owed_duties(policy)] == ["permission[0].duty[0]"]
    assert duty_at(policy, "permission[1].duty[0]") == duty_at(policy, "permission[0].duty[0]") is not None
    assert first_key(policy, "permission[1].duty[0]") == "permission[0].duty[0]"
    assert first_key(policy, "permission[1].duty[0].consequence[0]") == "permission[0].duty[0].consequence[0]"
    assert first_key(policy, "obligation[0]") == "obligation[0]"


def test_two_duties_under_one_id_are_two() -> None:
    """What they say differs, so doing the one is not doing the other."""
    policy = shared({"@id": "urn:duty", "action": "inform"}, {"@id": "urn:duty", "action": "compensate"})
    assert [key for key, _ in owed_duties(policy)] == ["permission[0].duty[0]", "permission[1].duty[0]"]
    assert [key for key, _ in owed_duties(shared({"action": "inform"}, {"action": "inform"}))] == [
        "permission[0].duty[0]",
        "permission[1].duty[0]",
    ]
