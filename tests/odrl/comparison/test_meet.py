"""The largest common policy: within both, and nothing that both permit is missing."""

import pytest
from msgspec.structs import replace
from tests.odrl.by_force import ABLE, Maker, situations
from tests.odrl.comparison.test_subsume import DISTRIBUTE, RESEARCH, TEACHING, by, c, owing, permit

from xinfu import odrl
from xinfu.odrl import Policy, PolicyKind, change_lines, difference, equivalent, read, within
from xinfu.odrl.comparison.meet import meet
from xinfu.verdict import Verdict

YES = Verdict.YES
MEDICINE = c("purpose", "eq", "medicine")

COMMON: dict[str, tuple[Policy, Policy, Policy | None]] = {
    "one within the other": (permit(RESEARCH), permit(), permit(RESEARCH)),
    "fewer uses and less time": (
        permit(c("count", "lteq", "5"), c("dateTime", "lt", "2026-06-01T00:00:00Z")),
        permit(c("count", "lteq", "3"), c("dateTime", "lt", "2027-06-01T00:00:00Z")),
        permit(c("count", "lteq", "3"), c("dateTime", "lt", "2026-06-01T00:00:00Z")),
    ),
    "the purposes that both name": (
        permit(c("purpose", "isAnyOf", ["a", "b", "c"]), c("count", "lteq", "5")),
        permit(c("purpose", "isAnyOf", ["b", "c", "d"])),
        permit(c("purpose", "isAnyOf", ["b", "c"]), c("count", "lteq", "5")),
    ),
    "what each asks alone": (
        permit(RESEARCH, action="read"),
        permit(c("count", "lteq", "3"), prohibition=DISTRIBUTE, conflict="prohibit"),
        permit(RESEARCH, c("count", "lteq", "3"), action="read", prohibition=DISTRIBUTE, conflict="prohibit"),
    ),
    "the stricter duty": (
        owing(by("2026-02-01T00:00:00Z"), obligation=[{"action": "inform"}]),
        owing(by("2026-01-01T00:00:00Z")),
        owing(by("2026-01-01T00:00:00Z"), obligation=[{"action": "inform"}]),
    ),
    "nothing": (permit(RESEARCH), permit(TEACHING), None),
    "actions apart": (permit(action="print"), permit(action="play"), None),
    "what nobody can judge": (permit(c("weather", "eq", "x")), permit(RESEARCH), None),
    "two parties": (permit(RESEARCH, assignee="did:a"), permit(assignee="did:b"), None),
    "two who grant": (permit(RESEARCH, assigner="did:a"), permit(assigner="did:b"), None),
}


@pytest.mark.parametrize(("one", "other", "common"), COMMON.values(), ids=COMMON)
def test_the_common_policy_says_what_both_permit(one: Policy, other: Policy, common: Policy | None) -> None:
    found = meet(one, other)
    if common is None:
        assert found is None
        return
    assert found is not None
    assert equivalent(found, common), change_lines(difference(common, found), "en")
    assert within(found, one).verdict is YES
    assert within(found, other).verdict is YES


def test_every_permission_is_held_against_every_other() -> None:
    either = read({"permission": [{"action": "use", "constraint": [each]} for each in (RESEARCH, TEACHING)]})
    other = read({"permission": [{"action": "use", "constraint": [each]} for each in (RESEARCH, MEDICINE)]})
    found = meet(either, other)
    assert found is not None
    assert equivalent(found, permit(RESEARCH))


def test_of_random_policies_the_common_one_opens_where_both_do() -> None:
    found = 0
    for seed in range(120):
        maker = Maker(seed)
        one, other = maker.pair()
        common = meet(one, other, registry=ABLE)
        if common is None:
            continue
        found += 1
        programs = [
            odrl.compile(replace(each, kind=PolicyKind.SET), registry=ABLE) for each in (one, other, common)
        ]
        grid = list(situations(maker))
        for facts in grid if len(grid) < 60 else maker.dice.sample(grid, k=60):
            first, second, both = (odrl.evaluate(each, facts).verdict is YES for each in programs)
            assert both is (first and second), (seed, facts)
    assert found > 40
