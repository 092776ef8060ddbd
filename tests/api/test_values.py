"""Texts of answers that are one of a few: the API lists those that the inside knows."""

from typing import Any, get_args

import msgspec
import pytest

from xinfu.api import Change, ParameterView, ProofView
from xinfu.odrl.changes.change import ChangeEffect, ChangeKind
from xinfu.odrl.duties.proofs import Assurance
from xinfu.ports.sources import Parameter


def _listed(view: type[msgspec.Struct], name: str) -> list[str]:
    found = next(each for each in msgspec.structs.fields(view) if each.name == name)
    schema: dict[str, Any] = msgspec.json.schema(found.type)
    listed: list[str] = schema["enum"]
    return listed


@pytest.mark.parametrize(
    ("view", "name", "known"),
    [
        (Change, "kind", list(ChangeKind)),
        (Change, "effect", list(ChangeEffect)),
        (ProofView, "assurance", list(Assurance)),
        (ParameterView, "type", get_args(Parameter.__annotations__["type"])),
    ],
)
def test_the_api_lists_the_values_that_there_are(
    view: type[msgspec.Struct], name: str, known: list[str]
) -> None:
    assert _listed(view, name) == sorted(str(each) for each in known)


def test_a_value_of_a_newer_node_is_read() -> None:
    answer = b'{"name": "x", "type": "interval"}'
    assert msgspec.json.decode(answer, type=ParameterView).type == "interval"
