"""How the records of each kind are stored in their table."""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from xinfu.dsp.negotiation import ContractNegotiation
from xinfu.ports.kind import Kind
from xinfu.ports.records import (
    AGREEMENTS,
    ASSETS,
    CONTRACTS,
    DEFINITIONS,
    KINDS,
    NEGOTIATIONS,
    POLICIES,
    TRANSFERS,
    ContractDefinition,
    PolicyDefinition,
)
from xinfu.stores.sql import offerings, selections
from xinfu.stores.sql.records import Follow, Layout
from xinfu.stores.sql.tables import TABLES


def _agreement(negotiation: ContractNegotiation) -> str | None:
    return None if negotiation.agreement is None else negotiation.agreement.id


def _reach(definition: ContractDefinition) -> int:
    """The reach of a definition: 1 for all assets, 2 for those that its criteria select, 0 for those it names."""
    return 2 if definition.selects else int(definition.assets is None)


def _digest(definition: PolicyDefinition) -> str:
    """The digest of the policy; equal policies have equal digests, whatever their definitions are called."""
    return hashlib.sha256(msgspec.json.encode(definition.policy)).hexdigest()


_GIVEN: Final[Mapping[Kind[Any], Mapping[str, Callable[[Any], object]]]] = {
    POLICIES: {"digest": _digest},
    DEFINITIONS: {"everything": _reach},
    NEGOTIATIONS: {"agreement": _agreement},
    AGREEMENTS: {"created": lambda agreement: agreement.concluded},
    CONTRACTS: {
        "number": lambda record: record.contract.number,
        "status": lambda record: record.contract.status,
        "amends": lambda record: record.contract.amends,
    },
    TRANSFERS: {"agreement": lambda transfer: transfer.agreement_id},
}
"""Columns that are not a field of the same name, and how they come from the record."""

_FOLLOW: Final[Mapping[Kind[Any], Follow[Any]]] = {
    ASSETS: selections.follow_asset,
    DEFINITIONS: offerings.follow_definition,
}
"""The hooks that update, in the same step, what depends on a record."""

_TABLES: Final = {table.name: table for table in TABLES}

LAYOUTS: Final[Mapping[Kind[Any], Layout[Any]]] = {
    kind: Layout(kind, _TABLES[kind.plural], _GIVEN.get(kind), _FOLLOW.get(kind)) for kind in KINDS
}
"""The layout of every kind."""
