"""`xinfu get --vault` and `xinfu vault`: into the vault, read, not out of it, and gone with proof."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure

CONTENT = b"hour,pm25\n0,35\n" * 500


@pytest.fixture(scope="module")
def offered(space: Space) -> str:
    """A dataset that may be read in a vault, twice, and taken nowhere else."""
    source = space.files / "vaulted.csv"
    source.write_bytes(CONTENT)
    return str(source)


def publish(call: Call, space: Space, offered: str, name: str, **constraint: str) -> None:
    """Publish it for reading in a vault."""
    limits = [{"leftOperand": "executionEnv", "operator": "eq", "rightOperand": "01"}]
    limits += [
        {"leftOperand": key, "operator": "lteq", "rightOperand": value} for key, value in constraint.items()
    ]
    policy = {"@type": "Set", "permission": [{"action": "read", "constraint": limits}]}
    Path("policy.json").write_text(json.dumps(policy))
    result = call(
        "publish", "--grade", "1", offered, "--id", name, "--policy", "policy.json", at=space.provider
    )
    assert result.exit_code == 0, result.output


def test_the_whole_way_of_landed_data(call: Call, space: Space, offered: str, tmp_path: Path) -> None:
    publish(call, space, offered, "vaulted", count="2")
    got = document(call("get", "provider", "vaulted", "--vault", "--json", at=space.consumer))
    object_ = got["object"]
    assert (object_["state"], object_["size_bytes"], object_["verified"]) == ("LANDED", len(CONTENT), True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["policy.json"]
    id_ = object_["id"]
    assert call("vault", "cat", id_, at=space.consumer).stdout_bytes == CONTENT
    shown = call("vault", "show", id_, at=space.consumer).stdout
    assert "read: yes" in shown
    assert "export in the clear: no" in shown
    assert "by contract only" in shown
    out = call("vault", "export", id_, "-o", "out.csv", "--json", at=space.consumer)
    assert (out.exit_code, failure(out)["code"]) == (3, "policy.no-permission")
    assert not Path("out.csv").exists()
    assert call("vault", "cat", id_, at=space.consumer).exit_code == 0
    third = call("vault", "cat", id_, "--json", at=space.consumer)
    assert (third.exit_code, failure(third)["code"]) == (3, "count.exhausted")
    listed = document(call("vault", "list", "--dataset", "vaulted", "--json", at=space.consumer))
    assert [each["id"] for each in listed] == [id_]
    proof = document(call("vault", "destroy", id_, "--yes", "--json", at=space.consumer))
    assert (proof["object"], proof["method"]) == (id_, "cryptographic-erase")
    assert document(call("vault", "proof", id_, "--json", at=space.consumer)) == proof
    gone = call("vault", "cat", id_, "--json", at=space.consumer)
    assert failure(gone)["code"] == "vault.destroyed"


def test_its_proof_is_handed_over_as_a_receipt(call: Call, space: Space, offered: str) -> None:
    publish(call, space, offered, "proven")
    got = document(call("get", "provider", "proven", "--vault", "--json", at=space.consumer))
    id_ = got["object"]["id"]
    proof = document(call("vault", "destroy", id_, "--yes", "--json", at=space.consumer))
    written = call("receipts", id_, "-o", "receipts", at=space.consumer)
    assert written.exit_code == 0, written.output
    files = [path for path in Path("receipts").iterdir() if proof["entry"] in path.read_text()]
    assert len(files) == 1
    checked = call("verify", str(files[0]))
    assert checked.exit_code == 3, checked.output  # intact; who signed it is for --trust to say


def test_exporting_asks_for_its_own_permission(call: Call, space: Space) -> None:
    source = space.files / "free.csv"
    source.write_bytes(CONTENT)
    assert (
        call(
            "publish", "--grade", "1", str(source), "--id", "free", "--unrestricted", at=space.provider
        ).exit_code
        == 0
    )
    got = document(call("get", "provider", "free", "--vault", "--json", at=space.consumer))
    done = call("vault", "export", got["object"]["id"], "-o", "out.csv", at=space.consumer)
    assert done.exit_code == 0, done.output
    assert Path("out.csv").read_bytes() == CONTENT


def test_a_vault_and_a_file_are_not_asked_for_at_once(call: Call, space: Space) -> None:
    said = call("get", "provider", "free", "--vault", "-o", "x", "--json", at=space.consumer)
    assert (said.exit_code, failure(said)["code"]) == (2, "get.vault-elsewhere")


def test_destroying_asks_first(call: Call, space: Space, offered: str) -> None:
    publish(call, space, offered, "asked")
    got = document(call("get", "provider", "asked", "--vault", "--json", at=space.consumer))
    id_ = got["object"]["id"]
    assert call("vault", "destroy", id_, at=space.consumer, input="n\n").exit_code != 0
    assert document(call("vault", "show", id_, "--json", at=space.consumer))["object"]["state"] == "LANDED"
