"""`xinfu participants`: what it says of a log that is taken as it is."""

from tests.cli.conftest import Call, Space, document


def test_accepting_a_log_that_nothing_contradicted_says_so(call: Call, space: Space) -> None:
    (space.files / "witnessed.csv").write_bytes(b"a\n1\n")
    publish = (
        "publish",
        str(space.files / "witnessed.csv"),
        "--id",
        "witnessed",
        "--grade",
        "1",
        "--unrestricted",
    )
    document(call(*publish, "--json", at=space.provider))
    assert (
        call("get", "provider", "witnessed", "-o", str(space.files / "got.csv"), at=space.consumer).exit_code
        == 0
    )
    accept = ("participants", "accept-log", "provider", "--reason", "A test", "--lang", "en")
    said = call(*accept, at=space.consumer)
    assert said.exit_code == 0, said.output
    assert "is taken as it is now" in said.output
    assert "Nothing had contradicted them." in said.output
