"""Supplements: terms that the parties of a contract add to it later, under a number of their own.

Any party can begin a supplement; the others get its text with `/contractNegotiate` and sign it, as they did with the
contract itself. It takes effect when all have signed. The platform files it only for a contract that it has filed.
Follows: TC609-6-2025-14, table 1 (`expansionItem`), 7.4 c.
"""

from msgspec.structs import replace

from xinfu.contracts import DigitalContract, must_supplement, supplement
from xinfu.ports.records import ContractRecord, ContractSide
from xinfu.ports.store import Step
from xinfu.services.agreements import contract_record
from xinfu.services.contracts import errors
from xinfu.services.contracts.beginning import number_for, submit
from xinfu.services.contracts.calling import platform_of
from xinfu.services.parts import ContractParts


async def amend(parts: ContractParts, context: str, id_: str, *, terms: tuple[str, ...]) -> ContractRecord:
    """Begin a supplement to a contract that all have signed, and return it, still unsigned.

    Args:
        terms: what it adds, in plain words.

    Raises:
        NotFoundError: `contract.not-found`. ConflictError: `contract.not-in-force`, `contract.side`,
            `contract.no-platform`.
        RefusedError: `contract.not-a-party`. PeerError: the platform is away or refused.
    """
    base = await contract_record.find_contract(parts, context, id_)
    if base.side is ContractSide.PLATFORM:
        raise errors.CONTRACT_SIDE_CHANGE()
    at = parts.clock.now().replace(microsecond=0)
    draft = supplement(base.contract, number=parts.clock.new_id(), terms=terms, at=at)
    number = await number_for(parts, context, await platform_of(parts), draft)
    record = ContractRecord(
        id=parts.clock.new_id(),
        context=context,
        agreement=base.agreement,
        begun_by=parts.contexts.get(context).participant,
        contract=replace(draft, number=number),
        created=at,
        updated=parts.clock.now(),
    )
    async with parts.store.step(context) as step:
        return await submit(step, parts, await contract_record.begin(step, parts, record, fresh=True))


async def find_amended(step: Step, given: DigitalContract, side: ContractSide) -> ContractRecord:
    """Find our record of the contract that a supplement amends, and check that the two fit.

    Raises:
        NotFoundError: `contract.amends-unknown`: no such contract, or it is not filed with us as its platform.
        ConflictError: `contract.not-in-force`, `contract.amends-differently`.
    """
    base = await contract_record.of_number(step, given.amends, side)
    if base is None or (side is ContractSide.PLATFORM and base.contract.filing is None):
        raise errors.CONTRACT_AMENDS_UNKNOWN(amends=given.amends[:47])
    must_supplement(given, base.contract)
    return base
