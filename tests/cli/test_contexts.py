"""`xinfu contexts` on a real node."""

from pathlib import Path

from tests.cli.conftest import Call, Space, document, failure


def test_a_participant_is_added_bounded_closed_and_reopened(call: Call, space: Space) -> None:
    at = space.consumer
    key_file = Path("bank.key")
    made = document(
        call(
            *("contexts", "add", "bank", "--name-zh", "银行", "--limit", "datasets=3"),
            *("--key-file", str(key_file), "--json"),
            at=at,
        )
    )
    assert "api_key" not in made
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert made["context"]["limits"]["datasets"] == 3
    bounded = document(call("contexts", "limit", "bank", "datasets=none", "reads=4", "--json", at=at))
    assert (bounded["limits"]["datasets"], bounded["limits"]["reads"]) == (None, 4)
    shown = call("contexts", "show", "bank", "--lang", "zh", at=at)
    assert "银行" in shown.output
    assert "reads=4" in shown.output
    assert document(call("contexts", "close", "--yes", "bank", "--json", at=at))["closed"] is True
    assert "closed" in call("contexts", "list", at=at).output
    assert document(call("contexts", "reopen", "bank", "--json", at=at))["closed"] is False
    fresh = document(call("contexts", "key", "--yes", "bank", "--json", at=at))
    assert fresh["api_key"] not in key_file.read_text()


def test_a_bound_that_cannot_be_read_is_refused(call: Call, space: Space) -> None:
    for wrong in ("datasets", "datasets=-1", "cakes=3", "reads=many"):
        said = call("contexts", "limit", "bank", wrong, at=space.consumer)
        assert said.exit_code in {2, 4}, said.output
        assert call("contexts", "add", "shop", "--limit", wrong, at=space.consumer).exit_code == 2


def test_a_lower_grade_of_all_that_names_none_is_asked_for(call: Call, space: Space) -> None:
    at = space.consumer
    document(call("contexts", "add", "graded", "--grade", "3", "--json", at=at))
    assert document(call("contexts", "grade", "graded", "4", "--json", at=at))["grade"] == 4
    refused = failure(call("contexts", "grade", "graded", "1", "--json", at=at))
    assert refused["code"] == "cli.unconfirmed"
    assert document(call("contexts", "grade", "graded", "1", "--yes", "--json", at=at))["grade"] == 1
