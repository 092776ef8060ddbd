"""The calls of the story to the nodes, through the client alone: offers, contracts, reads, and evidence."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

from msgspec import Struct

from xinfu.client import Agreement, Contract, EntryView, Node, Transfer, in_database
from xinfu.errors import ConflictError, IntegrityError, NotFoundError, RefusedError, XinfuError
from xinfu_scenarios.s01 import errors, terms
from xinfu_scenarios.s01.generator import COUNTS, LEDGER, PROJECTS
from xinfu_scenarios.s01.people import Member
from xinfu_scenarios.waiting import first, soon

T = TypeVar("T")
CALLERS: Final = 64
_TITLES: Final = {
    LEDGER: {"zh": "央地合作协议台账（模拟生成）", "en": "Ledger of cooperation agreements (generated)"},
    PROJECTS: {"zh": "合作项目（模拟生成）", "en": "Projects (generated)"},
    COUNTS: {"zh": "在株项目与子企业数", "en": "Counts of projects and subsidiaries"},
}


class Concluded(Struct, frozen=True, kw_only=True):
    """An agreement at its consumer, and its contract at provider and consumer."""

    agreement: Agreement
    theirs: Contract
    ours: Contract


async def offer(member: Member, database: Path, table: str, policy: dict[str, Any], *, grade: int) -> None:
    """Offer a table to the city."""
    await member.node.publish(
        in_database(f"sqlite:{database}#{table}", formats=("csv",)),
        id=table,
        grade=grade,
        policy=policy,
        access=terms.seen_by(terms.CITY),
        title=_TITLES[table],
        generated=True,
    )


async def offer_to_the_province(member: Member, policy: dict[str, Any]) -> None:
    """Offer the ledger to the province too, in four columns."""
    await member.node.define(
        "ledger-for-the-province",
        [LEDGER],
        policy=policy,
        access=terms.seen_by(terms.PROVINCE),
    )


async def agree(consumer: Node, provider: Member, dataset: str) -> Agreement:
    """Find a dataset in the catalog of its provider, and come to an agreement."""
    found = (await consumer.catalog(provider.id, dataset=dataset)).dataset(dataset)
    return await (await found.negotiate(purpose=terms.PURPOSE)).agreed()


async def begin(provider: Member, consumer: Node, agreement: Agreement, said: Sequence[str]) -> Concluded:
    """Begin the contract of an agreement, let its provider sign it, and wait until the consumer has it."""
    wire_id = agreement.view.wire_id
    theirs = await first(provider.node, lambda: provider.node.contracts(agreement=wire_id))
    ours = await first(consumer, lambda: consumer.contracts(agreement=wire_id))
    await theirs.begin(terms=said)
    await theirs.sign()
    await ours.wait("02")
    return Concluded(agreement=agreement, theirs=theirs, ours=ours)


async def supplement(consumer: Node, base: Concluded, term: str) -> Concluded:
    """Begin a supplement to a contract, let its provider sign it, and wait until the consumer has it."""
    theirs = await base.theirs.amend(term)
    await theirs.sign()

    async def arrived() -> Contract | None:
        found = [each async for each in consumer.contracts(agreement=base.agreement.view.wire_id)]
        return next((each for each in found if each.view.number == theirs.view.number), None)

    ours = await soon(consumer, arrived)
    await ours.wait("02")
    return Concluded(agreement=base.agreement, theirs=theirs, ours=ours)


async def conclude(concluded: Concluded) -> Concluded:
    """Let the consumer sign too, file the contract with the platform, and wait until both have the receipt."""
    await concluded.ours.sign()
    await concluded.theirs.wait("0301", "05")
    await concluded.theirs.file()
    await asyncio.gather(concluded.theirs.wait("05"), concluded.ours.wait("05"))
    return concluded


async def opened(agreement: Agreement) -> Transfer:
    """Start a transfer of an agreement."""
    return await (await agreement.transfer()).started()


async def pull(agreement: Agreement) -> bytes:
    """Read the data of an agreement once, and complete its transfer."""
    transfer = await opened(agreement)
    came = await transfer.read()
    await transfer.complete()
    return came


async def read_until_refused(transfer: Transfer) -> tuple[int, RefusedError]:
    """Read repeatedly by 64 callers at once, each read under its own id, until every caller is refused.

    Returns:
        How many reads were answered in all, and a refusal.

    Raises:
        IntegrityError: callers were refused for different reasons.
    """

    async def caller(number: int) -> tuple[int, RefusedError]:
        answered = 0
        while True:
            try:
                await transfer.once(f"caller-{number}-{answered}").read()
            except RefusedError as refusal:
                return answered, refusal
            answered += 1

    told = await asyncio.gather(*(caller(number) for number in range(CALLERS)))
    codes = {refusal.code for _, refusal in told}
    if len(codes) != 1:
        raise errors.SCENARIO_REFUSALS_DIFFER(codes=codes)
    return sum(answered for answered, _ in told), told[0][1]


async def must_refuse(attempt: Callable[[], Awaitable[object]]) -> XinfuError:
    """Make an attempt twice, and return its refusal, which must be the same both times.

    Raises:
        IntegrityError: it was not refused, or not in the same words.
    """
    first, again = await _refusal(attempt), await _refusal(attempt)
    if (first.code, first.en) != (again.code, again.en):
        raise errors.SCENARIO_REFUSALS_DIFFER_AGAIN(first=first.code, again=again.code)
    return first


async def _refusal(attempt: Callable[[], Awaitable[object]]) -> XinfuError:
    try:
        await attempt()
    except (RefusedError, ConflictError, NotFoundError, IntegrityError) as refusal:
        return refusal
    raise errors.SCENARIO_NOT_REFUSED()


async def record_of(node: Node, kind: str, facts: dict[str, Any]) -> EntryView:
    """Wait for the newest entry of this kind in the node's log that states these facts."""

    async def look() -> EntryView | None:
        found = [
            each for each in await node.entries(kind=kind) if facts.items() <= each.entry["facts"].items()
        ]
        return found[-1] if found else None

    return await soon(node, look)
