"""The constraint names of TC609-6-2025-14 (表5.1, 表C.6), with the left operand of each.

One table for reading and for writing contracts. Both spellings of the row count are read: the standard prints
`dateRecord`.
"""

from collections.abc import Mapping
from typing import Final

CONSTRAINT_NAMES: Final[Mapping[str, str | None]] = {
    "time": "dateTime",
    "timeWindow": "timeWindow",
    "region": "spatial",
    "networkAddress": "virtualLocation",
    "physicalAddress": "systemDevice",
    "count": "count",
    "frequency": "frequency",
    "dataSize": "bytes",
    "dateRecord": "rows",
    "dataRecord": "rows",
    "dataField": None,
    "valueExpression": None,
    "application": "application",
    "algorithm": "algorithm",
    "machineLearningModels": "machineLearningModels",
    "executionEnv": "executionEnv",
    "encryptMode": "encryptMode",
    "deliveryMethod": "deliveryMethod",
    "payAmount": "payAmount",
    "expansionItem": None,
}
"""Constraint name -> left operand; None where it is no condition: it says in which form data leaves, or anything."""
