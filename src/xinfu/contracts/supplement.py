"""Supplement (补充合约): a contract that adds terms to another one, between the same parties, with the same rules.

It has its own number and names the contract that it amends, whose text does not change. It takes effect once
the same parties have all signed it, as any contract does, so earlier and later terms remain readable side by side.
Rules are changed by a new agreement, not by a supplement. Follows: TC609-6-2025-14, table 1 (`expansionItem`:
version, supplementary terms), 7.4 c.
"""

from datetime import datetime

from msgspec.structs import replace

from xinfu.contracts import errors
from xinfu.contracts.contract import DigitalContract
from xinfu.contracts.terms import Status
from xinfu.odrl import write

_SUFFIX = "（补充）"
LONGEST_NAME = 128


def supplement(
    base: DigitalContract, *, number: str, terms: tuple[str, ...], at: datetime
) -> DigitalContract:
    """Make the unsigned draft of a supplement to `base`.

    Args:
        number: a local id, until a platform gives a number.
        terms: the terms that it adds, in plain words.
        at: beginning of its validity; aware, whole seconds.

    Raises:
        ConflictError: `contract.not-in-force`.
    """
    _must_be_in_force(base)
    return replace(
        base,
        number=number,
        name=f"{base.name.removesuffix(_SUFFIX)[: LONGEST_NAME - len(_SUFFIX)]}{_SUFFIX}",
        amends=base.number,
        status=Status.INITIATED,
        created=at,
        begins=at,
        terms=terms,
        version=base.version + 1,
        signatures=(),
        signed=None,
        filing=None,
    )


def must_supplement(given: DigitalContract, base: DigitalContract) -> None:
    """Refuse a supplement that changes parties, rules, levels, products, nodes, sign mode or end of what it amends.

    Raises:
        ConflictError: `contract.not-in-force`, `contract.amends-differently`.
    """
    _must_be_in_force(base)
    same = (
        given.parties == base.parties
        and write(given.policy) == write(base.policy)
        and (given.levels, given.products, given.nodes) == (base.levels, base.products, base.nodes)
        and (given.sign_mode, given.ends) == (base.sign_mode, base.ends)
        and given.version == base.version + 1
    )
    if not same:
        raise errors.CONTRACT_AMENDS_DIFFERENTLY(amends=base.number)


def _must_be_in_force(base: DigitalContract) -> None:
    if not base.in_force:
        raise errors.CONTRACT_NOT_IN_FORCE(amends=base.number, status=base.status.value)
