"""Every bad policy through every command that takes one: an exit code, a stable code, both languages, no traceback."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import Result
from tests.cli.conftest import Call
from tests.odrl.bad_policies import BAD, RAW
from tests.odrl.bad_policies import written as as_text

from xinfu import odrl
from xinfu.odrl.short.form import document, short

ODRL_CONTEXT: Final = "http://www.w3.org/ns/odrl.jsonld"
REQUEST: Final = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<urn:r> a odrl:Request ; odrl:permission [ odrl:action odrl:use ; odrl:target <urn:air> ; odrl:assignee <urn:bob> ] .
"""
STATE: Final = """
@prefix dct: <http://purl.org/dc/terms/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<http://example.com/request/currentTime> dct:issued "2026-01-01T00:00:00Z"^^xsd:dateTime .
"""
SIZES: Final = {"policy.too-large", "policy.unreadable", "rules.unreadable"}


def told(result: Result) -> str:
    """The code that a command with --json ended with; "" where it ended well."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code in (0, 2, 3)
    said = json.loads(result.stdout)
    if result.exit_code == 0:
        return ""
    error = said["error"]
    assert error["en"]
    assert error["zh"]
    return str(error["code"])


@pytest.fixture
def written(tmp_path: Path) -> Any:
    """Writes files of one policy: as JSON, as YAML, as JSON-LD."""

    def write(document: Mapping[str, Any]) -> tuple[Path, Path, Path]:
        files = tmp_path / "p.json", tmp_path / "p.yaml", tmp_path / "p.jsonld"
        files[0].write_bytes(as_text(document))
        files[1].write_bytes(as_text(document))  # which is YAML as well
        linked = {"@context": ODRL_CONTEXT, "@id": "urn:p", "@type": "Set", **document}
        files[2].write_bytes(as_text(linked))
        return files

    return write


@pytest.mark.parametrize("name", BAD)
def test_show_says_what_it_means_and_why_it_cannot_be_published(call: Call, written: Any, name: str) -> None:
    if name == "nothing":
        return  # a file that says nothing is short words that permit all
    for file in written(BAD[name].make())[:2]:
        assert told(call("policy", "show", str(file), "--json")) in {BAD[name].code, *SIZES}


@pytest.mark.parametrize("name", BAD)
def test_words_are_given_only_where_they_say_all_of_it(call: Call, written: Any, name: str) -> None:
    if name == "nothing":
        return
    file, _, _ = written(BAD[name].make())
    shown = call("policy", "show", "--short", str(file), "--json")
    if told(shown):
        assert told(shown) in {"policy.no-words", *SIZES}
    else:
        again = odrl.read(document(short(json.loads(shown.stdout))))
        assert odrl.equivalent(again, odrl.read(BAD[name].make()))


@pytest.mark.parametrize("name", BAD)
def test_comparing_it_is_bounded_and_answers(call: Call, written: Any, name: str) -> None:
    file, yaml, _ = written(BAD[name].make())
    assert told(call("policy", "compare", str(file), str(yaml), "--json")) in {"", *SIZES}


@pytest.mark.parametrize("name", BAD)
def test_evaluating_it_gives_a_report_or_a_code(call: Call, written: Any, tmp_path: Path, name: str) -> None:
    (tmp_path / "r.ttl").write_text(REQUEST)
    (tmp_path / "s.ttl").write_text(STATE)
    _, _, linked = written(BAD[name].make())
    asked = call(
        "policy",
        "evaluate",
        "--policy",
        str(linked),
        "--request",
        str(tmp_path / "r.ttl"),
        "--state",
        str(tmp_path / "s.ttl"),
        "--json",
    )
    assert told(asked) in {"", "policy.cyclic", *SIZES}


@pytest.mark.parametrize("raw", RAW.values(), ids=RAW)
@pytest.mark.parametrize("end", ["json", "yaml", "toml"])
def test_what_only_a_text_can_say_is_unreadable(call: Call, tmp_path: Path, raw: bytes, end: str) -> None:
    file = tmp_path / f"p.{end}"
    file.write_bytes(raw)
    for command in (("show",), ("compare", str(file)), ("show", "--short")):
        said = call("policy", *command, str(file), "--json")
        assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
        assert said.exit_code in (0, 2)


FLAGS: Final = {
    "times NaN": (["--times", "NaN"], "policy.word"),
    "times none": (["--times", "0"], "policy.times"),
    "times a fortnight": (["--times", "3/fortnight"], "policy.unit"),
    "times endless": (["--times", "9" * 5000], "policy.word"),
    "bytes 10G": (["--bytes", "10G"], "policy.unit"),
    "a day that is none": (["--until", "2030-02-30"], "policy.moment"),
    "a time without a zone": (["--not-before", "2030-01-01T00:00:00"], "policy.moment"),
    "thirty of nothing": (["--delete-after", "30"], "policy.unit"),
    "minutes or months": (["--delete-after", "30m"], "policy.unit"),
    "money of nowhere": (["--pay", "100"], "policy.unit"),
    "a claim of nothing": (["--claim", "industry=C35"], "policy.word"),
    "a DID with a Cyrillic letter": (
        ["--recipient", "did:web:buyer.ex\u0430mple"],
        "policy.value-unreadable",
    ),
    "an unknown action": (["--prohibit", "fly"], "policy.action-unknown"),
    "all prohibited": (["--prohibit", "use"], "policy.permits-nothing"),
    "a filter that is an attack": (["--where", "1=1; drop table readings"], "policy.value-unreadable"),
    "until before it begins": (
        ["--not-before", "2031-01-01T00:00:00Z", "--until", "2030-01-01T00:00:00Z"],
        "policy.permits-nothing",
    ),
    "a template with a day that is none": (
        ["--template", "trial", "--set", "times=3", "--set", "until=2030-02-30"],
        "policy.moment",
    ),
    "a template with a bomb": (
        ["--template", "trial", "--set", "times=" + "9" * 5000, "--set", "until=2030-01-01T00:00:00Z"],
        "policy.word",
    ),
}


@pytest.mark.parametrize(("flags", "code"), FLAGS.values(), ids=FLAGS)
def test_a_bad_option_or_blank_is_refused_by_a_code(call: Call, flags: list[str], code: str) -> None:
    said = call("policy", "write", *flags, "--json")
    assert told(said) == code
    assert len(said.stdout) < 3000


LAUGHS: Final = "a: &l0 [ha, ha]\n" + "".join(f"b{i}: &l{i} [*l{i - 1}, *l{i - 1}]\n" for i in range(1, 40))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (LAUGHS + "purpose: *l39\n", {"policy.word"}),
        (f"purpose: &x [{LAUGHS.count('l')}, *x]\n", {"rules.unreadable", "policy.word"}),
        ("x: &l0 [ha, ha]\npermission: [{action: use, constraint: [*l0]}]\n", {"policy.key-unknown"}),
        (LAUGHS.replace("a: ", "ex:a: ", 1) + "permission: *l39\n", {"policy.too-large"}),
    ],
    ids=["a word", "a cycle", "an alias", "a permission"],
)
def test_aliases_of_yaml_are_no_bombs(call: Call, tmp_path: Path, text: str, codes: set[str]) -> None:
    file = tmp_path / "p.yaml"
    file.write_text(text)
    assert told(call("policy", "show", str(file), "--json")) in codes
