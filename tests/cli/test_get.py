"""`xinfu get`: the whole path, resumed, reused and refused."""

from pathlib import Path

from tests.cli.conftest import Call, Space, document, failure


def publish(call: Call, space: Space, name: str, content: bytes, *rules: str) -> None:
    """A file of the provider, under rules."""
    (space.files / name).write_bytes(content)
    document(call("publish", str(space.files / name), *rules, "--json", at=space.provider))


def test_get_ends_with_the_bytes_that_were_published(call: Call, space: Space, tmp_path: Path) -> None:
    publish(call, space, "air.csv", b"a,b\n1,2\n" * 1000, "--purpose", "research", "--member")
    said = document(call("get", "provider", "air.csv", "--purpose", "research", "--json", at=space.consumer))
    assert (tmp_path / "air.csv").read_bytes() == b"a,b\n1,2\n" * 1000
    assert said["verified"] is True
    assert said["bytes"] == 8000


def test_a_wrong_purpose_is_refused_with_rule_and_remedy_in_both_languages(call: Call, space: Space) -> None:
    publish(call, space, "other.csv", b"1", "--purpose", "research")
    refused = call("get", "provider", "other.csv", "--purpose", "marketing", "--json", at=space.consumer)
    assert refused.exit_code == 3
    error = failure(refused)
    assert error["code"] == "purpose.not-included"
    assert "research" in error["help_en"]
    assert "research" in error["help_zh"]
