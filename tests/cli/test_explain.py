"""`xinfu explain` and `xinfu policy dry-run`, between real nodes."""

from pathlib import Path

from tests.cli.conftest import Call, Space, document


def test_a_question_is_answered_in_words_and_as_data(call: Call, space: Space) -> None:
    (space.files / "explained.csv").write_text("a,b\n1,2\n")
    path = str(space.files / "explained.csv")
    assert call("publish", "--grade", "1", path, "--purpose", "research", at=space.provider).exit_code == 0
    who = space.consumer.participant
    answer = document(call("explain", who, "explained.csv", "--purpose", "sale", "--json", at=space.provider))
    assert (answer["may"], answer["basis"], answer["use"]) == ("no", "offer", "no")
    assert [each["code"] for each in answer["reasons"]] == ["policy.not-agreed", "purpose.not-included"]
    said = call(
        "explain", who, "explained.csv", "--purpose", "sale", "--lang", "zh", at=space.provider
    ).stdout
    assert "不可以" in said
    assert "research" in said
    assert call("get", "provider", "explained.csv", "--purpose", "research", at=space.consumer).exit_code == 0
    said = call("explain", who, "explained.csv", at=space.provider).stdout
    assert said.startswith("Yes.")


def test_a_consumer_asks_its_own_node_first(call: Call, space: Space) -> None:
    (space.files / "asked.csv").write_text("a,b\n1,2\n")
    path = str(space.files / "asked.csv")
    assert call("publish", "--grade", "1", path, "--times", "3", at=space.provider).exit_code == 0
    assert "no such agreement" in call("explain", "asked.csv", at=space.consumer).stdout
    assert call("get", "provider", "asked.csv", at=space.consumer).exit_code == 0
    said = call("explain", "asked.csv", at=space.consumer).stdout
    assert said.startswith("As far as we know, yes")
    assert "Only the provider knows this" in said
    assert "只有数据提供方掌握" in call("explain", "asked.csv", "--lang", "zh", at=space.consumer).stdout
    ended = call("explain", at=space.consumer)
    assert ended.exit_code == 2


def test_terms_are_tried_before_they_are_published(call: Call, space: Space) -> None:
    made = call("policy", "write", "--recipient", space.consumer.participant, "--json").stdout
    Path("rules.json").write_text(made, encoding="utf-8")
    tried = document(call("policy", "dry-run", "rules.json", "--json", at=space.provider))
    able = {each["participant"]: each["use"] for each in tried["items"]}
    assert able[space.consumer.participant] == "yes"
    assert able[space.operator.participant] == "no"
    assert tried["able"] == 1
