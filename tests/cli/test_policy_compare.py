"""`xinfu policy compare`: one word, a situation that shows it, and the steps between. No node runs."""

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Call, document


def file(folder: Path, name: str, *constraints: tuple[str, str, str], **more: object) -> str:
    held = [{"leftOperand": a, "operator": b, "rightOperand": c} for a, b, c in constraints]
    made = folder / f"{name}.json"
    made.write_text(json.dumps({"permission": [{"action": "use", "constraint": held}], **more}))
    return str(made)


FIVE = ("count", "lteq", "5")
THREE = ("count", "lt", "4")
RESEARCH = ("purpose", "eq", "research")

PAIRS = {
    "equivalent": ((FIVE, RESEARCH), (RESEARCH, FIVE), None),
    "within": ((THREE, RESEARCH), (FIVE,), "A"),
    "conflicting": ((FIVE, RESEARCH), (THREE,), None),
    "unknown": ((("weather", "eq", "fine"),), (FIVE,), None),
}


@pytest.mark.parametrize(("relation", "pair"), PAIRS.items(), ids=PAIRS)
def test_two_policies_are_put_in_one_word(
    call: Call, tmp_path: Path, relation: str, pair: tuple[tuple[tuple[str, str, str], ...], ...]
) -> None:
    one, other, inner = file(tmp_path, "a", *pair[0]), file(tmp_path, "b", *pair[1]), pair[2]
    found = document(call("policy", "compare", one, other, "--json"))
    assert (found["relation"], found["inner"]) == (relation, inner)
    said = call("policy", "compare", one, other, "--lang", "en").stdout
    assert said.startswith(relation)
    assert "A" in call("policy", "compare", one, other, "--lang", "zh").stdout or relation == "unknown"


def test_the_situation_that_shows_it_is_told(call: Call, tmp_path: Path) -> None:
    one, other = file(tmp_path, "a", THREE, RESEARCH), file(tmp_path, "b", FIVE)
    found = document(call("policy", "compare", one, other, "--json"))
    assert found["b_within_a"]["verdict"] == "no"
    assert found["b_within_a"]["situation"]["counts"] or found["b_within_a"]["situation"]["purpose"]
    assert [each["effect"] for each in found["difference"]] == ["looser", "looser"]
    said = call("policy", "compare", one, other, "--lang", "en").stdout
    assert "B permits it. A does not:" in said
    assert "- raises: 3 → 5 uses (looser)" in said


def test_a_permission_that_meets_a_prohibition_is_named(call: Call, tmp_path: Path) -> None:
    one = file(tmp_path, "a", RESEARCH)
    other = file(tmp_path, "b", FIVE, prohibition=[{"action": "use", "constraint": []}], conflict="prohibit")
    found = document(call("policy", "compare", one, other, "--json"))
    assert found["clash"]["verdict"] == "yes"
    assert "permission[0], prohibition[0]" in call("policy", "compare", one, other, "--lang", "en").stdout


def test_a_policy_without_a_target_is_said_to_be_about_the_others(call: Call, tmp_path: Path) -> None:
    one, other = file(tmp_path, "a", FIVE, target="urn:d:1"), file(tmp_path, "b", FIVE)
    assert document(call("policy", "compare", one, other, "--json"))["without_target"] == "B"
    said = call("policy", "compare", one, other, "--lang", "en").stdout
    assert "B names no target. It is taken to be about the target of A" in said
    assert "B 未指明客体" in call("policy", "compare", one, other, "--lang", "zh").stdout
    assert document(call("policy", "compare", one, one, "--json"))["without_target"] is None


def test_a_situation_tells_what_was_counted_over_which_time(call: Call, tmp_path: Path) -> None:
    day = {"leftOperand": "count", "operator": "lteq", "rightOperand": "5", "unit": "day"}
    (tmp_path / "b.json").write_text(json.dumps({"permission": [{"action": "use", "constraint": [day]}]}))
    pair = (file(tmp_path, "a", FIVE), str(tmp_path / "b.json"))
    said = call("policy", "compare", *pair, "--lang", "en").stdout
    assert said.startswith("within: A lies within B")
    assert "5 uses before, in all; 0 uses before, on that day" in said
    assert "此前合计使用 5 次" in call("policy", "compare", *pair, "--lang", "zh").stdout


TURTLE = """
@prefix odrl: <http://www.w3.org/ns/odrl/2/> .
<urn:p> a odrl:Set ; odrl:permission [ a odrl:Permission ; odrl:action odrl:use ;
  odrl:constraint [ odrl:leftOperand odrl:count ; odrl:operator odrl:lteq ; odrl:rightOperand 5 ] ] .
"""


def test_a_policy_in_turtle_is_compared_too(call: Call, tmp_path: Path) -> None:
    turtle = tmp_path / "b.ttl"
    turtle.write_text(TURTLE)
    found = document(call("policy", "compare", file(tmp_path, "a", FIVE, RESEARCH), str(turtle), "--json"))
    assert (found["relation"], found["inner"]) == ("within", "A")
