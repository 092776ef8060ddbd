"""`xinfu grades` and `xinfu publish --grade`: the scale, the default terms, and a grade that is raised."""

import json
from pathlib import Path

from tests.cli.conftest import Call, Space, document, failure


def test_the_scale_says_what_each_grade_asks_for(call: Call, space: Space) -> None:
    told = call("grades", "list", at=space.provider)
    assert told.exit_code == 0, told.output
    for words in ("1 public", "5 important", "used in a vault only", "a person agrees to each contract"):
        assert words in told.output


def test_a_grade_sets_the_terms_and_a_raised_one_withholds_the_offer(call: Call, space: Space) -> None:
    path = space.files / "graded.csv"
    path.write_bytes(b"1")
    told = call("publish", str(path), "--grade", "2", at=space.provider)
    assert "grade 2 internal" in told.output
    seen = call("catalog", "provider", "--dataset", "graded.csv", at=space.consumer)
    assert "grade 2 internal" in seen.output
    weaker = call("publish", str(path), "--grade", "2", "--times", "3", "--json", at=space.provider)
    assert failure(weaker)["code"] == "grade.policy-weaker"
    raised = call("grades", "set", "graded.csv", "3", "--reason", "names", at=space.provider)
    assert "withheld: the offer under graded.csv" in raised.output
    assert "--until" in raised.output
    gone = call("catalog", "provider", "--dataset", "graded.csv", "--json", at=space.consumer)
    assert failure(gone)["code"] == "dataset.not-found"
    shown = document(call("grades", "show", "graded.csv", "--json", at=space.provider))
    assert (shown["grade"], shown["stated"]) == (3, 3)


def test_what_has_no_grade_is_not_published(call: Call, space: Space) -> None:
    (space.files / "bare.csv").write_bytes(b"1")
    refused = call("publish", str(space.files / "bare.csv"), "--times", "3", "--json", at=space.provider)
    assert failure(refused)["code"] == "grade.missing"


def test_a_policy_is_held_against_a_grade_before_anything_is_published(call: Call, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(
        'purpose = ["research"]\nmembers = true\nprohibit = ["distribute"]\n'
    )
    assert call("policy", "show", "rules.toml", "--grade", "2").exit_code == 0
    told = call("policy", "show", "rules.toml", "--grade", "3", "--json")
    assert told.exit_code == 2
    assert json.loads(told.stdout)["error"]["code"] == "grade.policy-weaker"
