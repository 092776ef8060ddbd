"""The table of left operands: how the value of each is read from a situation.

A new operand is a file or an entry in one, and a line here.
"""

from collections.abc import Callable, Mapping
from typing import Final

from xinfu.odrl.operands.operand import Control, Operand
from xinfu.odrl.operands.party import ASSIGNEE, MEMBERSHIP, RECIPIENT, claim
from xinfu.odrl.operands.place import SPATIAL
from xinfu.odrl.operands.time import DATE_TIME, IN_FORCE_DATE
from xinfu.odrl.operands.use import PURPOSE, count

__all__ = ["OPERANDS", "Control", "Operand", "operand"]


def _same(one: Operand) -> Callable[[str], Operand]:
    return lambda _: one


OPERANDS: Final[Mapping[str, Callable[[str], Operand]]] = {
    "dateTime": _same(DATE_TIME),
    "inForceDate": _same(IN_FORCE_DATE),
    "purpose": _same(PURPOSE),
    "spatial": _same(SPATIAL),
    "recipient": _same(RECIPIENT),
    "assignee": _same(ASSIGNEE),
    "membership": _same(MEMBERSHIP),
    "Membership": _same(MEMBERSHIP),
    "count": count,
}
"""Short name of an operand -> the operand, given the key of the rule's counter."""


def operand(
    left: str, counter: str, table: Mapping[str, Callable[[str], Operand]] = OPERANDS
) -> Operand | None:
    """The operand that `left` names: from the table, or a claim of a credential; None when nobody knows it."""
    found = table.get(left)
    return found(counter) if found is not None else claim(left)
