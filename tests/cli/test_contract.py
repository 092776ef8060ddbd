"""`xinfu contract` on real nodes without a platform: drafts are shown, printed, and say that they do not hold."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call, Space, document, failure


@pytest.fixture
def draft(call: Call, space: Space, tmp_path: Path) -> str:
    """The consumer's draft of an agreement of its own."""
    name = f"{tmp_path.name}.csv"
    (space.files / name).write_bytes(b"a\n1\n")
    document(
        call("publish", "--grade", "1", str(space.files / name), "--times", "3", "--json", at=space.provider)
    )
    made = document(call("get", "provider", name, "-o", "got.csv", "--json", at=space.consumer))
    assert made
    (agreement,) = document(call("agreements", "list", "--dataset", name, "--json"))
    assert document(call("contract", "list", "--agreement", agreement["wire_id"], "--json"))
    return str(agreement["id"])


def test_a_draft_is_listed_and_shown_in_both_languages(call: Call, draft: str) -> None:
    wire = document(call("contract", "show", draft, "--json"))["agreement"]
    assert "01 initiated" in call("contract", "list", "--agreement", wire).stdout
    assert "draft" in call("contract", "list", "--agreement", wire, "--side", "party").stdout
    assert wire not in call("contract", "list", "--json").stdout
    english = call("contract", "show", draft).stdout
    chinese = call("contract", "show", draft, "--lang", "zh").stdout
    assert "not signed" in english
    assert "not filed" in english
    assert "数据提供方" in chinese
    assert "未备案" in chinese


def test_a_draft_is_printed(call: Call, draft: str, tmp_path: Path) -> None:
    told = document(call("contract", "print", draft, "-o", str(tmp_path / "c.html"), "--json"))
    page = Path(told["file"]).read_text(encoding="utf-8")
    assert "草稿，尚无标识码" in page
    refused = call("contract", "print", draft, "-o", str(tmp_path / "no" / "c.html"), "--json")
    assert (refused.exit_code, failure(refused)["code"]) == (2, "contract.output")


def test_a_draft_does_not_verify(call: Call, draft: str) -> None:
    ended = call("contract", "verify", draft)
    assert ended.exit_code == 3
    assert "none" in ended.stdout


@pytest.mark.parametrize(
    ("act", "code"),
    [
        ("begin", "contract.no-platform"),
        ("sign", "contract.draft"),
        ("file", "contract.unsigned"),
    ],
)
def test_a_draft_goes_no_further_without_a_platform(call: Call, draft: str, act: str, code: str) -> None:
    ended = call("contract", act, draft, "--json")
    assert failure(ended)["code"] == code


def test_a_draft_is_not_amended_and_stands_alone(call: Call, draft: str) -> None:
    refused = call("contract", "amend", draft, "--term", "x", "--json")
    assert failure(refused)["code"] == "contract.not-in-force"
    (alone,) = document(call("contract", "chain", draft, "--json"))
    assert (alone["id"], alone["in_force"]) == (draft, False)
    assert "no" in call("contract", "chain", draft).stdout


def test_what_is_not_there_ends_with_4(call: Call, space: Space) -> None:
    assert call("contract", "show", "nothing", at=space.consumer).exit_code == 4


def test_a_template_is_kept_filled_in_and_forgotten(call: Call, space: Space, tmp_path: Path) -> None:
    file = tmp_path / "t.json"
    blank = {"name": "times", "zh": "次数", "en": "uses", "example": "3"}
    rule = {"actions": ["read"], "constraints": [{"name": "count", "operator": "lteq", "value": "{{times}}"}]}
    file.write_text(json.dumps({"id": "t", "name": "读取", "rules": [rule], "blanks": [blank]}))
    document(call("contract-templates", "put", "t", str(file), "--json", at=space.provider))
    assert "times" in call("contract-templates", "list").stdout
    policy = tmp_path / "p.json"
    filled = call("contract-templates", "fill", "t", "--set", "times=7", "-o", str(policy))
    assert "7" in filled.stdout
    assert json.loads(policy.read_text())["permission"]
    document(call("contract-templates", "remove", "--yes", "t", "--json"))
    refused = call("contract-templates", "put", "t", str(policy), "--json")
    assert failure(refused)["code"] == "body.invalid"


def test_a_draft_is_printed_as_pdf_by_the_name_of_its_file(call: Call, draft: str, tmp_path: Path) -> None:
    told = document(call("contract", "print", draft, "-o", str(tmp_path / "c.pdf"), "--json"))
    assert Path(told["file"]).read_bytes().startswith(b"%PDF")
