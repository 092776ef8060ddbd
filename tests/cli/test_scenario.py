"""`xinfu scenario`, as far as it goes without nodes."""

from pathlib import Path

from tests.cli.conftest import Call, document, failure


def test_a_scenario_that_needs_data_is_not_played_without(call: Call) -> None:
    refused = call("scenario", "S03", "--json")
    assert (refused.exit_code, failure(refused)["code"]) == (2, "scenario.no-data")


def test_one_that_is_not_there_is_named(call: Call) -> None:
    assert failure(call("scenario", "S99", "--json"))["code"] == "scenario.not-found"


def test_its_parameters_are_told_without_playing_it(call: Call) -> None:
    told = document(call("scenario", "S01", "--schema"))
    assert set(told["$defs"]["Generated"]["properties"]) == {
        *("seed", "provincial", "central", "projects"),
        *("groups", "provincial_agreements", "central_agreements"),
    }


def test_a_place_that_cannot_be_written_is_refused_before_any_node_starts(call: Call, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    refused = call("scenario", "S01", "--out", str(tmp_path / "file" / "figures.json"), "--json")
    assert failure(refused)["code"] == "scenario.out"
