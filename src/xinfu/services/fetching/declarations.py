"""Declarations of a use by its consumer: its place, program, algorithm or model, environment and device.

Each is one text, signed with the request and kept in the evidence of both sides, as the purpose is (decision 0003). A
declaration proves nothing: it satisfies a rule that is by contract only, and one that does not fit is refused.
"""

from collections.abc import Mapping

from xinfu.contracts.terms import CODED
from xinfu.dsp.values import LONGEST_DECLARED
from xinfu.errors import InputError
from xinfu.odrl import REGISTRY
from xinfu.odrl.operands import DECLARED
from xinfu.odrl.operands.tc609 import CONSTRAINT_NAMES
from xinfu.odrl.values.sorts import READERS
from xinfu.services.fetching import errors
from xinfu.services.usage.facts import ENVIRONMENT, VAULT


def declarations(said: Mapping[str, str], *, vault: bool) -> tuple[str | None, dict[str, str]]:
    """The code of the environment of use, and the other declarations by left operand; TC609 names are read too.

    Args:
        vault: whether the data lands in our vault, so that no other environment can be declared.

    Raises:
        InputError: `transfer.declaration`.
    """
    found = dict(_declaration(name, text) for name, text in said.items())
    environment = found.pop(ENVIRONMENT, VAULT if vault else None)
    if vault and environment != VAULT:
        raise _unfit(ENVIRONMENT, environment or "")
    return environment, found


def _declaration(name: str, text: str) -> tuple[str, str]:
    left = CONSTRAINT_NAMES.get(name) or name
    if left == ENVIRONMENT and text in CODED[ENVIRONMENT]:
        return left, text
    operand = REGISTRY.operand(left, "") if left in DECLARED else None
    if operand is None or len(text) > LONGEST_DECLARED or READERS[operand.sort](text) is None:
        raise _unfit(name, text)
    return left, text


def _unfit(name: str, text: str) -> InputError:
    named = sorted({*DECLARED, ENVIRONMENT})
    return errors.TRANSFER_DECLARATION(
        name=name[:40], text=text[:80], named=", ".join(named), named_zh="、".join(named)
    )
