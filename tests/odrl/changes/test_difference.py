"""A counter-offer as what it changes: each step with what it means for the one who uses the data."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from xinfu.odrl import Policy, change_lines, difference, read
from xinfu.odrl.model.policy import AtomicConstraint, Logic, LogicalConstraint, Permission, PolicyKind
from xinfu.odrl.short import form


def c(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


OFFER: dict[str, Any] = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                c("count", "lteq", "3"),
                c("dateTime", "lteq", "2026-12-31T00:00:00Z"),
                c("delayPeriod", "gteq", "P1D"),
                c("spatial", "isPartOf", "CN-HN"),
                c("fileFormat", "isAnyOf", ["text/csv", "text/html"]),
            ],
            "duty": [{"action": "delete", "constraint": [c("dateTime", "lteq", "2027-01-31T00:00:00Z")]}],
        }
    ],
    "prohibition": [{"action": "distribute"}],
    "conflict": "prohibit",
}


def rule(document: dict[str, Any]) -> dict[str, Any]:
    permission: dict[str, Any] = document["permission"][0]
    return permission


def at(document: dict[str, Any], place: int, **values: object) -> None:
    rule(document)["constraint"][place].update(values)


STEPS: dict[str, tuple[Callable[[dict[str, Any]], object], list[str], list[str]]] = {
    "nothing": (lambda d: rule(d)["constraint"].reverse(), [], []),
    "a purpose": (
        lambda d: rule(d)["constraint"].append(c("purpose", "eq", "research")),
        ["- adds: purpose is research (stricter)"],
        ["- 增加：目的为 research（更严）"],
    ),
    "columns": (
        lambda d: rule(d)["constraint"].append(c("dataField", "isAnyOf", ["a", "b"])),
        ["- adds: it covers only the columns a, b (stricter)"],
        ["- 增加：仅涉及列：a、b（更严）"],
    ),
    "rows": (
        lambda d: rule(d)["constraint"].append(c("valueExpression", "eq", "level >= 3")),
        ["- adds: it covers only rows with level >= 3 (stricter)"],
        ["- 增加：仅涉及满足 level >= 3 的行（更严）"],
    ),
    "more uses": (
        lambda d: at(d, 0, rightOperand="5"),
        ["- raises: 3 → 5 uses (looser)"],
        ["- 提高：3 → 5 次使用（更宽）"],
    ),
    "fewer uses": (
        lambda d: at(d, 0, operator="lt", rightOperand="3"),
        ["- lowers: 3 → 2 uses (stricter)"],
        ["- 降低：3 → 2 次使用（更严）"],
    ),
    "less time": (
        lambda d: at(d, 1, rightOperand="2026-06-30T00:00:00Z"),
        ["- shortens: 2026-12-31 00:00:00Z → 2026-06-30 00:00:00Z (time) (stricter)"],
        ["- 缩短：2026-12-31 00:00:00Z → 2026-06-30 00:00:00Z（时间）（更严）"],
    ),
    "a longer wait": (
        lambda d: at(d, 2, rightOperand="P7D"),
        ["- extends: 1 → 7 days (time since the agreement) (stricter)"],
        ["- 延长：1 → 7 天（协议达成后的时间）（更严）"],
    ),
    "a larger place": (
        lambda d: at(d, 3, rightOperand="CN"),
        ["- widens: place of use lies within CN-HN → place of use lies within CN (looser)"],
        ["- 放宽：使用地域在 CN-HN 之内 → 使用地域在 CN 之内（更宽）"],
    ),
    "one format of two": (
        lambda d: at(d, 4, operator="eq", rightOperand="text/csv"),
        ["- narrows: file format is one of text/csv, text/html → file format is text/csv (stricter)"],
        ["- 收窄：文件格式为以下之一：text/csv、text/html → 文件格式为 text/csv（更严）"],
    ),
    "another format": (
        lambda d: at(d, 4, operator="eq", rightOperand="text/xml"),
        ["- changes: file format is one of text/csv, text/html → file format is text/xml (other)"],
        ["- 更改：文件格式为以下之一：text/csv、text/html → 文件格式为 text/xml（其他变化）"],
    ),
    "no distribution any more": (
        lambda d: d.pop("prohibition"),
        ["- drops: Prohibited: distribution to third parties (looser)"],
        ["- 删去：禁止分发给第三方（更宽）"],
    ),
    "a prohibition of less": (
        lambda d: d["prohibition"][0].update(constraint=[c("purpose", "eq", "sale")]),
        ["- adds: purpose is sale (Prohibited: distribution to third parties) (looser)"],
        ["- 增加：目的为 sale（禁止分发给第三方）（更宽）"],
    ),
    "an earlier deletion": (
        lambda d: rule(d)["duty"][0].update(constraint=[c("dateTime", "lteq", "2027-01-07T00:00:00Z")]),
        ["- shortens: 2027-01-31 00:00:00Z → 2027-01-07 00:00:00Z (time), deletion (stricter)"],
        ["- 缩短：2027-01-31 00:00:00Z → 2027-01-07 00:00:00Z（时间），删除（更严）"],
    ),
    "no deletion": (
        lambda d: rule(d).pop("duty"),
        ["- drops: deletion (not later than 2027-01-31 00:00:00Z) (looser)"],
        ["- 删去：删除（不晚于 2027-01-31 00:00:00Z）（更宽）"],
    ),
    "one duty more": (
        lambda d: rule(d)["duty"].append({"action": "inform"}),
        ["- adds: notice (stricter)"],
        ["- 增加：告知（更严）"],
    ),
    "an action that is included": (
        lambda d: rule(d).update(action="read"),
        ["- changes: use → reading (stricter)"],
        ["- 更改：使用 → 读取（更严）"],
    ),
    "the permission wins": (
        lambda d: d.update(conflict="perm"),
        ["- changes: what counts where a permission meets a prohibition: prohibit → perm (looser)"],
        ["- 更改：允许与禁止冲突时的处理 prohibit → perm（更宽）"],
    ),
    "a key that nobody reads": (
        lambda d: d.update({"ex:k": 1}),
        ["- changes: what nobody reads (other)"],
        ["- 更改：无法读取的内容（其他变化）"],
    ),
    "a rule for another party": (
        lambda d: rule(d).update(assignee="did:x"),
        ["- changes: what the rule itself is about (other)"],
        ["- 更改：规则所针对的对象（其他变化）"],
    ),
    "a permission more": (
        lambda d: d["permission"].append({"action": "print"}),
        ["- adds: Permitted: printing (looser)"],
        ["- 增加：允许打印（更宽）"],
    ),
    "alternatives": (
        lambda d: rule(d)["constraint"].append({"or": [c("purpose", "eq", "a"), c("purpose", "eq", "b")]}),
        ["- adds: (at least one of: purpose is a; purpose is b) (stricter)"],
        ["- 增加：（满足其一即可：目的为 a；目的为 b）（更严）"],
    ),
}


@pytest.mark.parametrize(("change", "en", "zh"), STEPS.values(), ids=STEPS)
def test_a_counter_offer_is_told_by_what_it_changes(
    change: Callable[[dict[str, Any]], object], en: list[str], zh: list[str]
) -> None:
    document = copy.deepcopy(OFFER)
    change(document)
    changes = difference(read(OFFER), read(document))
    assert change_lines(changes, "en") == en
    assert change_lines(changes, "zh") == zh


@pytest.mark.parametrize(("change", "en", "zh"), STEPS.values(), ids=STEPS)
def test_the_way_back_means_the_opposite(
    change: Callable[[dict[str, Any]], object], en: list[str], zh: list[str]
) -> None:
    document = copy.deepcopy(OFFER)
    change(document)
    there = difference(read(OFFER), read(document))
    back = difference(read(document), read(OFFER))
    assert sorted(each.effect.opposite for each in back) == sorted(each.effect for each in there)


def test_a_shorter_delay_of_a_deletion_is_told_in_days() -> None:
    def owing(days: str) -> Policy:
        duty = {"action": "delete", "constraint": [c("delayPeriod", "gteq", days)]}
        return read({"permission": [{"action": "use", "duty": [duty]}]})

    changes = difference(owing("P30D"), owing("P7D"))
    en = "- shortens: 30 → 7 days (time since it was triggered), deletion (stricter)"
    assert change_lines(changes, "en") == [en]
    assert change_lines(changes, "zh") == ["- 缩短：30 → 7 天（触发后的时间），删除（更严）"]


def test_days_to_delete_are_told_in_days() -> None:
    def owing(days: str) -> Policy:
        duty = {"action": "delete", "constraint": [c("elapsedTime", "lteq", days)]}
        return read({"permission": [{"action": "use", "duty": [duty]}]})

    changes = difference(owing("P30D"), owing("P7D"))
    en = "- shortens: 30 → 7 days (time since the first use), deletion (stricter)"
    assert change_lines(changes, "en") == [en]
    assert change_lines(changes, "zh") == ["- 缩短：30 → 7 天（首次使用后的时间），删除（更严）"]


def test_a_step_is_a_value() -> None:
    document = copy.deepcopy(OFFER)
    at(document, 0, rightOperand="5")
    [only] = difference(read(OFFER), read(document))
    assert (only.kind, only.effect, only.rule, only.about) == ("raises", "looser", "permission[0]", "count")
    assert (only.before, only.after) == (("3",), ("5",))


def test_other_words_for_the_same_are_no_step() -> None:
    document = copy.deepcopy(OFFER)
    at(document, 0, operator="lt", rightOperand="4")
    assert difference(read(OFFER), read(document)) == ()


def test_a_policy_over_the_limits_is_not_walked() -> None:
    deep = LogicalConstraint(op=Logic.AND, parts=())
    for _ in range(1_000):
        deep = LogicalConstraint(op=Logic.OR, parts=(deep,))
    atoms = tuple(AtomicConstraint(left="purpose", operator="neq", right=f"p{i}") for i in range(10_000))
    for constraints in ((deep,), atoms):
        large = Policy(kind=PolicyKind.SET, permissions=(Permission(action="use", constraints=constraints),))
        [only] = difference(read(OFFER), large)
        assert only.effect == "other"


WINDOWS: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = {
    "a window more": (
        {"times": 3},
        {"times": "3/day"},
        [("looser", "changes: at most 3 uses in all → at most 3 uses a day")],
    ),
    "another window": (
        {"bytes": "1 GB/day"},
        {"bytes": "1 GB/week"},
        [("stricter", "changes: at most 1 GB of data a day → at most 1 GB of data a week")],
    ),
    "a window that does not lie in the other": (
        {"rows": "9/week"},
        {"rows": "9/month"},
        [("other", "changes: at most 9 rows a week → at most 9 rows a month")],
    ),
    "fewer in one window": ({"times": "3/day"}, {"times": "2/day"}, [("stricter", "lowers: 3 → 2 uses")]),
    "each in its own": (
        {"times": [100, "3/day"]},
        {"times": ["5/day", 50]},
        [("looser", "raises: 3 → 5 uses"), ("stricter", "lowers: 100 → 50 uses")],
    ),
    "a limit more": ({}, {"rows": "9/day"}, [("stricter", "adds: at most 9 rows a day")]),
}


@pytest.mark.parametrize(("before", "after", "expected"), WINDOWS.values(), ids=WINDOWS)
def test_what_is_counted_is_told_with_the_time_over_which(
    before: dict[str, Any], after: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    """A day is no condition beside the count: three uses a day are more than three uses, and not fewer."""
    old, new = (read(form.document(form.short(words))) for words in (before, after))
    assert [(each.effect.value, each.en) for each in difference(old, new)] == expected
