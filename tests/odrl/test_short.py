"""Policies in a few words: what they say in ODRL, and the way back."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinfu import odrl
from xinfu.errors import InputError
from xinfu.odrl.short import Short, document, short, shortened

NAMES = st.text(st.characters(categories=["Ll", "Nd"]), min_size=1, max_size=8)
LISTS = st.lists(NAMES, max_size=3, unique=True).map(tuple)
MOMENTS = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
).map(datetime.isoformat)
SHORTS = st.builds(
    Short,
    purpose=LISTS,
    until=st.none() | MOMENTS,
    not_before=st.none() | MOMENTS,
    times=st.none() | st.integers(1, 10**9),
    members=st.booleans() | NAMES.filter(lambda name: name not in ("true", "false")),
    recipients=LISTS.map(lambda names: tuple(f"did:web:{name}.example" for name in names)),
    spatial=st.lists(st.sampled_from(["CN-HN", "CN-GD", "DE", "430200"]), max_size=2, unique=True).map(tuple),
    prohibit=st.lists(st.sampled_from(["distribute", "sell", "modify"]), max_size=2, unique=True).map(tuple),
    conflict=st.sampled_from(odrl.Conflict),
)


@given(SHORTS)
def test_words_become_rules_and_rules_words_again(said: Short) -> None:
    policy = odrl.read(document(said))
    again = shortened(policy)
    assert again is not None
    assert odrl.equivalent(odrl.read(document(again)), policy)
    assert shortened(odrl.read(document(again))) == again


@given(SHORTS)
def test_words_of_a_file_are_read_as_they_were_given(said: Short) -> None:
    assert short(said.words()) == said


@pytest.mark.parametrize(
    "more",
    [
        {"permission": [{"action": "use"}, {"action": "read"}]},
        {"permission": [{"action": "read"}]},
        {"permission": [{"action": "use", "duty": [{"action": "delete"}]}]},
        {"obligation": [{"action": "inform"}]},
        {"profile": "https://x.example"},
        {
            "permission": [
                {
                    "action": "use",
                    "constraint": [{"leftOperand": "purpose", "operator": "isA", "rightOperand": "health"}],
                }
            ]
        },
        {
            "permission": [
                {
                    "action": "use",
                    "constraint": [
                        {"leftOperand": "purpose", "operator": "eq", "rightOperand": word}
                        for word in ("health", "research")
                    ],
                }
            ]
        },
    ],
    ids=["two permissions", "another action", "a duty", "an obligation", "a profile", "isA", "both purposes"],
)
def test_what_words_cannot_say_has_no_words(more: dict[str, Any]) -> None:
    policy = odrl.read({"@type": "Set", "permission": [{"action": "use"}], **more})
    assert shortened(policy) is None


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"purposes": ["x"]}, "policy.word"),
        ({"times": "often"}, "policy.word"),
        ({"times": 0}, "policy.times"),
        ({"until": datetime(2030, 1, 1)}, "policy.moment"),
        ({"purpose": [1]}, "policy.word"),
        ({"conflict": "maybe"}, "policy.word"),
    ],
    ids=str,
)
def test_a_word_that_is_none_is_refused_by_name(words: dict[str, Any], code: str) -> None:
    with pytest.raises(InputError) as caught:
        short(words)
    assert caught.value.code == code


def test_a_file_of_texts_says_the_same() -> None:
    assert short({"times": "3", "members": "true", "purpose": "research"}) == Short(
        times=3, members=True, purpose=("research",)
    )
