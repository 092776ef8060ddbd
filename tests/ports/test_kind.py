"""Kinds of record: their columns, and what columns compute."""

from datetime import timedelta

import pytest
from msgspec.structs import replace
from tests.ports.store_samples import KINDS as SAMPLES
from tests.ports.store_samples import NOW, agreement, definition, negotiation, policy_definition

from xinfu.ports.column import Match, Number, Word
from xinfu.ports.kind import DatedKind
from xinfu.ports.records import (
    AGREEMENTS,
    CONTRACTS,
    DEFINITIONS,
    KINDS,
    MANIFESTS,
    NEGOTIATIONS,
    POLICIES,
    TRANSFERS,
    Grant,
)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_every_column_has_a_value_of_its_own_sort_for_a_record(kind: DatedKind[Grant]) -> None:
    record = SAMPLES[kind.name][1]("1", "space")
    for column in kind.columns:
        value = column.value_of(record)
        assert getattr(kind, column.name) is column
        assert column.optional if value is None else isinstance(value, str) is isinstance(column, Word)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_an_index_names_columns_of_its_kind(kind: DatedKind[Grant]) -> None:
    assert all(column in kind.columns for together in kind.indexes for column in together)
    assert len(set(kind.indexes)) == len(kind.indexes)


def test_a_kind_has_the_columns_and_the_indexes_of_its_superclass_too() -> None:
    assert len({NEGOTIATIONS.peer, TRANSFERS.peer}) == 1
    assert len({NEGOTIATIONS.agreement, TRANSFERS.agreement}) == 2
    assert {NEGOTIATIONS.id, NEGOTIATIONS.created, NEGOTIATIONS.role} <= set(NEGOTIATIONS.columns)
    assert (NEGOTIATIONS.agreement, NEGOTIATIONS.peer) in NEGOTIATIONS.indexes
    assert (TRANSFERS.agreement,) in TRANSFERS.indexes
    assert (TRANSFERS.state,) in TRANSFERS.indexes
    assert "created" not in {each.name for each in MANIFESTS.columns}


def test_a_column_may_be_computed_from_several_fields() -> None:
    assert AGREEMENTS.created.value_of(
        replace(agreement("1"), concluded=NOW + timedelta(1))
    ) == NOW + timedelta(1)
    assert NEGOTIATIONS.agreement.value_of(negotiation("1")) == "urn:policy:1"
    assert NEGOTIATIONS.agreement.value_of(replace(negotiation("1"), agreement=None)) is None
    for selects, assets, reach in ((False, None, 1), (True, (), 2), (False, ("a",), 0)):
        made = replace(definition("1"), selects=selects, assets=assets)
        assert DEFINITIONS.everything.value_of(made) == reach
    one, other = policy_definition("1"), policy_definition("2")
    assert POLICIES.digest.value_of(one) == POLICIES.digest.value_of(other)
    assert len(one.digest) == 64


def test_a_condition_says_its_column_and_values() -> None:
    assert CONTRACTS.number.equals("n") == Match(CONTRACTS.number, ("n",))
    assert CONTRACTS.number.among(["n", "m"]) == Match(CONTRACTS.number, ("n", "m"))
    assert str(CONTRACTS.number) == "<column: number>"


def test_a_moment_and_a_flag_are_numbers() -> None:
    assert isinstance(NEGOTIATIONS.created, Number)
    assert isinstance(NEGOTIATIONS.held, Number)
