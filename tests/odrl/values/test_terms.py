"""The names of ODRL are those of its published vocabulary."""

import re
from pathlib import Path

import pytest

from xinfu.contracts.terms import ACTIONS
from xinfu.odrl.values.terms import (
    CATALOG_ACCESS,
    INCLUDED_IN,
    KNOWN_ACTIONS,
    OPERATORS,
    OURS,
    REPLACED,
    action_name,
    covered_actions,
    expand_name,
    including_actions,
    is_remark,
    operator_name,
    short,
)

ACTION = re.compile(r"^((?:cc)?:\w+)\n\s+a :Action(.*?)\.\n\n", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def actions(shared: Path) -> dict[str, str]:
    """Each action of the vocabulary in ODRL22.ttl, with all that is said of it."""
    text = (shared / "spec/odrl/vocabulary/ODRL22.ttl").read_text().replace("\r", "")
    return {name.removeprefix(":"): body for name, body in ACTION.findall(text + "\n\n")}


def test_the_tree_of_actions_is_the_published_one(actions: dict[str, str]) -> None:
    published = {}
    for name, body in actions.items():
        above = re.search(r":includedIn (?:odrl)?:(\w+)", body)
        if above or name in ("use", "transfer"):
            published[name] = above[1] if above else None
    assert len(published) > 40
    assert published == dict(INCLUDED_IN)


def test_deprecated_actions_are_replaced_as_published(actions: dict[str, str]) -> None:
    published = {}
    for name, body in actions.items():
        today = re.search(r"skos:exactMatch ((?:cc)?:\w+)", body)
        if today and "owl:deprecated true" in body:
            published[name] = today[1].removeprefix(":")
    assert published == dict(REPLACED)


def test_each_action_of_the_standard_is_known_and_lies_below_use_or_transfer() -> None:
    assert {*INCLUDED_IN, *OURS, CATALOG_ACCESS} == set(KNOWN_ACTIONS)
    for name in ACTIONS:
        own = {"plicyTransmit": "nextPolicy", "expansionItem": "use"}.get(name, name)
        assert {"use", "transfer"} & set(including_actions(own)), name


@pytest.mark.parametrize("name", sorted(set(OURS) - set(INCLUDED_IN)))
def test_an_action_of_ours_is_written_as_a_urn_and_read_by_its_name(name: str) -> None:
    assert expand_name(name) == f"urn:xinfu:action:{name}"
    assert action_name(expand_name(name)) == action_name(name) == name


def test_every_replacement_is_a_known_action() -> None:
    assert set(REPLACED.values()) <= set(INCLUDED_IN)
    assert not set(REPLACED) & set(INCLUDED_IN)


def test_r_pol_12_there_are_twelve_operators() -> None:
    assert len(OPERATORS) == 12
    assert "term-lteq" not in OPERATORS
    assert operator_name("http://www.w3.org/ns/odrl/2/neg") == "neq"


@pytest.mark.parametrize(
    "name", ["use", "odrl:use", "http://www.w3.org/ns/odrl/2/use", "https://www.w3.org/ns/odrl/2/use"]
)
def test_t18_all_spellings_of_a_term_are_one(name: str) -> None:
    assert short(name) == action_name(name) == "use"


def test_other_names_stand_for_themselves() -> None:
    assert short("ex:use") == "ex:use"
    assert short("http://example.org/use") == "http://example.org/use"
    assert short("http://www.w3.org/2001/XMLSchema#integer") == "xsd:integer"
    assert short("http://creativecommons.org/ns#Sharing") == "cc:Sharing"


def test_an_action_is_included_in_those_above_it() -> None:
    assert including_actions("extract") == ("extract", "reproduce", "use")
    assert set(including_actions("storage")) == {"storage", "delivery", "read", "access", "use"}
    assert covered_actions("read") == {"read", "storage"}
    assert covered_actions("delivery") == {"delivery", "download", "storage"}
    assert covered_actions("access") == {
        "access",
        "cx-policy:access",
        *covered_actions("read"),
        *covered_actions("delivery"),
    }
    assert including_actions("ex:dance") == ("ex:dance",)
    assert covered_actions("reproduce") == {"reproduce", "extract"}
    assert covered_actions("transfer") == {"transfer", "give", "sell"}
    assert "sell" not in covered_actions("use")


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("dct:title", True),
        ("dcterms:creator", True),
        ("http://purl.org/dc/terms/issued", True),
        ("rdfs:comment", True),
        ("skos:note", True),
        ("dct:isReplacedBy", False),
        ("dcterms:isReplacedBy", False),
        ("http://purl.org/dc/terms/isReplacedBy", False),
        ("title", False),
        ("ex:note", False),
        ("odrl:inheritFrom", False),
    ],
)
def test_r_odrl_pol_05_a_remark_is_told_from_what_decides(key: str, expected: bool) -> None:
    assert is_remark(key) is expected
