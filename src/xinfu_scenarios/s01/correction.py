"""A correction: a new entry that counts once both have signed a supplement to the ledger's contract.

The term of the supplement names both entries, both amounts and the reason.
"""

import asyncio
from functools import partial
from typing import Final

from msgspec.structs import replace

from xinfu_scenarios.diary import Side
from xinfu_scenarios.s01 import city, errors, exchange, generator, texts
from xinfu_scenarios.s01.exchange import Concluded
from xinfu_scenarios.s01.generator import LEDGER, Entry
from xinfu_scenarios.s01.ledger import Correction, Ledger
from xinfu_scenarios.s01.people import Member
from xinfu_scenarios.s01.stage import Contracts, Stage

MORE: Final = 150
"""What the correction adds, in 0.01 亿元."""
REASON: Final = "第二期追加投资漏记 (the second instalment was left out)"


async def correct(
    stage: Stage, firm: Member, old: Entry, contracts: Contracts
) -> tuple[Correction, Concluded]:
    """Correct an entry of a firm's ledger; first try it with one signature, then with two of the same party.

    Raises:
        IntegrityError: `scenario.counted`: it counted before both had signed.
    """
    said = Correction(old=old.id, new=f"{old.id}-2", was=old.amount, amount=old.amount + MORE, reason=REASON)
    fresh = replace(old, id=said.new, amount=said.amount, status="corrected", terms=REASON)
    await asyncio.to_thread(generator.append, stage.database(firm), fresh)
    begun = await exchange.supplement(stage.city.node, contracts.ledgers[firm.key], said.term())
    contracts.corrections.append((firm.key, begun))
    stage.diary.note(Side.PROVIDER, texts.CORRECTS, texts.correction(said), passes=True)
    await _must_wait(firm, contracts)
    await _refused(stage, firm, begun, again=False)
    await _refused(stage, firm, begun, again=True)
    await _must_wait(firm, contracts)
    return said, begun


async def countersign(firm: Member, begun: Concluded, contracts: Contracts) -> Ledger:
    """Let the city sign and file the correction too; return the ledger with the corrected entry counted.

    Raises:
        IntegrityError: `scenario.uncounted`: it does not count.
    """
    await exchange.conclude(begun)
    ledger = await city.ledger(firm, contracts)
    if ledger.waiting or not any(each.corrected for each in ledger.counted):
        raise errors.SCENARIO_UNCOUNTED()
    return ledger


async def _refused(stage: Stage, firm: Member, begun: Concluded, *, again: bool) -> None:
    """Try to file it before the city has signed; with `again`, after a second signature of the firm."""
    if again:
        await begun.theirs.sign()
    error = await exchange.must_refuse(begun.theirs.file)
    tried = texts.SAME_PARTY if again else texts.ONE_SIGNATURE
    facts = {"code": error.code, "number": begun.theirs.view.number}
    await stage.refused(3, tried, error, rule=texts.RULE_BOTH, at=firm, facts=facts)


async def _must_wait(firm: Member, contracts: Contracts) -> None:
    ledger = await city.ledger(firm, contracts)
    if any(each.corrected for each in ledger.counted) or len(ledger.waiting) != 1:
        raise errors.SCENARIO_COUNTED()


async def edit_in_place(stage: Stage, firm: Member, old: Entry, contracts: Contracts) -> None:
    """Let a firm overwrite an amount: the city finds it, does not count the ledger, and sends the firm feedback."""
    await asyncio.to_thread(generator.edit_in_place, stage.database(firm), old.id, old.amount + MORE)
    error = await exchange.must_refuse(partial(city.ledger, firm, contracts))
    contract = contracts.ledgers[firm.key].ours
    await contract.feedback("denied", {"code": error.code, "dataset": LEDGER, "reason": error.zh})
    facts = {"number": contract.view.number, "result": "denied"}
    await stage.refused(
        3,
        texts.IN_PLACE,
        error,
        rule=texts.RULE_LEDGER,
        at=stage.city,
        kind="usage.feedback",
        facts=facts,
    )
