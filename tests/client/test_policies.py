"""Policies in short words: what they say in ODRL, held against the engine that will judge them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from xinfu import odrl
from xinfu.client import policy
from xinfu.errors import InputError

WORDS: list[dict[str, Any]] = [
    {},
    {"purpose": ["research"]},
    {"purpose": ["research", "health"]},
    {"until": "2030-01-01T00:00:00+08:00", "not_before": datetime(2026, 1, 1, tzinfo=UTC)},
    {"times": 3},
    {"members": True},
    {"members": "space-1"},
    {"recipients": ["did:web:a.example", "did:web:b.example"]},
    {"spatial": ["CN-HN"]},
    {"spatial": ["CN-HN", "CN-GD"]},
    {"prohibit": ["distribute"], "purpose": "research"},
    {"conflict": "perm"},
]


@pytest.mark.parametrize("words", WORDS, ids=str)
def test_every_word_is_one_that_the_engine_can_judge(words: dict[str, Any]) -> None:
    read = odrl.read(policy(**words))
    odrl.check(read)
    assert odrl.sentences(read, "zh")
    assert odrl.sentences(read, "en")


def test_all_rules_stand_in_one_permission() -> None:
    made = policy(purpose=["a"], members=True, until="2030-01-01T00:00:00Z", times=2)
    (permission,) = made["permission"]
    assert [each["leftOperand"] for each in permission["constraint"]] == [
        "purpose",
        "membership",
        "dateTime",
        "count",
    ]
    assert made["conflict"] == "prohibit"


def test_one_text_is_one_purpose_and_not_its_letters() -> None:
    assert policy(purpose="research") == policy(purpose=["research"])


def test_a_moment_without_an_offset_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        policy(until=datetime(2030, 1, 1))
    assert caught.value.code == "policy.moment"


def test_less_than_one_use_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        policy(times=0)
    assert caught.value.code == "policy.times"
