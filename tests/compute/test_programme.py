"""The digest of a programme covers its code and every declaration; nothing else changes it."""

from typing import Any

import msgspec
import pytest
from tests.compute.programme_samples import CODE, DECLARED, programme

from xinfu.compute.programme import Programme, lacking


def test_a_digest_stays_the_same_over_json_and_the_spelling_of_numbers() -> None:
    made = programme()
    assert msgspec.json.decode(msgspec.json.encode(made), type=Programme).digest == made.digest
    output = DECLARED["output"] | {"most_rows": 10}
    assert programme(output=output).digest == made.digest
    threshold = {"name": "threshold", "accepts": {"type": "number", "least": 0.0, "most": 1e3}}
    assert programme(arguments=[threshold, *DECLARED["arguments"][1:]]).digest == made.digest
    assert made.digest.startswith("sha256:")
    assert len(made.digest) == 71


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "failure-counts"},
        {"version": "1.1"},
        {"about": "Something else."},
        {"environment": {"python": "3.12"}},
        {"arguments": DECLARED["arguments"][:2]},
        {"arguments": [DECLARED["arguments"][0] | {"default": 1}, *DECLARED["arguments"][1:]]},
        {"inputs": [{"name": "failures", "columns": ["machine"]}]},
        {"output": DECLARED["output"] | {"most_rows": 11}},
    ],
    ids=str,
)
def test_each_declaration_is_covered(changes: dict[str, Any]) -> None:
    assert programme(**changes).digest != programme().digest


def test_one_byte_of_code_and_the_author_are_covered() -> None:
    made = programme()
    assert programme(CODE + b"\n").digest != made.digest
    assert msgspec.structs.replace(made, author="did:web:other.example").digest != made.digest


def test_types_of_output_columns_are_named() -> None:
    assert [each.type for each in programme().output.columns] == ["text", "integer"]
    assert programme().label == "failure-count@1.0"


@pytest.mark.parametrize(
    ("needed", "found"),
    [
        ({"python": "3.11"}, ()),
        ({"python": "3.11.2"}, ()),
        ({"python": "3.1"}, ("python 3.1",)),
        ({"python": "3.11.2.1"}, ("python 3.11.2.1",)),
        ({"numpy": "2"}, ("numpy 2",)),
    ],
)
def test_an_environment_has_the_needed_versions_or_lacks_them(
    needed: dict[str, str], found: tuple[str, ...]
) -> None:
    assert lacking(needed, {"python": "3.11.2"}) == found
