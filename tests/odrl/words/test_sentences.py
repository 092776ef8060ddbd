"""Rules as sentences, and how far each is enforced."""

from typing import Any, Final

import pytest

from xinfu import odrl
from xinfu.odrl import Control, PolicyKind, levels, read, sentences
from xinfu.odrl.values.terms import KNOWN_ACTIONS


def c(left: str, operator: str, right: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


POLICY: dict[str, Any] = {
    "permission": [
        {
            "action": "use",
            "constraint": [
                c("purpose", "isAnyOf", ["alert", "research"]),
                c("dateTime", "lteq", "2026-12-31T23:59:59+08:00"),
                {"or": [c("membership", "eq", "active"), c("spatial", "isPartOf", "CN-HN")]},
                c("count", "lt", "11"),
            ],
            "duty": [{"action": "delete"}, {"action": "attribute"}],
        }
    ],
    "prohibition": [{"action": "distribute", "constraint": [c("recipient", "neq", "did:web:a")]}],
    "obligation": [{"action": "inform", "consequence": [{"action": "compensate"}]}],
    "conflict": "prohibit",
}


def test_each_rule_is_one_sentence_in_english() -> None:
    assert sentences(read(POLICY), "en") == [
        (
            "Permitted: use, provided that purpose is one of alert, research; not later than 2026-12-31 "
            "23:59:59+08:00; (at least one of: the user holds a valid membership credential; place of use lies "
            "within CN-HN); at most 10 uses in all; with the duty of deletion, naming of the source."
        ),
        "Prohibited: distribution to third parties, where recipient is not did:web:a.",
        "Obligation: notice (if not done, also the duty of payment).",
        "Where a permission and a prohibition meet, the prohibition wins.",
    ]


def test_each_rule_is_one_sentence_in_chinese() -> None:
    assert sentences(read(POLICY), "zh") == [
        (
            "允许使用，条件是：目的为以下之一：alert、research；不晚于 2026-12-31 23:59:59+08:00；"
            "（满足其一即可：使用方持有有效的成员资格凭证；使用地域在 CN-HN 之内）；合计最多使用 10 次；"
            "同时必须：删除、注明来源。"
        ),
        "禁止分发给第三方，适用情形：接收方不为 did:web:a。",
        "义务：告知（未履行时还必须：支付费用）。",
        "允许与禁止冲突时，以禁止为准。",
    ]


def test_what_nobody_can_judge_is_said_as_such() -> None:
    document = {
        "permission": [{"action": "use", "ex:k": 1, "constraint": [c("weather", "eq", "rain")]}],
        "prohibition": [{"action": "ex:dance"}],
        "profile": "https://example.org/p",
    }
    assert sentences(read(document), "en") == [
        (
            "Permitted: use, provided that a constraint that cannot be judged (weather eq rain); it holds what this "
            "node cannot judge (ex:k), so it never opens anything."
        ),
        "Prohibited: ex:dance; it holds what this node cannot judge (ex:dance), so it always counts as holding.",
        "Where a permission and a prohibition meet, the whole policy is void and permits nothing.",
        "The policy holds what this node cannot judge (https://example.org/p), so it never opens anything.",
    ]


def test_a_policy_without_permission_says_that_it_permits_nothing() -> None:
    assert sentences(read({}), "en") == ["This policy permits nothing."]


@pytest.mark.parametrize("action", sorted(KNOWN_ACTIONS))
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_action_can_be_said(action: str, language: str) -> None:
    (said,) = sentences(read({"permission": [{"action": action}]}), language)
    assert "?" not in said


@pytest.mark.parametrize(
    ("rule", "level"),
    [
        ({"action": "use"}, Control.PROVIDER),
        ({"action": "use", "constraint": [c("dateTime", "lt", "2027-01-01Z")]}, Control.PROVIDER),
        ({"action": "use", "constraint": [c("membership", "eq", "active")]}, Control.PROVIDER),
        ({"action": "use", "constraint": [c("purpose", "eq", "a")]}, Control.CONTRACT),
        ({"action": "use", "constraint": [{"or": [c("percentage", "eq", "50")]}]}, Control.CLOSED),
        ({"action": "use", "constraint": [c("spatial", "eq", "CN")]}, Control.CONTRACT),
        ({"action": "download", "constraint": [c("virtualLocation", "eq", "10.0.0.1")]}, Control.PROVIDER),
        ({"action": "use", "constraint": [c("weather", "eq", "a")]}, Control.CLOSED),
        ({"action": "derive"}, Control.CONTRACT),
        ({"action": "distribute"}, Control.CONTRACT),
    ],
)
@pytest.mark.parametrize("kind", ["permission", "prohibition"])
def test_a_rule_is_as_strong_as_its_weakest_part(kind: str, rule: dict[str, object], level: Control) -> None:
    assert [found.level for found in levels(read({kind: [rule]}))] == [level]


def test_duties_are_promises_but_for_those_that_come_first() -> None:
    document = {
        "permission": [{"action": "use", "duty": [{"action": "delete"}, {"action": "compensate"}]}],
        "obligation": [{"action": "inform"}],
    }
    found = {one.rule: one.level for one in levels(read(document))}
    assert found == {
        "permission[0]": Control.PROVIDER,
        "permission[0].duty[0]": Control.CONTRACT,
        "permission[0].duty[1]": Control.PROVIDER,
        "obligation[0]": Control.CONTRACT,
    }


def test_a_level_says_its_name_and_its_reason_in_both_languages() -> None:
    (found,) = levels(read({"permission": [{"action": "use", "constraint": [c("purpose", "eq", "a")]}]}))
    assert (found.name("zh"), found.name("en")) == ("仅合约约束", "by contract only")
    assert found.zh.startswith("目的由使用方")
    assert found.en.startswith("purpose is stated by the user")


def counted(*constraints: dict[str, Any]) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}]}


def limit(left: str, right: str, operator: str = "lteq", **more: str) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


DAY = limit("timeWindow", "P1D", "eq")


@pytest.mark.parametrize(
    ("document", "en", "zh"),
    [
        (counted(limit("count", "100"), DAY), "at most 100 uses a day", "每日最多使用 100 次"),
        (counted(limit("rows", "9", "lt")), "at most 8 rows in all", "合计最多读取 8 条记录"),
        (counted(limit("bytes", "10 GB")), "at most 10 GB of data in all", "合计最多传输 10 GB 数据"),
        (
            counted(limit("dataSize", "10", unit="GiB")),
            "at most 10 GiB of data in all",
            "合计最多传输 10 GiB 数据",
        ),
        (
            counted(limit("bytes", "5", "lt")),
            "less than 5 bytes of data in all",
            "合计传输数据少于 5 字节",
        ),
        (counted(limit("frequency", "5", unit="hour")), "at most 5 uses an hour", "每小时最多使用 5 次"),
        (
            counted(limit("count", "5"), limit("unitOfCount", "participant", "eq")),
            "at most 5 uses in all (counted over all agreements of the participant)",
            "合计最多使用 5 次（同一参与方的各份协议合并计数）",
        ),
        (
            counted({"and": [limit("count", "5"), DAY]}, limit("count", "50")),
            "at most 5 uses a day; at most 50 uses in all",
            "每日最多使用 5 次；合计最多使用 50 次",
        ),
        (
            counted(limit("payAmount", "100", "eq", unit="CNY")),
            "amount paid is 100 CNY",
            "交易金额为 100 CNY",
        ),
        (counted(DAY), "time window is P1D", "时间窗口为 P1D"),
    ],
)
def test_what_is_counted_says_over_which_time_and_for_whom(
    document: dict[str, Any], en: str, zh: str
) -> None:
    assert en in sentences(read(document), "en")[0]
    assert zh in sentences(read(document), "zh")[0]


def test_a_delay_of_a_duty_is_counted_from_what_triggers_it() -> None:
    delay = {"leftOperand": "delayPeriod", "operator": "eq", "rightOperand": "P30D"}
    policy = read({"permission": [{"action": "use", "duty": [{"action": "delete", "constraint": [delay]}]}]})
    assert "deletion (due 30 days after it is triggered)" in sentences(policy, "en")[0]
    assert "删除（触发满 30 天 后到期）" in sentences(policy, "zh")[0]


def test_what_is_done_to_data_is_told_as_such() -> None:
    fields = {"leftOperand": "dataField", "operator": "isAnyOf", "rightOperand": ["a", "b"]}
    rows = {"leftOperand": "valueExpression", "operator": "eq", "rightOperand": "a = 1"}
    hiding = {"action": {"rdf:value": {"@id": "odrl:anonymize"}, "refinement": [fields]}}
    policy = read({"permission": [{"action": "use", "constraint": [fields, rows], "duty": [hiding]}]})
    (said,) = sentences(policy, "en")
    assert "provided that it covers only the columns a, b; it covers only rows with a = 1" in said
    assert "anonymization (it covers only the columns a, b)" in said
    assert "仅涉及列：a、b；仅涉及满足 a = 1 的行" in sentences(policy, "zh")[0]
    assert [each.level for each in levels(policy)] == [Control.PROVIDER, Control.PROVIDER]


def _said(language: str, **document: object) -> list[str]:
    return odrl.sentences(odrl.read({"@type": "Set", **document}, kind=PolicyKind.SET), language)


PAYMENT: Final[dict[str, object]] = {"action": "compensate", "consequence": [{"action": "delete"}]}
CONSENT: Final[dict[str, object]] = {"action": "obtainConsent"}


def test_a_second_duty_is_told_apart_from_a_consequence_of_the_first() -> None:
    beside: dict[str, object] = {"action": "use", "duty": [PAYMENT, CONSENT]}
    within: dict[str, object] = {
        "action": "use",
        "duty": [PAYMENT | {"consequence": [{"action": "delete"}, CONSENT]}],
    }
    assert _said("en", permission=[beside]) == [
        "Permitted: use; with the duty of payment (if not done, also the duty of deletion), consent."
    ]
    assert _said("zh", permission=[beside]) == [
        "允许使用；同时必须：支付费用（未履行时还必须：删除）、取得同意。"
    ]
    for language in ("en", "zh"):
        assert _said(language, permission=[beside]) != _said(language, permission=[within])


def test_a_duty_before_or_after_the_use_says_so() -> None:
    for operator, en, zh in (("lt", "before the use", "在使用之前"), ("gt", "after the use", "在使用之后")):
        event = {"leftOperand": "event", "operator": operator, "rightOperand": "odrl:policyUsage"}
        rule = {"action": "use", "duty": [{"action": "inform", "constraint": [event]}]}
        assert _said("en", permission=[rule]) == [f"Permitted: use; with the duty of notice ({en})."]
        assert _said("zh", permission=[rule]) == [f"允许使用；同时必须：告知（{zh}）。"]


def test_whom_and_what_a_whole_policy_is_about_is_told() -> None:
    rules: dict[str, object] = {"permission": [{"action": "use"}], "assignee": "did:web:b.example"}
    assert _said("en", **rules) == ["Permitted: use.", "All of this is for did:web:b.example only."]
    assert _said("zh", target="urn:d:1", **rules)[-1] == "以上内容仅适用于did:web:b.example、urn:d:1。"


def test_a_collection_is_told_apart_from_one_party() -> None:
    group = {"@type": "PartyCollection", "uid": "did:a"}
    one, all_ = (
        _said(
            "en", permission=[{"action": "use", "assignee": each}, {"action": "read", "assignee": "did:b"}]
        )[0]
        for each in ("did:a", group)
    )
    assert one == "Permitted: use (for did:a only)."
    assert all_ == "Permitted: use (for members of did:a only)."


def test_a_whole_day_is_no_moment() -> None:
    day = {"leftOperand": "dateTime", "operator": "eq", "rightOperand": "2025-12-31-05:00"}
    rule = {"action": "use", "constraint": [day]}
    assert _said("en", permission=[rule]) == ["Permitted: use, provided that on 2025-12-31-05:00."]
    assert _said("zh", permission=[rule]) == ["允许使用，条件是：在 2025-12-31-05:00 当天。"]
