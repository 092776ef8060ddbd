"""Policies in a few words: what they say in ODRL, and the way back."""

import inspect
import tomllib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.docs.words import EXAMPLES

from xinfu import odrl
from xinfu.cli.policy.words import as_toml
from xinfu.client import policy as in_python
from xinfu.errors import InputError
from xinfu.odrl.model.policy import PolicyKind
from xinfu.odrl.model.situation import Situation
from xinfu.odrl.short.form import Short, beside, document, policy_of, short, shorten, unsaid
from xinfu.odrl.short.words import WORDS
from xinfu.odrl.values.sorts import read_moment
from xinfu.verdict import Verdict

LAWS = settings(deadline=None, max_examples=200)
NAMES = st.text(st.characters(categories=["L", "Nd", "Po"], exclude_characters=","), min_size=1, max_size=8)
LISTS = st.lists(NAMES, min_size=1, max_size=3, unique=True)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
).map(datetime.isoformat)
LENGTHS = st.builds(
    "{}{}".format, st.integers(1, 999), st.sampled_from(["s", "min", "h", "d", "w", "mo", "y"])
) | st.sampled_from(["P1DT2H", "PT1.5S", "P030D", "PT90M"])
WINDOWS = ["", "/minute", "/hour", "/day", "/week", "/month", "/year", "/participant", "/day/participant"]


def limited(amounts: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One limit or two."""
    one = st.builds("{}{}".format, amounts, st.sampled_from(WINDOWS))
    return one | st.lists(one, min_size=1, max_size=2)


WHOLE = st.integers(1, 10**9)
SIZES = st.builds("{}{}".format, WHOLE, st.sampled_from(["", " B", "kB", " GB", "GiB"]))
CLAIMS = st.sampled_from(["MembershipCredential.industry", "vc:UsagePurposeCredential", "vc:T.a.b"])
NO_NAMES = {"true", "false", "yes", "no", "on", "off", "y", "n", "active"}
"""What `members` cannot take as the name of a class: it refuses these words, or takes them for every member."""
GIVEN: Mapping[str, st.SearchStrategy[Any]] = {
    "purpose": LISTS | NAMES,
    "members": st.just(True) | NAMES.filter(lambda name: name.lower() not in NO_NAMES),
    "recipients": LISTS.map(lambda names: [f"did:web:x{i}.example" for i, _ in enumerate(names)]),
    "roles": LISTS,
    "claims": st.dictionaries(CLAIMS, LISTS | NAMES | st.just(True), min_size=1, max_size=2),
    "not_before": MOMENTS,
    "until": MOMENTS | st.just("2030-01-01+08:00"),
    "within": LENGTHS,
    "apart": LENGTHS,
    "times": limited(WHOLE) | WHOLE,
    "bytes": limited(SIZES) | WHOLE,
    "rows": limited(WHOLE),
    "in_use": limited(LENGTHS),
    "spatial": st.lists(
        st.sampled_from(["CN-HN", "CN-GD", "DE", "430200"]), min_size=1, max_size=2, unique=True
    ),
    "vault": st.just(True),
    "filed": st.just(True),
    "columns": LISTS,
    "where": st.lists(
        st.sampled_from(["a = 1", "city in ('长沙')", "a"]), min_size=1, max_size=2, unique=True
    ),
    "mask": LISTS,
    "anonymize": LISTS,
    "coarser": st.lists(
        st.builds("{}={}".format, NAMES, st.sampled_from(["0.01", "100", "1h", "PT1H30M", "7d"])),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    "pay": st.lists(
        st.builds(
            "{} CNY{}".format,
            st.sampled_from(["0", "1.50", "100"]),
            st.sampled_from(["", "/use", "/month", "/participant", "/year/participant"]),
        ),
        min_size=1,
        max_size=2,
        unique=True,
    ),
    "consent": st.just(True),
    "delete_after": LENGTHS | st.just("end"),
    "notify": LENGTHS | st.just(True),
    "report": LENGTHS | st.just(True),
    "attribute": LENGTHS | st.just(True),
    "prohibit": st.lists(
        st.sampled_from(["distribute", "sell", "modify"]), min_size=1, max_size=2, unique=True
    ),
    "conflict": st.sampled_from([each.value for each in odrl.Conflict]),
    "zone": st.sampled_from(["UTC", "+08:00"]),
}
SHORTS = st.fixed_dictionaries({}, optional=dict(GIVEN)).map(short)


def test_the_table_the_struct_and_the_arguments_in_python_have_the_same_words() -> None:
    assert set(WORDS) == set(Short.__struct_fields__) == set(GIVEN) == set(EXAMPLES)
    assert list(inspect.signature(in_python).parameters) == list(Short.__struct_fields__)


@LAWS
@given(SHORTS)
def test_words_become_rules_and_rules_the_same_words_again(said: Short) -> None:
    policy = odrl.read(document(said))
    assert (unsaid(policy), beside(policy)) == ((), {})
    assert shorten(policy) == said


@LAWS
@given(SHORTS)
def test_words_of_a_file_are_read_as_they_were_given(said: Short) -> None:
    assert short(said.words()) == said
    assert short(tomllib.loads(as_toml(said.words()))) == said


@pytest.mark.parametrize("word", WORDS)
def test_every_word_can_be_judged_and_said(word: str) -> None:
    words = {word: EXAMPLES[word], **({"prohibit": ["sell"], "purpose": "x"} if word == "conflict" else {})}
    policy = odrl.read(document(short(words)))
    odrl.check(policy)
    for language in ("zh", "en"):
        said = " ".join(odrl.sentences(policy, language))
        assert "cannot be judged" not in said
        assert "无法判定" not in said
        assert "P30D" not in said
    assert all(level.level != "closed" for level in odrl.levels(policy) if word not in ("spatial", "pay"))


@pytest.mark.parametrize("word", WORDS)
def test_python_and_a_file_say_the_same(word: str) -> None:
    given: dict[str, Any] = {word: EXAMPLES[word]}
    assert in_python(**given) == document(short({word: EXAMPLES[word]}))


SENTENCES = {
    "delete_after": (
        "删除（首次使用后的时间不超过 30 天）",
        "deletion (time since the first use is at most 30 days)",
    ),
    "times": ("每日最多使用 3 次", "at most 3 uses a day"),
    "bytes": ("每日最多传输 10 GB 数据", "at most 10 GB of data a day"),
    "rows": ("每月最多读取 10000 条记录（同一参与方的各份协议合并计数）", "at most 10000 rows a month"),
    "in_use": ("每周最多使用 10 小时", "at most 10 hours of use a week"),
    "vault": ("仅限在受控存储内使用", "it is used in a vault only"),
    "mask": ("脱敏", "masking (it covers only the columns name)"),
    "coarser": ("分辨率不细于 0.01", "at a resolution of 0.01 or coarser"),
    "zone": ("东八区", "UTC+08:00"),
}


@pytest.mark.parametrize("word", SENTENCES)
def test_words_are_said_in_plain_sentences(word: str) -> None:
    policy = odrl.read(document(short({word: EXAMPLES[word]})))
    for language, part in zip(("zh", "en"), SENTENCES[word], strict=True):
        said = " ".join(odrl.sentences(policy, language))
        assert part in said


def c(left: str, operator: str, right: object, **more: object) -> dict[str, Any]:
    return {"leftOperand": left, "operator": operator, "rightOperand": right, **more}


def use(*constraints: object, **more: object) -> dict[str, Any]:
    return {"permission": [{"action": "use", "constraint": list(constraints), **more}]}


UNSAID: Mapping[str, tuple[dict[str, Any], str]] = {
    "two permissions": ({"permission": [{"action": "use"}, {"action": "read"}]}, "permission"),
    "another action": ({"permission": [{"action": "read"}]}, "policy"),
    "a consequence": (
        use(duty=[{"action": "delete", "consequence": [{"action": "compensate"}]}]),
        "permission[0].duty[0]",
    ),
    "an obligation": ({"obligation": [{"action": "inform"}]}, "obligation[0]"),
    "a profile": ({"profile": "https://x.example"}, "profile"),
    "isA": (use(c("purpose", "isA", "health")), "permission[0].constraint[0]"),
    "both purposes": (
        use(c("purpose", "eq", "health"), c("purpose", "eq", "research")),
        "permission[0].constraint[1]",
    ),
    "a remark": ({"dct:title": "air"}, "policy"),
    "fewer than": (use(c("count", "lt", "3")), "permission[0].constraint[0]"),
    "two windows": (
        use({"and": [c("count", "lteq", "3"), c("timeWindow", "eq", "P1D"), c("timeWindow", "eq", "P7D")]}),
        "permission[0].constraint[0]",
    ),
    "a region or a purpose": (
        use({"or": [c("spatial", "isPartOf", "CN"), c("purpose", "eq", "x")]}),
        "permission[0].constraint[0]",
    ),
    "a remedy": (
        {"prohibition": [{"action": "sell", "remedy": [{"action": "compensate"}]}]},
        "prohibition[0]",
    ),
    "a prohibition with a condition": (
        {"prohibition": [{"action": "sell", "constraint": [c("purpose", "eq", "x")]}]},
        "prohibition[0]",
    ),
}


@pytest.mark.parametrize(("more", "where"), UNSAID.values(), ids=UNSAID)
def test_what_words_cannot_say_has_no_words_and_it_is_told_where(more: dict[str, Any], where: str) -> None:
    policy = odrl.read({"@type": "Set", "permission": [{"action": "use"}], **more})
    assert shorten(policy) is None
    assert unsaid(policy) == (where,)


@pytest.mark.parametrize("given", ["2030-01-01", date(2030, 1, 1)])
@pytest.mark.parametrize(
    ("zone", "offset"), [({}, "Z"), ({"zone": "UTC"}, "Z"), ({"zone": "+08:00"}, "+08:00")]
)
def test_a_day_is_the_whole_day_by_the_clock_of_the_policy(
    given: object, zone: dict[str, str], offset: str
) -> None:
    said = short({"not_before": given, "until": given, **zone})
    assert (said.not_before, said.until) == (f"2030-01-01{offset}",) * 2
    day = read_moment(f"2030-01-01{offset}")
    assert day is not None
    program = odrl.compile(replace(policy_of(said), kind=PolicyKind.AGREEMENT))
    tick = timedelta(microseconds=1)
    moments = [day.start - tick, day.start, day.end - tick, day.end]
    verdicts = [odrl.evaluate(program, Situation(now=each, action="use")).verdict for each in moments]
    assert verdicts == [Verdict.NO, Verdict.YES, Verdict.YES, Verdict.NO]


def test_a_window_is_the_same_in_any_spelling() -> None:
    spellings = [
        use(c("count", "lteq", "3", unit="day")),
        use({"and": [c("count", "lteq", "3"), c("unitOfCount", "eq", "day")]}),
        use({"and": [c("timeWindow", "eq", "P1D"), c("count", "lteq", "3")]}),
        use(c("timeWindow", "eq", "P1D"), c("count", "lteq", "3")),
    ]
    assert {str(shorten(odrl.read(each))) for each in spellings} == {str(short({"times": "3/day"}))}


def test_one_window_of_all_limits_can_be_said_in_a_contract() -> None:
    """TC609 knows no `and`: the window stands beside what is counted."""
    policy = odrl.read(document(short({"times": "3/day", "bytes": "10 GB/day", "within": "30d"})))
    assert [
        each.left for each in policy.permissions[0].constraints if isinstance(each, odrl.AtomicConstraint)
    ] == [
        "elapsedTime",
        "count",
        "bytes",
        "timeWindow",
    ]
    assert shorten(policy) == short({"times": "3/day", "bytes": "10 GB/day", "within": "30d"})


def test_what_stands_beside_the_rules_is_told() -> None:
    policy = odrl.read({"@id": "urn:p", "@type": "Offer", "target": "urn:air", **use()})
    assert shorten(policy) == Short()
    assert beside(policy) == {"id": "urn:p", "target": "urn:air", "kind": "Offer"}


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"purposes": ["x"]}, "policy.word", 'Did you mean "purpose"?'),
    ({"delete-after": "30d"}, "policy.word", 'Did you mean "delete_after"?'),
    ({"x" * 10_000: 1}, "policy.word", "The words are"),
    ({"times": "often"}, "policy.word", "a whole number"),
    ({"times": 2.5}, "policy.word", "a whole number"),
    ({"times": float("nan")}, "policy.word", "a whole number"),
    ({"times": float("inf")}, "policy.word", "a whole number"),
    ({"times": True}, "policy.word", "a whole number"),
    ({"times": 10**6000}, "policy.word", "a whole number"),
    ({"times": 10**70}, "policy.word", "a whole number"),
    ({"times": "3/fortnight"}, "policy.unit", "over a minute, hour, day"),
    ({"times": "3/day/week"}, "policy.unit", "over a minute, hour, day"),
    ({"times": 0}, "policy.times", ""),
    ({"times": -1}, "policy.word", "a whole number"),
    ({"rows": "0/day"}, "policy.times", ""),
    ({"bytes": "10G"}, "policy.unit", "10 GB or 10 GiB"),
    ({"coarser": "lat"}, "policy.unit", "lat=0.01 or at=1h"),
    ({"coarser": "lat=0"}, "policy.unit", "lat=0.01 or at=1h"),
    ({"coarser": ["at=6mo"]}, "policy.unit", "lat=0.01 or at=1h"),
    ({"coarser": "=1"}, "policy.unit", "lat=0.01 or at=1h"),
    ({"bytes": "10 GBit"}, "policy.unit", "10 GB or 10 GiB"),
    ({"bytes": 0}, "policy.unit", "10 GB or 10 GiB"),
    ({"in_use": "10"}, "policy.unit", "a length of time"),
    ({"delete_after": 30}, "policy.unit", "a length of time"),
    ({"delete_after": "30"}, "policy.unit", "a length of time"),
    ({"delete_after": "30m"}, "policy.unit", "90min or 6mo"),
    ({"delete_after": "-30d"}, "policy.unit", "a length of time"),
    ({"delete_after": "٣٠d"}, "policy.unit", "a length of time"),
    ({"delete_after": [1]}, "policy.word", "a text"),
    ({"pay": "100"}, "policy.unit", "its currency"),
    ({"pay": "2 CNY/read"}, "policy.unit", "2.00 CNY/use"),
    ({"pay": "2 CNY/use/day"}, "policy.unit", "2.00 CNY/use"),
    ({"pay": "NaN CNY"}, "policy.unit", "its currency"),
    ({"pay": "1e9 CNY"}, "policy.unit", "its currency"),
    ({"until": datetime(2030, 1, 1)}, "policy.moment", "2026-12-31T23:59:59+08:00"),
    ({"until": "2030-02-30"}, "policy.moment", "2026-12-31T23:59:59+08:00"),
    ({"until": "2030-01-01T00:00:00"}, "policy.moment", "2026-12-31T23:59:59+08:00"),
    ({"until": "tomorrow"}, "policy.moment", "2026-12-31T23:59:59+08:00"),
    ({"until": 1893456000}, "policy.moment", "2026-12-31T23:59:59+08:00"),
    ({"purpose": [1]}, "policy.word", "list of texts"),
    ({"purpose": ""}, "policy.word", "list of texts"),
    ({"members": 1}, "policy.word", "true or false"),
    ({"vault": "yes"}, "policy.word", "true or false"),
    ({"claims": {"industry": "C35"}}, "policy.word", "TYPE.claim"),
    ({"claims": {"MembershipCredential.role": "x"}}, "policy.word", '"roles"'),
    ({"conflict": "maybe"}, "policy.word", "perm"),
    ({"zone": "Asia/Shanghai"}, "policy.word", "+08:00"),
]


@pytest.mark.parametrize(
    ("words", "code", "help_"), REFUSED, ids=[f"{each[1]}-{i}" for i, each in enumerate(REFUSED)]
)
def test_a_word_that_is_none_is_refused_with_what_would_be_right(
    words: dict[str, Any], code: str, help_: str
) -> None:
    with pytest.raises(InputError) as caught:
        short(words)
    assert caught.value.code == code
    assert help_ in caught.value.help_en
    assert len(str(caught.value)) < 300


def test_a_file_of_texts_says_the_same() -> None:
    assert short({"times": "3", "members": "true", "purpose": "research"}) == Short(
        times=("3",), members=True, purpose=("research",)
    )


@pytest.mark.parametrize(("key", "expected"), [("vc:FrameworkAgreement", "active"), ("vc:T.flag", "true")])
def test_true_says_the_same_as_a_truth_and_as_a_text(key: str, expected: str) -> None:
    found = [document(short({"claims": {key: given}})) for given in (True, "true")]
    assert found[0] == found[1]
    assert odrl.read(found[0]).permissions[0].constraints[0].right == expected  # type: ignore[union-attr]


@pytest.mark.parametrize("given", ["yes", "no", "on", "off", "True", "NO"])
def test_other_words_for_true_are_no_name_of_a_space(given: str) -> None:
    with pytest.raises(InputError) as caught:
        short({"members": given})
    assert caught.value.code == "policy.word"
