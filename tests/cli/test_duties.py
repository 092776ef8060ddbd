"""`xinfu duties` and the life of agreements on the command line: what it prints as JSON and to people."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Call, Space, document, failure


@pytest.fixture
def dataset(call: Call, space: Space, tmp_path: Path) -> str:
    """A dataset that is to be deleted when its agreement ends, and that has been got once."""
    name = f"{tmp_path.name}.csv"
    (space.files / name).write_bytes(b"a,b\n1,2\n")
    policy = {
        "@type": "Set",
        "permission": [{"action": "use", "duty": [{"action": "delete"}, {"action": "inform"}]}],
    }
    (tmp_path / "policy.json").write_text(json.dumps(policy))
    document(
        call(
            "publish",
            "--grade",
            "1",
            str(space.files / name),
            "--policy",
            str(tmp_path / "policy.json"),
            "--json",
            at=space.provider,
        )
    )
    document(call("get", "provider", name, "-o", str(tmp_path / "got.csv"), "--json", at=space.consumer))
    return name


def _until_due(call: Call, agreement: str) -> dict[str, Any]:
    """The duties by action, once the provider's node has told of the use."""
    until = time.monotonic() + 30
    while True:
        found = document(call("duties", "list", "--agreement", agreement, "--json"))
        by_action = {each["action"]: each for each in found}
        if by_action["inform"]["state"] == "due" or time.monotonic() > until:
            return by_action
        time.sleep(0.1)


def test_a_duty_is_followed_from_its_use_to_its_proof(
    call: Call, space: Space, dataset: str, tmp_path: Path
) -> None:
    (agreement,) = document(call("agreements", "list", "--dataset", dataset, "--json", at=space.consumer))
    by_action = _until_due(call, agreement["id"])
    assert by_action["delete"]["state"] == "pending"
    told = by_action["inform"]["id"]
    shown = call("duties", "show", told).stdout
    assert "ours to do" in shown
    assert "proof: digests" in shown
    listed = call("duties", "list", "--agreement", agreement["id"], "--lang", "zh").stdout
    assert "我方" in listed
    ended = call("duties", "fulfil", told, "--statement", "done", "--json")
    assert (ended.exit_code, failure(ended)["code"]) == (2, "duty.proof-incomplete")
    done = document(call("duties", "fulfil", told, "--file", str(tmp_path / "got.csv"), "--json"))
    assert done["state"] in {"claimed", "fulfilled"}
    ended = call("duties", "waive", "--yes", by_action["delete"]["id"], "--json")
    assert failure(ended)["code"] == "duty.not-owed"


def test_the_other_side_waives_refuses_and_sees_the_end(call: Call, space: Space, dataset: str) -> None:
    (theirs,) = document(call("agreements", "list", "--dataset", dataset, "--json", at=space.provider))
    document(call("agreements", "terminate", "--yes", theirs["id"], "--clause", "7.2", "--json"))
    (owed,) = document(
        call("duties", "list", "--agreement", theirs["id"], "--action", "delete", "--state", "due", "--json")
    )
    ended = call("duties", "refuse", owed["id"], "--json")
    assert failure(ended)["code"] == "duty.wrong-state"
    waived = document(call("duties", "waive", "--yes", owed["id"], "--reason", "Keep it.", "--json"))
    assert (waived["state"], waived["reason"]) == ("waived", "Keep it.")
    assert "Keep it." in call("duties", "show", owed["id"]).stdout


def test_an_agreement_is_renewed_by_another(call: Call, space: Space, dataset: str) -> None:
    document(call("negotiate", "start", "provider", dataset, "--wait", "20", "--json", at=space.consumer))
    old, new = document(call("agreements", "list", "--dataset", dataset, "--json"))
    renewed = document(call("agreements", "renew", old["id"], new["id"], "--json"))
    assert renewed["renewed_by"] == new["wire_id"]
