"""How the records of each kind are stored in their table."""

from collections.abc import Mapping
from typing import Any, Final

from xinfu.ports.kind import Kind
from xinfu.ports.records import ASSETS, DEFINITIONS
from xinfu.stores.sql import offerings, selections
from xinfu.stores.sql.records import Follow, Layout
from xinfu.stores.sql.tables import RECORDS

_FOLLOW: Final[Mapping[Kind[Any], Follow[Any]]] = {
    ASSETS: selections.follow_asset,
    DEFINITIONS: offerings.follow_definition,
}
"""The hooks that update, in the same step, what depends on a record."""

LAYOUTS: Final[Mapping[Kind[Any], Layout[Any]]] = {
    kind: Layout(kind, table, _FOLLOW.get(kind)) for kind, table in RECORDS.items()
}
"""The layout of every kind."""
