"""`xinfu doctor`: of a node that runs, and of one that does not start."""

import json
from pathlib import Path

from tests.cli.conftest import Call, Space
from tests.nodes import configured


def test_a_node_that_runs_is_looked_over(call: Call, space: Space) -> None:
    ended = call("doctor", "--json", at=space.consumer)
    found = json.loads(ended.stdout)
    assert ended.exit_code == (1 if found["grade"] == "fault" else 0)
    by_code = {each["code"]: each["grade"] for each in found["findings"]}
    assert by_code["protocol.reachable"] == by_code["did.ours"] == "ok"
    english = call("doctor").stdout
    chinese = call("doctor", "--lang", "zh").stdout
    assert "Partners reach our protocol at" in english
    assert "things looked at" in english
    assert "对方可通过" in chinese
    assert "protocol.reachable" not in call("doctor", "--quiet").stdout


def test_a_source_that_is_gone_is_named(call: Call, space: Space) -> None:
    path = space.files / "gone.csv"
    path.write_bytes(b"a\n1\n")
    publish = ("publish", str(path), "--id", "lost-asset", "--grade", "1", "--unrestricted")
    assert call(*publish, at=space.provider).exit_code == 0
    path.unlink()
    assert "lost-asset" in call("doctor", at=space.provider).stdout


def test_a_node_that_does_not_start_is_examined_by_its_files(call: Call, tmp_path: Path) -> None:
    configured(tmp_path / "node")
    text = 'development = true\n[listen.management]\nport = 1\n[[contexts]]\nid = "n"\n'
    toml = tmp_path / "node" / "node.toml"
    toml.write_text(text, encoding="utf-8")
    (tmp_path / "node" / "api.key").chmod(0o644)
    ended = call("doctor", "--config", str(toml))
    assert ended.exit_code == 1
    assert "does not run" in ended.stdout
    assert "chmod 600 api.key" in ended.stdout
    toml.write_text("developement = true\n", encoding="utf-8")
    ended = call("doctor", "--config", str(toml), "--json")
    assert ended.exit_code == 1
    (finding,) = json.loads(ended.stdout)["findings"]
    assert finding["code"] == "config.unusable"
    assert "developement" in finding["en"]


def test_a_node_that_is_named_by_address_and_away_is_an_error(call: Call, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("k" * 32, encoding="ascii")
    ended = call("doctor", "--url", "http://127.0.0.1:1", "--api-key-file", str(tmp_path / "key"), "--json")
    assert ended.exit_code == 5
    assert json.loads(ended.stdout)["error"]["code"] == "node.unreachable"
