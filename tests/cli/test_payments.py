"""`xinfu payments`: what a provider records, and what both sides then list."""

import json
from pathlib import Path

from tests.cli.conftest import Call, Space, document, failure


def test_a_payment_is_recorded_listed_and_opens_the_use(call: Call, space: Space, tmp_path: Path) -> None:
    (space.files / "paid.csv").write_bytes(b"a\n")
    due = {"leftOperand": "payAmount", "operator": "gteq", "rightOperand": "12.50", "unit": "CNY"}
    rule = {"action": "use", "constraint": [due]}
    (tmp_path / "paid.json").write_text(json.dumps({"@type": "Set", "permission": [rule]}))
    rules = ("--grade", "1", "--policy", str(tmp_path / "paid.json"))
    published = ("publish", str(space.files / "paid.csv"), *rules, "--json")
    document(call(*published, at=space.provider))
    asked = ("get", "provider", "paid.csv", "-o", str(tmp_path / "got.csv"), "--force", "--json")
    told = failure(call(*asked, at=space.consumer))
    assert told["code"] == "payment.other"
    agreements = document(call("agreements", "list", "--json", at=space.provider))
    [theirs] = [each["id"] for each in agreements if each["dataset"] == "paid.csv"]
    paid = ("payments", "record", theirs, "--receipt", "bank-7", "--amount", "12.50", "--currency", "CNY")
    made = document(call(*paid, "--json", at=space.provider))
    assert (made["amount"], made["currency"], made["agreement"]) == ("12.50", "CNY", theirs)
    assert document(call(*paid, "--json", at=space.provider)) == made
    wrong = failure(call(*paid[:-1], "EUR", "--json", at=space.provider))
    assert wrong["code"] == "payment.exists"
    shown = call("payments", "list", "--agreement", theirs, "--lang", "zh", at=space.provider).stdout
    assert "bank-7" in shown
    assert "12.50 CNY" in shown
    document(call(*asked, at=space.consumer))
    assert (tmp_path / "got.csv").read_bytes() == b"a\n"
