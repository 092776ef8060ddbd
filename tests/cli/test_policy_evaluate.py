"""`xinfu policy evaluate` as anyone uses it who has three files and no node."""

import json
from pathlib import Path

import pytest
import rdflib
from click.testing import CliRunner, Result

from xinfu.cli.main import xinfu

FILES = {
    "policy.ttl": """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> .
        ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:use ; odrl:assignee ex:alice ] .""",
    "request.jsonld": json.dumps(
        {
            "@context": "http://www.w3.org/ns/odrl.jsonld",
            "@type": "Request",
            "uid": "http://example.org/r",
            "permission": [{"action": "read", "assignee": "http://example.org/alice"}],
        }
    ),
    "state.ttl": """@prefix dct: <http://purl.org/dc/terms/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
        <http://example.com/request/currentTime> dct:issued "2024-02-12T11:20:10.999Z"^^xsd:dateTime .""",
}
REPORT = rdflib.Namespace("https://w3id.org/force/compliance-report#")


def evaluate(folder: Path, *options: str, **changed: str) -> Result:
    for name, text in (FILES | {key.replace("_", "."): text for key, text in changed.items()}).items():
        (folder / name).write_text(text)
    names = {"--policy": "policy.ttl", "--request": "request.jsonld", "--state": "state.ttl"}
    files = [part for option, name in names.items() for part in (option, str(folder / name))]
    return CliRunner().invoke(xinfu, ["policy", "evaluate", *files, *options])


@pytest.mark.parametrize(("form", "parser"), [("turtle", "turtle"), ("jsonld", "json-ld")])
def test_the_report_is_printed_as_a_graph(tmp_path: Path, form: str, parser: str) -> None:
    result = evaluate(tmp_path, "--format", form)
    assert result.exit_code == 0
    graph = rdflib.Graph().parse(data=result.stdout, format=parser)
    assert list(graph.objects(None, REPORT.activationState)) == [REPORT.Active]
    assert list(graph.subjects(rdflib.RDF.type, REPORT.PolicyReport))


def test_json_is_json_ld(tmp_path: Path) -> None:
    assert json.loads(evaluate(tmp_path, "--json", "--format", "text").stdout)["@graph"]


def test_the_report_is_printed_for_people(tmp_path: Path) -> None:
    result = evaluate(tmp_path, "--format", "text")
    assert result.exit_code == 0
    assert "permission[0]" in result.stdout


def test_the_reading_can_be_chosen(tmp_path: Path) -> None:
    bob = FILES["policy.ttl"].replace("ex:alice", "ex:bob")
    found = {}
    for reading in ("compliance", "formal"):
        result = evaluate(tmp_path, "--reading", reading, policy_ttl=bob)
        graph = rdflib.Graph().parse(data=result.stdout, format="turtle")
        found[reading] = next(graph.objects(None, REPORT.activationState))
    assert found == {"compliance": REPORT.Inactive, "formal": REPORT.Active}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "neither { nor ]",
        '{"@context": "https://example.org/other.jsonld", "@type": "Set"}',
        '{"@type": ',
        "<urn:a> a <http://www.w3.org/ns/odrl/2/Set> . <urn:b> a <http://www.w3.org/ns/odrl/2/Set> .",
        "\x00",
    ],
    ids=["nothing", "junk", "context elsewhere", "half", "two", "nul"],
)
def test_what_cannot_be_read_is_refused_by_a_code(tmp_path: Path, text: str) -> None:
    result = evaluate(tmp_path, policy_ttl=text)
    assert (result.exit_code, "policy.unreadable" in result.output) == (2, True)


def test_what_is_too_deep_is_refused_before_it_is_read(tmp_path: Path) -> None:
    result = evaluate(tmp_path, policy_ttl="[" * 3000)
    assert (result.exit_code, "policy.too-large" in result.output) == (2, True)


def test_a_file_that_is_absent_no_text_or_too_large_is_refused(tmp_path: Path) -> None:
    evaluate(tmp_path)
    for content, code in (
        (None, "policy.unreadable"),
        (b"\xff\xfe", "policy.unreadable"),
        (b"#" * (5 << 20), "policy.too-large"),
    ):
        path = tmp_path / "policy.ttl"
        if content is None:
            path.unlink()
        else:
            path.write_bytes(content)
        files = ["--policy", str(path), "--request", str(tmp_path / "request.jsonld")]
        result = CliRunner().invoke(
            xinfu, ["policy", "evaluate", *files, "--state", str(tmp_path / "state.ttl")]
        )
        assert (result.exit_code, code in result.output) == (2, True)


@pytest.mark.parametrize("reading", ["compliance", "formal"])
def test_the_headline_is_about_what_is_asked(tmp_path: Path, reading: str) -> None:
    elsewhere = """@prefix odrl: <http://www.w3.org/ns/odrl/2/> . @prefix ex: <http://example.org/> .
        ex:p a odrl:Set ; odrl:permission [ odrl:action odrl:read ; odrl:target ex:OTHER ; odrl:assignee ex:bob ] ."""
    result = evaluate(tmp_path, "--format", "text", "--reading", reading, policy_ttl=elsewhere)
    assert result.stdout.splitlines()[0] == "What is asked is not permitted."


def test_the_headline_counts_what_is_asked(tmp_path: Path) -> None:
    asked = [{"action": name, "assignee": "http://example.org/alice"} for name in ("read", "sell")]
    request = json.loads(FILES["request.jsonld"]) | {"permission": asked}
    result = evaluate(tmp_path, "--format", "text", request_jsonld=json.dumps(request))
    first, *rest = result.stdout.splitlines()
    assert first == "Permitted: 1 of 2. Not permitted: sale."
    assert {line for line in rest if line.startswith("permission")} == {
        "permission (permission[0]), for reading: active",
        "permission (permission[0]), for sale: inactive",
    }
