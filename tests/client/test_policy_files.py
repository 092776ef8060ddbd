"""A policy in a file, whatever it is written in."""

from pathlib import Path

import pytest

from xinfu import odrl
from xinfu.client import policy, read_policy
from xinfu.errors import InputError

SAID = policy(purpose=["research"], times=3, members=True, until="2030-01-01T00:00:00+08:00")

TOML = """
purpose = "research"
times = 3
members = true
until = 2030-01-01T00:00:00+08:00
"""
YAML = """
purpose: [research]
times: 3
members: true
until: 2030-01-01T00:00:00+08:00
"""
JSON = """{"purpose": "research", "times": 3, "members": true, "until": "2030-01-01T00:00:00+08:00"}"""


@pytest.mark.parametrize(
    ("name", "text"), [("p.toml", TOML), ("p.yaml", YAML), ("p.yml", YAML), ("p.json", JSON)]
)
def test_the_same_words_say_the_same_in_every_form(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    assert odrl.equivalent(odrl.read(read_policy(file)), odrl.read(SAID))


def test_odrl_is_taken_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "permission:\n- action: use\n  constraint:\n  - {leftOperand: count, operator: lteq, rightOperand: 3}\n"
    )
    assert read_policy(file) == {
        "permission": [
            {
                "action": "use",
                "constraint": [{"leftOperand": "count", "operator": "lteq", "rightOperand": "3"}],
            }
        ]
    }


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("p.toml", "times = 3\ntimes = 4"),
        ("p.yaml", "times: 3\ntimes: 4"),
        ("p.yaml", "permission:\n- {action: use, action: read}"),
        ("p.json", '{"times": 3, "times": 4}'),
        ("p.json", '{"permission": [{"action": "use", "action": "read"}]}'),
        ("p.json", "[" * 100_000),
        ("p.yaml", "[" * 100_000),
        ("p.yaml", "? [a, b]\n: c"),
        ("p.yaml", "- times: 3"),
        ("p.toml", "times"),
        ("p.json", '{"times": 3}' + " " * 300_000),
        ("p.yaml", "!!python/object/apply:os.getcwd []"),
    ],
    ids=lambda text: text[:24],
)
def test_what_would_be_misread_is_refused(tmp_path: Path, name: str, text: str) -> None:
    file = tmp_path / name
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_policy(file)
    assert caught.value.code == "rules.unreadable"


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.toml"):
        read_policy(tmp_path / "gone.toml")


def test_a_word_that_is_none_is_named(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text("times = 3\npurpos = 'x'")
    with pytest.raises(InputError, match="purpos") as caught:
        read_policy(file)
    assert caught.value.code == "policy.word"
