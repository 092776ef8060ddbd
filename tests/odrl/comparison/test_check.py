"""What is published can be judged; what cannot is refused by name."""

from typing import Any

import pytest

from xinfu.errors import InputError
from xinfu.odrl import PolicyKind, Registry, check, read
from xinfu.odrl.model.policy import Duty, Logic, LogicalConstraint, Permission, Policy


def c(left: str, operator: str, right: object, **more: object) -> dict[str, object]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def permit(*constraints: dict[str, object], **more: object) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints)}], **more}


GOOD = {
    "plain": permit(),
    "all operands": permit(
        c("dateTime", "lteq", "2026-12-31T23:59:59+08:00"),
        c("odrl:purpose", "isAnyOf", ["a", "b"]),
        c("spatial", "isPartOf", "CN"),
        c("recipient", "eq", "did:c"),
        c("assignee", "isNoneOf", ["did:x"]),
        c("membership", "eq", "active"),
        c("vc:MembershipCredential.memberOf", "eq", "urn:space:1"),
        c("EmployeeCredential.level", "gteq", "3"),
        c("count", "lteq", {"@value": 5, "@type": "xsd:integer"}),
        {"xone": [c("purpose", "eq", "a"), {"or": [c("purpose", "eq", "b"), c("purpose", "neq", "d")]}]},
    ),
    "a day with a zone": permit(c("dateTime", "lt", "2026-12-31+08:00")),
    "duties": {
        "permission": [
            {"action": "use", "duty": [{"action": "delete", "consequence": [{"action": "inform"}]}]}
        ],
        "prohibition": [{"action": "distribute", "remedy": [{"action": "delete"}]}],
        "obligation": [{"action": "inform"}],
    },
    "a duty that is due after a while": {
        "permission": [
            {"action": "use", "duty": [{"action": "delete", "constraint": [c("delayPeriod", "eq", "P30D")]}]}
        ]
    },
    "remarks": permit(**{"dct:title": "x", "rdfs:comment": "y"}),
    "core profile": permit(profile="http://www.w3.org/ns/odrl/2/core"),
    "a permission that wins": permit(prohibition=[{"action": "use"}], conflict="perm"),
    "one of two can open": {
        "permission": [{"action": "use", "constraint": [c("count", "lt", "1")]}, {"action": "read"}]
    },
}


@pytest.mark.parametrize("document", GOOD.values(), ids=GOOD)
def test_a_policy_that_can_be_judged_is_published(document: dict[str, Any]) -> None:
    check(read(document, kind=PolicyKind.OFFER))


REFUSED = [
    ("action-unknown", "ex:dance", "permission[0]", {"permission": [{"action": "ex:dance"}]}),
    ("action-unknown", "lease", "permission[0]", {"permission": [{"action": "lease"}]}),
    ("action-unknown", "ex:x", "prohibition[0]", permit(prohibition=[{"action": "ex:x"}])),
    ("action-unknown", "ex:x", "obligation[0]", permit(obligation=[{"action": "ex:x"}])),
    (
        "action-unknown",
        "ex:x",
        "permission[0].duty[0].consequence[0]",
        {
            "permission": [
                {"action": "use", "duty": [{"action": "delete", "consequence": [{"action": "ex:x"}]}]}
            ]
        },
    ),
    ("operand-unknown", "weather", "permission[0].constraint[0]", permit(c("weather", "eq", "x"))),
    (
        "operand-unknown",
        "https://w3id.org/edc/v0.0.1/ns/unheardOf",
        "permission[0].constraint[0]",
        permit(c("https://w3id.org/edc/v0.0.1/ns/unheardOf", "lteq", "contractAgreement+30d")),
    ),
    (
        "operand-unknown",
        "x",
        "permission[0].constraint[0].or[1].and[0]",
        permit({"or": [c("purpose", "eq", "a"), {"and": [c("x", "eq", "a")]}]}),
    ),
    (
        "operand-unknown",
        "x",
        "prohibition[0].constraint[0]",
        permit(prohibition=[{"action": "sell", "constraint": [c("x", "eq", "a")]}]),
    ),
    ("operator-unknown", "like", "permission[0].constraint[0]", permit(c("purpose", "like", "x"))),
    ("operator-unknown", "term-lteq", "permission[0].constraint[0]", permit(c("count", "term-lteq", "5"))),
    ("operator-unknown", "hasPart", "permission[0].constraint[0]", permit(c("dateTime", "hasPart", "x"))),
    ("operator-unknown", "lt", "permission[0].constraint[0]", permit(c("purpose", "lt", "x"))),
    ("operator-unknown", "eq", "permission[0].constraint[0]", permit(c("count", "eq", "5"))),
    (
        "value-unreadable",
        "2026-12-31",
        "permission[0].constraint[0]",
        permit(c("dateTime", "lt", "2026-12-31")),
    ),
    (
        "value-unreadable",
        "2026-12-31T00:00:00",
        "permission[0].constraint[0]",
        permit(c("dateTime", "lt", "2026-12-31T00:00:00")),
    ),
    ("value-unreadable", "soon", "permission[0].constraint[0]", permit(c("dateTime", "lt", "soon"))),
    ("value-unreadable", "-1", "permission[0].constraint[0]", permit(c("count", "lteq", "-1"))),
    ("value-unreadable", "9" * 65, "permission[0].constraint[0]", permit(c("count", "lteq", "9" * 65))),
    ("value-unreadable", "Atlantis", "permission[0].constraint[0]", permit(c("spatial", "eq", "Atlantis"))),
    ("value-unreadable", "2 values", "permission[0].constraint[0]", permit(c("purpose", "eq", ["a", "b"]))),
    ("value-unreadable", "high", "permission[0].constraint[0]", permit(c("vc:T.level", "gt", "high"))),
    ("key-unknown", "ex:k", "", permit(**{"ex:k": 1})),
    ("key-unknown", "inheritFrom", "", permit(inheritFrom="urn:x")),
    ("key-unknown", "conflict", "", permit(conflict="latest")),
    ("key-unknown", "ex:k", "permission[0]", {"permission": [{"action": "use", "ex:k": 1}]}),
    ("key-unknown", "unit", "permission[0].constraint[0]", permit(c("purpose", "eq", "a", unit="EUR"))),
    (
        "key-unknown",
        "rightOperand",
        "permission[0].constraint[0]",
        permit({"leftOperand": "purpose", "operator": "eq"}),
    ),
    (
        "key-unknown",
        "ex:k",
        "permission[0].constraint[0]",
        permit({"or": [c("purpose", "eq", "a")], "ex:k": 1}),
    ),
    ("profile-unknown", "https://example.org/p", "profile", permit(profile="https://example.org/p")),
    ("constraint-empty", "and", "permission[0].constraint[0]", permit({"and": []})),
    (
        "sequence-unknown",
        "andSequence",
        "permission[0].constraint[0]",
        permit({"andSequence": [c("purpose", "eq", "a")]}),
    ),
    (
        "duty-unavailable",
        "anonymize",
        "permission[0].duty[0]",
        {"permission": [{"action": "use", "duty": [{"action": "anonymize"}]}]},
    ),
]


@pytest.mark.parametrize(
    ("code", "name", "path", "document"), REFUSED, ids=[f"{row[0]}-{row[1][:20]}-{row[2]}" for row in REFUSED]
)
def test_what_nobody_can_judge_is_refused_by_name(
    code: str, name: str, path: str, document: dict[str, Any]
) -> None:
    with pytest.raises(InputError) as refused:
        check(read(document))
    assert (refused.value.code, refused.value.facts) == (f"policy.{code}", {"path": path, "name": name})
    assert name in refused.value.sentence("en")
    assert name in refused.value.sentence("zh")


def test_a_word_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(InputError) as refused:
        check(read(permit(c("porpose", "eq", "a"))))
    assert refused.value.help_en == 'Did you mean "purpose"?'


NEVER = {
    "no rule": {},
    "only a prohibition": {"prohibition": [{"action": "sell"}]},
    "only an obligation": {"obligation": [{"action": "inform"}]},
    "an end before the beginning": permit(
        c("dateTime", "gteq", "2026-02-01T00:00:00Z"), c("dateTime", "lt", "2026-02-01T08:00:00+08:00")
    ),
    "two purposes at once": permit(c("purpose", "eq", "a"), c("purpose", "isAnyOf", ["b", "c"])),
    "a purpose and not it": permit(c("purpose", "eq", "a"), c("purpose", "isNoneOf", ["a", "b"])),
    "two places at once": permit(c("spatial", "eq", "CN-HN"), c("spatial", "isPartOf", "CN-BJ")),
    "two parties at once": permit(c("recipient", "eq", "did:a"), c("assignee", "eq", "did:b")),
    "no use at all": permit(c("count", "lt", "1")),
    "no value at all": permit(c("purpose", "isAnyOf", [])),
    "every way is closed": permit(
        {"or": [c("purpose", "eq", "a"), c("purpose", "eq", "b")]}, {"or": [c("purpose", "eq", "x")]}
    ),
    "barred for ever": permit(prohibition=[{"action": "use"}], conflict="prohibit"),
    "void for ever": permit(prohibition=[{"action": "use"}]),
    "barred by what includes it": {"permission": [{"action": "read"}], "prohibition": [{"action": "use"}]},
}


@pytest.mark.parametrize("document", NEVER.values(), ids=NEVER)
def test_a_policy_that_can_never_open_anything_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InputError) as refused:
        check(read(document))
    assert refused.value.code == "policy.permits-nothing"


def test_a_policy_that_was_built_too_large_is_refused() -> None:
    deep = LogicalConstraint(op=Logic.AND, parts=())
    for _ in range(5000):
        deep = LogicalConstraint(op=Logic.OR, parts=(deep,))
    wide = tuple(Permission(action="use") for _ in range(1001))
    duty = Duty(action="delete")
    for _ in range(40):
        duty = Duty(action="delete", consequences=(duty,))
    for policy in (
        Policy(kind=PolicyKind.SET, permissions=(Permission(action="use", constraints=(deep,)),)),
        Policy(kind=PolicyKind.SET, permissions=wide),
        Policy(kind=PolicyKind.SET, obligations=(duty,)),
    ):
        with pytest.raises(InputError) as refused:
            check(policy)
        assert refused.value.code == "policy.too-large"


def test_what_a_node_can_do_to_data_may_be_asked_of_it() -> None:
    document = {"permission": [{"action": "use", "duty": [{"action": "anonymize"}]}]}
    check(read(document), registry=Registry(transforms=frozenset({"anonymize"})))


CLASHES = {
    "two purposes": (
        permit(c("count", "lteq", "3"), c("purpose", "eq", "a"), c("spatial", "eq", "CN"), c("purpose", "eq", "b")),
        ["permission[0].constraint[1]", "permission[0].constraint[3]"],
        "purpose is a; purpose is b",
    ),
    "an end before the beginning": (
        permit(c("dateTime", "lt", "2026-01-01T00:00:00Z"), c("dateTime", "gteq", "2026-02-01T00:00:00Z")),
        ["permission[0].constraint[0]", "permission[0].constraint[1]"],
        "before 2026-01-01 00:00:00Z; not before 2026-02-01 00:00:00Z",
    ),
    "no use at all": (permit(c("count", "lt", "1")), ["permission[0].constraint[0]"], "at most 0 uses"),
    "a prohibition": (permit(prohibition=[{"action": "use"}]), ["prohibition[0]"], "prohibition[0]"),
}  # fmt: skip


@pytest.mark.parametrize(("document", "parts", "said"), CLASHES.values(), ids=CLASHES)
def test_what_contradicts_itself_is_named(document: dict[str, Any], parts: list[str], said: str) -> None:
    with pytest.raises(InputError) as refused:
        check(read(document))
    assert refused.value.code == "policy.permits-nothing"
    assert refused.value.facts["clash"].split() == parts
    assert said in refused.value.sentence("en")
    assert all(part in refused.value.sentence("zh") for part in parts)


def test_a_permission_that_is_barred_wholly_is_refused_beside_one_that_is_not() -> None:
    document = {
        "permission": [{"action": "print"}, {"action": "read", "constraint": [c("purpose", "eq", "a")]}],
        "prohibition": [
            {"action": "sell"},
            {"action": "read", "constraint": [c("purpose", "isAnyOf", ["a", "b"])]},
        ],
        "conflict": "prohibit",
    }
    with pytest.raises(InputError) as refused:
        check(read(document))
    assert refused.value.code == "policy.conflicting"
    assert refused.value.facts["clash"] == "permission[1] prohibition[1]"
    check(read({**document, "conflict": "perm"}))
    check(read({**document, "prohibition": [{"action": "read", "constraint": [c("purpose", "eq", "b")]}]}))
