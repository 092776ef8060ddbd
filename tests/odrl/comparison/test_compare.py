"""Two policies are equivalent exactly when they say the same (threats P2)."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from xinfu.odrl import equivalent, fingerprint, read
from xinfu.odrl.model.meters import SELECTORS

ODRL = "http://www.w3.org/ns/odrl/2/"
OFFER: dict[str, Any] = {
    "@id": "urn:offer:1",
    "@type": "Offer",
    "target": "urn:ds",
    "assigner": "did:p",
    "permission": [
        {
            "action": "use",
            "constraint": [
                {"leftOperand": "purpose", "operator": "isAnyOf", "rightOperand": ["a", "b"]},
                {"leftOperand": "dateTime", "operator": "lteq", "rightOperand": "2026-12-31T06:00:00Z"},
                {
                    "or": [
                        {"leftOperand": "spatial", "operator": "eq", "rightOperand": "CN-HN"},
                        {"leftOperand": "membership", "operator": "eq", "rightOperand": "active"},
                    ]
                },
                {"leftOperand": "count", "operator": "lteq", "rightOperand": "5"},
            ],
            "duty": [{"action": "delete"}],
        },
        {
            "action": "read",
            "constraint": [{"leftOperand": "recipient", "operator": "eq", "rightOperand": "did:x"}],
        },
    ],
    "prohibition": [{"action": "distribute"}],
    "obligation": [{"action": "inform"}],
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    document = copy.deepcopy(OFFER)
    change(document)
    return document


def _first(document: dict[str, Any]) -> list[Any]:
    constraints: list[Any] = document["permission"][0]["constraint"]
    return constraints


SAME: dict[str, Callable[[dict[str, Any]], object]] = {
    "other order of rules": lambda d: d["permission"].reverse(),
    "other order of constraints": lambda d: _first(d).reverse(),
    "other order of alternatives": lambda d: _first(d)[2]["or"].reverse(),
    "other order of values": lambda d: _first(d)[0]["rightOperand"].reverse(),
    "a value twice": lambda d: _first(d)[0]["rightOperand"].append("a"),
    "a constraint twice": lambda d: _first(d).append(copy.deepcopy(_first(d)[1])),
    "other ids": lambda d: d.update({"@id": "urn:other"}),
    "ids in rules": lambda d: [
        d["permission"][0].update({"@id": "urn:r"}),
        _first(d)[0].update({"uid": "urn:c"}),
    ],
    "agreement": lambda d: d.update(
        {"@type": "Agreement", "assignee": "did:c", "timestamp": "2026-01-01T00:00:00Z"}
    ),
    "prefix": lambda d: _first(d)[0].update({"leftOperand": "odrl:purpose", "operator": "odrl:isAnyOf"}),
    "iri": lambda d: d["permission"][0].update({"action": {"@id": f"{ODRL}use"}}),
    "value as object": lambda d: _first(d)[3].update({"rightOperand": {"@value": 5, "@type": "xsd:integer"}}),
    "list of one": lambda d: _first(d)[3].update({"rightOperand": ["5"]}),
    "number": lambda d: _first(d)[3].update({"rightOperand": 5}),
    "other zone": lambda d: _first(d)[1].update({"rightOperand": "2026-12-31T14:00+08:00"}),
    "other code of the place": lambda d: _first(d)[2]["or"][0].update({"rightOperand": "430000"}),
    "wrapped in and": lambda d: d["permission"][0].update({"constraint": [{"and": _first(d)}]}),
    "wrapped in or of one": lambda d: d["permission"][0].update(
        {"constraint": [{"or": [x]} for x in _first(d)]}
    ),
    "wrapped in xone of one": lambda d: _first(d).__setitem__(1, {"xone": [{"and": [_first(d)[1]]}]}),
    "or in or": lambda d: _first(d)[2].update({"or": [{"or": _first(d)[2]["or"]}]}),
    "one object for an array": lambda d: d.update({"prohibition": d["prohibition"][0]}),
    "eq for isAnyOf of one": lambda d: d["permission"][1]["constraint"][0].update({"operator": "isAnyOf"}),
    "no target named": lambda d: d.pop("target"),
    "core profile": lambda d: d.update({"profile": f"{ODRL}core"}),
    "conflict invalid": lambda d: d.update({"conflict": "invalid"}),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_spelling_changes_nothing(change: Callable[[dict[str, Any]], object]) -> None:
    one, other = read(OFFER), read(changed(change))
    assert equivalent(one, other)
    assert equivalent(other, one)
    assert fingerprint(one) == fingerprint(other)


OTHER: dict[str, Callable[[dict[str, Any]], object]] = {
    "target": lambda d: d.update({"target": "urn:other"}),
    "assigner": lambda d: d.update({"assigner": "did:q"}),
    "conflict": lambda d: d.update({"conflict": "perm"}),
    "profile": lambda d: d.update({"profile": "https://example.org/p"}),
    "unread key": lambda d: d.update({"ex:k": 1}),
    "remark": lambda d: d.update({"dct:title": "other"}),
    "unread key in a rule": lambda d: d["permission"][0].update({"ex:k": 1}),
    "unit": lambda d: _first(d)[3].update({"unit": "EUR"}),
    "a permission more": lambda d: d["permission"].append({"action": "use"}),
    "a permission twice": lambda d: d["permission"].append(d["permission"][0]),
    "a permission less": lambda d: d["permission"].pop(),
    "no prohibition": lambda d: d.pop("prohibition"),
    "no obligation": lambda d: d.pop("obligation"),
    "no duty": lambda d: d["permission"][0].pop("duty"),
    "prohibition as permission": lambda d: d["permission"].append(d.pop("prohibition")[0]),
    "and for or": lambda d: _first(d).__setitem__(2, {"and": _first(d)[2]["or"]}),
    "xone for or": lambda d: _first(d).__setitem__(2, {"xone": _first(d)[2]["or"]}),
    "xone of twice the same": lambda d: _first(d).__setitem__(1, {"xone": [_first(d)[1], _first(d)[1]]}),
    "sequence for and": lambda d: d["permission"][0].update({"constraint": [{"andSequence": _first(d)}]}),
    "an empty and": lambda d: _first(d).append({"and": []}),
    "date for instant": lambda d: _first(d)[1].update({"rightOperand": "2026-12-31Z"}),
    "eq for isAnyOf of two": lambda d: _first(d)[0].update({"operator": "eq"}),
}


@pytest.mark.parametrize("change", OTHER.values(), ids=OTHER)
def test_p2_another_meaning_is_another_policy(change: Callable[[dict[str, Any]], object]) -> None:
    one, other = read(OFFER), read(changed(change))
    assert not equivalent(one, other)
    assert not equivalent(other, one)


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every text in the document that decides something."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("@id", "@type"):
                yield from _places(inner, (*path, key))
    elif isinstance(value, list):
        for i, inner in enumerate(value):
            yield from _places(inner, (*path, i))
    else:
        yield path


def _mutated(document: dict[str, Any], path: tuple[Any, ...], value: object) -> dict[str, Any]:
    copied = copy.deepcopy(document)
    place: Any = copied
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    return copied


WORDS = [
    "c",
    "6",
    "2027-01-01T00:00:00Z",
    "CN",
    "did:y",
    "gt",
    "neq",
    "print",
    "index",
    "transfer",
    "ex:x",
    "",
    None,
]


@pytest.mark.parametrize("word", WORDS)
def test_p2_no_offer_with_another_word_in_it_is_the_offer(word: object) -> None:
    offer, places = read(OFFER), list(_places(OFFER))
    assert len(places) >= 25
    for path in places:
        if word is not None or path not in (("target",), ("assigner",)):
            assert not equivalent(offer, read(_mutated(OFFER, path, word))), path


def test_values_of_operands_that_nobody_knows_are_compared_letter_by_letter() -> None:
    def policy(right: object) -> Any:
        return read(
            {
                "permission": [
                    {
                        "action": "use",
                        "constraint": [{"leftOperand": "ex:x", "operator": "eq", "rightOperand": right}],
                    }
                ]
            }
        )

    assert equivalent(policy("a"), policy(["a"]))
    assert equivalent(policy("a"), policy({"@id": "a"}))
    assert not equivalent(policy("5"), policy("5.0"))
    assert not equivalent(policy("5"), policy({"@value": "5", "@type": "xsd:integer"}))
    assert not equivalent(policy(["a", "b"]), policy(["b", "a"]))


def test_keys_inside_what_nobody_reads_have_no_order() -> None:
    one = read({"permission": [{"action": "use"}], "ex:k": {"a": 1, "b": [2]}})
    other = read({"ex:k": {"b": [2], "a": 1}, "permission": [{"action": "use"}]})
    assert equivalent(one, other)


def c(left: str, right: str, **more: str) -> dict[str, Any]:
    return {
        "leftOperand": left,
        "operator": "eq" if left in SELECTORS else "lteq",
        "rightOperand": right,
        **more,
    }


COUNTED: list[list[list[dict[str, Any]]]] = [
    [[c("count", "3")]],
    [
        [c("count", "3", unit="day")],
        [c("count", "3"), c("timeWindow", "P1D")],
        [c("unitOfCount", "day"), c("count", "3.0")],
        [{"and": [c("count", "3"), c("timeWindow", "P1D")]}],
    ],
    [[c("count", "3", unit="week")]],
    [[c("count", "3"), c("unitOfCount", "participant")]],
    [[c("count", "3", unit="day"), c("unitOfCount", "participant")]],
    [[c("count", "3"), c("bytes", "9"), c("timeWindow", "P1D")]],
    [
        [c("count", "3"), {"and": [c("bytes", "9"), c("timeWindow", "P1D")]}],
        [{"and": [c("timeWindow", "P1D"), c("bytes", "9 B")]}, c("count", "3")],
    ],
    [[c("count", "3", unit="day"), c("bytes", "9")]],
    [[c("timeWindow", "P1D")]],
    [[c("timeWindow", "P1D"), c("timeWindow", "P7D"), c("count", "3")]],
    [[c("elapsedTime", "P1D")], [c("elapsedTime", "PT24H"), c("timeWindow", "P1D")]],
]
"""Limits: those that say the same stand together."""


def test_how_something_is_counted_counts() -> None:
    """Three uses a day are not three uses, whoever would like that; a window is one whatever says it."""
    listed = [
        (i, read({"permission": [{"action": "use", "constraint": each}]}))
        for i, same in enumerate(COUNTED)
        for each in same
    ]
    for i, one in listed:
        for j, other in listed:
            assert equivalent(one, other) is (i == j), (i, j)
