"""`xinfu policy`: from options, templates and files to rules, sentences and words, and back. No node runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.cli.conftest import Call, document, failure
from tests.docs.words import EXAMPLES

from xinfu import odrl
from xinfu.odrl.short import form
from xinfu.odrl.short.words import WORDS


def test_a_policy_is_written_shown_and_written_again(call: Call, tmp_path: Path) -> None:
    written = call("policy", "write", "--purpose", "research", "--times", "3", "--json")
    file = tmp_path / "p.json"
    file.write_text(written.stdout)
    shown = document(call("policy", "show", str(file), "--json"))
    assert shown["short"] == {"purpose": ["research"], "times": 3}
    assert odrl.equivalent(odrl.read(shown["odrl"]), odrl.read(document(written)))
    assert [each["level"] for each in shown["levels"]] == ["contract"]
    assert "research" in shown["sentences"]["zh"][0]


def options(word: str, value: Any) -> Iterator[str]:
    """How a value is given on the command line."""
    listed = [f"{key}={inner}" for key, inner in value.items()] if isinstance(value, dict) else value
    for each in listed if isinstance(listed, list) else [listed]:
        yield from (WORDS[word].flag,) if each is True else (WORDS[word].flag, str(each))


@pytest.mark.parametrize("word", WORDS)
def test_each_word_is_an_option_and_says_the_same_there(call: Call, tmp_path: Path, word: str) -> None:
    written = document(call("policy", "write", *options(word, EXAMPLES[word]), "--json"))
    expected = form.document(form.short({word: EXAMPLES[word]}))
    assert odrl.equivalent(odrl.read(written), odrl.read(expected))
    file = tmp_path / "p.json"
    file.write_text(json.dumps(written))
    words = tmp_path / "p.toml"
    words.write_text(call("policy", "show", "--short", str(file)).stdout)
    assert document(call("policy", "show", str(words), "--json"))["odrl"] == written


def test_short_words_are_refused_where_they_do_not_say_all(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(
        "permission:\n- action: use\n  duty: [{action: delete, consequence: [{action: compensate}]}]\n"
    )
    error = failure(call("policy", "show", "--short", str(file), "--json"))
    assert error["code"] == "policy.no-words"
    assert "permission[0].duty[0]" in error["en"]
    shown = call("policy", "show", str(file))
    assert "Short words cannot say permission[0].duty[0]." in shown.stdout
    assert document(call("policy", "show", str(file), "--json"))["unsaid"] == ["permission[0].duty[0]"]


def test_what_stands_beside_the_rules_is_kept_as_a_remark(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"@id": "urn:p", "target": "urn:air", "permission": [{"action": "use"}]}')
    shown = call("policy", "show", "--short", str(file))
    assert "# target: urn:air" in shown.stdout.splitlines()


def test_short_words_that_were_written_can_be_read(call: Call, tmp_path: Path) -> None:
    options = ("--until", "2030-01-01T00:00:00+08:00", "--member", "--prohibit", "distribute")
    words = call("policy", "write", *options, "--short")
    file = tmp_path / "p.toml"
    file.write_text(words.stdout)
    assert "until = 2030-01-01T00:00:00+08:00\n" in words.stdout
    shown = document(call("policy", "show", str(file), "--json"))
    assert odrl.equivalent(
        odrl.read(shown["odrl"]), odrl.read(document(call("policy", "write", *options, "--json")))
    )


def test_a_template_asks_for_its_blanks(call: Call) -> None:
    names = [each["name"] for each in document(call("policy", "templates", "--json"))]
    assert "research" in names
    refused = call("policy", "write", "--template", "research", "--json")
    assert json.loads(refused.stdout)["error"]["code"] == "template.blank"
    until = "until=2030-01-01T00:00:00+08:00"
    made = document(call("policy", "write", "--template", "research", "--set", until, "--json"))
    odrl.check(odrl.read(made))


def test_sentences_and_levels_are_told_in_chinese(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "p.yaml"
    file.write_text("purpose: research\n")
    shown = call("policy", "show", str(file), "--lang", "zh")
    assert shown.exit_code == 0
    assert "允许使用" in shown.stdout
    assert "仅合约约束" in shown.stdout


def test_what_could_not_be_published_is_shown_and_told(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "p.json"
    file.write_text('{"permission": [{"action": "fly"}]}')
    shown = call("policy", "show", str(file))
    assert "fly" in shown.stdout
    assert shown.exit_code != 0


def test_a_constraint_that_brings_its_own_value_is_refused_and_keeps_no_grade(
    call: Call, tmp_path: Path
) -> None:
    file = tmp_path / "p.json"
    count = {"leftOperand": "count", "operator": "lteq", "rightOperand": "3", "status": "0"}
    file.write_text(json.dumps({"permission": [{"action": "use", "constraint": [count]}]}))
    error = failure(call("policy", "show", str(file), "--json"))
    assert error["code"] == "policy.status-stated"
    assert "status" in error["en"]
    assert "status" in error["zh"]
    assert "at most 3 uses" not in call("policy", "show", str(file)).stdout


HARD: Final = ["--member", "--purpose", "research", "--until", "2030-01-01Z", "--times", "3", "--vault-only"]
DELETIONS: Final = {
    "under another purpose": {
        "constraint": [{"leftOperand": "purpose", "operator": "eq", "rightOperand": "zzz"}]
    },
    "by the provider": {"assignee": "did:web:provider"},
    "something else": {"target": "urn:other"},
    "in a million years": {
        "constraint": [{"leftOperand": "elapsedTime", "operator": "lteq", "rightOperand": "P999999Y"}]
    },
}


@pytest.mark.parametrize("deletion", DELETIONS.values(), ids=DELETIONS)
def test_a_deletion_that_may_never_come_is_too_little_for_grade_4(
    call: Call, tmp_path: Path, deletion: dict[str, Any]
) -> None:
    made = document(call("policy", "write", *HARD, "--prohibit", "distribute", "--json"))
    made["permission"][0]["duty"] = [{"action": "delete", **deletion}]
    file = tmp_path / "p.json"
    file.write_text(json.dumps(made))
    error = failure(call("policy", "show", str(file), "--grade", "4", "--json"))
    assert (error["code"], error["facts"]["lacks"]) == ("grade.policy-weaker", "permission[0]:deletion")


def test_a_time_that_counts_from_the_agreement_is_written_shown_and_compared(
    call: Call, tmp_path: Path
) -> None:
    files = []
    for days in (30, 60):
        written = call("policy", "write", "--until", f"contractAgreement+{days}d", "--json")
        files.append(tmp_path / f"{days}.json")
        files[-1].write_text(written.stdout)
    shown = document(call("policy", "show", str(files[0]), "--json"))
    assert shown["short"] == {"until": "contractAgreement+30d"}
    assert shown["levels"][0]["level"] == "provider"
    assert shown["sentences"]["en"] == [
        "Permitted: use, provided that not later than 30 days after the agreement."
    ]
    assert shown["sentences"]["zh"] == ["允许使用，条件是：不晚于 协议达成后 30 天。"]
    found = document(call("policy", "compare", *map(str, files), "--json"))
    assert (found["relation"], found["inner"]) == ("within", "A")
