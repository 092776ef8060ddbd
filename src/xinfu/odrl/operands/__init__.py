"""The table of left operands: how the value of each is read from a situation.

A new operand is a file or an entry in one, and a line here.
"""

from collections.abc import Callable, Mapping
from typing import Final

from xinfu.odrl.model.meters import Measure
from xinfu.odrl.operands.catenax import ANSWERED
from xinfu.odrl.operands.entry import Control, Operand
from xinfu.odrl.operands.meter import TIME_WINDOW, UNIT_OF_COUNT, counted_operand
from xinfu.odrl.operands.party import ASSIGNEE, MEMBERSHIP, RECIPIENT, claim
from xinfu.odrl.operands.payment import pay_amount
from xinfu.odrl.operands.place import SPATIAL
from xinfu.odrl.operands.tc609 import CONSTRAINT_NAMES
from xinfu.odrl.operands.time import (
    DATE_TIME,
    DELAY_OF_DUTY,
    DELAY_PERIOD,
    IN_FORCE_DATE,
    elapsed_time,
    time_interval,
)
from xinfu.odrl.operands.trait import (
    ALGORITHM,
    APPLICATION,
    CONTRACT_FILING,
    DELIVERY_CHANNEL,
    DELIVERY_METHOD,
    ENCRYPTION,
    ENVIRONMENT,
    EVENT,
    FILE_FORMAT,
    INDUSTRY,
    LANGUAGE,
    MEDIA,
    MODEL,
    PERCENTAGE,
    PRODUCT,
    RESOLUTION,
    SYSTEM_DEVICE,
    VERSION,
    VIRTUAL_LOCATION,
)
from xinfu.odrl.operands.use import PURPOSE
from xinfu.odrl.values.terms import catenax_name

__all__ = ["DECLARED", "IN_DUTIES", "OPERANDS", "Control", "Operand", "operand"]


def _same(one: Operand) -> Callable[[str], Operand]:
    return lambda _: one


_OWN_NAMES: Final[Mapping[str, Callable[[str], Operand]]] = {
    "dateTime": _same(DATE_TIME),
    "inForceDate": _same(IN_FORCE_DATE),
    "purpose": _same(PURPOSE),
    "spatial": _same(SPATIAL),
    "recipient": _same(RECIPIENT),
    "assignee": _same(ASSIGNEE),
    "membership": _same(MEMBERSHIP),
    "industry": _same(INDUSTRY),
    "count": counted_operand(Measure.COUNT),
    "bytes": counted_operand(Measure.BYTES),
    "rows": counted_operand(Measure.ROWS),
    "meteredTime": counted_operand(Measure.METERED),
    "unitOfCount": _same(UNIT_OF_COUNT),
    "timeWindow": _same(TIME_WINDOW),
    "frequency": counted_operand(Measure.COUNT, "frequency"),
    "elapsedTime": elapsed_time,
    "timeInterval": time_interval,
    "delayPeriod": _same(DELAY_PERIOD),
    "event": _same(EVENT),
    "payAmount": pay_amount,
    "percentage": _same(PERCENTAGE),
    "resolution": _same(RESOLUTION),
    "virtualLocation": _same(VIRTUAL_LOCATION),
    "systemDevice": _same(SYSTEM_DEVICE),
    "fileFormat": _same(FILE_FORMAT),
    "media": _same(MEDIA),
    "language": _same(LANGUAGE),
    "product": _same(PRODUCT),
    "version": _same(VERSION),
    "deliveryChannel": _same(DELIVERY_CHANNEL),
    "deliveryMethod": _same(DELIVERY_METHOD),
    "executionEnv": _same(ENVIRONMENT),
    "encryptMode": _same(ENCRYPTION),
    "contractFiling": _same(CONTRACT_FILING),
    "application": _same(APPLICATION),
    "algorithm": _same(ALGORITHM),
    "machineLearningModels": _same(MODEL),
}

OPERANDS: Final[Mapping[str, Callable[[str], Operand]]] = {
    **_OWN_NAMES,
    **{name: _OWN_NAMES[known] for name, known in CONSTRAINT_NAMES.items() if known},
    **{name: _same(one) for name, one in ANSWERED.items()},
}
"""Short name of an operand -> the operand, given the key of the rule whose meters it reads."""

IN_DUTIES: Final[Mapping[str, Callable[[str], Operand]]] = {"delayPeriod": _same(DELAY_OF_DUTY)}
"""Operands that mean something else where a duty says them."""

DECLARED: Final = frozenset({"spatial", "systemDevice", "application", "algorithm", "machineLearningModels"})
"""What the consumer states of its use, one text each, in a request that it signs; beside the purpose, and whether the data
lands in a vault. A declaration, and no proof.
"""


def operand(
    left: str, counter: str, table: Mapping[str, Callable[[str], Operand]] = OPERANDS
) -> Operand | None:
    """The operand that `left` names: from the table, or a claim of a credential; None when nobody knows it.

    Names of Catena-X are known with each of its namespaces in front of them.
    """
    found = table.get(left) or table.get(catenax_name(left) or "")
    return found(counter) if found is not None else claim(left)
